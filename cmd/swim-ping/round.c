#include "round.h"

#include "base/duration.h"
#include "wire/msg.h"

#include <stdlib.h>
#include <string.h>

/* Pings begun in one step: those that fail at once must not keep signals from being seen. */
#define STARTS_PER_STEP 64
/* A dead process shows itself (refused, reset) within this share of the wait. */
#define KEEP_ALIVE_SHARE 4

/**
 *                  .--------------- all its target's pings have begun ---------------> DONE
 *                  |
 *      IDLE -- start --> LOOKING_UP -- found --> CONNECTING -- ready --> ASKED
 *       ^                    |                       |                     |
 *       '------- end --------'-----------------------'---------------------'
 */
enum place_state { PLACE_IDLE, PLACE_LOOKING_UP, PLACE_CONNECTING, PLACE_ASKED, PLACE_DONE };

struct place {
    struct destination *target;
    enum place_state state;
    uint64_t due_ns; /* IDLE: when the next ping begins */
    uint64_t pseq;
    uint64_t started_ns, deadline_ns, wait_ns;
    uint64_t sent_ns; /* ASKED */
    size_t addr_at;   /* CONNECTING: which of the target's addresses */
    int lease;        /* CONNECTING, ASKED */
    bool fresh;
    uint64_t handshake_ns;
};

struct round {
    struct round_config config;
    struct place *places;
    size_t count;
    size_t turn; /* of one ping in flight in all: whose is the next */
    bool stopped;
};

/* The end of a ping. */

static void end_ping(struct round *round, struct place *place, uint64_t now)
{
    struct destination *target = place->target;
    target->ended_ns = now;
    place->state = target->started < round->config.count ? PLACE_IDLE : PLACE_DONE;
    uint64_t next_ns = duration_add(place->started_ns, round->config.interval_ns);
    place->due_ns = next_ns > now ? next_ns : now;
}

static void fail_with(struct round *round, struct place *place, uint64_t now,
                      struct outcome *outcome)
{
    struct destination *target = place->target;
    outcome->pseq = place->pseq;
    stats_add_loss(&target->stats);
    destination_note_failure(target, outcome->reason);
    end_ping(round, place, now);
    output_outcome(round->config.output, target, outcome);
}

/* Its connection has left the pool, or never entered it, by now. */
static void fail(struct round *round, struct place *place, uint64_t now, const char *leg,
                 int reason)
{
    struct outcome outcome = {.leg = leg, .reason = reason};
    fail_with(round, place, now, &outcome);
}

static void succeed(struct round *round, struct place *place, uint64_t now,
                    const struct msg_ack *ack)
{
    const struct outcome outcome = {
        .acked = true,
        .pseq = place->pseq,
        .inc = ack->incarnation,
        .fresh = place->fresh,
        .rtt_ns = now - place->sent_ns,
        .handshake_ns = place->handshake_ns,
    };
    peers_lease_keep_alive(round->config.peers, place->lease, 0);
    peers_release(round->config.peers, now, place->lease, true);
    stats_add_ack(&place->target->stats, place->pseq, outcome.rtt_ns);
    end_ping(round, place, now);
    output_outcome(round->config.output, place->target, &outcome);
}

/* The steps of a ping. */

static void ask(struct round *round, struct place *place)
{
    struct peers *peers = round->config.peers;
    struct message message = {.type = MESSAGE_PING};
    message.ping.pseq = place->pseq;
    place->target->name = *peers_lease_name(peers, place->lease);
    place->state = PLACE_ASKED;
    place->sent_ns = loop_now();
    peers_lease_keep_alive(peers, place->lease, place->wait_ns / KEEP_ALIVE_SHARE);
    int err = peers_lease_send(peers, place->sent_ns, place->lease, &message);
    if (err < 0) {
        peers_release(peers, place->sent_ns, place->lease, false);
        fail(round, place, place->sent_ns, "ack", err);
    }
}

static void set_wait(const struct round *round, struct place *place, uint64_t default_ns)
{
    place->wait_ns = round->config.wait_ns > 0 ? round->config.wait_ns : default_ns;
    place->deadline_ns = duration_add(place->started_ns, place->wait_ns);
}

static void connect_place(struct round *round, struct place *place, uint64_t now)
{
    const struct destination *target = place->target;
    size_t current = 0;
    size_t max = 0;
    place->state = PLACE_CONNECTING;
    place->addr_at = target->addr_at;
    place->fresh = true;
    place->handshake_ns = 0;
    int rc = peers_acquire(round->config.peers, now, target->typed, destination_addr(target),
                           &target->expected, &place->lease, &current, &max);
    if (rc < 0) {
        struct outcome outcome = {.leg = "pool", .reason = rc, .current = current, .max = max};
        fail_with(round, place, now, &outcome);
    } else if (rc > 0) {
        place->fresh = false;
        set_wait(round, place, WAIT_WARM_NS);
        ask(round, place);
    }
}

