/**
 * Whom to probe next: a shuffled list that is walked to its end and then shuffled anew, so that a
 * dead member is probed within 2n - 1 periods at the latest (SWIM, section 4.3). A new member is
 * inserted at a random position.
 */
#ifndef SWIM_TARGETS_H
#define SWIM_TARGETS_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>

struct member;

struct targets {
    struct member **list;
    size_t count, capacity, next;
};

void targets_init(struct targets *targets);
void targets_free(struct targets *targets);

/** Makes room for one more. False: out of memory. */
bool targets_reserve(struct targets *targets);

/** Adds a member; room was reserved. */
void targets_add(struct targets *targets, struct member *member, struct rng *rng);

/** Takes a member out. */
void targets_remove(struct targets *targets, const struct member *member);

/** The next live member; NULL if there is none. */
struct member *targets_next(struct targets *targets, struct rng *rng);

/** Draws up to `want` distinct live members other than `except`, those with a link before the
 * others. Returns how many. */
size_t targets_draw(const struct targets *targets, struct rng *rng, const struct member *except,
                    size_t want, struct member **drawn);

#endif
