#include "swim/health.h"

static const int weight[HEALTH_NEWS_COUNT] = {
    [HEALTH_PROBE_OK] = -1,
    [HEALTH_MISSED_NACK] = 1,
    [HEALTH_REFUTED] = 1,
    [HEALTH_STALLED] = 1,
};

void health_note(struct health *health, enum health_news news)
{
    int score = (int)health->score + weight[news];
    if (score < 0)
        score = 0;
    if (score > HEALTH_WORST)
        score = HEALTH_WORST;
    health->score = (unsigned)score;
}

uint64_t health_stretch(const struct health *health, uint64_t ns)
{
    return ns * (health->score + 1);
}
