#include "place.h"

#include "wire/msg.h"

#include <assert.h>
#include <string.h>

/* A dead process shows itself (refused, reset) within this share of the wait. */
#define KEEP_ALIVE_SHARE 4

void place_init(struct place *place, const struct place_config *config, struct destination *target)
{
    *place = (struct place){
        .config = config,
        .target = target,
        .state = PLACE_IDLE,
        .lease = POOL_NONE,
    };
}

bool place_is_busy(const struct place *place)
{
    return place->state != PLACE_IDLE && place->state != PLACE_DONE;
}

static bool holds_lease(const struct place *place)
{
    return place->state == PLACE_CONNECTING || place->state == PLACE_ASKED;
}

bool place_has_lease(const struct place *place, int lease)
{
    return holds_lease(place) && place->lease == lease;
}

/* The end of a ping: any busy state -> IDLE or DONE. */

static void end_ping(struct place *place, uint64_t now)
{
    struct destination *target = place->target;
    target->ended_ns = now;
    place->state = target->started < place->config->count ? PLACE_IDLE : PLACE_DONE;
    uint64_t next_ns = duration_add(place->started_ns, place->config->interval_ns);
    place->due_ns = next_ns > now ? next_ns : now;
}

static void fail_with(struct place *place, uint64_t now, struct outcome *outcome)
{
    struct destination *target = place->target;
    outcome->pseq = place->pseq;
    stats_add_loss(&target->stats);
    destination_note_failure(target, outcome->reason);
    end_ping(place, now);
    output_outcome(place->config->output, target, outcome);
}

static void fail(struct place *place, uint64_t now, const char *leg, int reason)
{
    struct outcome outcome = {.leg = leg, .reason = reason};
    fail_with(place, now, &outcome);
}

static void give_back(struct place *place, uint64_t now, bool healthy)
{
    struct peers *peers = place->config->peers;
    peers_lease_keep_alive(peers, place->lease, 0);
    peers_release(peers, now, place->lease, healthy);
}

/* CONNECTING -> ASKED. The clock is read anew: other work may have gone before the sending. */
static void ask(struct place *place, uint64_t now)
{
    struct peers *peers = place->config->peers;
    struct message message = {.type = MESSAGE_PING};
    message.ping.pseq = place->pseq;
    place->target->name = *peers_lease_name(peers, place->lease);
    place->state = PLACE_ASKED;
    place->sent_ns = loop_now();
    peers_lease_keep_alive(peers, place->lease, place->wait_ns / KEEP_ALIVE_SHARE);
    int err = peers_lease_send(peers, now, place->lease, &message);
    if (err < 0) {
        give_back(place, now, false);
        fail(place, now, "ack", err);
    }
}

static void set_wait(struct place *place, uint64_t default_ns)
{
    place->wait_ns = place->config->wait_ns > 0 ? place->config->wait_ns : default_ns;
    place->deadline_ns = duration_add(place->started_ns, place->wait_ns);
}

/* LOOKING_UP, or CONNECTING to another address -> CONNECTING, or on to ASKED at once. */
static void take_lease(struct place *place, uint64_t now)
{
    const struct destination *target = place->target;
    size_t current = 0;
    size_t max = 0;
    place->state = PLACE_CONNECTING;
    place->addr_at = target->addr_at;
    place->fresh = true;
    place->handshake_ns = 0;
    int rc = peers_acquire(place->config->peers, now, target->typed, destination_addr(target),
                           &target->expected, &place->lease, &current, &max);
    if (rc < 0) {
        struct outcome outcome = {.leg = "pool", .reason = rc, .current = current, .max = max};
        fail_with(place, now, &outcome);
    } else if (rc > 0) {
        place->fresh = false;
        set_wait(place, WAIT_WARM_NS);
        ask(place, now);
    }
}

/* LOOKING_UP -> CONNECTING, once its target has been looked up. */
static void leave_look_up(struct place *place, uint64_t now)
{
    switch (place->target->state) {
    case DESTINATION_LOOKING_UP:
        break;
    case DESTINATION_FOUND:
        take_lease(place, now);
        break;
    case DESTINATION_NOT_FOUND:
        fail(place, now, "resolve", place->target->lookup_err);
        break;
    }
}

