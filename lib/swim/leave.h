/**
 * The graceful leave: our own record becomes `left`, the peers with a warm link are told straight,
 * and their confirmations are counted. Fewer than three warm: up to three live members are dialled.
 */
#ifndef SWIM_LEAVE_H
#define SWIM_LEAVE_H

#include "swim/swim.h"

#include <stdbool.h>
#include <stdint.h>

struct leave {
    bool started, live;
    uint64_t pseq;
    uint64_t repeat_ns; /* when those who have not confirmed are told again */
};

/** Announces the leave; it was not announced before. ERR_NO_MEMORY. */
int leave_start(struct swim *swim, struct bytes reason);

void leave_tick(struct swim *swim);
uint64_t leave_deadline(const struct swim *swim);

#endif
