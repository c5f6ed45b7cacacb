#include "node/certificates.h"

#include "base/err.h"
#include "base/limits.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Where the name is, or belongs. */
static size_t position(const struct certificates *certificates, const struct name *name)
{
    size_t low = 0, high = certificates->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (name_compare(&certificates->items[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct certificate *find(const struct certificates *certificates,
                                      const struct name *name)
{
    size_t at = position(certificates, name);
    bool found = at < certificates->count && name_equal(&certificates->items[at].name, name);
    return found ? &certificates->items[at] : NULL;
}

static void forget_first_to_end(struct certificates *certificates)
{
    struct certificate *items = certificates->items;
    size_t first = 0;
    assert(items != NULL);
    for (size_t i = 1; i < certificates->count; i++) {
        if (items[i].until_ns < items[first].until_ns)
            first = i;
    }
    certificates->count--;
    memmove(items + first, items + first + 1, (certificates->count - first) * sizeof *items);
}

static int make_room(struct certificates *certificates)
{
    if (certificates->count == MEMBERS_MAX)
        forget_first_to_end(certificates);
    if (certificates->count < certificates->room)
        return 0;
    size_t room = certificates->room == 0 ? 16 : certificates->room * 2;
    struct certificate *items = reallocarray(certificates->items, room, sizeof *items);
    if (items == NULL)
        return ERR_NO_MEMORY;
    certificates->items = items;
    certificates->room = room;
    return 0;
}

int certificates_note(struct certificates *certificates, const struct name *name, uint64_t until_ns)
{
    size_t at = position(certificates, name);
    if (find(certificates, name) == NULL) {
        int rc = make_room(certificates);
        if (rc != 0)
            return rc;
        assert(certificates->items != NULL);
        at = position(certificates, name); /* making room may have moved it */
        memmove(certificates->items + at + 1, certificates->items + at,
                (certificates->count - at) * sizeof *certificates->items);
        certificates->count++;
    }
    certificates->items[at] = (struct certificate){*name, until_ns};
    return 0;
}

uint64_t certificates_until_ns(const struct certificates *certificates, const struct name *name)
{
    const struct certificate *certificate = find(certificates, name);
    return certificate != NULL ? certificate->until_ns : 0;
}

void certificates_free(struct certificates *certificates)
{
    free(certificates->items);
    *certificates = (struct certificates){.items = NULL};
}
