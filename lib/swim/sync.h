/**
 * Anti-entropy: push/pull of the whole table with one member (Demers et al. 1987; SWIM's
 * descendants use it against rumours that were lost). At join, twice soon after it, then at every
 * interval.
 */
#ifndef SWIM_SYNC_H
#define SWIM_SYNC_H

#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct swim;
struct member;

#define SYNC_EARLY                                                                                 \
    2 /* after a join, one and three periods later: a simultaneous start loses                     \
         rumours */

struct sync {
    uint64_t next_ns; /* NEVER: no member was known yet */
    uint64_t early_ns[SYNC_EARLY];
    bool stopped;
};

void sync_init(struct sync *sync);

/** Starts a push/pull with a member; returns its sequence number. `join`: our own record is left
 * out, it is announced after the answer. */
uint64_t sync_start(struct swim *swim, const struct name *with, bool join);

/** Fills one chunk from the member at `cursor` on, marks the last. Returns the next cursor. */
size_t sync_fill(struct swim *swim, struct message *message, size_t cursor);

/** After a join: plans the early syncs. */
void sync_after_join(struct swim *swim);

void sync_tick(struct swim *swim);
uint64_t sync_deadline(const struct swim *swim);
void sync_stop(struct swim *swim);

#endif
