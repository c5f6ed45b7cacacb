/**
 * What swim-node is told on its command line.
 */
#ifndef SWIM_NODE_OPTIONS_H
#define SWIM_NODE_OPTIONS_H

#include "cli/opt.h"
#include "cli/program.h"

/** Durations and counts that were not given are 0, texts NULL. */
struct node_options {
    struct common common;
    const char *name, *bind, *advertise, *state, *profile;
    struct opt_list joins, tags;
    uint64_t probe_interval_ns, probe_timeout_ns, gossip_interval_ns, silence_floor_ns, reap_after_ns;
    uint64_t indirect, suspicion_mult;
    uint64_t pool_max, pool_per_peer, accept_max, pool_idle_ns;
    uint64_t leave_timeout_ns;
    const char *on_term;
    const char *events, *format;
    bool events_all;
    uint64_t ready_fd; /* SERVICE_NO_FD: none */
    const char *ready_when;
};

extern const struct opt node_rows[];

#endif
