/**
 * Suspicion of one member (SWIM, section 4.2; Lifeguard, section IV-B): the
 * timeout between suspect and dead shrinks as independent members confirm the
 * accusation, and never undercuts the silence floor.
 */
#ifndef SWIM_SUSPICION_H
#define SWIM_SUSPICION_H

#include "base/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct swim;
struct member;

/** More confirmations than these change the timeout by next to nothing. */
#define CONFIRMATIONS_MAX 8
#define SUSPICION_MAX_FACTOR 6 /* max = 6 * min: the paper's beta */

/** A running suspicion, part of the member. */
struct suspicion {
    uint64_t started_ns, min_ns, max_ns;
    unsigned wanted; /* confirmations that bring the timeout to its minimum: k */
    unsigned count;
    uint64_t accusers[CONFIRMATIONS_MAX + 1]; /* hashes of their names, the first accuser's too */
};

/** mult * max(1, log10 n) * period, for n members alive or suspect.
 * Nanoseconds. */
uint64_t suspicion_minimum_ns(unsigned mult, size_t n, uint64_t period_ns);

/** k = max(0, min(mult - 2, n - 2)): so many others can be expected to probe it
 * too. */
unsigned suspicion_wanted(unsigned mult, size_t n);

/** max(min, max - (max - min) * log(count + 1) / log(wanted + 1)); min where
 * none are wanted. */
uint64_t suspicion_timeout_ns(uint64_t min, uint64_t max, unsigned count, unsigned wanted);

/** When a suspicion that began at `started` ends in death: not before `timeout` has passed, nor
 * before the member was silent for `floor` since it was last heard, or became known. All
 * nanoseconds. */
uint64_t suspicion_due_ns(uint64_t started, uint64_t timeout, uint64_t floor, uint64_t heard,
                          uint64_t known);

/** Starts the member's suspicion (anew), accused by its record's `by`. */
void suspicion_start(struct swim *swim, struct member *member);

/** Counts an accusation over the accuser's own certificate, or our own. True:
 * it is a new one, and the deadline has moved. */
bool suspicion_confirm(struct swim *swim, struct member *member, const struct name *accuser);

/** Moves the timer after the member was heard. Nothing happens if none runs. */
void suspicion_update(struct swim *swim, struct member *member);

void suspicion_stop(struct swim *swim, struct member *member);

/** Declares dead whoever is due, as far as the outputs have room. */
void suspicion_tick(struct swim *swim);

/** When the next is due. */
uint64_t suspicion_deadline(const struct swim *swim);

#endif
