/**
 * Sends answers to visitors: by datagram, on the message stream that we open, or on the stream of
 * the push/pull that asked (lib/wire/msg.h: enum carrier). Prints a tx line for each.
 */
#ifndef SWIM_QUIC_ECHO_REPLY_H
#define SWIM_QUIC_ECHO_REPLY_H

#include "answer.h"
#include "counters.h"
#include "visitor.h"

/** Who answers. */
struct replier {
    struct name self;
    struct msg_hello hello;
    struct echo_counters *counters; /* borrowed */
};

/** Sends one; what QUIC does not take is counted as unsent. */
void reply_send(const struct replier *replier, struct visitor *visitor,
                const struct answer *answer);

#endif
