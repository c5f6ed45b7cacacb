/**
 * The phases of a node's shutdown, one table.
 */
#ifndef NODE_PHASES_H
#define NODE_PHASES_H

#include "node/shutdown.h"

/** Numbers of the phases, for where to begin. */
enum { PHASE_LEAVE, PHASE_GOSSIP, PHASE_HEALTH, PHASE_POOL, PHASE_REGISTRY, PHASE_COUNT };

/** Their owner is the `struct node`. */
extern const struct shutdown_phase phases[PHASE_COUNT];

#endif
