/**
 * What the pings to one target came to: counts, and the round trips as ping(8) sums them up. Pure
 * arithmetic.
 */
#ifndef SWIM_PING_STATS_H
#define SWIM_PING_STATS_H

#include <stdbool.h>
#include <stdint.h>

#define STATS_REMEMBERED 256 /* latest acks that a second one is recognised for */

/** Zeroed it is empty. */
struct stats {
    uint64_t pings, acks, duplicates;
    uint64_t min_ns, max_ns;
    double mean_ns, spread;           /* spread: the sum of squared distances from the mean */
    uint64_t acked[STATS_REMEMBERED]; /* by pseq modulo its size */
};

/** A ping ended without an ack. */
void stats_add_loss(struct stats *stats);

/** A ping (numbered from 1) ended with an ack after `rtt_ns`. */
void stats_add_ack(struct stats *stats, uint64_t pseq, uint64_t rtt_ns);

/** An ack came that nobody waits for: true, and counted, if it is a second one. */
bool stats_add_duplicate(struct stats *stats, uint64_t pseq);

/** Share of pings without an ack, 0 to 100; 0 when there was none. */
double stats_loss_percent(const struct stats *stats);

/** Deviation of the round trips from their mean, as ping(8) has it (of the population). */
double stats_mdev_ns(const struct stats *stats);

#endif
