#include "swim/reap.h"

#include "swim/core.h"
#include "swim/state.h"

#include "base/duration.h"
#include "base/err.h"

#define REAP_LOOK_NS NS_PER_S

int reap_force(struct swim *swim, const struct name *name, bool prune)
{
    struct member *member = members_find(&swim->members, name);
    if (!member)
        return ERR_NOT_FOUND;
    if (member == swim->self)
        return ERR_NOT_NOW;
    if (member->shown != MEMBER_LEFT)
        state_force_left(swim, member);
    if (prune)
        state_prune(swim, member);
    return 0;
}

static bool reap_may(const struct swim *swim, const struct member *member)
{
    return !member_is_live(member) && member != swim->self;
}

static uint64_t reap_age_ns(const struct swim *swim, const struct member *member)
{
    return swim->now - member->told.since_ns + member->told.older_ns;
}

static bool reap_is_due(const struct swim *swim, const struct member *member)
{
    if (!reap_may(swim, member))
        return false;
    if (member->prune)
        return !member->update.queue; /* the others have been told */
    return reap_age_ns(swim, member) >= swim->profile.reap_ns;
}

static void reap_member(struct swim *swim, struct member *member)
{
    uint64_t until = duration_add(swim->now, 2 * swim->profile.reap_ns);
    if (!tombstones_add(&swim->tombstones, &member->name, member->told.incarnation, until))
        return; /* out of memory: forgotten later */
    output_event(swim, EVENT_MEMBER_REAP, member);
    core_forget(swim, member);
}

void reap_oldest(struct swim *swim)
{
    struct member *oldest = NULL;
    if (swim->dead_count + swim->left_count == 0)
        return;
    for (size_t i = 0; i < swim->members.count; i++) {
        struct member *member = swim->members.sorted[i];
        if (reap_may(swim, member) &&
            (!oldest || reap_age_ns(swim, member) > reap_age_ns(swim, oldest)))
            oldest = member;
    }
    if (oldest)
        reap_member(swim, oldest);
}

void reap_tick(struct swim *swim)
{
    if (swim->reap.next_ns > swim->now)
        return;
    swim->reap.next_ns = swim->now + REAP_LOOK_NS;
    for (size_t i = swim->members.count; i-- > 0 && outputs_room(&swim->outputs) >= 4;)
        if (reap_is_due(swim, swim->members.sorted[i]))
            reap_member(swim, swim->members.sorted[i]);
}

uint64_t reap_deadline(const struct swim *swim)
{
    return swim->dead_count + swim->left_count > 0 ? swim->reap.next_ns : NEVER;
}
