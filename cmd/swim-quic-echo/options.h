/**
 * What swim-quic-echo is told on its command line.
 */
#ifndef SWIM_QUIC_ECHO_OPTIONS_H
#define SWIM_QUIC_ECHO_OPTIONS_H

#include "cli/opt.h"
#include "cli/program.h"

struct echo_options {
    struct common common;
    const char *bind;
    const char *name;
    struct opt_list faults;
    uint64_t seed;
    uint64_t count;         /* end after so many pings; 0: never */
    uint64_t exit_after_ns; /* end after so long; 0: never */
    uint64_t ready_fd;      /* SERVICE_NO_FD: none */
    bool read_stdin;
};

extern const struct opt echo_rows[];

#endif
