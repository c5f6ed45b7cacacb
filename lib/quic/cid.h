/**
 * From a connection ID to whatever takes its packets. All connections of an endpoint share one
 * socket, so the destination connection ID alone routes (RFC 9000 section 5.2).
 *
 * A route outlives its connection: after a close it swallows or answers what still comes
 * (quic/linger).
 */
#ifndef QUIC_CID_H
#define QUIC_CID_H

#include <stddef.h>
#include <stdint.h>

#define CID_LEN_MAX 20 /* RFC 9000 section 17.2, version 1 */

struct quic_conn;
struct linger;
struct cid_entry;

/** Where packets go: exactly one of `conn` and `linger` is set. */
struct route {
    struct cid_entry *entries; /* its connection IDs */
    struct quic_conn *conn;
    struct linger *linger;
};

/** A hash table; the seed makes its order unknown to whoever chooses IDs. */
struct cid_table {
    struct cid_entry **buckets;
    size_t bucket_count, count;
    uint64_t seed;
};

/** 0 or ERR_NO_MEMORY. */
int cid_table_init(struct cid_table *table, uint64_t seed);

/** Frees the table; every route must have been removed before. */
void cid_table_free(struct cid_table *table);

/** Adds an ID of 1 to 20 bytes to a route. 0, ERR_EXISTS if it is taken, ERR_NO_MEMORY. */
int cid_add(struct cid_table *table, struct route *route, const uint8_t *cid, size_t len);

/** Takes one ID out; nothing happens if it is not in. */
void cid_remove(struct cid_table *table, const uint8_t *cid, size_t len);

/** Takes all IDs of a route out. */
void cid_remove_all(struct cid_table *table, struct route *route);

/** The route of an ID, or NULL. */
struct route *cid_find(const struct cid_table *table, const uint8_t *cid, size_t len);

#endif
