/**
 * The options of swim-watch.
 */
#ifndef SWIM_WATCH_OPTIONS_H
#define SWIM_WATCH_OPTIONS_H

#include "cli/program.h"

struct watch_options {
    struct common common;
    const char *connect, *format, *until, *since, *exec;
    struct opt_list events, tags;
    uint64_t count;
    bool no_snapshot, retry;
};

extern const struct opt watch_rows[];

#endif
