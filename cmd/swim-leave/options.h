/**
 * The options of swim-leave.
 */
#ifndef SWIM_LEAVE_OPTIONS_H
#define SWIM_LEAVE_OPTIONS_H

#include "cli/program.h"

struct leave_options {
    struct common common;
    const char *connect, *format;
    bool no_wait, prune, yes;
    const char *force, *reason;
    uint64_t drain_ns;
};

extern const struct opt leave_rows[];

#endif
