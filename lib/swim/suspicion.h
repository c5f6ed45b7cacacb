/**
 * The timeout between suspect and dead (SWIM, section 4.2; Lifeguard, section IV-B), and the
 * silence floor under it.
 */
#ifndef SWIM_SUSPICION_H
#define SWIM_SUSPICION_H

#include <stddef.h>
#include <stdint.h>

struct swim;
struct member;

/** The minimum timeout: mult * max(1, log10 n) * period, for n members alive or suspect. */
uint64_t suspicion_minimum_ns(unsigned mult, size_t n, uint64_t period_ns);

/** When a suspicion that began at `started` ends in death: not before `timeout` has passed, nor
 * before the member was silent for `floor` since it was last heard, or became known. All
 * nanoseconds. */
uint64_t suspicion_due_ns(uint64_t started, uint64_t timeout, uint64_t floor, uint64_t heard,
                          uint64_t known);

/** Starts the member's timer (anew). */
void suspicion_start(struct swim *swim, struct member *member);

/** Moves the timer after the member was heard. Nothing happens if none runs. */
void suspicion_update(struct swim *swim, struct member *member);

void suspicion_stop(struct swim *swim, struct member *member);

/** Declares dead whoever is due, as far as the outputs have room. */
void suspicion_tick(struct swim *swim);

#endif
