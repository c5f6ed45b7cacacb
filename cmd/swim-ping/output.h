/**
 * How results are shown: as ping(8) does, or as records in line or JSON form.
 */
#ifndef SWIM_PING_OUTPUT_H
#define SWIM_PING_OUTPUT_H

#include "cli/format.h"
#include "destination.h"
#include "link/pool.h"

#include <stdbool.h>
#include <stdint.h>

/** How one ping ended. */
struct outcome {
    bool acked;
    uint64_t pseq;
    const char *via;       /* the helper that was asked; NULL: direct */
    uint64_t inc;          /* acked: of who answered */
    bool fresh;            /* acked: over a connection that was dialled for it */
    uint64_t rtt_ns;       /* acked: from the ping's sending to its ack */
    uint64_t handshake_ns; /* fresh */
    const char *leg;       /* not acked: resolve, pool, udp, handshake, …, ack */
    int reason;            /* not acked: an error of base/err.h */
    uint64_t current, max; /* of ERR_POOL_FULL */
};

struct output {
    bool text; /* else records in `format` */
    enum format format;
    bool quiet, timestamps;
    bool verbose; /* the reason of a failure as a sentence too, on standard error */
    int err;      /* the first that writing a record met */
};

/** One line for one ping (unless quiet). */
void output_outcome(struct output *output, const struct destination *target,
                    const struct outcome *outcome);

/** One target by itself, as typed (text), or its summary (records). */
void output_target(struct output *output, const struct destination *target);

/** The summary of one target. */
void output_summary(struct output *output, const struct destination *target);

/** The last line. */
void output_pool(struct output *output, const struct pool_stats *stats);

#endif
