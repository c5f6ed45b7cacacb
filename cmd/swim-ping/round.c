#include "round.h"

#include "base/duration.h"
#include "wire/msg.h"

#include <stdlib.h>

/* Pings begun in one step: those that fail at once must not keep signals from being seen. */
#define STARTS_PER_STEP 64

struct round {
    struct round_config config;
    struct place *places;
    size_t count;
    size_t turn; /* of one ping in flight in all: whose is the next */
    bool stopped;
};

static void add_places(struct round *round, uint64_t per_target)
{
    for (size_t i = 0; i < round->config.target_count; i++) {
        for (uint64_t k = 0; k < per_target; k++) {
            place_init(&round->places[round->count++], &round->config.ping,
                       &round->config.targets[i]);
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
    per_target = per_target < config->ping.count ? per_target : config->ping.count;
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

/* What peers told. */

static struct place *find_place(const struct round *round, int lease)
{
    for (size_t i = 0; i < round->count; i++) {
        if (place_has_lease(&round->places[i], lease)) {
            return &round->places[i];
        }
    }
    return NULL;
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

static void on_message(struct round *round, uint64_t now, struct place *place,
                       const struct peers_event *event)
{
    if (event->message->type != MESSAGE_ACK) {
        return;
    }
    if (place == NULL || !place_on_ack(place, now, &event->message->ack)) {
        count_duplicate(round, event);
    }
}

void round_on_event(struct round *round, uint64_t now, const struct peers_event *event)
{
    struct place *place = find_place(round, event->lease);
    if (event->kind == PEERS_MESSAGE) {
        on_message(round, now, place, event);
    } else if (place != NULL && event->kind == PEERS_READY) {
        place_on_ready(place, now, event);
    } else if (place != NULL && event->kind == PEERS_FAILED) {
        place_on_failed(place, now, event);
    } else if (place != NULL && event->kind == PEERS_LOST) {
        place_on_lost(place, now, event);
    }
}

/* Turns. */

static size_t in_flight(const struct round *round)
{
    size_t count = 0;
    for (size_t i = 0; i < round->count; i++) {
        count += place_is_busy(&round->places[i]);
    }
    return count;
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
        place_begin(place, now);
    }
}

static void start_all(struct round *round, uint64_t now)
{
    for (size_t i = 0; i < round->count; i++) {
        struct place *place = &round->places[i];
        if (place->state == PLACE_IDLE && place->due_ns <= now) {
            place_begin(place, now);
        }
    }
}

static void end_at_deadline(struct round *round, uint64_t now)
{
    for (size_t i = 0; i < round->count; i++) {
        place_time_out(&round->places[i], now);
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
        place_step(&round->places[i], now);
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
        if (place->state == PLACE_IDLE && waits_for_turn) {
            continue;
        }
        uint64_t at_ns = place_deadline(place);
        deadline_ns = at_ns < deadline_ns ? at_ns : deadline_ns;
    }
    return deadline_ns;
}

void round_stop(struct round *round, uint64_t now)
{
    for (size_t i = 0; i < round->count; i++) {
        place_interrupt(&round->places[i], now);
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
