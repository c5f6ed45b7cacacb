/**
 * The list of events and their keys, and the one way from an event to a record. A new event is a
 * line in EVENTS and whatever emits it; a new key is a line in EVENT_KEYS and a field.
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include "base/addr.h"
#include "base/name.h"
#include "base/record.h"
#include "base/tags.h"

#include <stdbool.h>
#include <stdint.h>

/* X(SYMBOL, key in lines, type, field of struct event). Types: see event.c. OPT_ types are left
 * out of the line when absent, the others print "-". */
#define EVENT_KEYS(X)                                                                              \
    X(NODE, "node", NAME, node)                                                                    \
    X(ADDR, "addr", ADDRESS, addr)                                                                 \
    X(INC, "inc", COUNT, inc)                                                                      \
    X(PID, "pid", COUNT, pid)                                                                      \
    X(FMT, "fmt", COUNT, fmt)                                                                      \
    X(ADVERTISE, "advertise", ADDRESS, advertise)                                                  \
    X(PEER, "peer", TEXT, peer)                                                                    \
    X(MEMBERS, "members", COUNT, members)                                                          \
    X(LEG, "leg", TEXT, leg)                                                                       \
    X(REASON, "reason", TEXT, reason)                                                              \
    X(TAGS, "tag", TAG_SET, tags)                                                                  \
    X(BY, "by", NAME, by)                                                                          \
    X(VOTES, "votes", OPT_TEXT, votes)                                                             \
    X(PSEQ, "pseq", COUNT, pseq)                                                                   \
    X(VIA, "via", TEXT, via)                                                                       \
    X(RTT_MS, "rtt_ms", MS, rtt_ns)                                                                \
    X(RC, "rc", TEXT, rc)                                                                          \
    X(FROM, "from", NAME, from)                                                                    \
    X(HELPER, "helper", NAME, helper)                                                              \
    X(WAS, "was", TEXT, was)                                                                       \
    X(OTHER, "other", ADDRESS, other)                                                              \
    X(DIR, "dir", TEXT, dir)                                                                       \
    X(CONN, "conn", TEXT, conn)                                                                    \
    X(CURRENT, "current", COUNT, current)                                                          \
    X(MAX, "max", COUNT, max)                                                                      \
    X(PHASE, "phase", TEXT, phase)                                                                 \
    X(ELAPSED_MS, "elapsed_ms", MS, elapsed_ns)                                                    \
    X(CONFIRMED, "confirmed", OPT_COUNT, confirmed)                                                \
    X(SIDE, "side", TEXT, side)                                                                    \
    X(SEEN, "seen", COUNT, seen)                                                                   \
    X(KNOWN, "known", COUNT, known)                                                                \
    X(LATE_MS, "late_ms", MS, late_ns)                                                             \
    X(DROPPED, "dropped", COUNT, dropped)                                                          \
    X(LEVEL, "level", TEXT, level)                                                                 \
    X(TEXT, "text", TEXT, text)

