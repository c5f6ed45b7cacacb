#include "swim/profile.h"

#include "base/duration.h"

#include <string.h>

static const struct profile profiles[] = {
    {.name = "local",
     .period_ns = 200 * NS_PER_MS,
     .timeout_ns = 80 * NS_PER_MS,
     .gossip_ns = 50 * NS_PER_MS,
     .gossip_fanout = 3,
     .suspicion_mult = 3,
     .silence_floor_ns = 700 * NS_PER_MS,
     .sync_ns = 5 * NS_PER_S,
     .heal_ns = 2 * NS_PER_S,
     .reap_ns = 60 * NS_PER_S,
     .indirect = 3,
     .initial_rtt_ns = 10 * NS_PER_MS},
    {.name = "lan",
     .period_ns = 1 * NS_PER_S,
     .timeout_ns = 500 * NS_PER_MS,
     .gossip_ns = 200 * NS_PER_MS,
     .gossip_fanout = 3,
     .suspicion_mult = 4,
     .silence_floor_ns = 3200 * NS_PER_MS,
     .sync_ns = 30 * NS_PER_S,
     .heal_ns = 4 * NS_PER_S,
     .reap_ns = 24 * 3600 * NS_PER_S,
     .indirect = 3,
     .initial_rtt_ns = 30 * NS_PER_MS},
    {.name = "wan",
     .period_ns = 5 * NS_PER_S,
     .timeout_ns = 3 * NS_PER_S,
     .gossip_ns = 500 * NS_PER_MS,
     .gossip_fanout = 4,
     .suspicion_mult = 6,
     .silence_floor_ns = 16 * NS_PER_S,
     .sync_ns = 60 * NS_PER_S,
     .heal_ns = 20 * NS_PER_S,
     .reap_ns = 24 * 3600 * NS_PER_S,
     .indirect = 3,
     .initial_rtt_ns = 150 * NS_PER_MS},
};

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}
