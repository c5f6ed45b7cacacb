#include "swim/evidence.h"

#include "swim/core.h"

#include <assert.h>
#include <stdlib.h>

#define STEPS_FIRST 4

/* Steps in order from `first` on, around the end of the array; it grows to EVIDENCE_STEPS_MAX
 * before anything is overwritten. */
struct evidence {
    size_t first, count, capacity;
    uint64_t forgotten;
    struct evidence_step steps[];
};

const char *evidence_text(enum evidence_kind kind)
{
    static const char *const texts[EVIDENCE_KIND_COUNT] = {
#define X(SYMBOL, TEXT) [EVIDENCE_##SYMBOL] = (TEXT),
        EVIDENCE_KINDS(X)
#undef X
    };
    assert(kind < EVIDENCE_KIND_COUNT);
    return texts[kind];
}

/* The chain with room for a step more, which the oldest may have to make: a ring that has begun to
 * turn (without memory it does so early) grows no more. NULL: there is no memory for a first one.
 */
static struct evidence *evidence_grow(struct evidence *chain)
{
    size_t capacity = chain ? chain->capacity : 0;
    if (chain && (chain->count < capacity || chain->first > 0 || capacity == EVIDENCE_STEPS_MAX))
        return chain;
    size_t wanted = capacity ? capacity * 2 : STEPS_FIRST;
    struct evidence *grown = realloc(chain, sizeof(*grown) + wanted * sizeof(grown->steps[0]));
    if (!grown)
        return chain;
    if (!chain)
        grown->first = grown->count = grown->forgotten = 0;
    grown->capacity = wanted;
    return grown;
}

void evidence_note(struct swim *swim, struct member *member, const struct evidence_step *step)
{
    struct evidence *chain = evidence_grow(member->evidence);
    if (!chain)
        return;
    member->evidence = chain;
    if (chain->count == chain->capacity) {
        chain->first = (chain->first + 1) % chain->capacity;
        chain->count--;
        chain->forgotten++;
    }
    struct evidence_step *place = &chain->steps[(chain->first + chain->count) % chain->capacity];
    *place = *step;
    place->at_ns = swim->now;
    chain->count++;
}

void evidence_note_ping(struct swim *swim, struct member *member, uint64_t pseq,
                        const struct name *helper, const char *rc, uint64_t rtt_ns)
{
    if (!member_is_live(member) || (member->shown == MEMBER_SUSPECT && member->accused))
        return;
    struct evidence_step step = {
        .kind = helper ? EVIDENCE_PING_REQ : EVIDENCE_PING,
        .by = swim->self->name,
        .pseq = pseq,
        .rc = rc,
        .rtt_ns = rtt_ns,
    };
    if (helper)
        step.via = *helper;
    evidence_note(swim, member, &step);
}

/* What an accusation, a death or a leave that is held already says anew is nothing. */
static bool evidence_is_held(const struct member *member, const struct update *heard)
{
    const struct told *told = &member->told;
    return told->state == heard->state && told->incarnation == heard->incarnation &&
           (heard->state != MEMBER_SUSPECT || name_equal(&told->by, &heard->by));
}

/* False: it is no step. */
static bool evidence_of_alive(const struct swim *swim, const struct member *member,
                              const struct update *heard, enum evidence_kind *kind)
{
    if (member == swim->self)
        return false;
    if (heard->instance != member->told.instance)
        *kind = EVIDENCE_RESTARTED;
    else if (member->shown == MEMBER_LEFT)
        *kind = EVIDENCE_ALIVE;
    else
        *kind = EVIDENCE_REFUTED;
    return *kind != EVIDENCE_REFUTED || member->shown != MEMBER_ALIVE;
}

void evidence_note_heard(struct swim *swim, struct member *member, const struct name *teller,
                         const struct update *heard)
{
    static const enum evidence_kind kinds[MEMBER_STATE_COUNT] = {
        [MEMBER_SUSPECT] = EVIDENCE_ACCUSED,
        [MEMBER_DEAD] = EVIDENCE_DEAD,
        [MEMBER_LEFT] = EVIDENCE_LEFT,
    };
    if (!member)
        return;
    struct evidence_step step = {
        .kind = kinds[heard->state],
        .accusation = heard->accusation,
        .by = heard->by,
        .via = *teller,
        .incarnation = heard->incarnation,
    };
    if (heard->state == MEMBER_ALIVE || name_is_empty(&heard->by))
        step.by = heard->node;
    if (heard->state == MEMBER_ALIVE ? !evidence_of_alive(swim, member, heard, &step.kind)
                                     : evidence_is_held(member, heard))
        return;
    evidence_note(swim, member, &step);
}

size_t evidence_count(const struct evidence *chain)
{
    return chain ? chain->count : 0;
}

const struct evidence_step *evidence_at(const struct evidence *chain, size_t index)
{
    assert(index < evidence_count(chain));
    return &chain->steps[(chain->first + index) % chain->capacity];
}

uint64_t evidence_forgotten(const struct evidence *chain)
{
    return chain ? chain->forgotten : 0;
}