/* X(SYMBOL, name, keys in order). `seq` comes first in every line of a node. */
#define EVENTS(X)                                                                                  \
    X(LISTENING, "listening", KEY_NODE, KEY_ADDR, KEY_PID, KEY_FMT, KEY_ADVERTISE)                 \
    X(JOINED, "joined", KEY_PEER, KEY_MEMBERS)                                                     \
    X(JOIN_RETRY, "join-retry", KEY_PEER, KEY_LEG, KEY_REASON)                                     \
    X(MEMBER_JOIN, "member-join", KEY_NODE, KEY_ADDR, KEY_INC, KEY_TAGS)                           \
    X(MEMBER_ALIVE, "member-alive", KEY_NODE, KEY_ADDR, KEY_INC, KEY_TAGS)                         \
    X(MEMBER_UPDATE, "member-update", KEY_NODE, KEY_ADDR, KEY_INC, KEY_TAGS)                       \
    X(MEMBER_SUSPECT, "member-suspect", KEY_NODE, KEY_ADDR, KEY_INC, KEY_BY, KEY_REASON,           \
      KEY_VOTES)                                                                                   \
    X(MEMBER_DEAD, "member-dead", KEY_NODE, KEY_ADDR, KEY_INC, KEY_BY, KEY_REASON, KEY_VOTES)      \
    X(MEMBER_LEAVE, "member-leave", KEY_NODE, KEY_ADDR, KEY_INC, KEY_REASON)                       \
    X(MEMBER_REAP, "member-reap", KEY_NODE, KEY_ADDR, KEY_INC)                                     \
    X(PROBE, "probe", KEY_NODE, KEY_ADDR, KEY_INC, KEY_PSEQ, KEY_VIA, KEY_RTT_MS, KEY_RC)          \
    X(PING_REQ, "ping-req", KEY_NODE, KEY_ADDR, KEY_INC, KEY_FROM, KEY_HELPER, KEY_PSEQ, KEY_RC)   \
    X(REFUTE, "refute", KEY_NODE, KEY_INC, KEY_WAS, KEY_BY)                                        \
    X(CONFLICT, "conflict", KEY_NODE, KEY_ADDR, KEY_INC, KEY_OTHER)                                \
    X(PARTITION, "partition", KEY_SIDE, KEY_SEEN, KEY_KNOWN)                                       \
    X(PARTITION_HEALED, "partition-healed", KEY_REASON)                                            \
    X(STALL, "stall", KEY_NODE, KEY_LATE_MS)                                                       \
    X(POOL_OPEN, "pool-open", KEY_NODE, KEY_ADDR, KEY_DIR, KEY_CONN)                               \
    X(POOL_CLOSE, "pool-close", KEY_NODE, KEY_ADDR, KEY_DIR, KEY_REASON)                           \
    X(POOL_FULL, "pool-full", KEY_NODE, KEY_ADDR, KEY_CURRENT, KEY_MAX)                            \
    X(PEER_REJECTED, "peer-rejected", KEY_NODE, KEY_ADDR, KEY_REASON)                              \
    X(OVERFLOW, "overflow", KEY_DROPPED)                                                           \
    X(SHUTDOWN, "shutdown", KEY_NODE, KEY_PHASE, KEY_RC, KEY_ELAPSED_MS, KEY_CONFIRMED)            \
    X(LOG, "log", KEY_LEVEL, KEY_TEXT)

enum event_key {
    KEY_NONE,
#define X(SYMBOL, NAME, TYPE, FIELD) KEY_##SYMBOL,
    EVENT_KEYS(X)
#undef X
        KEY_COUNT
};

enum event_kind {
#define X(SYMBOL, ...) EVENT_##SYMBOL,
    EVENTS(X)
#undef X
        EVENT_KIND_COUNT
};

#define EVENT_KEYS_MAX 8
#define EVENT_ABSENT UINT64_MAX /* in a count or a time: prints "-" */

/** One event. Texts and tags are borrowed: valid as long as whoever handed the event says. Only
 *  the fields whose keys the kind lists are read; event_init makes all of them absent. */
struct event {
    enum event_kind kind;
    struct name node, by, from, helper;
    struct addr addr, advertise, other;
    struct tags tags;
    const char *peer, *leg, *reason, *votes, *via, *rc, *was, *dir, *conn, *phase, *level, *text, *side;
    uint64_t inc, pid, fmt, members, pseq, current, max, confirmed, dropped, seen, known;
    uint64_t rtt_ns, elapsed_ns, late_ns;
};

/** Everything absent but the kind. */
void event_init(struct event *event, enum event_kind kind);

/** The name in lines, "member-join". */
const char *event_name(enum event_kind kind);

/** Whether this is the name of an event. */
bool event_parse(const char *text, size_t len, enum event_kind *kind);

/** The keys of a kind in their order; returns how many. */
size_t event_keys(enum event_kind kind, enum event_key keys[EVENT_KEYS_MAX]);

/** The name of a key in lines; "tag" stands for all `tag.*`. */
const char *event_key_name(enum event_key key);

/** Fills the record: `seq` (unless EVENT_ABSENT), then the keys in order. */
void event_to_record(const struct event *event, uint64_t seq, uint64_t wall_ns,
                     struct record *record);

#endif
