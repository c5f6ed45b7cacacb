#include "swim/probe.h"

#include "swim/core.h"
#include "swim/stall.h"
#include "swim/state.h"

#include "base/duration.h"

#include <string.h>

/* A ping that is lost is sent again at these fractions of its timeout, in 1/8; the last one on a
 * reliable stream, which a congested or filtered datagram path may still let through. */
static const struct {
    unsigned eighths;
    bool reliable;
} repeats[] = {{2, false}, {4, false}, {6, true}};

#define REPEATS (sizeof(repeats) / sizeof(repeats[0]))

/* A probe's end: an event per helper, its own, a suspicion's; and a new probe's ping. */
#define OUTPUTS_PER_PROBE (2 * INDIRECT_MAX + 8)

void probes_init(struct probes *probes)
{
    memset(probes, 0, sizeof(*probes));
    probes->next_ns = NEVER;
}

void probes_wake(struct swim *swim)
{
    struct probes *probes = &swim->probes;
    if (probes->stopped || probes->next_ns != NEVER)
        return;
    probes->next_ns = swim->now + rng_below(&swim->rng, swim->profile.period_ns);
}

static uint64_t probe_period_ns(const struct swim *swim)
{
    return health_stretch(&swim->health, swim->profile.period_ns);
}

static uint64_t probe_timeout_ns(const struct swim *swim)
{
    return health_stretch(&swim->health, swim->profile.timeout_ns);
}

static struct probe *probe_of(struct swim *swim, const struct member *member)
{
    for (size_t i = 0; i < PROBES_MAX; i++)
        if (swim->probes.items[i].state != PROBE_NONE && swim->probes.items[i].target == member)
            return &swim->probes.items[i];
    return NULL;
}

static void probe_schedule_repeat(struct probe *probe)
{
    probe->repeat_ns = NEVER;
    if (probe->repeats < REPEATS)
        probe->repeat_ns = probe->started_ns + (probe->timeout_ns - probe->started_ns) / 8 *
                                                   repeats[probe->repeats].eighths;
}

static void probe_send(struct swim *swim, struct probe *probe, bool reliable)
{
    struct output_send *send = output_send_to(swim, probe->target, MESSAGE_PING);
    send->pseq = probe->pseq;
    swim->outputs.items[swim->outputs.count - 1].reliable = reliable;
}

static void probe_start(struct swim *swim, struct member *target)
{
    struct probe *probe = NULL;
    for (size_t i = 0; i < PROBES_MAX && !probe; i++)
        if (swim->probes.items[i].state == PROBE_NONE)
            probe = &swim->probes.items[i];
    if (!probe)
        return; /* as many as may be are under way; this one comes in its turn */
    *probe = (struct probe){
        .state = PROBE_DIRECT,
        .target = target,
        .pseq = core_next_pseq(swim),
        .started_ns = swim->now,
        .timeout_ns = swim->now + probe_timeout_ns(swim),
        .end_ns = swim->now + probe_period_ns(swim),
        .cold = !target->linked,
    };
    if (probe->cold)
        probe->end_ns += probe_period_ns(swim);
    probe_schedule_repeat(probe);
    swim->counters.probes++;
    probe_send(swim, probe, false);
}

void probe_hint(struct swim *swim, struct member *member, enum accusation cause)
{
    if (swim->probes.stopped || !member_is_live(member))
        return;
    if (!probe_of(swim, member))
        probe_start(swim, member);
    struct probe *probe = probe_of(swim, member);
    if (probe && cause != ACCUSATION_NONE)
        probe->cause = cause;
}

static void probe_event(struct swim *swim, const struct probe *probe, const char *via,
                        uint64_t rtt_ns, bool ack)
{
    if (!swim->probe_events)
        return;
    struct event *event = output_event(swim, EVENT_PROBE, probe->target);
    event->pseq = probe->pseq;
    event->via = via;
    event->rtt_ns = ack ? rtt_ns : EVENT_ABSENT;
    event->rc = ack ? "ack" : "timeout";
}

