/**
 * The health checker's loop: every five seconds those members whose silence has
 * become too surprising (swim/phi) are probed at once, out of turn.
 */
#ifndef SWIM_CHECKER_H
#define SWIM_CHECKER_H

#include "base/duration.h"

#include <stdbool.h>
#include <stdint.h>

struct swim;

#define CHECKER_INTERVAL_NS (5 * NS_PER_S)

struct checker {
    uint64_t next_ns; /* NEVER: stopped */
};

void checker_init(struct checker *checker, uint64_t now);
void checker_tick(struct swim *swim);
uint64_t checker_deadline(const struct swim *swim);
void checker_stop(struct swim *swim);

#endif
