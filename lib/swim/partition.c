#include "swim/partition.h"

#include "swim/core.h"

void partition_init(struct partition *partition)
{
    *partition = (struct partition){.settle_ns = NEVER, .first_ns = NEVER};
}

bool partition_is_one(size_t lost, size_t alive_before)
{
    return lost >= 2 && 4 * lost >= alive_before;
}

const char *partition_side(size_t seen, size_t known)
{
    return 2 * seen < known ? "minority" : 2 * seen == known ? "even" : "majority";
}

void partition_on_death(struct swim *swim, struct member *member)
{
    struct partition *partition = &swim->partition;
    if (partition->split && (member->cut || swim->now - partition->split_ns <=
                                                PARTITION_TOGETHER_NS)) { /* a straggler of it */
        if (!member->cut)
            partition->cut++;
        member->cut = true;
        return;
    }
    if (partition->first_ns == NEVER)
        partition->first_ns = swim->now;
    /* The side is told right only when the last of them has been declared dead.
     */
    uint64_t latest = partition->first_ns + PARTITION_TOGETHER_NS;
    uint64_t settled = swim->now + 2 * swim->profile.period_ns;
    partition->settle_ns = settled < latest ? settled : latest;
}

static void partition_healed(struct swim *swim, const char *reason)
{
    swim->partition.split = false;
    swim->partition.cut = 0;
    for (size_t i = 0; i < swim->targets.count; i++)
        swim->targets.list[i]->cut = false;
    struct event *event = output_event(swim, EVENT_PARTITION_HEALED, NULL);
    event->reason = reason;
}

/* Healed: 90 % of those that were lost, and are not forgotten, are back. */
static void partition_look(struct swim *swim, const char *reason)
{
    size_t back = 0;
    for (size_t i = 0; i < swim->targets.count; i++)
        back += swim->targets.list[i]->cut && member_is_live(swim->targets.list[i]);
    if (10 * back >= 9 * swim->partition.cut)
        partition_healed(swim, reason);
}

void partition_on_return(struct swim *swim, struct member *member)
{
    if (swim->partition.split && member->cut)
        partition_look(swim, NULL);
}

void partition_on_reap(struct swim *swim, struct member *member)
{
    if (!swim->partition.split || !member->cut)
        return;
    member->cut = false;
    swim->partition.cut--;
    partition_look(swim, "reaped");
}

/* More may die of the same cause: who is suspect, and who has not been heard since the first died:
 * nobody may have had reason to probe it yet. */
static bool partition_is_open(const struct swim *swim)
{
    const struct partition *partition = &swim->partition;
    if (swim->now >= partition->first_ns + PARTITION_TOGETHER_NS)
        return false;
    if (swim->suspicions.count > 0)
        return true;
    for (size_t i = 0; i < swim->targets.count; i++) {
        const struct member *member = swim->targets.list[i];
        if (member_is_live(member) && member->heard_ns < partition->first_ns)
            return true;
    }
    return false;
}

void partition_tick(struct swim *swim)
{
    struct partition *partition = &swim->partition;
    if (partition->settle_ns > swim->now)
        return;
    if (partition_is_open(swim)) {
        partition->settle_ns = swim->now + swim->profile.period_ns;
        return;
    }
    partition->settle_ns = partition->first_ns = NEVER;
    size_t live = 0, lost = 0, before = 0;
    for (size_t i = 0; i < swim->members.count; i++) {
        struct member *member = swim->members.sorted[i];
        uint64_t age = swim->now - member->told.since_ns + member->told.older_ns;
        if (member_is_live(member) || member == swim->self)
            live++;
        if (member->shown != MEMBER_DEAD)
            continue;
        lost += age <= PARTITION_TOGETHER_NS;
        before += age <= PARTITION_BEFORE_NS;
    }
    if (!partition_is_one(lost, live + before))
        return;
    /* Those of a split before, who are still away, are waited for as well. */
    partition->cut = 0;
    for (size_t i = 0; i < swim->targets.count; i++) {
        struct member *member = swim->targets.list[i];
        uint64_t age = swim->now - member->told.since_ns + member->told.older_ns;
        member->cut |= member->shown == MEMBER_DEAD && age <= PARTITION_TOGETHER_NS;
        partition->cut += member->cut;
    }
    partition->split = true;
    partition->split_ns = swim->now;
    struct event *event = output_event(swim, EVENT_PARTITION, NULL);
    event->side = partition_side(live, live + lost);
    event->seen = live;
    event->known = live + lost;
}

uint64_t partition_deadline(const struct swim *swim)
{
    return swim->partition.settle_ns;
}
