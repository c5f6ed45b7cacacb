/**
 * Noticing a split: many members die together. An event for people; nothing is
 * decided by it.
 */
#ifndef SWIM_PARTITION_H
#define SWIM_PARTITION_H

#include "base/duration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct swim;
struct member;

#define PARTITION_TOGETHER_NS (30 * NS_PER_S) /* deaths within this belong together */
#define PARTITION_BEFORE_NS (60 * NS_PER_S)   /* measured against those alive this long ago */

struct partition {
    bool split;         /* one was told and has not healed */
    size_t cut;         /* members that were lost by it (each has `cut` set) */
    uint64_t split_ns;  /* when it was told */
    uint64_t settle_ns; /* when it is looked at: deaths of one split come over
                           some periods */
    uint64_t first_ns;  /* of the deaths not yet looked at; NEVER: none */
};

void partition_init(struct partition *partition);

/** At least max(2, 25 %) of those that were alive. */
bool partition_is_one(size_t lost, size_t alive_before);

/** "minority", "even" or "majority": `seen` of `known` are on our side. */
const char *partition_side(size_t seen, size_t known);

/** A member has died; a member of a split is back, or is being reaped. */
void partition_on_death(struct swim *swim, struct member *member);
void partition_on_return(struct swim *swim, struct member *member);
void partition_on_reap(struct swim *swim, struct member *member);

void partition_tick(struct swim *swim);
uint64_t partition_deadline(const struct swim *swim);

#endif