void place_begin(struct place *place, uint64_t now)
{
    struct destination *target = place->target;
    assert(place->state == PLACE_IDLE);
    if (target->started >= place->config->count) {
        return;
    }
    place->pseq = ++target->started;
    place->started_ns = now;
    set_wait(place, WAIT_DIAL_NS);
    if (!target->timed) {
        target->timed = true;
        target->started_ns = now;
    }
    place->state = PLACE_LOOKING_UP;
    leave_look_up(place, now);
}

void place_step(struct place *place, uint64_t now)
{
    if (place->state == PLACE_LOOKING_UP) {
        leave_look_up(place, now);
    }
    if (place_is_busy(place) && now >= place->deadline_ns) {
        place_time_out(place, now);
    }
    if (place->state == PLACE_IDLE && place->target->started >= place->config->count) {
        place->state = PLACE_DONE;
    }
}

uint64_t place_deadline(const struct place *place)
{
    switch (place->state) {
    case PLACE_IDLE:
        return place->due_ns;
    case PLACE_LOOKING_UP:
    case PLACE_CONNECTING:
    case PLACE_ASKED:
        return place->deadline_ns;
    case PLACE_DONE:
        break;
    }
    return NEVER;
}

/* Nobody has answered the dial: whether not a packet came, or the handshake did not get to its end.
 */
static void time_out_dial(struct place *place, uint64_t now)
{
    bool heard = peers_lease_heard_since(place->config->peers, place->lease, place->started_ns);
    give_back(place, now, false);
    fail(place, now, heard ? "handshake" : "udp", heard ? ERR_TIMEOUT : ERR_NO_REPLY);
}

/* A connection over which nothing came of late is not worth keeping. */
static void time_out_ask(struct place *place, uint64_t now)
{
    uint64_t half_ns = now - (now - place->started_ns) / 2;
    bool healthy = peers_lease_heard_since(place->config->peers, place->lease, half_ns);
    give_back(place, now, healthy);
    fail(place, now, "ack", ERR_TIMEOUT);
}

void place_time_out(struct place *place, uint64_t now)
{
    switch (place->state) {
    case PLACE_LOOKING_UP:
        fail(place, now, "resolve", ERR_TIMEOUT);
        break;
    case PLACE_CONNECTING:
        time_out_dial(place, now);
        break;
    case PLACE_ASKED:
        time_out_ask(place, now);
        break;
    case PLACE_IDLE:
    case PLACE_DONE:
        break;
    }
}

void place_interrupt(struct place *place, uint64_t now)
{
    if (holds_lease(place)) {
        give_back(place, now, false);
    }
    if (place_is_busy(place)) {
        place->target->ended_ns = now;
        place->state = PLACE_DONE;
    }
}

void place_on_ready(struct place *place, uint64_t now, const struct peers_event *event)
{
    if (place->state == PLACE_CONNECTING) {
        place->fresh = event->fresh;
        place->handshake_ns = event->handshake_ns;
        ask(place, now);
    }
}

/* Nothing answered there: another address of the same host may. */
static bool try_next_addr(struct place *place, uint64_t now)
{
    struct destination *target = place->target;
    bool moved = place->addr_at < target->addr_at; /* another place has gone on before us */
    if (now >= place->deadline_ns || (!moved && !destination_next_addr(target))) {
        return false;
    }
    take_lease(place, now);
    return true;
}

void place_on_failed(struct place *place, uint64_t now, const struct peers_event *event)
{
    if (strcmp(event->leg, "udp") != 0 || !try_next_addr(place, now)) {
        fail(place, now, event->leg, event->reason);
    }
}

void place_on_lost(struct place *place, uint64_t now, const struct peers_event *event)
{
    fail(place, now, "ack", event->reason);
}

bool place_on_ack(struct place *place, uint64_t now, const struct msg_ack *ack)
{
    if (place->state != PLACE_ASKED || place->pseq != ack->pseq) {
        return false;
    }
    const struct outcome outcome = {
        .acked = true,
        .pseq = place->pseq,
        .inc = ack->incarnation,
        .fresh = place->fresh,
        /* An ack that some peer sends ahead of its ping gains nothing by it. */
        .rtt_ns = now > place->sent_ns ? now - place->sent_ns : 0,
        .handshake_ns = place->handshake_ns,
    };
    give_back(place, now, true);
    stats_add_ack(&place->target->stats, place->pseq, outcome.rtt_ns);
    end_ping(place, now);
    output_outcome(place->config->output, place->target, &outcome);
    return true;
}
