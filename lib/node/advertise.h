/**
 * Which address of ours the others are told to dial.
 */
#ifndef NODE_ADVERTISE_H
#define NODE_ADVERTISE_H

#include "base/addr.h"

#include <stdbool.h>

struct peers;

/** Where the address came from. */
enum advertise_source {
    ADVERTISE_BOUND,    /* the one bound */
    ADVERTISE_SEED,     /* the local address towards the first seed */
    ADVERTISE_ROUTE,    /* the local address of the default route */
    ADVERTISE_ONLY,     /* the only address of this host that is not loopback */
    ADVERTISE_LOOPBACK, /* nothing else: only this host can dial it */
};

/**
 * Finds it, in that order, for a socket that listens; `first_seed` is the text of the first seed
 * or NULL. A seed's name is looked up here, which may take ADVERTISE_LOOK_UP_NS; one that does not
 * resolve in that time is passed over.
 */
enum advertise_source advertise_find(const struct peers *peers, const char *first_seed,
                                     struct addr *addr);

#define ADVERTISE_LOOK_UP_NS (UINT64_C(500) * 1000000)

/** The address under which this host itself reaches a socket bound to `bound`: loopback in place
 *  of a wildcard. */
struct addr advertise_local(const struct addr *bound);

#endif
