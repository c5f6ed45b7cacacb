/**
 * Noticing our own stalls (SIGSTOP, suspend, a starved processor): a timer that
 * comes much too late. What seems silent then may just wait in our inbox, so
 * for a period nobody is accused or declared dead.
 */
#ifndef SWIM_STALL_H
#define SWIM_STALL_H

#include <stdbool.h>
#include <stdint.h>

struct swim;

/** Late by more than half a direct timeout and 100 ms. All nanoseconds; a
 * deadline of NEVER is no stall. */
bool stall_is_one(uint64_t now, uint64_t deadline, uint64_t timeout);

/** Looks at the clock at the start of a step, before anything that is due is
 * done. */
void stall_check(struct swim *swim, uint64_t now);

/** Whether judgement is suspended at present. */
bool stall_is_recent(const struct swim *swim);

#endif
