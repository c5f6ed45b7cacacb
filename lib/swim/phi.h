/**
 * The phi accrual detector (Hayashibara et al., SRDS 2004) of one member that
 * speaks to us: how surprising its present silence is, given the gaps between
 * its messages. Phi p means: a gap this long or longer had a chance of 10^-p. A
 * diagnostic that may start a probe; it never accuses.
 */
#ifndef SWIM_PHI_H
#define SWIM_PHI_H

#include <stdbool.h>
#include <stdint.h>

#define PHI_WINDOW 100 /* gaps remembered */
#define PHI_SAMPLES_MIN 5
#define PHI_DEVIATION_MIN_MS 50.0f /* a perfectly regular sender may still be scheduled late */
#define PHI_THRESHOLD 8.0
#define PHI_MAX 300.0 /* where doubles end */

struct phi {
    uint64_t last_ns; /* 0: never heard */
    uint16_t count, next;
    float gaps_ms[PHI_WINDOW];
};

/** Counts a message heard at `now`. */
void phi_heard(struct phi *phi, uint64_t now);

/** Forgets all: another process answers under that name now. */
void phi_reset(struct phi *phi);

/** The value at `now`. False: too few samples to say. */
bool phi_value(const struct phi *phi, uint64_t now, double *value);

#endif
