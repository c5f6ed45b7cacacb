/**
 * The options of swim-diff.
 */
#ifndef SWIM_DIFF_OPTIONS_H
#define SWIM_DIFF_OPTIONS_H

#include "cli/program.h"

struct diff_options {
    struct common common;
    const char *connect, *format;
};

extern const struct opt diff_rows[];

#endif
