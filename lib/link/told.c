#include "link/peers_inside.h"

#include <stdlib.h>

/* What one contact can have to tell at once: opened, up, hint, down, failed, rejected, closed, and
 * an UP again for a dial that it answers. */
#define TOLD_PER_CONTACT 8
#define TOLD_SPARE 64

struct told {
    struct peers_event event;
    bool has_hello;
    struct msg_hello hello;
};

static int grow(struct peers *peers, size_t capacity)
{
    struct told *ring = calloc(capacity, sizeof *ring);
    if (!ring)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < peers->told_count; i++)
        ring[i] = peers->told[(peers->told_first + i) % peers->told_capacity];
    free(peers->told);
    peers->told = ring;
    peers->told_first = 0;
    peers->told_capacity = capacity;
    return 0;
}

int told_reserve(struct peers *peers, size_t contacts)
{
    size_t need = contacts * TOLD_PER_CONTACT + TOLD_SPARE;
    return need <= peers->told_capacity ? 0 : grow(peers, 2 * need);
}

void told_push(struct peers *peers, const struct peers_event *event, const struct msg_hello *hello)
{
    if (peers->told_count == peers->told_capacity && grow(peers, 2 * peers->told_capacity) != 0)
        return;
    struct told *told =
        &peers->told[(peers->told_first + peers->told_count++) % peers->told_capacity];
    told->event = *event;
    told->has_hello = hello != NULL;
    if (hello)
        told->hello = *hello;
}

bool told_pop(struct peers *peers, struct peers_event *event)
{
    if (peers->told_count == 0)
        return false;
    const struct told *told = &peers->told[peers->told_first];
    *event = told->event;
    if (told->has_hello) {
        peers->told_hello = told->hello;
        event->hello = &peers->told_hello;
    }
    peers->told_first = (peers->told_first + 1) % peers->told_capacity;
    peers->told_count--;
    return true;
}

void told_free(struct peers *peers)
{
    free(peers->told);
    peers->told = NULL;
    peers->told_capacity = peers->told_count = 0;
}
