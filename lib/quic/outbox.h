/**
 * Packets that are ready as they are: stateless answers and CONNECTION_CLOSE. Bounded, since
 * strangers cause them: what does not fit is a lost packet.
 */
#ifndef QUIC_OUTBOX_H
#define QUIC_OUTBOX_H

#include "quic/endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOX_MAX 4096

struct outbox {
    struct outbox_packet *first, *last, *current;
    size_t count;
};

/** Queues a copy. False: full or no memory. */
bool outbox_push(struct outbox *outbox, const struct quic_path *path, const uint8_t *data,
                 size_t len);

/** Takes the oldest; it is valid until the next call. */
bool outbox_pop(struct outbox *outbox, struct quic_packet *packet);

void outbox_free(struct outbox *outbox);

#endif
