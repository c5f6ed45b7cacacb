/**
 * The options of swim-why.
 */
#ifndef SWIM_WHY_OPTIONS_H
#define SWIM_WHY_OPTIONS_H

#include "cli/program.h"

struct why_options {
    struct common common;
    const char *connect, *format;
    bool no_header;
};

extern const struct opt why_rows[];

#endif
