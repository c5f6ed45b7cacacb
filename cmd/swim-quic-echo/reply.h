/**
 * How answers go out to visitors: by datagram, on the message stream that we open, or on the stream
 * of the push/pull that asked (lib/wire/msg.h: enum carrier). Notes a tx line for each.
 */
#ifndef SWIM_QUIC_ECHO_REPLY_H
#define SWIM_QUIC_ECHO_REPLY_H

#include "answer.h"
#include "base/rng.h"
#include "counters.h"
#include "damage.h"
#include "output.h"
#include "visitor.h"

/** Who answers. */
struct replier {
    struct name self;
    struct msg_hello hello;
    struct echo_counters *counters; /* borrowed */
    struct notes *notes;            /* borrowed; of the tx lines */
    struct rng *rng;                /* borrowed; draws damages */
};

/** Sends one, damaged or whole; what QUIC does not take is counted as unsent, and so is all that
 *  goes to a visitor who is stalled. */
void reply_send(const struct replier *replier, struct visitor *visitor, const struct answer *answer,
                enum damage damage);

#endif
