/**
 * What swim-keys is told on its command line.
 */
#ifndef SWIM_KEYS_OPTIONS_H
#define SWIM_KEYS_OPTIONS_H

#include "cli/opt.h"
#include "cli/program.h"

#include <stdint.h>

struct keys_options {
    struct common common;
    const char *cluster; /* NULL: not given */
    const char *ca;      /* NULL: not given */
    const char *role;
    const char *out;
    uint64_t days;
    const char *format; /* "text": what each verb's page says */
};

extern const struct opt keys_rows[];

#endif