static void begin(struct round *round, struct place *place, uint64_t now)
{
    struct destination *target = place->target;
    place->pseq = ++target->started;
    place->started_ns = now;
    set_wait(round, place, WAIT_DIAL_NS);
    if (!target->timed) {
        target->timed = true;
        target->started_ns = now;
    }
    place->state = PLACE_LOOKING_UP;
}

/* A ping whose target has been looked up, or can't be, goes on. */
static void leave_look_up(struct round *round, struct place *place, uint64_t now)
{
    switch (place->target->state) {
    case DESTINATION_LOOKING_UP:
        break;
    case DESTINATION_FOUND:
        connect_place(round, place, now);
        break;
    case DESTINATION_NOT_FOUND:
        fail(round, place, now, "resolve", place->target->lookup_err);
        break;
    }
}

/* The wait is over. A connection over which nothing came of late is not worth keeping. */
static void time_out(struct round *round, struct place *place, uint64_t now)
{
    struct peers *peers = round->config.peers;
    switch (place->state) {
    case PLACE_LOOKING_UP:
        fail(round, place, now, "resolve", ERR_TIMEOUT);
        break;
    case PLACE_CONNECTING: {
        bool heard = peers_lease_heard_since(peers, place->lease, place->started_ns);
        peers_release(peers, now, place->lease, false);
        fail(round, place, now, heard ? "handshake" : "udp", heard ? ERR_TIMEOUT : ERR_NO_REPLY);
        break;
    }
    case PLACE_ASKED: {
        uint64_t half_ns = now - (now - place->started_ns) / 2;
        bool healthy = peers_lease_heard_since(peers, place->lease, half_ns);
        peers_lease_keep_alive(peers, place->lease, 0);
        peers_release(peers, now, place->lease, healthy);
        fail(round, place, now, "ack", ERR_TIMEOUT);
        break;
    }
    case PLACE_IDLE:
    case PLACE_DONE:
        break;
    }
}

/* What peers tell. */

static struct place *find_lease(const struct round *round, int lease)
{
    for (size_t i = 0; i < round->count; i++) {
        struct place *place = &round->places[i];
        bool leased = place->state == PLACE_CONNECTING || place->state == PLACE_ASKED;
        if (leased && place->lease == lease) {
            return place;
        }
    }
    return NULL;
}

static void on_ready(struct round *round, const struct peers_event *event)
{
    struct place *place = find_lease(round, event->lease);
    if (place != NULL && place->state == PLACE_CONNECTING) {
        place->fresh = event->fresh;
        place->handshake_ns = event->handshake_ns;
        ask(round, place);
    }
}

/* Nothing answered there: another address of the same host may. */
static bool try_next_addr(struct round *round, struct place *place, uint64_t now)
{
    struct destination *target = place->target;
    bool moved = place->addr_at < target->addr_at; /* another place has gone on before us */
    if (now >= place->deadline_ns || (!moved && !destination_next_addr(target))) {
        return false;
    }
    connect_place(round, place, now);
    return true;
}

static void on_failed(struct round *round, uint64_t now, const struct peers_event *event)
{
    struct place *place = find_lease(round, event->lease);
    if (place == NULL) {
        return;
    }
    if (strcmp(event->leg, "udp") == 0 && try_next_addr(round, place, now)) {
        return;
    }
    fail(round, place, now, event->leg, event->reason);
}

static void on_lost(struct round *round, uint64_t now, const struct peers_event *event)
{
    struct place *place = find_lease(round, event->lease);
    if (place != NULL) {
        fail(round, place, now, "ack", event->reason);
    }
}

/* A second ack comes over any connection to that member, which may serve another ping by now. */
static void count_duplicate(struct round *round, const struct peers_event *event)
{
    uint64_t pseq = event->message->ack.pseq;
    for (size_t i = 0; i < round->config.target_count; i++) {
        struct destination *target = &round->config.targets[i];
        if (name_equal(&target->name, &event->name) && target->state == DESTINATION_FOUND &&
            addr_equal(destination_addr(target), &event->addr) &&
            stats_add_duplicate(&target->stats, pseq)) {
            return;
        }
    }
}

static void on_ack(struct round *round, uint64_t now, const struct peers_event *event)
{
    const struct msg_ack *ack = &event->message->ack;
    struct place *place = find_lease(round, event->lease);
    if (place != NULL && place->state == PLACE_ASKED && place->pseq == ack->pseq) {
        succeed(round, place, now, ack);
    } else {
        count_duplicate(round, event);
    }
}

void round_on_event(struct round *round, uint64_t now, const struct peers_event *event)
{
    switch (event->kind) {
    case PEERS_READY:
        on_ready(round, event);
        break;
    case PEERS_FAILED:
        on_failed(round, now, event);
        break;
    case PEERS_LOST:
        on_lost(round, now, event);
        break;
    case PEERS_MESSAGE:
        if (event->message->type == MESSAGE_ACK) {
            on_ack(round, now, event);
        }
        break;
    default: /* of members, nodes and requests, which a tool has none of */
        break;
    }
}

