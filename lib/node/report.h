/**
 * What a node knows, as records: the answers to `members`, `pool` and `info`.
 */
#ifndef NODE_REPORT_H
#define NODE_REPORT_H

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

#endif
