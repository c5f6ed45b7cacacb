#include "quic/outbox.h"

#include <stdlib.h>
#include <string.h>

struct outbox_packet {
    struct outbox_packet *next;
    struct quic_path path;
    size_t len;
    uint8_t data[];
};

bool outbox_push(struct outbox *outbox, const struct quic_path *path, const uint8_t *data,
                 size_t len)
{
    if (outbox->count >= OUTBOX_MAX)
        return false;
    struct outbox_packet *packet = malloc(sizeof(*packet) + len);
    if (packet == NULL)
        return false;
    packet->next = NULL;
    packet->path = *path;
    packet->len = len;
    memcpy(packet->data, data, len);
    if (outbox->last != NULL)
        outbox->last->next = packet;
    else
        outbox->first = packet;
    outbox->last = packet;
    outbox->count++;
    return true;
}

bool outbox_pop(struct outbox *outbox, struct quic_packet *packet)
{
    free(outbox->current);
    outbox->current = outbox->first;
    if (outbox->current == NULL)
        return false;
    outbox->first = outbox->current->next;
    if (outbox->first == NULL)
        outbox->last = NULL;
    outbox->count--;
    packet->path = outbox->current->path;
    packet->data = outbox->current->data;
    packet->len = outbox->current->len;
    return true;
}

void outbox_free(struct outbox *outbox)
{
    struct quic_packet packet;
    while (outbox_pop(outbox, &packet))
        ;
}
