/**
 * The struct behind the face, for the core's own modules only. Each module owns one member of it
 * and is told of the time through `now`.
 */
#ifndef SWIM_CORE_H
#define SWIM_CORE_H

#include "base/heap.h"
#include "base/rng.h"
#include "swim/checker.h"
#include "swim/conflict.h"
#include "swim/gossip.h"
#include "swim/heal.h"
#include "swim/health.h"
#include "swim/join.h"
#include "swim/leave.h"
#include "swim/members.h"
#include "swim/output.h"
#include "swim/partition.h"
#include "swim/pingreq.h"
#include "swim/probe.h"
#include "swim/reap.h"
#include "swim/swim.h"
#include "swim/sync.h"
#include "swim/targets.h"
#include "swim/tombstones.h"
#include "swim/updates.h"

struct swim_counters {
    uint64_t probes, probes_failed, suspicions, refutations, rejected, inc_jump, unknown_messages;
};

struct swim {
    struct profile profile;
    bool probe_events;
    struct rng rng;
    uint64_t now; /* of the step under way */
    uint64_t born_ns;
    uint64_t quiet_until_ns; /* after a stall: judgement is suspended */
    uint64_t pseq; /* last sequence number drawn: for pings, ping-reqs, syncs and leaves */
    struct members members;
    struct member *self;
    size_t dead_count, left_count; /* as shown, oneself not counted */
    struct heap suspicions;        /* members' timers, earliest first */
    uint64_t repeated_ns;          /* when our own record was last repeated to one who missed it */
    uint64_t climbed_ns;           /* when our incarnation last went up by a whole jump */
    struct targets targets;
    struct probes probes;
    struct relays relays;
    struct updates updates; /* small enough for a datagram */
    struct updates bulky;   /* these go over streams */
    struct gossip gossip;
    struct sync sync;
    struct join join;
    struct leave leave;
    struct health health;
    struct checker checker;
    struct heal heal;
    struct reap reap;
    struct tombstones tombstones;
    struct conflict conflict;
    struct partition partition;
    struct outputs outputs;
    struct swim_counters counters;
};

/** Draws the next sequence number, unique in this process. */
uint64_t core_next_pseq(struct swim *swim);

/** Notes that a member was heard: a message under its certificate, or an ack through a helper. */
void core_heard(struct swim *swim, struct member *member);

/** Queues news of a member for gossip, in the queue that its size asks for. */
void core_queue_update(struct swim *swim, struct member *member, enum update_priority priority);

/** Takes a member out of all tables; it is freed when no output can point at it
 * any more. */
void core_forget(struct swim *swim, struct member *member);

/* One rule per message type, named by the list in wire/msg.h. */
#define X(SYMBOL, NAME, CODE, CARRIER, ROLES)                                                      \
    void swim_on_##NAME(struct swim *swim, const struct swim_input *input);
MESSAGES(X)
#undef X

#endif
