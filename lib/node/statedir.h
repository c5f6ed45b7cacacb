/**
 * A node's state directory, of which so far one file is used: `node.addr`, where tools on this
 * host find the node.
 */
#ifndef NODE_STATEDIR_H
#define NODE_STATEDIR_H

#include "base/addr.h"
#include "base/err.h"

/** Makes the directory and its parents, mode 0700, where missing. 0 or ERR_SYSTEM, ERR_LIMIT (too
 *  long a path) with `why`. */
int statedir_make(const char *directory, struct why *why);

/** Writes the address and LF to `node.addr`, which at each moment is whole. ERR_SYSTEM, ERR_LIMIT.
 */
int statedir_write_addr(const char *directory, const struct addr *addr, struct why *why);

/** Removes `node.addr` if that address still stands in it: another node may use the directory by
 *  now. ERR_SYSTEM, ERR_LIMIT. */
int statedir_remove_addr(const char *directory, const struct addr *addr, struct why *why);

#endif
