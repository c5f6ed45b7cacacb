/**
 * One core driven by hand: inputs one by one at times of one's choosing, and what each step hands
 * back. For what a cluster (tests/unit/cluster.h) of honest members never does.
 */
#ifndef TESTS_SINGLE_H
#define TESTS_SINGLE_H

#include "base/duration.h"
#include "swim/core.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define START_NS NS_PER_S
#define OUTPUTS_SEEN 1024

/* What one step handed back: enough of it to look at. */
struct seen {
    enum swim_output_kind kind;
    enum message_type type;
    enum event_kind event;
    struct name peer;
    struct msg_ping_req ping_req;
    uint64_t pseq;
    size_t update_count, own; /* of them: about the core itself */
    bool last;
};

struct single {
    struct swim *core;
    uint64_t now;
    struct message message; /* what is told next */
    struct seen seen[OUTPUTS_SEEN];
    size_t count;
    int err; /* of the last step */
};

/** That name, which must be one; and the i-th of a crowd, "m0" the first. */
struct name named(const char *text);
struct name numbered(size_t i);

/** A core called "self" that knows nobody yet, at START_NS. */
struct single *single_new(const char *profile);
void single_free(struct single *single);

/** One step at `single->now`; what it hands back replaces `seen`. `swim_check` holds after it. */
void step(struct single *single, const struct swim_input *input);
void tick(struct single *single);

/** The next deadline, in time. */
void next_due(struct single *single);

/** What stands in `single->message` arrives. */
void hear(struct single *single, const char *peer, enum message_type type);

/** The link of a peer comes up, goes, fails or hints. */
void link_changes(struct single *single, const char *peer, enum swim_link_change change);

/** A record about a member, to be told. */
struct update record_of(struct name node, enum member_state state, uint64_t incarnation);
void add_update(struct single *single, struct update update);

/** A liar tells of members m0 ... m(n-1), a full message at a time. */
void tell_all(struct single *single, size_t n, enum member_state state, uint64_t incarnation);

/** One peer tells one record. */
void tell_one(struct single *single, const char *teller, struct update update);

/** What the core holds of a member, which it must know. */
struct swim_member member_of(const struct single *single, const char *name);
bool knows(const struct single *single, const char *name);

/** Of the last step: how many events of that kind, and the first message of a type (NULL: to
 * anybody; answer NULL: none). */
size_t count_events(const struct single *single, enum event_kind kind);
const struct seen *sent(const struct single *single, enum message_type type, const char *peer);

/** Runs in time until a message of that type goes out. */
const struct seen *until_sent(struct single *single, enum message_type type, const char *peer);

/** Begins a join through that seed: the sequence number of its sync. */
uint64_t join_through(struct single *single, const char *seed);

#endif
