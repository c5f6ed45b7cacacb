/**
 * What is counted over the process, in the order of the echo-stats line. Connections and messages
 * in are those that arrived, dropped ones too; messages out those that were handed to QUIC.
 */
#ifndef SWIM_QUIC_ECHO_COUNTERS_H
#define SWIM_QUIC_ECHO_COUNTERS_H

#include "wire/msg.h"

#include <stdint.h>

/* X(field, key) */
#define ECHO_COUNTERS(X)                                                                           \
    X(conns, "conns")                                                                              \
    X(pings, "pings")                                                                              \
    X(acks, "acks")                                                                                \
    X(ping_reqs, "ping-reqs")                                                                      \
    X(nacks, "nacks")                                                                              \
    X(syncs, "syncs")                                                                              \
    X(hellos, "hellos")                                                                            \
    X(gossips, "gossips")                                                                          \
    X(leaves, "leaves")                                                                            \
    X(dropped, "dropped")                                                                          \
    X(malformed, "malformed")                                                                      \
    X(unsent, "unsent")                                                                            \
    X(faults, "faults")                                                                            \
    X(rejected, "rejected")                                                                        \
    X(garbage, "garbage")

struct echo_counters {
#define X(FIELD, KEY) uint64_t FIELD;
    ECHO_COUNTERS(X)
#undef X
};

/** Counts a message that has arrived. */
void counters_add_received(struct echo_counters *counters, enum message_type type);

/** Counts an answer that was handed to QUIC. */
void counters_add_sent(struct echo_counters *counters, enum message_type type);

#endif