static void probe_end(struct swim *swim, struct probe *probe)
{
    pingreq_asked_end(swim, probe);
    probe->state = PROBE_NONE;
}

/* The direct ping was not answered in its time, as far as is known for that reason. */
static void probe_unanswered(struct swim *swim, const struct probe *probe)
{
    enum accusation cause = probe->cause == ACCUSATION_NONE ? ACCUSATION_TIMEOUT : probe->cause;
    evidence_note_ping(swim, probe->target, probe->pseq, NULL, accusation_text(cause), 0);
}

static void probe_indirect(struct swim *swim, struct probe *probe)
{
    probe_unanswered(swim, probe);
    probe->state = PROBE_INDIRECT;
    probe->repeat_ns = NEVER;
    pingreq_ask(swim, probe);
}

static void probe_fail(struct swim *swim, struct probe *probe)
{
    struct member *target = probe->target;
    swim->counters.probes_failed++;
    probe_event(swim, probe, NULL, 0, false);
    if (probe->state == PROBE_DIRECT)
        probe_unanswered(swim, probe);
    for (size_t missed = pingreq_asked_missed(probe); missed > 0; missed--)
        health_note(&swim->health, HEALTH_MISSED_NACK);
    probe_end(swim, probe);
    if (!stall_is_recent(swim))
        state_suspect(swim, target, ACCUSATION_TIMEOUT);
}

void probes_restart(struct swim *swim)
{
    uint64_t latest = swim->now + probe_period_ns(swim);
    for (size_t i = 0; i < PROBES_MAX; i++) {
        struct probe *probe = &swim->probes.items[i];
        if (probe->state == PROBE_NONE)
            continue;
        if (probe->state == PROBE_DIRECT)
            probe->timeout_ns = swim->now + probe_timeout_ns(swim);
        if (probe->end_ns < latest)
            probe->end_ns = latest;
    }
}

void probe_linked(struct swim *swim, struct member *member)
{
    struct probe *probe = probe_of(swim, member);
    if (!probe || !probe->cold)
        return;
    /* The ping that waited for the handshake leaves only now. */
    uint64_t answered = swim->now + probe_timeout_ns(swim);
    uint64_t latest = probe->started_ns + 2 * probe_period_ns(swim);
    uint64_t regular = probe->started_ns + probe_period_ns(swim);
    probe->end_ns = answered < regular ? regular : answered < latest ? answered : latest;
}

void probe_unlinked(struct swim *swim, struct member *member, enum accusation cause)
{
    struct probe *probe = probe_of(swim, member);
    if (!probe || probe->state != PROBE_DIRECT || !probe->cold)
        return;
    if (cause != ACCUSATION_NONE)
        probe->cause = cause;
    probe_indirect(swim, probe);
}

void probe_lost_link(struct swim *swim, struct member *member)
{
    struct probe *probe = probe_of(swim, member);
    if (!probe || probe->state != PROBE_DIRECT || probe->cold || swim->now >= probe->end_ns)
        return;
    probe->cold = true;
    probe->end_ns += probe_period_ns(swim);
    probe_send(swim, probe, false);
}

void probes_forget(struct swim *swim, const struct member *member)
{
    struct probe *probe = probe_of(swim, member);
    if (probe)
        probe_end(swim, probe);
}

void probes_forget_helper(struct swim *swim, const struct member *helper)
{
    for (size_t i = 0; i < PROBES_MAX; i++)
        if (swim->probes.items[i].state != PROBE_NONE)
            pingreq_asked_forget(&swim->probes.items[i], helper);
}

