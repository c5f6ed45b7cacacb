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
        .peer = target,
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

static bool is_by_helper(const struct place *place)
{
    return place->peer != place->target;
}

/* No ping of its target is left to begin. */
static bool all_have_begun(const struct place *place)
{
    const struct destination *target = place->target;
    bool acked = place->config->once && target->stats.acks > 0;
    return acked || target->started >= place->config->count;
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
    place->state = all_have_begun(place) ? PLACE_DONE : PLACE_IDLE;
    uint64_t next_ns = duration_add(place->started_ns, place->config->interval_ns);
    place->due_ns = next_ns > now ? next_ns : now;
}

static void fail_with(struct place *place, uint64_t now, struct outcome *outcome)
{
    struct destination *target = place->target;
    outcome->pseq = place->pseq;
    outcome->via = is_by_helper(place) ? destination_label(place->peer) : NULL;
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

/* Something between us and the peer has failed. */
static void fail_on_way(struct place *place, uint64_t now, const char *leg, int reason)
{
    fail(place, now, is_by_helper(place) ? LEG_VIA : leg, reason);
}

static void give_back(struct place *place, uint64_t now, bool healthy)
{
    const struct place_config *config = place->config;
    bool ends = config->close_last && !is_by_helper(place) && all_have_begun(place);
    peers_lease_keep_alive(config->peers, place->lease, 0);
    if (healthy && (ends || config->new_conn)) {
        peers_finish(config->peers, now, place->lease);
    } else {
        peers_release(config->peers, now, place->lease, healthy);
    }
}

static void fill_ping(const struct place *place, uint64_t now, struct message *message)
{
    const struct destination *target = place->target;
    message->update_count = 0;
    if (!is_by_helper(place)) {
        message->type = MESSAGE_PING;
        message->ping.pseq = place->pseq;
        return;
    }
    message->type = MESSAGE_PING_REQ;
    message->ping_req = (struct msg_ping_req){
        .pseq = place->pseq,
        .node = target->expected,
        .addr = *destination_addr(target),
        .wait_ms = (place->deadline_ns - now) / NS_PER_MS,
    };
}

/* CONNECTING -> ASKED. */
static void ask(struct place *place, uint64_t now)
{
    struct peers *peers = place->config->peers;
    struct message message; /* large: only what counts is set */
    fill_ping(place, now, &message);
    place->peer->name = *peers_lease_name(peers, place->lease);
    place->state = PLACE_ASKED;
    place->sent_ns = 0;
    peers_lease_keep_alive(peers, place->lease, place->wait_ns / KEEP_ALIVE_SHARE);
    int err = peers_lease_send(peers, now, place->lease, &message);
    if (err < 0) {
        give_back(place, now, false);
        fail_on_way(place, now, "ack", err);
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
    const struct destination *peer = place->peer;
    size_t current = 0;
    size_t max = 0;
    place->state = PLACE_CONNECTING;
    place->addr_at = peer->addr_at;
    place->fresh = true;
    place->handshake_ns = 0;
    int rc = peers_acquire(place->config->peers, now, peer->typed, destination_addr(peer),
                           &peer->expected, &place->lease, &current, &max);
    if (rc < 0) {
        struct outcome outcome = {.leg = "pool", .reason = rc, .current = current, .max = max};
        fail_with(place, now, &outcome);
    } else if (rc > 0) {
        place->fresh = false;
        set_wait(place, WAIT_WARM_NS);
        ask(place, now);
    }
}

/* LOOKING_UP -> CONNECTING, once its target and its helper have been looked up. */
static void leave_look_up(struct place *place, uint64_t now)
{
    const struct destination *target = place->target;
    const struct destination *peer = place->peer;
    if (target->state == DESTINATION_NOT_FOUND) {
        fail(place, now, "resolve", target->lookup_err);
    } else if (peer->state == DESTINATION_NOT_FOUND) {
        fail_on_way(place, now, "resolve", peer->lookup_err);
    } else if (target->state == DESTINATION_FOUND && peer->state == DESTINATION_FOUND) {
        take_lease(place, now);
    }
}

static struct destination *choose_peer(const struct place *place)
{
    const struct place_config *config = place->config;
    return config->helper_count == 0 ? place->target
                                     : &config->helpers[(place->pseq - 1) % config->helper_count];
}

void place_begin(struct place *place, uint64_t now)
{
    struct destination *target = place->target;
    assert(place->state == PLACE_IDLE);
    if (all_have_begun(place)) {
        return;
    }
    place->pseq = ++target->started;
    place->peer = choose_peer(place);
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
    if (place->state == PLACE_IDLE && all_have_begun(place)) {
        place->state = PLACE_DONE;
        if (place->config->close_last) { /* it was left for a ping that another place has begun */
            peers_finish_idle(place->config->peers, now, place->target->typed);
        }
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
    fail_on_way(place, now, heard ? "handshake" : "udp", heard ? ERR_TIMEOUT : ERR_NO_REPLY);
}

/* A connection over which nothing came of late is not worth keeping. */
static void time_out_ask(struct place *place, uint64_t now)
{
    uint64_t half_ns = now - (now - place->started_ns) / 2;
    bool healthy = peers_lease_heard_since(place->config->peers, place->lease, half_ns);
    give_back(place, now, healthy);
    fail_on_way(place, now, "ack", ERR_TIMEOUT);
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

void place_note_sent(struct place *place, uint64_t now)
{
    if (place->state == PLACE_ASKED && place->sent_ns == 0) {
        place->sent_ns = now;
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
    struct destination *peer = place->peer;
    bool moved = place->addr_at < peer->addr_at; /* another place has gone on before us */
    if (now >= place->deadline_ns || (!moved && !destination_next_addr(peer))) {
        return false;
    }
    take_lease(place, now);
    return true;
}

void place_on_failed(struct place *place, uint64_t now, const struct peers_event *event)
{
    if (strcmp(event->leg, "udp") != 0 || !try_next_addr(place, now)) {
        fail_on_way(place, now, event->leg, event->reason);
    }
}

void place_on_lost(struct place *place, uint64_t now, const struct peers_event *event)
{
    fail_on_way(place, now, "ack", event->reason);
}

static bool waits_for(const struct place *place, uint64_t pseq)
{
    return place->state == PLACE_ASKED && place->pseq == pseq;
}

void place_on_nack(struct place *place, uint64_t now, const struct msg_nack *nack)
{
    if (waits_for(place, nack->pseq)) {
        give_back(place, now, true);
        fail_on_way(place, now, "ack", ERR_NACK);
    }
}

bool place_on_ack(struct place *place, uint64_t now, const struct msg_ack *ack)
{
    if (!waits_for(place, ack->pseq)) {
        return false;
    }
    struct destination *target = place->target;
    target->name = is_by_helper(place) ? target->expected : target->name;
    const struct outcome outcome = {
        .acked = true,
        .pseq = place->pseq,
        .inc = ack->incarnation,
        .via = is_by_helper(place) ? destination_label(place->peer) : NULL,
        .fresh = place->fresh,
        /* An ack that some peer sends ahead of its ping gains nothing by it. */
        .rtt_ns = place->sent_ns != 0 && now > place->sent_ns ? now - place->sent_ns : 0,
        .handshake_ns = place->handshake_ns,
    };
    stats_add_ack(&target->stats, place->pseq, outcome.rtt_ns);
    give_back(place, now, true);
    end_ping(place, now);
    output_outcome(place->config->output, target, &outcome);
    return true;
}
