/**
 * What swim-ping is told on its command line.
 */
#ifndef SWIM_PING_OPTIONS_H
#define SWIM_PING_OPTIONS_H

#include "cli/opt.h"
#include "cli/program.h"

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
};

extern const struct opt ping_rows[];

#endif
