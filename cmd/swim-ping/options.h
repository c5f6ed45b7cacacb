/**
 * What swim-ping is told on its command line.
 */
#ifndef SWIM_PING_OPTIONS_H
#define SWIM_PING_OPTIONS_H

#include "base/addr.h"
#include "base/err.h"
#include "cli/opt.h"
#include "cli/program.h"
#include "verdict.h"

struct ping_options {
    struct common common;
    uint64_t count;       /* pings to each target */
    uint64_t interval_ns; /* between two pings to one target */
    uint64_t wait_ns;     /* for each ping; 0: by whether it dials */
    uint64_t deadline_ns; /* for all; 0: none */
    bool quiet, timestamps;
    uint64_t parallel; /* places per target; 0: one ping in flight in all */
    uint64_t max_per_peer;
    uint64_t max_total;
    const char *format;
    bool loop, once, alive, unreachable, ipv4, ipv6, sweep, new_conn;
    const char *min_acks; /* a number, or "all" */
    const char *file;
    struct opt_list via, warn, crit;
    const char *connect;
};

/** What the options come to. */
struct ping_plan {
    uint64_t count;    /* pings to each target; NEVER: without end */
    uint64_t min_acks; /* of a target that is fine; 0: all, and one at least */
    enum addr_family family;
    bool nagios;
    struct verdict_limits limits; /* of nagios */
};

/** Judges the options together. 0, or ERR_USAGE with `why`. */
int ping_plan_make(const struct ping_options *options, struct ping_plan *plan, struct why *why);

extern const struct opt ping_rows[];

#endif
