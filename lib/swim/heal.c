#include "swim/heal.h"

#include "swim/core.h"

#include "base/duration.h"

uint64_t heal_interval_ns(uint64_t heal_ns, size_t live)
{
    uint64_t shared = NS_PER_S * live;
    return heal_ns > shared ? heal_ns : shared;
}

void heal_linked(struct swim *swim, struct member *member)
{
    if (member->shown == MEMBER_DEAD && !swim->sync.stopped)
        (void)sync_start(swim, &member->name, false);
}

static struct member *heal_draw(struct swim *swim)
{
    struct member *drawn = NULL;
    uint64_t seen = 0;
    for (size_t i = 0; i < swim->targets.count; i++) {
        struct member *member = swim->targets.list[i];
        if (member->shown == MEMBER_DEAD && rng_below(&swim->rng, ++seen) == 0)
            drawn = member;
    }
    return drawn;
}

void heal_tick(struct swim *swim)
{
    if (heal_deadline(swim) > swim->now || outputs_room(&swim->outputs) < 2)
        return;
    size_t live = 0;
    for (size_t i = 0; i < swim->members.count; i++)
        live += member_is_live(swim->members.sorted[i]);
    uint64_t interval = heal_interval_ns(swim->profile.heal_ns, live);
    /* A fifth of jitter, or the halves of a split would try in step. */
    swim->heal.next_ns =
        swim->now + interval - interval / 10 + rng_below(&swim->rng, interval / 5 + 1);
    struct member *dead = heal_draw(swim);
    if (!dead)
        return;
    struct output_item *item = outputs_add(&swim->outputs, SWIM_CONNECT);
    item->peer = dead->name;
    item->addr = dead->told.addr;
}

uint64_t heal_deadline(const struct swim *swim)
{
    if (swim->sync.stopped || swim->dead_count == 0)
        return NEVER;
    return swim->heal.next_ns;
}
