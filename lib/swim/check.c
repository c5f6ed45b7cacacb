#include "swim/check.h"

#include "swim/core.h"

#include "base/duration.h"

#include <assert.h>

static void check_member(const struct swim *swim, const struct member *member)
{
    assert(!name_is_empty(&member->name));
    assert(member->told.incarnation <= INCARNATION_MAX);
    assert(member->heard_ns <= swim->now && member->known_ns <= swim->now);
    bool timed = member->timer.index != HEAP_ABSENT;
    assert(!timed || member->shown == MEMBER_SUSPECT);
    if (timed) {
        uint64_t silent = member->heard_ns > member->known_ns ? member->heard_ns : member->known_ns;
        assert(member->timer.deadline >= silent + swim->profile.silence_floor_ns);
    }
    assert(!member->update.queue ||
           member->update.sent < updates_budget(swim->profile.suspicion_mult, MEMBERS_MAX));
}

static bool check_is_target(const struct swim *swim, const struct member *member)
{
    for (size_t i = 0; i < swim->targets.count; i++)
        if (swim->targets.list[i] == member)
            return true;
    return false;
}

static void check_probes(const struct swim *swim)
{
    for (size_t i = 0; i < PROBES_MAX; i++) {
        const struct probe *probe = &swim->probes.items[i];
        if (probe->state == PROBE_NONE)
            continue;
        assert(!swim->probes.stopped && member_is_live(probe->target));
        assert(check_is_target(swim, probe->target) && probe->asked.count <= INDIRECT_MAX);
        for (size_t j = 0; j < probe->asked.count; j++)
            assert(check_is_target(swim, probe->asked.helpers[j]));
        for (size_t j = 0; j < i; j++)
            assert(swim->probes.items[j].state == PROBE_NONE ||
                   swim->probes.items[j].target != probe->target);
    }
}

void swim_check(const struct swim *swim)
{
    size_t queued = 0, timed = 0, dead = 0, left = 0;
    assert(swim->members.count >= 1 && swim->members.count <= MEMBERS_MAX);
    assert(swim->targets.count + 1 == swim->members.count);
    for (size_t i = 0; i < swim->members.count; i++) {
        const struct member *member = swim->members.sorted[i];
        check_member(swim, member);
        queued += member->update.queue != NULL;
        timed += member->timer.index != HEAP_ABSENT;
        dead += member->shown == MEMBER_DEAD;
        left += member->shown == MEMBER_LEFT && member != swim->self;
        assert(i == 0 || name_compare(&swim->members.sorted[i - 1]->name, &member->name) < 0);
    }
    assert(queued == swim->updates.count + swim->bulky.count);
    assert(timed == swim->suspicions.count);
    assert(dead == swim->dead_count && left == swim->left_count);
    assert(swim->health.score <= HEALTH_WORST);
    assert(swim->relays.count <= ASKS_MAX && swim->tombstones.count <= TOMBSTONES_MAX);
    assert(swim->outputs.first == swim->outputs.count && swim->outputs.capacity <= OUTPUTS_MAX);
    enum member_state own = swim->self->told.state;
    assert(own == (swim->leave.started ? MEMBER_LEFT : MEMBER_ALIVE) && own == swim->self->shown);
    check_probes(swim);
}
