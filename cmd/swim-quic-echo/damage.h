/**
 * Answers that arrive whole as packets and are wrong inside.
 */
#ifndef SWIM_QUIC_ECHO_DAMAGE_H
#define SWIM_QUIC_ECHO_DAMAGE_H

#include "base/rng.h"

#include <stddef.h>
#include <stdint.h>

enum damage {
    DAMAGE_NONE,
    DAMAGE_CORRUPT, /* one byte is inverted, drawn among those that make it no message */
    DAMAGE_GARBAGE, /* as many random bytes in its place */
};

/** "corrupt", "garbage"; NULL for none. */
const char *damage_text(enum damage damage);

/** Damages the packet (of at least one byte) in place. The same draws do the same. */
void damage_apply(enum damage damage, struct rng *rng, uint8_t *packet, size_t len);

#endif
