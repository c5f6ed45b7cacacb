#include "stats.h"

#include <math.h>

void stats_add_loss(struct stats *stats)
{
    stats->pings++;
}

void stats_add_ack(struct stats *stats, uint64_t pseq, uint64_t rtt_ns)
{
    stats->pings++;
    stats->acks++;
    if (stats->acks == 1 || rtt_ns < stats->min_ns) {
        stats->min_ns = rtt_ns;
    }
    if (rtt_ns > stats->max_ns) {
        stats->max_ns = rtt_ns;
    }
    /* Welford 1962: the plain sum of squares loses its digits after a long run. */
    double before = (double)rtt_ns - stats->mean_ns;
    stats->mean_ns += before / (double)stats->acks;
    stats->spread += before * ((double)rtt_ns - stats->mean_ns);
    stats->acked[pseq % STATS_REMEMBERED] = pseq;
}

bool stats_add_duplicate(struct stats *stats, uint64_t pseq)
{
    if (pseq == 0 || stats->acked[pseq % STATS_REMEMBERED] != pseq) {
        return false;
    }
    stats->duplicates++;
    return true;
}

double stats_loss_percent(const struct stats *stats)
{
    if (stats->pings == 0) {
        return 0;
    }
    return 100.0 * (double)(stats->pings - stats->acks) / (double)stats->pings;
}

double stats_mdev_ns(const struct stats *stats)
{
    return stats->acks == 0 ? 0 : sqrt(stats->spread / (double)stats->acks);
}
