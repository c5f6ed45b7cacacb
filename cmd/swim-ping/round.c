#include "round.h"

#include "base/duration.h"
#include "wire/msg.h"

#include <stdlib.h>

/* Pings begun in one step: those that fail at once must not keep signals from being seen. */
#define STARTS_PER_STEP 64

struct round {
    struct round_config config;
    struct place *places; /* in groups of `per_target` */
    size_t count;
    size_t per_target;
    size_t next; /* the first target that has not had places yet */
    size_t turn; /* of one ping in flight in all: whose is the next */
    bool stopped;
};

/* The next target that waits gets this group of places. */
static void give_places(struct round *round, size_t first)
{
    struct destination *target = &round->config.targets[round->next++];
    destination_look_up(target, round->config.loop);
    for (size_t i = 0; i < round->per_target; i++) {
        place_init(&round->places[first + i], &round->config.ping, target);
    }
}

static bool is_group_done(const struct round *round, size_t first)
{
    for (size_t i = 0; i < round->per_target; i++) {
        if (round->places[first + i].state != PLACE_DONE) {
            return false;
        }
    }
    return true;
}

/* A group that is done, although a target waits; `count` if there is none. */
static size_t find_spare(const struct round *round)
{
    size_t first = 0;
    if (round->next == round->config.target_count) {
        return round->count;
    }
    while (first < round->count && !is_group_done(round, first)) {
        first += round->per_target;
    }
    return first;
}

static void give_spare_places(struct round *round)
{
    for (size_t first = find_spare(round); first < round->count; first = find_spare(round)) {
        give_places(round, first);
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
    round->per_target = (size_t)(per_target < config->ping.count ? per_target : config->ping.count);
    size_t groups = config->window < config->target_count ? config->window : config->target_count;
    round->count = groups * round->per_target;
    round->places = calloc(round->count > 0 ? round->count : 1, sizeof(*round->places));
    if (round->places == NULL) {
        free(round);
        return NULL;
    }
    for (size_t first = 0; first < round->count; first += round->per_target) {
        give_places(round, first);
    }
    for (size_t i = 0; i < config->ping.helper_count; i++) {
        destination_look_up(&config->ping.helpers[i], config->loop);
    }
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

/* Whether a ping to `target` may have gone to whoever told this. */
static bool is_from_peer_of(const struct round *round, const struct destination *target,
                            const struct peers_event *event)
{
    const struct place_config *ping = &round->config.ping;
    const struct destination *peers = ping->helper_count > 0 ? ping->helpers : target;
    size_t count = ping->helper_count > 0 ? ping->helper_count : 1;
    for (size_t i = 0; i < count; i++) {
        if (name_equal(&peers[i].name, &event->name) && peers[i].state == DESTINATION_FOUND &&
            addr_equal(destination_addr(&peers[i]), &event->addr)) {
            return true;
        }
    }
    return false;
}

/* A second ack comes over any connection to that member, which may serve another ping by now. */
static void count_duplicate(struct round *round, const struct peers_event *event)
{
    uint64_t pseq = event->message->ack.pseq;
    for (size_t i = 0; i < round->config.target_count; i++) {
        struct destination *target = &round->config.targets[i];
        if (is_from_peer_of(round, target, event) && stats_add_duplicate(&target->stats, pseq)) {
            return;
        }
    }
}

/* Its target is done with its first ack: what else is under way to it is of no interest. */
static void end_others(struct round *round, uint64_t now, const struct destination *target)
{
    for (size_t i = 0; i < round->count; i++) {
        if (round->places[i].target == target) {
            place_interrupt(&round->places[i], now);
        }
    }
}

static void on_ack(struct round *round, uint64_t now, struct place *place,
                   const struct peers_event *event)
{
    if (place == NULL || !place_on_ack(place, now, &event->message->ack)) {
        count_duplicate(round, event);
    } else if (round->config.ping.once) {
        end_others(round, now, place->target);
    }
}

static void on_message(struct round *round, uint64_t now, struct place *place,
                       const struct peers_event *event)
{
    if (event->message->type == MESSAGE_ACK) {
        on_ack(round, now, place, event);
    } else if (event->message->type == MESSAGE_NACK && place != NULL) {
        place_on_nack(place, now, &event->message->nack);
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
    give_spare_places(round);
    if (round->config.parallel > 0) {
        start_all(round, now);
    } else {
        start_in_turn(round, now);
    }
}

void round_note_sent(struct round *round, uint64_t now)
{
    for (size_t i = 0; i < round->count; i++) {
        place_note_sent(&round->places[i], now);
    }
}

uint64_t round_deadline(const struct round *round)
{
    if (round->stopped) {
        return NEVER;
    }
    if (find_spare(round) < round->count) {
        return 0; /* at once */
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
    if (round->next < round->config.target_count) {
        return false;
    }
    for (size_t i = 0; i < round->count; i++) {
        if (round->places[i].state != PLACE_DONE) {
            return false;
        }
    }
    return true;
}
