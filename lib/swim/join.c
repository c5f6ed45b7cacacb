#include "swim/join.h"

#include "base/err.h"
#include "swim/core.h"

int join_start(struct swim *swim, const struct name *seed)
{
    struct join *join = &swim->join;
    join_forget(swim, seed);
    for (size_t i = 0; i < JOINS_MAX; i++) {
        if (!name_is_empty(&join->items[i].seed))
            continue;
        join->items[i].seed = *seed;
        join->items[i].answered = false;
        join->items[i].pseq = sync_start(swim, seed, true);
        return 0;
    }
    return ERR_LIMIT;
}

bool join_is_first(const struct swim *swim)
{
    for (size_t i = 0; i < JOINS_MAX && !swim->join.announced; i++)
        if (!name_is_empty(&swim->join.items[i].seed))
            return true;
    return false;
}

/* What the answer said of us has been refuted by now, so our record is above
 * it. The seed gets it straight away and for sure: it is whom the others will
 * ask. */
static void join_announce(struct swim *swim, struct name *seed)
{
    const struct member *member = members_find(&swim->members, seed);
    core_queue_update(swim, swim->self, UPDATE_CRITICAL);
    struct output_item *item = outputs_add(&swim->outputs, SWIM_SEND);
    item->peer = *seed;
    item->reliable = true;
    item->send.type = MESSAGE_GOSSIP;
    item->send.tell = swim->self;
    struct event *event = output_event(swim, EVENT_JOINED, NULL);
    event->peer = member ? member->name.text : NULL;
    event->members = 0;
    for (size_t m = 0; m < swim->members.count; m++)
        event->members += member_is_live(swim->members.sorted[m]);
    sync_after_join(swim);
    swim->join.announced = true;
    *seed = (struct name){{0}};
}

void join_on_reply(struct swim *swim, const struct name *seed, uint64_t pseq)
{
    struct join *join = &swim->join;
    for (size_t i = 0; i < JOINS_MAX; i++)
        if (join->items[i].pseq == pseq && name_equal(&join->items[i].seed, seed))
            join->items[i].answered = true;
    join_resume(swim);
}

void join_resume(struct swim *swim)
{
    if (swim->conflict.state != CONFLICT_IDLE)
        return;
    for (size_t i = 0; i < JOINS_MAX; i++)
        if (!name_is_empty(&swim->join.items[i].seed) && swim->join.items[i].answered)
            join_announce(swim, &swim->join.items[i].seed);
}

void join_forget(struct swim *swim, const struct name *seed)
{
    for (size_t i = 0; i < JOINS_MAX; i++)
        if (name_equal(&swim->join.items[i].seed, seed))
            swim->join.items[i].seed = (struct name){{0}};
}

void join_stop(struct swim *swim)
{
    for (size_t i = 0; i < JOINS_MAX; i++)
        swim->join.items[i].seed = (struct name){{0}};
}
