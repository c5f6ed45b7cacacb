/**
 * One target, or a helper of --via: its addresses once looked up, and what has come of it.
 *
 *      WAITING ---> LOOKING_UP ----> FOUND
 *         |              '---------> NOT_FOUND
 *         '-- a node that was asked has told, or not ---> FOUND, NOT_FOUND
 */
#ifndef SWIM_PING_DESTINATION_H
#define SWIM_PING_DESTINATION_H

#include "base/addr.h"
#include "base/err.h"
#include "base/name.h"
#include "link/loop.h"
#include "link/pool.h"
#include "link/resolve.h"
#include "stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum destination_state {
    DESTINATION_WAITING,
    DESTINATION_LOOKING_UP,
    DESTINATION_FOUND,
    DESTINATION_NOT_FOUND,
};

struct destination {
    char typed[POOL_KEY_SIZE];
    struct hostport hostport;
    enum addr_family family; /* of the addresses wanted; NONE: either */
    struct name expected;    /* who must answer; empty: whoever does */
    enum destination_state state;
    struct resolve *resolve; /* while LOOKING_UP */
    struct loop *loop;
    int watch;
    int lookup_err; /* of NOT_FOUND */
    struct why lookup_why;
    struct addr addrs[RESOLVE_MAX];
    size_t addr_count, addr_at;

    struct name name; /* by its certificate; empty before it is known */
    uint64_t started; /* pings begun: the last number given */
    bool timed;       /* started_ns is set */
    uint64_t started_ns, ended_ns;
    struct stats stats;
    unsigned failures; /* a bit per exit code that a failed ping of it calls for */
};

/** WAITING, with neither host nor name. `typed` is copied, and shorter than POOL_KEY_SIZE. */
void destination_init(struct destination *target, const char *typed);

/** WAITING -> FOUND at that address. */
void destination_set_addr(struct destination *target, const struct addr *addr);

/** WAITING -> NOT_FOUND, for that error; `text` (NULL: said elsewhere) is for people. */
void destination_set_missing(struct destination *target, int err, const char *text);

/** WAITING -> LOOKING_UP its host; its end wakes `loop`. A numeric one is found at once; a look-up
 *  that can't start is NOT_FOUND. In any other state nothing happens. */
void destination_look_up(struct destination *target, struct loop *loop);

/** Ends a look-up that is under way. */
void destination_release(struct destination *target);

/** The address to dial; the target is FOUND. */
const struct addr *destination_addr(const struct destination *target);

/** Goes on to its next address, after nothing answered at this one. False: there is none. */
bool destination_next_addr(struct destination *target);

/** What stands for it in lines: its name, or before that is known the target as typed. */
const char *destination_label(const struct destination *target);

/** Remembers that a ping of it failed for that reason, by the exit code that it calls for. */
void destination_note_failure(struct destination *target, int err);
bool destination_has_failed_by(const struct destination *target, enum exit_code code);

#endif