/* Life. */

static void add_places(struct round *round, uint64_t per_target)
{
    for (size_t i = 0; i < round->config.target_count; i++) {
        for (uint64_t k = 0; k < per_target; k++) {
            round->places[round->count++] = (struct place){
                .target = &round->config.targets[i],
                .state = PLACE_IDLE,
                .lease = POOL_NONE,
            };
        }
    }
}

struct round *round_new(const struct round_config *config)
{
    struct round *round = calloc(1, sizeof(*round));
    if (round == NULL) {
        return NULL;
    }
    round->config = *config;
    uint64_t per_target = config->parallel > 0 ? config->parallel : 1;
    per_target = per_target < config->count ? per_target : config->count;
    round->places = calloc(config->target_count * per_target, sizeof(*round->places));
    if (round->places == NULL) {
        free(round);
        return NULL;
    }
    add_places(round, per_target);
    return round;
}

void round_free(struct round *round)
{
    free(round->places);
    free(round);
}

static bool is_under_way(const struct place *place)
{
    return place->state != PLACE_IDLE && place->state != PLACE_DONE;
}

static size_t in_flight(const struct round *round)
{
    size_t count = 0;
    for (size_t i = 0; i < round->count; i++) {
        count += is_under_way(&round->places[i]);
    }
    return count;
}

static void start(struct round *round, struct place *place, uint64_t now)
{
    if (place->target->started >= round->config.count) {
        return; /* another place of its target has just begun the last one */
    }
    begin(round, place, now);
    leave_look_up(round, place, now);
}

/* The place whose turn it is, past those that are done. NULL: all are. */
static struct place *next_in_turn(struct round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        struct place *place = &round->places[round->turn];
        if (place->state != PLACE_DONE) {
            return place;
        }
        round->turn = (round->turn + 1) % round->count;
    }
    return NULL;
}

static void start_in_turn(struct round *round, uint64_t now)
{
    for (int starts = 0; starts < STARTS_PER_STEP && in_flight(round) == 0; starts++) {
        struct place *place = next_in_turn(round);
        if (place == NULL || place->due_ns > now) {
            return;
        }
        round->turn = (round->turn + 1) % round->count;
        start(round, place, now);
    }
}

static void start_all(struct round *round, uint64_t now)
{
    for (size_t i = 0; i < round->count; i++) {
        struct place *place = &round->places[i];
        if (place->state == PLACE_IDLE && place->due_ns <= now) {
            start(round, place, now);
        }
    }
}

static void end_at_deadline(struct round *round, uint64_t now)
{
    for (size_t i = 0; i < round->count; i++) {
        time_out(round, &round->places[i], now);
    }
    round->stopped = true;
}

void round_step(struct round *round, uint64_t now)
{
    if (round->stopped) {
        return;
    }
    if (now >= round->config.deadline_ns) {
        end_at_deadline(round, now);
        return;
    }
    for (size_t i = 0; i < round->count; i++) {
        struct place *place = &round->places[i];
        if (place->state == PLACE_LOOKING_UP) {
            leave_look_up(round, place, now);
        }
        if (is_under_way(place) && now >= place->deadline_ns) {
            time_out(round, place, now);
        }
        if (place->state == PLACE_IDLE && place->target->started >= round->config.count) {
            place->state = PLACE_DONE; /* another place of its target has begun the last one */
        }
    }
    if (round->config.parallel > 0) {
        start_all(round, now);
    } else {
        start_in_turn(round, now);
    }
}

uint64_t round_deadline(const struct round *round)
{
    if (round->stopped) {
        return NEVER;
    }
    uint64_t deadline_ns = round->config.deadline_ns;
    bool waits_for_turn = round->config.parallel == 0 && in_flight(round) > 0;
    for (size_t i = 0; i < round->count; i++) {
        const struct place *place = &round->places[i];
        uint64_t at_ns = NEVER;
        if (is_under_way(place)) {
            at_ns = place->deadline_ns;
        } else if (place->state == PLACE_IDLE && !waits_for_turn) {
            at_ns = place->due_ns;
        }
        deadline_ns = at_ns < deadline_ns ? at_ns : deadline_ns;
    }
    return deadline_ns;
}

void round_stop(struct round *round, uint64_t now)
{
    for (size_t i = 0; i < round->count; i++) {
        struct place *place = &round->places[i];
        if (place->state == PLACE_CONNECTING || place->state == PLACE_ASKED) {
            peers_release(round->config.peers, now, place->lease, false);
        }
        if (is_under_way(place)) {
            place->target->ended_ns = now;
            place->state = PLACE_DONE;
        }
    }
    round->stopped = true;
}

bool round_is_done(const struct round *round)
{
    if (round->stopped) {
        return true;
    }
    for (size_t i = 0; i < round->count; i++) {
        if (round->places[i].state != PLACE_DONE) {
            return false;
        }
    }
    return true;
}
