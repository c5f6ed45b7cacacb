/**
 * The local health multiplier (Lifeguard, section IV-A): a member that has
 * reason to doubt itself gives the others more time. 0 is well; period and
 * timeout stretch by (score + 1).
 */
#ifndef SWIM_HEALTH_H
#define SWIM_HEALTH_H

#include <stdint.h>

#define HEALTH_WORST 8 /* the paper's S */

/** What tells on us, and what clears us. A probe that plainly fails is not in
 * the list: the observers of a member that really is dead are not ill. */
enum health_news {
    HEALTH_PROBE_OK,    /* -1 */
    HEALTH_MISSED_NACK, /* +1: a helper said nothing at all */
    HEALTH_REFUTED,     /* +1: somebody suspected us */
    HEALTH_STALLED,     /* +1: our own timer came late */
    HEALTH_NEWS_COUNT
};

struct health {
    unsigned score; /* 0 … HEALTH_WORST */
};

void health_note(struct health *health, enum health_news news);

/** A time stretched by the score. */
uint64_t health_stretch(const struct health *health, uint64_t ns);

#endif
