/**
 * A small seeded generator (xoshiro256**, Blackman and Vigna 2018) for everything that is drawn
 * and must replay: targets, jitter, ages. Never for secrets.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t state[4];
};

/** The same seed gives the same draws on every machine. */
void rng_seed(struct rng *rng, uint64_t seed);

uint64_t rng_next(struct rng *rng);

/** Uniform in [0, bound), without modulo bias; 0 for bound 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/** Uniform in [0, 1). */
double rng_unit(struct rng *rng);

/** Shuffles `n` indices in place (Fisher-Yates). */
void rng_shuffle(struct rng *rng, uint32_t *items, size_t n);

#endif
