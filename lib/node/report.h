/**
 * What a node knows, as records: the answers to `members`, `pool`, `info`, `health`, `rtt` and
 * `why`.
 */
#ifndef NODE_REPORT_H
#define NODE_REPORT_H

#include "base/name.h"

#include <stdint.h>

struct node;

/* Each adds its records to the answer of that request. 0; ERR_NOT_FOUND: the asker is gone;
 * ERR_NO_MEMORY. The core must be there. */

/** A `member` record for each, the node itself first, then by name. */
int report_members(const struct node *node, uint64_t request);

/** A `pool` record for each connection to a member. */
int report_pool(const struct node *node, uint64_t request);

/** One `info` record of the node itself. */
int report_info(const struct node *node, uint64_t request);

/** A `health` record for each other member: what the failure detectors make of it, and `lhm`, the
 *  node's own local health. */
int report_health(const struct node *node, uint64_t request);

/** An `rtt` record for each other member: how far it is from here. */
int report_rtt(const struct node *node, uint64_t request);

/** An `evidence` record for each step that led to that member's present state, the oldest first,
 *  then its `member` record. ERR_NOT_FOUND also: it is unknown. */
int report_why(const struct node *node, uint64_t request, const struct name *name);

#endif
