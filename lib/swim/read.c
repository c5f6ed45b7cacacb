/*
 * The reading half of the face: what reports and tests may look at.
 */
#include "base/duration.h"
#include "swim/core.h"
#include "swim/view.h"

static void read_member(const struct swim *swim, const struct member *member,
                        struct swim_member *out)
{
    double phi;
    *out = (struct swim_member){
        .name = &member->name,
        .addr = member->told.addr,
        .incarnation = member->told.incarnation,
        .instance = member->told.instance,
        .state = member->shown,
        .tags = member_tags(member),
        .by = member->told.by,
        .accusation = member->told.accusation,
        .since_ns = member->told.since_ns,
        .rtt_ns = member->rtt_ns,
        .heard_ns = member->heard_ns,
        .phi = phi_value(&member->phi, swim->now, &phi) ? phi : -1,
        .suspicion_left_ns = NEVER,
    };
    if (member->timer.index != HEAP_ABSENT)
        out->suspicion_left_ns =
            member->timer.deadline > swim->now ? member->timer.deadline - swim->now : 0;
    if (member->told.reason)
        out->reason = (struct bytes){member->told.reason->data, member->told.reason->len};
}

size_t swim_member_count(const struct swim *swim)
{
    return swim->members.count;
}

void swim_member_at(const struct swim *swim, size_t index, struct swim_member *member)
{
    read_member(swim, swim->members.sorted[index], member);
}

bool swim_member_find(const struct swim *swim, const struct name *name, struct swim_member *member)
{
    const struct member *found = members_find(&swim->members, name);
    if (found)
        read_member(swim, found, member);
    return found != NULL;
}

const struct evidence *swim_evidence(const struct swim *swim, const struct name *name)
{
    const struct member *found = members_find(&swim->members, name);
    return found ? found->evidence : NULL;
}

void swim_info(const struct swim *swim, struct swim_info *info)
{
    *info = (struct swim_info){
        .incarnation = swim->self->told.incarnation,
        .view = view_hash(swim),
        .health = swim->health.score,
        .probes = swim->counters.probes,
        .probes_failed = swim->counters.probes_failed,
        .suspicions = swim->counters.suspicions,
        .refutations = swim->counters.refutations,
        .rejected = swim->counters.rejected,
        .inc_jump = swim->counters.inc_jump,
        .unknown_messages = swim->counters.unknown_messages,
        .queued_updates = swim->updates.count + swim->bulky.count,
    };
    for (size_t i = 0; i < swim->members.count; i++)
        info->counts[swim->members.sorted[i]->shown]++;
}