static void probe_tick(struct swim *swim, struct probe *probe)
{
    if (probe->state == PROBE_NONE || outputs_room(&swim->outputs) < OUTPUTS_PER_PROBE)
        return;
    if (swim->now >= probe->end_ns) {
        probe_fail(swim, probe);
        return;
    }
    if (probe->state == PROBE_DIRECT && swim->now >= probe->timeout_ns) {
        probe_indirect(swim, probe);
    } else if (swim->now >= probe->repeat_ns) {
        /* What waits for a handshake is sent after it, once is enough. */
        if (probe->target->linked)
            probe_send(swim, probe, repeats[probe->repeats].reliable);
        probe->repeats++;
        probe_schedule_repeat(probe);
    }
}

static void probes_next(struct swim *swim)
{
    struct probes *probes = &swim->probes;
    if (swim->now < probes->next_ns || outputs_room(&swim->outputs) < OUTPUTS_PER_PROBE)
        return;
    struct member *target = targets_next(&swim->targets, &swim->rng);
    if (!target) {
        probes->next_ns = NEVER;
        return;
    }
    probes->next_ns += probe_period_ns(swim);
    if (probes->next_ns <= swim->now)
        probes->next_ns = swim->now + probe_period_ns(swim); /* late: no burst to catch up */
    if (!probe_of(swim, target))
        probe_start(swim, target);
}

void probes_tick(struct swim *swim)
{
    if (swim->probes.stopped)
        return;
    for (size_t i = 0; i < PROBES_MAX; i++)
        probe_tick(swim, &swim->probes.items[i]);
    probes_next(swim);
}

uint64_t probes_deadline(const struct swim *swim)
{
    if (swim->probes.stopped)
        return NEVER;
    uint64_t deadline = swim->probes.next_ns;
    for (size_t i = 0; i < PROBES_MAX; i++) {
        const struct probe *probe = &swim->probes.items[i];
        if (probe->state == PROBE_NONE)
            continue;
        uint64_t next = probe->state == PROBE_DIRECT ? probe->timeout_ns : probe->end_ns;
        if (probe->repeat_ns < next)
            next = probe->repeat_ns;
        if (next < deadline)
            deadline = next;
    }
    return deadline;
}

void probes_stop(struct swim *swim)
{
    for (size_t i = 0; i < PROBES_MAX; i++)
        if (swim->probes.items[i].state != PROBE_NONE)
            probe_end(swim, &swim->probes.items[i]);
    swim->probes.stopped = true;
}

void swim_on_ping(struct swim *swim, const struct swim_input *input)
{
    struct output_send *send = output_send_back(swim, input, MESSAGE_ACK);
    send->ack = (struct msg_ack){
        .pseq = input->message->ping.pseq,
        .incarnation = swim->self->told.incarnation,
    };
}

/* An ack of a probe's target, or of a helper that was asked to try it. */
void swim_on_ack(struct swim *swim, const struct swim_input *input)
{
    const struct msg_ack *ack = &input->message->ack;
    struct member *from = members_find(&swim->members, &input->peer);
    if (input->tool_link != 0)
        return;
    for (size_t i = 0; from && i < PROBES_MAX; i++) {
        struct probe *probe = &swim->probes.items[i];
        if (probe->state == PROBE_NONE || probe->pseq != ack->pseq)
            continue;
        uint64_t rtt = swim->now - probe->started_ns;
        bool direct = probe->target == from;
        if (!direct && !pingreq_asked_answer(swim, probe, from, "ack"))
            return;
        health_note(&swim->health, HEALTH_PROBE_OK);
        if (direct) {
            if (probe->state == PROBE_INDIRECT) /* late: what was noted of it is not all */
                evidence_note_ping(swim, from, probe->pseq, NULL, "ack", rtt);
            if (probe->repeats == 0 && !probe->cold)
                from->rtt_ns = rtt; /* else it is not known which ping was answered */
            probe_event(swim, probe, "direct", rtt, true);
        } else {
            core_heard(swim, probe->target);
            probe_event(swim, probe, from->name.text, rtt, true);
        }
        probe_end(swim, probe);
        return;
    }
    pingreq_relay_ack(swim, &input->peer, ack);
}
