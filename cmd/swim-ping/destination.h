/**
 * One target as typed: ADDR or NAME@ADDR, its addresses once looked up, and what has come of it.
 *
 *      LOOKING_UP ----> FOUND
 *          '----------> NOT_FOUND
 */
#ifndef SWIM_PING_DESTINATION_H
#define SWIM_PING_DESTINATION_H

#include "base/addr.h"
#include "base/err.h"
#include "base/name.h"
#include "link/loop.h"
#include "link/resolve.h"
#include "stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum destination_state { DESTINATION_LOOKING_UP, DESTINATION_FOUND, DESTINATION_NOT_FOUND };

struct destination {
    const char *typed; /* borrowed */
    struct hostport hostport;
    struct name expected; /* NAME@; empty: whoever answers */
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

/** Parses what was typed. 0; ERR_USAGE with `why`: no address, no name, or a form that is asked of
 * a running node, which this version can't. */
int destination_parse(const char *typed, struct destination *target, struct why *why);

/** Starts the look-up of its host (a numeric one is found at once); its end wakes `loop`. A look-up
 *  that can't start is NOT_FOUND. */
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
