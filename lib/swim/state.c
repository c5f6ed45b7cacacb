#include "swim/state.h"

#include "swim/core.h"
#include "swim/suspicion.h"

#include "base/duration.h"

#include <assert.h>
#include <string.h>

/* Which state may follow which: row = before, column = after. */
static const bool allowed[MEMBER_STATE_COUNT][MEMBER_STATE_COUNT] = {
    /*                     alive suspect dead  left */
    [MEMBER_ALIVE] = {true, true, true, true},
    [MEMBER_SUSPECT] = {true, true, true, true},
    [MEMBER_DEAD] = {true, true, true, true}, /* suspect: at a higher incarnation */
    [MEMBER_LEFT] = {true, true, true, true}, /* all but left: at a higher incarnation */
};

static void state_enter(struct swim *swim, struct member *member, enum member_state state)
{
    assert(allowed[member->shown][state]);
    if (member->told.state != state || member->shown != state) {
        member->told.since_ns = swim->now;
        member->told.older_ns = 0;
    }
    swim->dead_count += (size_t)(state == MEMBER_DEAD) - (size_t)(member->shown == MEMBER_DEAD);
    swim->left_count += (size_t)(state == MEMBER_LEFT) - (size_t)(member->shown == MEMBER_LEFT);
    member->told.state = state;
    member->shown = state;
}

/* Nothing is awaited of it any more. The link to a dead one is given up; one that leaves still
 * waits for our confirmation on its link, and closes it. */
static void state_let_go(struct swim *swim, struct member *member)
{
    suspicion_stop(swim, member);
    probes_forget(swim, member);
    if (member->shown != MEMBER_DEAD)
        return;
    struct output_item *drop = outputs_add(&swim->outputs, SWIM_DROP);
    drop->peer = member->name;
}

static bool blob_equals(const struct blob *blob, const uint8_t *data, size_t len)
{
    return blob ? blob->len == len && memcmp(blob->data, data, len) == 0 : len == 0;
}

/* Copies the record of an update; false: out of memory, nothing is changed. */
static bool state_copy(struct swim *swim, struct member *member, const struct update *heard)
{
    struct told *told = &member->told;
    bool ok = true, reason_ok;
    struct blob *tags = told->tags;
    bool same_tags = blob_equals(tags, heard->tags.data, heard->tags.len);
    if (!same_tags)
        tags = members_blob(heard->tags.data, heard->tags.len, &ok);
    struct blob *reason = members_blob(heard->reason.data, heard->reason.len, &reason_ok);
    if (!ok || !reason_ok) {
        if (!same_tags)
            members_retire(&swim->members, tags);
        members_retire(&swim->members, reason);
        return false;
    }
    if (!same_tags)
        members_retire(&swim->members, told->tags);
    members_retire(&swim->members, told->reason);
    told->tags = tags;
    told->reason = reason;
    told->incarnation = heard->incarnation;
    told->instance = heard->instance;
    told->addr = heard->addr;
    told->by = heard->by;
    told->accusation = heard->accusation;
    return true;
}

static void state_tell_instance(struct swim *swim, const struct member *member)
{
    struct output_item *known = outputs_add(&swim->outputs, SWIM_KNOWN);
    known->peer = member->name;
    known->instance = member->told.instance;
}

/* A new row of the table; NULL: there is no room for it, a later sync tries again. */
static struct member *state_insert(struct swim *swim, const struct update *heard)
{
    struct member *member = NULL;
    if (swim->members.count == MEMBERS_MAX)
        reap_oldest(swim);
    if (targets_reserve(&swim->targets))
        member = members_add(&swim->members, &heard->node, swim->now);
    if (!member || !state_copy(swim, member, heard)) {
        if (member)
            members_remove(&swim->members, member);
        swim->counters.rejected++;
        return NULL;
    }
    member->told.since_ns = swim->now;
    targets_add(&swim->targets, member, &swim->rng);
    return member;
}

