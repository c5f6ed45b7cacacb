/**
 * The messages between members, one list. What a message is made of stands in schema.c, what it
 * does in lib/swim (`swim_on_X`); a forgotten schema is a compile error, a forgotten rule a link
 * error.
 *
 * A packet, in a QUIC DATAGRAM frame (RFC 9221) as it is, on a stream behind its length:
 *
 *      0        1           2 ...
 *     +--------+-----------+-----------+----------------------------------+------+
 *     | 'S'    | version   | type      | fields: *( id | length | value ) | 0    |
 *     | 1 byte | QUIC varint (RFC 9000 section 16) ...               ...  | byte |
 *     +--------+-----------+-----------+----------------------------------+------+
 *
 * Fields have ids from 1 on; the 0 at the end makes a packet cut short no packet at all.
 * Unknown field ids are skipped, an unknown type is counted and ignored, any other oddity refuses
 * the whole packet. An `update` field repeats, and is itself a run of fields. No message names its
 * sender: that is the certificate of its connection; names inside are subjects and accusers.
 */
#ifndef WIRE_MSG_H
#define WIRE_MSG_H

#include "base/addr.h"
#include "base/limits.h"
#include "base/member_state.h"
#include "base/name.h"
#include "base/role.h"
#include "base/tags.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC 'S'
#define WIRE_VERSION 1

/** How a message travels. A DATAGRAM one that does not fit, or must not get lost, goes on the
 *  connection's message stream; a SYNC has a bidirectional stream of its own. */
enum carrier { CARRIER_DATAGRAM, CARRIER_STREAM, CARRIER_SYNC };

/* X(SYMBOL, name of its struct and its member below, code on the wire, carrier, roles that may send
 * it). Its name in rx/tx lines stands with its fields in schema.c. */
#define MESSAGES(X)                                                                                \
    X(HELLO, hello, 1, CARRIER_STREAM, ROLES_ANY)                                                  \
    X(PING, ping, 2, CARRIER_DATAGRAM, ROLES_ANY)                                                  \
    X(ACK, ack, 3, CARRIER_DATAGRAM, ROLES_ANY)                                                    \
    X(PING_REQ, ping_req, 4, CARRIER_DATAGRAM, ROLES_ANY)                                          \
    X(NACK, nack, 5, CARRIER_DATAGRAM, ROLES_MEMBER)                                               \
    X(GOSSIP, gossip, 6, CARRIER_DATAGRAM, ROLES_MEMBER)                                           \
    X(LEAVE, leave, 7, CARRIER_STREAM, ROLES_MEMBER)                                               \
    X(LEAVE_ACK, leave_ack, 8, CARRIER_STREAM, ROLES_MEMBER)                                       \
    X(SYNC, sync, 9, CARRIER_SYNC, ROLES_MEMBER)

/* Times between members: in nanoseconds they still fit in 63 bits. */
#define MESSAGE_MS_MAX (UINT64_C(1) << 43)
#define MESSAGE_US_MAX (MESSAGE_MS_MAX * 1000)

enum message_type {
    MESSAGE_UNKNOWN, /* of a later version: decoded as this, for counting */
#define X(SYMBOL, NAME, CODE, CARRIER, ROLES) MESSAGE_##SYMBOL,
    MESSAGES(X)
#undef X
        MESSAGE_TYPE_COUNT
};

/** Why somebody is suspected or dead; the texts are `reason=` of the event lines. */
#define ACCUSATIONS(X)                                                                             \
    X(NONE, "-")                                                                                   \
    X(TIMEOUT, "timeout")                                                                          \
    X(REFUSED, "refused")                                                                          \
    X(CLOSED, "closed")                                                                            \
    X(TIMER, "timer")                                                                              \
    X(QUORUM, "quorum")                                                                            \
    X(FORCED, "forced")

enum accusation {
#define X(SYMBOL, TEXT) ACCUSATION_##SYMBOL,
    ACCUSATIONS(X)
#undef X
        ACCUSATION_COUNT
};

/** Bytes that lie elsewhere: in the received packet, or in what the sender holds. */
struct bytes {
    const uint8_t *data;
    size_t len;
};

/** What one member says of another: the unit of dissemination. `by` is empty and `accusation` NONE
 *  for alive; `age_ms` (of dead and left) is how long ago it became so; `reason` is the text of a
 *  leave. */
struct update {
    struct name node;
    uint64_t incarnation;
    enum member_state state;
    uint64_t instance;
    struct addr addr;
    struct tags tags;
    struct name by;
    enum accusation accusation;
    uint64_t age_ms;
    struct bytes reason;
    bool prune; /* of left: an operator wants it forgotten at once */
};

enum hello_kind { HELLO_NODE, HELLO_TOOL };

/** First message of each connection, both ways: who the process behind the certificate is. */
struct msg_hello {
    enum hello_kind kind;
    uint64_t instance;    /* random, one per process */
    uint64_t incarnation; /* 0 of a tool */
    uint64_t age_ms;      /* how long the process runs */
    uint64_t version;     /* WIRE_VERSION of the sender */
    struct addr addr;     /* where it wants to be dialled; none of a tool */
    uint64_t period_ms;   /* its probe interval */
    uint64_t degree;      /* K of its probe graph */
};

struct msg_ping {
    uint64_t pseq;
};

/** Answer to ping and to ping-req (then it means: the target answered me). */
struct msg_ack {
    uint64_t pseq;
    uint64_t incarnation; /* of who was pinged */
    uint64_t rtt_us;      /* through a helper: the helper's own round trip; else 0 */
};

struct msg_ping_req {
    uint64_t pseq;
    struct name node; /* whom to ping */
    struct addr addr; /* where the asker would dial it */
    uint64_t wait_ms; /* how long the asker waits from now */
};

struct msg_nack {
    uint64_t pseq;
};

struct msg_gossip {
    uint64_t unused; /* it is its updates; a struct needs a member */
};

struct msg_leave {
    uint64_t pseq;
    uint64_t incarnation;
    struct bytes reason;
};

struct msg_leave_ack {
    uint64_t pseq;
};

/** One chunk of a push/pull. The asker sends its chunks, the last one marked, the other answers
 *  with its own under the same pseq, on the same stream. */
struct msg_sync {
    uint64_t pseq;
    bool reply;
    bool join; /* the asker is starting: it has not announced itself yet */
    bool last;
};

/** A message and the updates it carries. Large: one on the stack, never in an array. */
struct message {
    enum message_type type;
    union {
#define X(SYMBOL, NAME, CODE, CARRIER, ROLES) struct msg_##NAME NAME;
        MESSAGES(X)
#undef X
    };
    size_t update_count;
    struct update updates[UPDATES_PER_MESSAGE];
};

/** "ping", "ping-req", …; "unknown". */
const char *message_name(enum message_type type);

/** How a known type (asserted) travels. */
enum carrier message_carrier(enum message_type type);

/** The roles whose certificates may send it; none for MESSAGE_UNKNOWN. */
role_set message_roles(enum message_type type);

const char *accusation_text(enum accusation accusation);

/** Whether it may be the reason of a leave: at most REASON_LEN_MAX bytes of UTF-8 without control
 *  bytes. Whoever takes such a text from a user checks it by this. */
bool message_reason_valid(struct bytes reason);

#endif
