#include "swim/leave.h"

#include "base/duration.h"
#include "base/err.h"
#include "swim/core.h"
#include "swim/merge.h"

#define WARM_ENOUGH 3

static void leave_tell(struct swim *swim, struct member *member)
{
    struct output_send *send = output_send_to(swim, member, MESSAGE_LEAVE);
    const struct blob *reason = swim->self->told.reason;
    send->leave = (struct msg_leave){
        .pseq = swim->leave.pseq,
        .incarnation = swim->self->told.incarnation,
    };
    if (reason)
        send->leave.reason = (struct bytes){reason->data, reason->len};
    member->farewell = FAREWELL_ASKED;
}

/* Tells live members, up to `most` of them, those with a link or those without. */
static size_t leave_tell_some(struct swim *swim, bool linked, size_t most)
{
    size_t told = 0;
    for (size_t i = 0; i < swim->targets.count && told < most; i++) {
        struct member *member = swim->targets.list[i];
        if (member->linked != linked || !member_is_live(member) ||
            member->farewell != FAREWELL_NONE)
            continue;
        leave_tell(swim, member);
        told++;
    }
    return told;
}

int leave_start(struct swim *swim, struct bytes reason)
{
    bool ok;
    struct blob *text = members_blob(reason.data, reason.len, &ok);
    if (!ok)
        return ERR_NO_MEMORY;
    struct member *self = swim->self;
    members_retire(&swim->members, self->told.reason);
    self->told.reason = text;
    self->told.state = self->shown = MEMBER_LEFT;
    self->told.since_ns = swim->now;
    swim->leave.started = true;
    join_stop(swim);
    swim->leave.pseq = core_next_pseq(swim);
    core_queue_update(swim, self, UPDATE_CRITICAL);
    size_t warm = leave_tell_some(swim, true, LEAVE_PEERS_MAX);
    size_t dialled = 0;
    if (warm < WARM_ENOUGH)
        dialled = leave_tell_some(swim, false, LEAVE_DIALS);
    swim->leave.live = warm + dialled > 0;
    swim->leave.repeat_ns = swim->now + swim->profile.period_ns;
    return 0;
}

void leave_tick(struct swim *swim)
{
    if (leave_deadline(swim) > swim->now)
        return;
    swim->leave.repeat_ns = swim->now + swim->profile.period_ns;
    for (size_t i = 0; i < swim->targets.count && outputs_room(&swim->outputs) > 8; i++) {
        struct member *member = swim->targets.list[i];
        if (member->farewell == FAREWELL_ASKED && member_is_live(member))
            leave_tell(swim, member);
    }
}

uint64_t leave_deadline(const struct swim *swim)
{
    struct swim_leaving leaving;
    swim_leaving(swim, &leaving);
    return leaving.started && !leaving.done && !swim->gossip.stopped ? swim->leave.repeat_ns
                                                                     : NEVER;
}

void swim_leaving(const struct swim *swim, struct swim_leaving *leaving)
{
    *leaving = (struct swim_leaving){.started = swim->leave.started, .live = swim->leave.live};
    if (!leaving->started)
        return;
    size_t waiting = 0;
    for (size_t i = 0; i < swim->targets.count; i++) {
        const struct member *member = swim->targets.list[i];
        leaving->asked += member->farewell != FAREWELL_NONE;
        leaving->confirmed += member->farewell == FAREWELL_CONFIRMED;
        waiting += member->farewell == FAREWELL_ASKED && member_is_live(member);
    }
    leaving->done = waiting == 0;
}

void swim_on_leave(struct swim *swim, const struct swim_input *input)
{
    const struct member *member = members_find(&swim->members, &input->peer);
    if (input->tool_link != 0)
        return; /* not taken over, so not confirmed: who has yet to say hello repeats it */
    if (member) {
        struct update left;
        member_to_update(member, &swim->self->name, swim->now, &left);
        left.state = MEMBER_LEFT;
        left.incarnation = input->message->leave.incarnation;
        left.reason = input->message->leave.reason;
        left.by = (struct name){{0}};
        left.accusation = ACCUSATION_NONE;
        left.age_ms = 0;
        merge_apply(swim, &input->peer, &left);
    }
    output_send_back(swim, input, MESSAGE_LEAVE_ACK)->pseq = input->message->leave.pseq;
}

void swim_on_leave_ack(struct swim *swim, const struct swim_input *input)
{
    struct member *member = members_find(&swim->members, &input->peer);
    if (member && member->farewell == FAREWELL_ASKED && input->tool_link == 0 &&
        input->message->leave_ack.pseq == swim->leave.pseq)
        member->farewell = FAREWELL_CONFIRMED;
}