static void state_new(struct swim *swim, const struct update *heard)
{
    struct member *member = state_insert(swim, heard);
    if (!member)
        return;
    state_tell_instance(swim, member);
    output_event(swim, EVENT_MEMBER_JOIN, member);
    core_queue_update(swim, member, UPDATE_MEDIUM);
    probes_wake(swim);
}

void state_recall(struct swim *swim, const struct update *heard, uint64_t incarnation)
{
    struct member *member = state_insert(swim, heard);
    if (!member)
        return;
    member->told.incarnation = incarnation;
    state_enter(swim, member, MEMBER_LEFT);
}

/* What an alive record means depends on what was held before. */
static void state_alive(struct swim *swim, struct member *member, const struct update *heard)
{
    struct told before = member->told;
    enum member_state shown = member->shown;
    bool same_addr = addr_equal(&before.addr, &heard->addr);
    bool same_tags = blob_equals(before.tags, heard->tags.data, heard->tags.len);
    bool restarted = before.instance != heard->instance;
    if (!state_copy(swim, member, heard)) {
        swim->counters.rejected++;
        return;
    }
    suspicion_stop(swim, member);
    member->prune = false;
    state_enter(swim, member, MEMBER_ALIVE);
    partition_on_return(swim, member);
    if (restarted) {
        member->known_ns = swim->now;
        phi_reset(&member->phi);
        state_tell_instance(swim, member);
    }
    if (shown == MEMBER_LEFT)
        output_event(swim, EVENT_MEMBER_JOIN, member);
    else if (shown != MEMBER_ALIVE || restarted)
        output_event(swim, EVENT_MEMBER_ALIVE, member);
    else if (!same_addr || !same_tags)
        output_event(swim, EVENT_MEMBER_UPDATE, member);
    bool refuted = shown == MEMBER_SUSPECT || shown == MEMBER_DEAD;
    core_queue_update(swim, member,
                      refuted      ? UPDATE_CRITICAL
                      : !same_tags ? UPDATE_HIGH
                                   : UPDATE_MEDIUM);
    probes_wake(swim);
}

/* A step that this node takes itself. */
static void state_note(struct swim *swim, struct member *member, enum evidence_kind kind,
                       enum accusation accusation)
{
    evidence_note(swim, member,
                  &(struct evidence_step){.kind = kind,
                                          .accusation = accusation,
                                          .by = swim->self->name,
                                          .incarnation = member->told.incarnation});
}

static void state_accuse(struct swim *swim, struct member *member, enum event_kind kind)
{
    struct event *event = output_event(swim, kind, member);
    event->by = member->told.by;
    event->reason = accusation_text(member->told.accusation);
}

static void state_adopt_age(struct swim *swim, struct member *member, const struct update *heard)
{
    if (heard->state < MEMBER_DEAD || heard->state != member->told.state ||
        heard->incarnation != member->told.incarnation)
        return;
    uint64_t age = heard->age_ms > DURATION_MAX_S * 1000 ? DURATION_MAX_S * NS_PER_S
                                                         : heard->age_ms * NS_PER_MS;
    uint64_t ours = swim->now - member->told.since_ns;
    if (age > ours + member->told.older_ns)
        member->told.older_ns = age - ours;
}

