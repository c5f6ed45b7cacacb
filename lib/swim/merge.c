#include "swim/merge.h"

#include "swim/core.h"
#include "swim/refute.h"
#include "swim/state.h"
#include "wire/codec.h"

/* At equal incarnation: row = held, column = heard. TIE: the larger record wins. */
enum { KEEP, TAKE, TIE };

static const unsigned char equal_incarnation[MEMBER_STATE_COUNT][MEMBER_STATE_COUNT] = {
    /*                     alive suspect dead  left */
    [MEMBER_ALIVE] = {TIE, TAKE, TAKE, TAKE},
    [MEMBER_SUSPECT] = {KEEP, TIE, TAKE, TAKE},
    [MEMBER_DEAD] = {KEEP, KEEP, TIE, TAKE},
    [MEMBER_LEFT] = {KEEP, KEEP, KEEP, TIE},
};

static bool merge_is_jump(const struct merge_held *held, const struct update *heard,
                          bool first_hand)
{
    if (first_hand)
        return false;
    if (!held->record || held->joining)
        return heard->incarnation > INCARNATION_FIRST_SIGHT;
    return heard->incarnation > held->record->incarnation + INCARNATION_JUMP;
}

static enum verdict merge_decide_self(const struct update *mine, const struct update *heard)
{
    if (heard->state != MEMBER_ALIVE)
        return heard->incarnation >= mine->incarnation ? VERDICT_REFUTE : VERDICT_REPEAT;
    if (heard->incarnation < mine->incarnation)
        return VERDICT_KEEP;
    if (heard->incarnation == mine->incarnation && wire_update_compare(mine, heard) == 0)
        return VERDICT_KEEP;
    return VERDICT_REFUTE;
}

enum verdict merge_decide(const struct merge_held *held, const struct update *heard,
                          bool first_hand)
{
    if (merge_is_jump(held, heard, first_hand))
        return held->self && !held->joining ? VERDICT_CLIMB : VERDICT_REJECT_JUMP;
    if (!held->record)
        return heard->state == MEMBER_ALIVE ? VERDICT_TAKE : VERDICT_REJECT_UNKNOWN;
    if (held->self)
        return merge_decide_self(held->record, heard);
    if (heard->incarnation != held->record->incarnation)
        return heard->incarnation > held->record->incarnation ? VERDICT_TAKE : VERDICT_KEEP;
    switch (equal_incarnation[held->record->state][heard->state]) {
    case TAKE:
        return VERDICT_TAKE;
    case TIE:
        return wire_update_compare(held->record, heard) < 0 ? VERDICT_TAKE : VERDICT_KEEP;
    default:
        return VERDICT_KEEP;
    }
}

void merge_apply(struct swim *swim, const struct name *teller, const struct update *heard)
{
    struct member *member = members_find(&swim->members, &heard->node);
    struct update record;
    struct merge_held held = {.record = NULL, .self = member && member == swim->self};
    held.joining = held.self && join_is_first(swim);
    if (member) {
        member_to_update(member, &swim->self->name, swim->now, &record);
        held.record = &record;
    }
    bool first_hand = name_equal(teller, &heard->node);
    uint64_t buried;
    if (!member && heard->state == MEMBER_ALIVE &&
        tombstones_forbid(&swim->tombstones, &heard->node, heard->incarnation, swim->now,
                          &buried)) {
        /* An echo of the past; or itself, started anew, and then it must learn above what to speak.
         */
        if (first_hand)
            state_recall(swim, heard, buried);
        else
            swim->counters.rejected++;
        return;
    }
    switch (merge_decide(&held, heard, first_hand)) {
    case VERDICT_TAKE:
        evidence_note_heard(swim, member, teller, heard);
        state_take(swim, member, heard);
        break;
    case VERDICT_REFUTE:
        if (conflict_check(swim, heard))
            break;
        evidence_note_heard(swim, member, teller, heard);
        refute(swim, heard);
        break;
    case VERDICT_REPEAT:
        refute_repeat(swim, teller);
        break;
    case VERDICT_CLIMB:
        swim->counters.inc_jump++;
        refute_climb(swim, heard);
        break;
    case VERDICT_REJECT_JUMP:
        swim->counters.inc_jump++;
        swim->counters.rejected++;
        break;
    case VERDICT_REJECT_UNKNOWN:
        break; /* no fault of the teller: it knew the member, we came later */
    case VERDICT_KEEP:
        if (member && member != swim->self)
            state_again(swim, member, teller, heard);
        break;
    }
}
