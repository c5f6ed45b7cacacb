#include "swim/targets.h"

#include "swim/members.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TARGETS_FIRST 16

void targets_init(struct targets *targets)
{
    *targets = (struct targets){0};
}

void targets_free(struct targets *targets)
{
    free(targets->list);
    targets_init(targets);
}

bool targets_reserve(struct targets *targets)
{
    if (targets->count < targets->capacity)
        return true;
    size_t capacity = targets->capacity ? targets->capacity * 2 : TARGETS_FIRST;
    struct member **list = realloc(targets->list, capacity * sizeof(struct member *));
    if (!list)
        return false;
    targets->list = list;
    targets->capacity = capacity;
    return true;
}

void targets_add(struct targets *targets, struct member *member, struct rng *rng)
{
    assert(targets->count < targets->capacity);
    size_t at = (size_t)rng_below(rng, targets->count + 1);
    memmove(targets->list + at + 1, targets->list + at,
            (targets->count - at) * sizeof(struct member *));
    targets->list[at] = member;
    targets->count++;
    if (at < targets->next)
        targets->next++; /* or somebody would be visited twice in this round */
}

void targets_remove(struct targets *targets, const struct member *member)
{
    size_t at = 0;
    while (at < targets->count && targets->list[at] != member)
        at++;
    assert(at < targets->count);
    targets->count--;
    memmove(targets->list + at, targets->list + at + 1,
            (targets->count - at) * sizeof(struct member *));
    if (at < targets->next)
        targets->next--;
}

static void targets_shuffle(struct targets *targets, struct rng *rng)
{
    for (size_t i = targets->count; i > 1; i--) {
        size_t j = (size_t)rng_below(rng, i);
        struct member *swapped = targets->list[i - 1];
        targets->list[i - 1] = targets->list[j];
        targets->list[j] = swapped;
    }
    targets->next = 0;
}

struct member *targets_next(struct targets *targets, struct rng *rng)
{
    for (size_t tried = 0; tried < 2 * targets->count; tried++) {
        if (targets->next >= targets->count)
            targets_shuffle(targets, rng);
        struct member *member = targets->list[targets->next++];
        if (member_is_live(member))
            return member;
    }
    return NULL;
}

/* Reservoir sampling, once over those with a link and once over the rest. */
static size_t targets_sample(const struct targets *targets, struct rng *rng,
                             const struct member *except, bool linked, size_t want,
                             struct member **drawn)
{
    size_t seen = 0;
    for (size_t i = 0; i < targets->count; i++) {
        struct member *member = targets->list[i];
        if (member == except || member->linked != linked || !member_is_live(member))
            continue;
        size_t at = seen < want ? seen : (size_t)rng_below(rng, seen + 1);
        if (at < want)
            drawn[at] = member;
        seen++;
    }
    return seen < want ? seen : want;
}

size_t targets_draw(const struct targets *targets, struct rng *rng, const struct member *except,
                    size_t want, struct member **drawn)
{
    size_t got = targets_sample(targets, rng, except, true, want, drawn);
    if (got < want)
        got += targets_sample(targets, rng, except, false, want - got, drawn + got);
    return got;
}
