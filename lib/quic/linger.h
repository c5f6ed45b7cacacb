/**
 * What is left of a connection that has ended: its connection IDs, for three PTOs, so that late
 * packets are neither garbage nor the start of something new (RFC 9000 section 10.2). The
 * connection itself, with its tens of kilobytes, is freed before.
 *
 * If we closed, strays are answered with the CONNECTION_CLOSE again, ever more rarely; if the peer
 * did, with silence.
 */
#ifndef QUIC_LINGER_H
#define QUIC_LINGER_H

#include "base/heap.h"
#include "quic/cid.h"
#include "quic/endpoint.h"
#include "quic/outbox.h"

#include <stddef.h>
#include <stdint.h>

struct lingers {
    struct heap timers;
};

void linger_init_all(struct lingers *lingers);

/** Takes over a route (freed by linger_expire) until `until`. `close` of `len` bytes, may be NULL,
 * is copied. Without memory the route ends at once: strays then are garbage. */
void linger_start(struct lingers *lingers, struct cid_table *cids, struct route *route,
                  uint64_t until, const struct quic_path *path, const uint8_t *close, size_t len);

/** A stray packet. */
void linger_feed(struct linger *linger, struct outbox *outbox);

/** Ends those whose time has come. */
void linger_expire(struct lingers *lingers, struct cid_table *cids, uint64_t now);

/** The next deadline, or NEVER. */
uint64_t linger_deadline(const struct lingers *lingers);

void linger_free_all(struct lingers *lingers, struct cid_table *cids);

#endif
