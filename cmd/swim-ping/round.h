/**
 * Who is pinged when.
 *
 * Without --parallel there is a place per target and one ping in flight in all, the targets in
 * turn. With --parallel N there are up to N places per target, all on their own. A sweep gives
 * places to a few targets at a time; when all of one target's are done, the next target that waits
 * gets them.
 *
 *     round_on_event(what peers told)  |  round_step(now)      when again: round_deadline
 */
#ifndef SWIM_PING_ROUND_H
#define SWIM_PING_ROUND_H

#include "link/peers.h"
#include "place.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct round;

struct round_config {
    struct place_config ping;
    struct loop *loop;           /* borrowed: look-ups wake it */
    struct destination *targets; /* borrowed; looked up when they get their places */
    size_t target_count;
    size_t window;        /* targets that have places at a time, at least 1; more: no matter */
    uint64_t parallel;    /* 0: one ping in flight in all */
    uint64_t deadline_ns; /* when all ends; NEVER */
};

/** NULL: out of memory. */
struct round *round_new(const struct round_config *config);
void round_free(struct round *round);

/** Takes what peers told. */
void round_on_event(struct round *round, uint64_t now, const struct peers_event *event);

/** Ends what has waited too long and starts what is due. */
void round_step(struct round *round, uint64_t now);

/** What was asked leaves now: the round trips begin. */
void round_note_sent(struct round *round, uint64_t now);

/** When to call it again. */
uint64_t round_deadline(const struct round *round);

/** Ends it now: a ping under way is neither acked nor lost. */
void round_stop(struct round *round, uint64_t now);

/** Nothing is left to do. */
bool round_is_done(const struct round *round);

#endif
