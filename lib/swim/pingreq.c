#include "swim/pingreq.h"

#include "swim/core.h"

#include "base/duration.h"

#include <string.h>

/* An asker's wait is believed up to this: a slot of the table is not held for longer. */
#define WAIT_MAX_NS (60 * NS_PER_S)

/* A member asks about as many as it probes, a tool about some more; one that asks for all that it
 * can get leaves room for the others. */
#define ASKS_PER_ASKER (ASKS_MAX / 4)

#define OUTPUTS_PER_RELAY 4

static void pingreq_event(struct swim *swim, const struct member *target,
                          const struct name *target_name, const struct name *from,
                          const struct name *helper, uint64_t pseq, const char *rc)
{
    if (!swim->probe_events)
        return;
    struct event *event = output_event(swim, EVENT_PING_REQ, target);
    event->node = *target_name;
    event->from = *from;
    event->helper = *helper;
    event->pseq = pseq;
    event->rc = rc;
}

void pingreq_ask(struct swim *swim, struct probe *probe)
{
    struct asked *asked = &probe->asked;
    size_t want = swim->profile.indirect < INDIRECT_MAX ? swim->profile.indirect : INDIRECT_MAX;
    asked->count = targets_draw(&swim->targets, &swim->rng, probe->target, want, asked->helpers);
    for (size_t i = 0; i < asked->count; i++) {
        asked->answered[i] = false;
        struct output_send *send = output_send_to(swim, asked->helpers[i], MESSAGE_PING_REQ);
        send->ping_req = (struct msg_ping_req){
            .pseq = probe->pseq,
            .node = probe->target->name,
            .addr = probe->target->told.addr,
            .wait_ms = swim->now < probe->end_ns ? (probe->end_ns - swim->now) / NS_PER_MS : 0,
        };
    }
}

bool pingreq_asked_answer(struct swim *swim, struct probe *probe, const struct member *helper,
                          const char *rc)
{
    struct asked *asked = &probe->asked;
    for (size_t i = 0; i < asked->count; i++) {
        if (asked->helpers[i] != helper || asked->answered[i])
            continue;
        asked->answered[i] = true;
        uint64_t rtt_ns = strcmp(rc, "ack") == 0 ? swim->now - probe->started_ns : 0;
        if (strcmp(rc, "timeout") != 0 || swim->now >= probe->end_ns) /* it had its whole time */
            evidence_note_ping(swim, probe->target, probe->pseq, &helper->name, rc, rtt_ns);
        pingreq_event(swim, probe->target, &probe->target->name, &swim->self->name, &helper->name,
                      probe->pseq, rc);
        return true;
    }
    return false;
}

size_t pingreq_asked_missed(const struct probe *probe)
{
    size_t missed = 0;
    for (size_t i = 0; i < probe->asked.count; i++)
        missed += !probe->asked.answered[i];
    return missed;
}

void pingreq_asked_end(struct swim *swim, struct probe *probe)
{
    for (size_t i = 0; i < probe->asked.count; i++)
        (void)pingreq_asked_answer(swim, probe, probe->asked.helpers[i], "timeout");
    probe->asked.count = 0;
}

void pingreq_asked_forget(struct probe *probe, const struct member *helper)
{
    struct asked *asked = &probe->asked;
    for (size_t i = 0; i < asked->count; i++) {
        if (asked->helpers[i] != helper)
            continue;
        asked->count--;
        asked->helpers[i] = asked->helpers[asked->count];
        asked->answered[i] = asked->answered[asked->count];
        return;
    }
}

static void relay_ping(struct swim *swim, const struct relay *relay)
{
    struct output_item *item = outputs_add(&swim->outputs, SWIM_SEND);
    item->peer = relay->target;
    item->addr = relay->addr;
    item->send.type = MESSAGE_PING;
    item->send.pseq = relay->pseq;
}

static struct output_send *relay_answer(struct swim *swim, const struct relay *relay,
                                        enum message_type type)
{
    struct swim_input back = {.peer = relay->asker, .tool_link = relay->asker_link};
    return output_send_back(swim, &back, type);
}

static void relay_end(struct swim *swim, struct relay *relay, const char *rc)
{
    pingreq_event(swim, members_find(&swim->members, &relay->target), &relay->target, &relay->asker,
                  &swim->self->name, relay->asker_pseq, rc);
    relay->active = false;
    swim->relays.count--;
}

