#include "swim/conflict.h"

#include "swim/core.h"
#include "swim/refute.h"

#include "base/duration.h"

bool conflict_yields(uint64_t own_age_ms, uint64_t own_instance, uint64_t age_ms, uint64_t instance)
{
    if (own_age_ms != age_ms)
        return own_age_ms < age_ms;
    return own_instance < instance;
}

bool conflict_check(struct swim *swim, const struct update *heard)
{
    struct conflict *conflict = &swim->conflict;
    if (heard->state != MEMBER_ALIVE || heard->instance == swim->self->told.instance ||
        addr_is_none(&heard->addr) || swim->leave.started || swim->gossip.stopped)
        return false;
    if (conflict->state == CONFLICT_ASKING) {
        if (heard->incarnation > conflict->incarnation)
            conflict->incarnation = heard->incarnation;
        return true;
    }
    *conflict = (struct conflict){
        .state = CONFLICT_ASKING,
        .instance = heard->instance,
        .incarnation = heard->incarnation,
        .addr = heard->addr,
        .until_ns = swim->now + 2 * swim->profile.timeout_ns,
        .told_ns = conflict->told_ns,
    };
    struct output_item *item = outputs_add(&swim->outputs, SWIM_CONNECT);
    item->peer = swim->self->name;
    item->addr = heard->addr;
    return true;
}

static void conflict_end(struct swim *swim)
{
    struct update heard;
    member_to_update(swim->self, &swim->self->name, swim->now, &heard);
    heard.incarnation = swim->conflict.incarnation;
    heard.instance = swim->conflict.instance;
    swim->conflict.state = CONFLICT_IDLE;
    if (heard.incarnation >= swim->self->told.incarnation)
        refute(swim, &heard);
    join_resume(swim);
}

void conflict_linked(struct swim *swim, const struct swim_input *input)
{
    struct conflict *conflict = &swim->conflict;
    if (input->instance == swim->self->told.instance || conflict->state == CONFLICT_LOST)
        return;
    uint64_t age_ms = (swim->now - swim->born_ns) / NS_PER_MS;
    uint64_t other_ms = input->age_ms;
    uint64_t apart_ms = age_ms > other_ms ? age_ms - other_ms : other_ms - age_ms;
    if (apart_ms <= swim->profile.initial_rtt_ns / NS_PER_MS)
        other_ms = age_ms; /* it aged on its way: or each of two twins would be the elder */
    bool lost = conflict_yields(age_ms, swim->self->told.instance, other_ms, input->instance);
    if (lost || conflict->told_ns == 0 ||
        swim->now >= conflict->told_ns + swim->profile.period_ns) {
        conflict->told_ns = swim->now;
        struct event *event = output_event(swim, EVENT_CONFLICT, swim->self);
        event->other = input->addr;
    }
    if (lost) {
        conflict->state = CONFLICT_LOST;
        outputs_add(&swim->outputs, SWIM_YIELD);
    } else if (conflict->state == CONFLICT_ASKING) {
        conflict_end(swim);
    }
}

void conflict_unlinked(struct swim *swim)
{
    if (swim->conflict.state == CONFLICT_ASKING)
        conflict_end(swim);
}

void conflict_tick(struct swim *swim)
{
    if (conflict_deadline(swim) <= swim->now)
        conflict_end(swim);
}

uint64_t conflict_deadline(const struct swim *swim)
{
    return swim->conflict.state == CONFLICT_ASKING ? swim->conflict.until_ns : NEVER;
}