void state_take(struct swim *swim, struct member *member, const struct update *heard)
{
    if (!member) {
        state_new(swim, heard);
        return;
    }
    if (heard->state == MEMBER_ALIVE) {
        state_alive(swim, member, heard);
        return;
    }
    enum member_state shown = member->shown;
    bool same_incarnation = heard->incarnation == member->told.incarnation;
    if (!state_copy(swim, member, heard)) {
        swim->counters.rejected++;
        return;
    }
    state_enter(swim, member, heard->state);
    if (heard->state == MEMBER_SUSPECT && shown == MEMBER_SUSPECT && same_incarnation) {
        /* The larger of two records; the suspicion is the one that runs. */
        core_queue_update(swim, member, UPDATE_HIGH);
        return;
    }
    if (!same_incarnation) { /* it had come back and fell again: a new age */
        member->told.since_ns = swim->now;
        member->told.older_ns = 0;
    }
    if (heard->state == MEMBER_SUSPECT) {
        swim->counters.suspicions++;
        member->accused = false;
        suspicion_start(swim, member);
        state_accuse(swim, member, EVENT_MEMBER_SUSPECT);
        core_queue_update(swim, member, UPDATE_HIGH);
        return;
    }
    state_adopt_age(swim, member, heard);
    member->prune = heard->prune && heard->state == MEMBER_LEFT;
    if (heard->state == MEMBER_DEAD && shown != MEMBER_DEAD) {
        state_accuse(swim, member, EVENT_MEMBER_DEAD);
        partition_on_death(swim, member);
    }
    if (heard->state == MEMBER_LEFT && shown != MEMBER_LEFT) {
        struct event *event = output_event(swim, EVENT_MEMBER_LEAVE, member);
        event->reason = member->told.reason ? (const char *)member->told.reason->data : NULL;
    }
    core_queue_update(swim, member, UPDATE_CRITICAL);
    state_let_go(swim, member);
}

void state_suspect(struct swim *swim, struct member *member, enum accusation accusation)
{
    assert(member != swim->self && member_is_live(member));
    if (member->shown == MEMBER_SUSPECT) {
        if (suspicion_confirm(swim, member, &swim->self->name)) {
            member->accused = true;
            state_note(swim, member, EVIDENCE_CONFIRMED, accusation);
            core_queue_update(swim, member, UPDATE_HIGH);
        }
        return;
    }
    member->told.by = swim->self->name;
    member->told.accusation = accusation;
    member->accused = true;
    state_enter(swim, member, MEMBER_SUSPECT);
    state_note(swim, member, EVIDENCE_ACCUSED, accusation);
    swim->counters.suspicions++;
    suspicion_start(swim, member);
    state_accuse(swim, member, EVENT_MEMBER_SUSPECT);
    core_queue_update(swim, member, UPDATE_HIGH);
}

void state_dead(struct swim *swim, struct member *member, enum accusation accusation)
{
    assert(member != swim->self && member->shown == MEMBER_SUSPECT);
    member->told.by = swim->self->name;
    member->told.accusation = accusation;
    state_enter(swim, member, MEMBER_DEAD);
    state_note(swim, member, EVIDENCE_DEAD, accusation);
    state_accuse(swim, member, EVENT_MEMBER_DEAD);
    partition_on_death(swim, member);
    core_queue_update(swim, member, UPDATE_CRITICAL);
    state_let_go(swim, member);
}

void state_force_left(struct swim *swim, struct member *member)
{
    member->told.by = swim->self->name;
    member->told.accusation = ACCUSATION_FORCED;
    state_enter(swim, member, MEMBER_LEFT);
    state_note(swim, member, EVIDENCE_LEFT, ACCUSATION_FORCED);
    struct event *event = output_event(swim, EVENT_MEMBER_LEAVE, member);
    event->reason = accusation_text(ACCUSATION_FORCED);
    core_queue_update(swim, member, UPDATE_CRITICAL);
    state_let_go(swim, member);
}

void state_prune(struct swim *swim, struct member *member)
{
    assert(member->shown == MEMBER_LEFT);
    if (member->prune)
        return;
    member->prune = true;
    core_queue_update(swim, member, UPDATE_CRITICAL);
}

void state_again(struct swim *swim, struct member *member, const struct name *teller,
                 const struct update *heard)
{
    if (heard->state != member->told.state || heard->incarnation != member->told.incarnation)
        return;
    if (heard->state == MEMBER_SUSPECT && name_equal(teller, &heard->by) &&
        suspicion_confirm(swim, member, teller))
        evidence_note(swim, member,
                      &(struct evidence_step){.kind = EVIDENCE_CONFIRMED,
                                              .accusation = heard->accusation,
                                              .by = *teller,
                                              .via = *teller,
                                              .incarnation = heard->incarnation});
    if (heard->state == MEMBER_LEFT && heard->prune)
        state_prune(swim, member);
    state_adopt_age(swim, member, heard);
}