/* A free place; NULL: there is none, or that asker has its share. */
static struct relay *relay_free(struct swim *swim, const struct name *asker)
{
    struct relay *found = NULL;
    size_t theirs = 0;
    for (size_t i = 0; i < ASKS_MAX; i++) {
        struct relay *relay = &swim->relays.items[i];
        if (!relay->active)
            found = found ? found : relay;
        else
            theirs += name_equal(&relay->asker, asker);
    }
    return theirs < ASKS_PER_ASKER ? found : NULL;
}

void swim_on_ping_req(struct swim *swim, const struct swim_input *input)
{
    const struct msg_ping_req *request = &input->message->ping_req;
    if (name_equal(&request->node, &swim->self->name)) {
        struct output_send *send = output_send_back(swim, input, MESSAGE_ACK);
        send->ack =
            (struct msg_ack){.pseq = request->pseq, .incarnation = swim->self->told.incarnation};
        return;
    }
    struct relay *relay = relay_free(swim, &input->peer);
    const struct member *target = members_find(&swim->members, &request->node);
    if (!relay || swim->probes.stopped) {
        output_send_back(swim, input, MESSAGE_NACK)->pseq = request->pseq;
        return;
    }
    uint64_t wait =
        request->wait_ms < WAIT_MAX_NS / NS_PER_MS ? request->wait_ms * NS_PER_MS : WAIT_MAX_NS;
    *relay = (struct relay){
        .active = true,
        .asker = input->peer,
        .asker_link = input->tool_link,
        .asker_pseq = request->pseq,
        .target = request->node,
        .addr = target ? target->told.addr : request->addr,
        .pseq = core_next_pseq(swim),
        .started_ns = swim->now,
        .repeat_ns = swim->now + wait / 10 * 4,
        .nack_ns = swim->now + wait / 10 * 8,
    };
    swim->relays.count++;
    relay_ping(swim, relay);
}

void swim_on_nack(struct swim *swim, const struct swim_input *input)
{
    const struct member *helper = members_find(&swim->members, &input->peer);
    if (input->tool_link != 0)
        return;
    for (size_t i = 0; helper && i < PROBES_MAX; i++) {
        struct probe *probe = &swim->probes.items[i];
        if (probe->state == PROBE_INDIRECT && probe->pseq == input->message->nack.pseq)
            (void)pingreq_asked_answer(swim, probe, helper, "nack");
    }
}

void pingreq_relay_ack(struct swim *swim, const struct name *from, const struct msg_ack *ack)
{
    for (size_t i = 0; i < ASKS_MAX; i++) {
        struct relay *relay = &swim->relays.items[i];
        if (!relay->active || relay->pseq != ack->pseq || !name_equal(&relay->target, from))
            continue;
        struct output_send *send = relay_answer(swim, relay, MESSAGE_ACK);
        send->ack = (struct msg_ack){
            .pseq = relay->asker_pseq,
            .incarnation = ack->incarnation,
            .rtt_us = (swim->now - relay->started_ns) / NS_PER_US,
        };
        relay_end(swim, relay, "ack");
        return;
    }
}

void pingreq_tick(struct swim *swim)
{
    for (size_t i = 0; swim->relays.count > 0 && i < ASKS_MAX; i++) {
        struct relay *relay = &swim->relays.items[i];
        if (!relay->active || outputs_room(&swim->outputs) < OUTPUTS_PER_RELAY)
            continue;
        if (swim->now >= relay->nack_ns) {
            relay_answer(swim, relay, MESSAGE_NACK)->pseq = relay->asker_pseq;
            relay_end(swim, relay, "nack");
        } else if (swim->now >= relay->repeat_ns) {
            relay->repeat_ns = NEVER;
            relay_ping(swim, relay);
        }
    }
}

void pingreq_stop(struct swim *swim)
{
    for (size_t i = 0; swim->relays.count > 0 && i < ASKS_MAX; i++) {
        struct relay *relay = &swim->relays.items[i];
        if (!relay->active)
            continue;
        relay_answer(swim, relay, MESSAGE_NACK)->pseq = relay->asker_pseq;
        relay_end(swim, relay, "nack");
    }
}

uint64_t pingreq_deadline(const struct swim *swim)
{
    uint64_t deadline = NEVER;
    for (size_t i = 0; swim->relays.count > 0 && i < ASKS_MAX; i++) {
        const struct relay *relay = &swim->relays.items[i];
        if (!relay->active)
            continue;
        uint64_t next = relay->repeat_ns < relay->nack_ns ? relay->repeat_ns : relay->nack_ns;
        if (next < deadline)
            deadline = next;
    }
    return deadline;
}
