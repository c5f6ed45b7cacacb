/**
 * One target as typed: ADDR or NAME@ADDR, its addresses once looked up, and what has come of it.
 *
 *      LOOKING_UP ----> FOUND
 *          '----------> NOT_FOUND
 */
#ifndef SWIM_PING_TARGET_H
#define SWIM_PING_TARGET_H

#include "base/addr.h"
#include "base/err.h"
#include "base/name.h"
#include "link/loop.h"
#include "link/resolve.h"
#include "stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum target_state { TARGET_LOOKING_UP, TARGET_FOUND, TARGET_NOT_FOUND };

struct target {
    const char *typed; /* borrowed */
    struct hostport hostport;
    struct name expected; /* NAME@; empty: whoever answers */
    enum target_state state;
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
int target_parse(const char *typed, struct target *target, struct why *why);

/** Starts the look-up of its host (a numeric one is found at once); its end wakes `loop`. A look-up
 *  that can't start is NOT_FOUND. */
void target_look_up(struct target *target, struct loop *loop);

/** Ends a look-up that is under way. */
void target_release(struct target *target);

/** The address to dial; the target is FOUND. */
const struct addr *target_addr(const struct target *target);

/** Goes on to its next address, after nothing answered at this one. False: there is none. */
bool target_next_addr(struct target *target);

/** What stands for it in lines: its name, or before that is known the target as typed. */
const char *target_label(const struct target *target);

/** Remembers that a ping of it failed for that reason, by the exit code that it calls for. */
void target_note_failure(struct target *target, int err);
bool target_has_failed_by(const struct target *target, enum exit_code code);

#endif
