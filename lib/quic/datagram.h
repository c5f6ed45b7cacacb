/**
 * Datagrams that wait to be sent (RFC 9221). They are never repeated, so the queue forgets each as
 * soon as it is in a packet.
 */
#ifndef QUIC_DATAGRAM_H
#define QUIC_DATAGRAM_H

#include <stddef.h>
#include <stdint.h>

#define DATAGRAM_QUEUE_MAX 256

struct datagram;

struct datagrams {
    struct datagram *first, *last;
    size_t count;
};

/** Queues a copy. 0, ERR_LIMIT or ERR_NO_MEMORY. */
int datagram_push(struct datagrams *queue, const uint8_t *data, size_t len);

/** The oldest; NULL: none. */
const uint8_t *datagram_peek(const struct datagrams *queue, size_t *len);

/** Forgets the oldest. */
void datagram_pop(struct datagrams *queue);

void datagram_free_all(struct datagrams *queue);

#endif
