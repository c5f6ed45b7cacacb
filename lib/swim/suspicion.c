#include "swim/suspicion.h"

#include "swim/core.h"
#include "swim/stall.h"
#include "swim/state.h"

#include "base/duration.h"

#include <math.h>
#include <stddef.h>

/* An event, a drop, what the caller may add, and the end of the probe of who died: an event a
 * helper. */
#define OUTPUTS_PER_DEATH (4 + INDIRECT_MAX + 1)

uint64_t suspicion_minimum_ns(unsigned mult, size_t n, uint64_t period_ns)
{
    double scale = n > 10 ? log10((double)n) : 1.0;
    return (uint64_t)((double)mult * scale * (double)period_ns);
}

unsigned suspicion_wanted(unsigned mult, size_t n)
{
    unsigned wanted = mult > 2 ? mult - 2 : 0;
    if (n < 2 || n - 2 < wanted)
        wanted = n < 2 ? 0 : (unsigned)(n - 2);
    return wanted < CONFIRMATIONS_MAX ? wanted : CONFIRMATIONS_MAX;
}

uint64_t suspicion_timeout_ns(uint64_t min, uint64_t max, unsigned count, unsigned wanted)
{
    if (count >= wanted)
        return min;
    double fraction = log((double)count + 1) / log((double)wanted + 1);
    uint64_t timeout = max - (uint64_t)((double)(max - min) * fraction);
    return timeout > min ? timeout : min;
}

uint64_t suspicion_due_ns(uint64_t started, uint64_t timeout, uint64_t floor, uint64_t heard,
                          uint64_t known)
{
    uint64_t due = duration_add(started, timeout);
    uint64_t silent_since = heard > known ? heard : known;
    uint64_t floor_due = duration_add(silent_since, floor);
    return floor_due > due ? floor_due : due;
}

static size_t suspicion_population(const struct swim *swim)
{
    size_t n = 0;
    for (size_t i = 0; i < swim->members.count; i++)
        n += member_is_live(swim->members.sorted[i]);
    return n;
}

static uint64_t suspicion_due(const struct swim *swim, const struct member *member)
{
    const struct suspicion *s = &member->suspicion;
    uint64_t timeout = suspicion_timeout_ns(s->min_ns, s->max_ns, s->count, s->wanted);
    return suspicion_due_ns(s->started_ns, timeout, swim->profile.silence_floor_ns,
                            member->heard_ns, member->known_ns);
}

void suspicion_start(struct swim *swim, struct member *member)
{
    size_t n = suspicion_population(swim);
    uint64_t min = suspicion_minimum_ns(swim->profile.suspicion_mult, n, swim->profile.period_ns);
    member->suspicion = (struct suspicion){
        .started_ns = swim->now,
        .min_ns = min,
        .max_ns = min * SUSPICION_MAX_FACTOR,
        .wanted = suspicion_wanted(swim->profile.suspicion_mult, n),
        .accusers = {name_hash(&member->told.by)},
    };
    /* Without memory for the timer the member stays suspect until it is accused again: wrong only
     * on the safe side. */
    if (heap_set(&swim->suspicions, &member->timer, suspicion_due(swim, member)) != 0)
        swim->counters.rejected++;
}

bool suspicion_confirm(struct swim *swim, struct member *member, const struct name *accuser)
{
    struct suspicion *s = &member->suspicion;
    if (member->timer.index == HEAP_ABSENT || s->count >= s->wanted)
        return false;
    uint64_t hash = name_hash(accuser);
    for (unsigned i = 0; i <= s->count; i++)
        if (s->accusers[i] == hash)
            return false;
    s->accusers[++s->count] = hash;
    suspicion_update(swim, member);
    return true;
}

void suspicion_update(struct swim *swim, struct member *member)
{
    if (member->timer.index != HEAP_ABSENT) /* a move never fails */
        (void)heap_set(&swim->suspicions, &member->timer, suspicion_due(swim, member));
}

void suspicion_stop(struct swim *swim, struct member *member)
{
    heap_remove(&swim->suspicions, &member->timer);
}

uint64_t suspicion_deadline(const struct swim *swim)
{
    uint64_t deadline = heap_deadline(&swim->suspicions);
    return deadline < swim->quiet_until_ns ? swim->quiet_until_ns : deadline;
}

void suspicion_tick(struct swim *swim)
{
    while (suspicion_deadline(swim) <= swim->now && !stall_is_recent(swim) &&
           outputs_room(&swim->outputs) >= OUTPUTS_PER_DEATH) {
        struct heap_node *node = heap_peek(&swim->suspicions);
        struct member *member =
            (struct member *)(void *)((char *)node - offsetof(struct member, timer));
        state_dead(swim, member, ACCUSATION_TIMER);
    }
}
