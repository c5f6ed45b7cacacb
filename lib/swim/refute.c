#include "swim/refute.h"

#include "swim/core.h"

#include <assert.h>

void refute(struct swim *swim, const struct update *heard)
{
    struct member *self = swim->self;
    if (swim->leave.started)
        return;
    assert(heard->incarnation >= self->told.incarnation);
    if (heard->incarnation >= INCARNATION_MAX) {
        swim->counters.rejected++; /* only a forged number leads here; there is none above it */
        return;
    }
    self->told.incarnation = heard->incarnation + 1;
    swim->counters.refutations++;
    if (heard->state == MEMBER_SUSPECT || heard->state == MEMBER_DEAD)
        health_note(&swim->health, HEALTH_REFUTED);
    swim->repeated_ns = swim->now;
    evidence_note(swim, self,
                  &(struct evidence_step){.kind = EVIDENCE_REFUTED,
                                          .by = self->name,
                                          .incarnation = self->told.incarnation});
    struct event *event = output_event(swim, EVENT_REFUTE, self);
    event->was = member_state_text(heard->state);
    event->by = heard->by;
    core_queue_update(swim, self, UPDATE_CRITICAL);
}

void refute_climb(struct swim *swim, const struct update *heard)
{
    uint64_t own = swim->self->told.incarnation;
    if (swim->climbed_ns != 0 && swim->now < swim->climbed_ns + swim->profile.period_ns)
        return;
    swim->climbed_ns = swim->now;
    struct update step = *heard;
    step.incarnation = own + INCARNATION_JUMP - 1; /* below what was heard: that is a jump */
    refute(swim, &step);
}

void refute_repeat(struct swim *swim, const struct name *teller)
{
    const struct member *member = members_find(&swim->members, teller);
    if (swim->repeated_ns != 0 && swim->now < swim->repeated_ns + swim->profile.period_ns)
        return;
    swim->repeated_ns = swim->now;
    core_queue_update(swim, swim->self, UPDATE_CRITICAL);
    if (member && member != swim->self && !swim->gossip.stopped)
        output_send_to(swim, member, MESSAGE_GOSSIP)->tell = swim->self;
}
