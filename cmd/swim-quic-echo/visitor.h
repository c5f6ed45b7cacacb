/**
 * One connection of a peer: its number, what its streams have delivered so far, and the message
 * stream that we opened towards it.
 */
#ifndef SWIM_QUIC_ECHO_VISITOR_H
#define SWIM_QUIC_ECHO_VISITOR_H

#include "action.h"
#include "base/name.h"
#include "base/role.h"
#include "quic/conn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VISITOR_STREAM_NONE (-1)
#define VISITOR_INFLOWS_MAX (SYNCS_PER_LINK + 4)

/** What one stream of the peer has delivered and no whole message has used yet. */
struct inflow {
    int64_t stream;
    uint8_t *data;
    size_t len, size;
    struct inflow *next;
};

struct visitor {
    uint64_t id; /* `conn=` of the lines: 1, 2, … over the process */
    struct quic_conn *conn;
    struct name name;
    enum role role;
    int64_t message_stream; /* opened by us, VISITOR_STREAM_NONE before */
    struct action_use use;  /* of a rule of the kind `conn` */
    bool stalled;           /* nothing is said to it any more */
    struct inflow *inflows;
    size_t inflow_count;
    struct visitor *next;
};

/** A visitor without streams. NULL: out of memory. */
struct visitor *visitor_new(uint64_t id, struct quic_conn *conn);
void visitor_free(struct visitor *visitor);

/** Appends what a stream has delivered. 0 with `*inflow`, ERR_LIMIT (too many streams at once),
 *  ERR_NO_MEMORY. */
int visitor_take(struct visitor *visitor, int64_t stream, const uint8_t *data, size_t len,
                 struct inflow **inflow);

/** Removes the first `used` bytes. */
void inflow_consume(struct inflow *inflow, size_t used);

/** Forgets a stream that has ended. */
void visitor_end_stream(struct visitor *visitor, int64_t stream);

/** Whether a stream carries both directions (RFC 9000 section 2.1). */
bool visitor_is_two_way(int64_t stream);

#endif
