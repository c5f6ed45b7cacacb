/**
 * Times and counts of the protocol for three kinds of network; every one can be overridden.
 */
#ifndef SWIM_PROFILE_H
#define SWIM_PROFILE_H

#include <stddef.h>
#include <stdint.h>

/** All times in nanoseconds. */
struct profile {
    const char *name;
    uint64_t period_ns;  /* between two probes: the paper's T' (SWIM, section 3.1) */
    uint64_t timeout_ns; /* of a direct ping, before helpers are asked */
    uint64_t gossip_ns;
    unsigned gossip_fanout;
    unsigned suspicion_mult;   /* Lifeguard, section IV-B; also of the retransmit budget */
    uint64_t silence_floor_ns; /* nobody is declared dead sooner after being heard */
    uint64_t sync_ns;
    uint64_t heal_ns;
    uint64_t reap_ns;        /* how long the dead and the left are remembered */
    unsigned indirect;       /* helpers asked: the paper's k */
    uint64_t initial_rtt_ns; /* for QUIC: what a first handshake is timed by */
};

/** "local", "lan" or "wan"; NULL if there is no such profile. */
const struct profile *profile_find(const char *name);

#endif
