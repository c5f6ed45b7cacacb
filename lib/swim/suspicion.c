#include "swim/suspicion.h"

#include "swim/core.h"
#include "swim/state.h"

#include "base/duration.h"

#include <math.h>
#include <stddef.h>

/* An event, a drop, and what the caller may add. */
#define OUTPUTS_PER_DEATH 4

uint64_t suspicion_minimum_ns(unsigned mult, size_t n, uint64_t period_ns)
{
    double scale = n > 10 ? log10((double)n) : 1.0;
    return (uint64_t)((double)mult * scale * (double)period_ns);
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

void suspicion_start(struct swim *swim, struct member *member)
{
    uint64_t timeout = suspicion_minimum_ns(swim->profile.suspicion_mult,
                                            suspicion_population(swim), swim->profile.period_ns);
    member->suspicion_ns = duration_add(swim->now, timeout);
    uint64_t due = suspicion_due_ns(swim->now, timeout, swim->profile.silence_floor_ns,
                                    member->heard_ns, member->known_ns);
    /* Without memory for the timer the member stays suspect until it is accused again: wrong only
     * on the safe side. */
    if (heap_set(&swim->suspicions, &member->timer, due) != 0)
        swim->counters.rejected++;
}

void suspicion_update(struct swim *swim, struct member *member)
{
    if (member->timer.index == HEAP_ABSENT)
        return;
    uint64_t due = suspicion_due_ns(member->suspicion_ns, 0, swim->profile.silence_floor_ns,
                                    member->heard_ns, member->known_ns);
    (void)heap_set(&swim->suspicions, &member->timer, due); /* a move never fails */
}

void suspicion_stop(struct swim *swim, struct member *member)
{
    heap_remove(&swim->suspicions, &member->timer);
}

void suspicion_tick(struct swim *swim)
{
    while (heap_deadline(&swim->suspicions) <= swim->now &&
           outputs_room(&swim->outputs) >= OUTPUTS_PER_DEATH) {
        struct heap_node *node = heap_peek(&swim->suspicions);
        struct member *member =
            (struct member *)(void *)((char *)node - offsetof(struct member, timer));
        state_dead(swim, member, ACCUSATION_TIMER);
    }
}
