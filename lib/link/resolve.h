/**
 * Host names to addresses, off the loop: a look-up runs on a thread of its own and its end shows on
 * a descriptor, so that a slow name server never delays a node.
 */
#ifndef LINK_RESOLVE_H
#define LINK_RESOLVE_H

#include "base/addr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define RESOLVE_MAX 8 /* addresses kept of one name */

struct resolve;

/** Starts a look-up (a numeric host is answered at once, without a thread). NULL: out of memory or
 *  threads. `family` ADDR_NONE: both. */
struct resolve *resolve_new(const struct hostport *hostport, enum addr_family family);

/** Readable when the look-up has ended. */
int resolve_fd(const struct resolve *resolve);

/** After the end: how many addresses, in the order of RFC 6724, or ERR_RESOLVE with the resolver's
 *  text in `why`; ERR_NOT_NOW before the end. */
int resolve_take(struct resolve *resolve, struct addr addrs[RESOLVE_MAX], struct why *why);

/** Frees it, also while the look-up still runs (its thread then ends on its own). */
void resolve_free(struct resolve *resolve);

/** Blocks, at most `timeout_ns`. As resolve_take; ERR_TIMEOUT. For one-shot tools. */
int resolve_wait(const struct hostport *hostport, enum addr_family family, uint64_t timeout_ns,
                 struct addr addrs[RESOLVE_MAX], struct why *why);

#endif
