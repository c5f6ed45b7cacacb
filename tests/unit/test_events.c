/* A node's events: numbers, sinks, the ring, the rate of what strangers cause, the end. */
#include "node/events.h"

#include "base/duration.h"
#include "base/err.h"
#include "base/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A sink that remembers the last record, and refuses when told to. */
struct taker {
    unsigned count;
    int rc;
    uint64_t seq;
    char event[40];
};

static int take(void *user, const struct record *record)
{
    struct taker *taker = user;
    taker->count++;
    assert_true(record_uint(record, "seq", &taker->seq));
    snprintf(taker->event, sizeof taker->event, "%s", record->event);
    return taker->rc;
}

static int setup(void **state)
{
    *state = node_events_new();
    return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    node_events_free(*state);
    return 0;
}

static void emit(struct events *events, enum event_kind kind)
{
    struct event event;
    event_init(&event, kind);
    node_events_emit(events, &event);
}

static void each_event_has_the_next_number_and_goes_to_every_sink(void **state)
{
    struct events *events = *state;
    struct taker one = {.rc = 0}, other = {.rc = 0};
    assert_int_equal(node_events_add_sink(events, take, &one), 0);
    assert_int_equal(node_events_add_sink(events, take, &other), 0);
    emit(events, EVENT_LISTENING);
    assert_int_equal(one.seq, 1);
    emit(events, EVENT_JOINED);
    assert_int_equal(one.seq, 2);
    assert_int_equal(other.seq, 2);
    assert_int_equal(other.count, 2);
    assert_string_equal(one.event, "joined");
    assert_int_equal(node_events_stats(events)->told, 2);
    assert_int_equal(node_events_stats(events)->dropped, 0);
}

static void a_sink_that_refuses_is_counted_and_keeps_nothing_from_others(void **state)
{
    struct events *events = *state;
    struct taker full = {.rc = ERR_LIMIT}, fine = {.rc = 0};
    assert_int_equal(node_events_add_sink(events, take, &full), 0);
    assert_int_equal(node_events_add_sink(events, take, &fine), 0);
    emit(events, EVENT_JOINED);
    emit(events, EVENT_JOINED);
    assert_int_equal(fine.count, 2);
    assert_int_equal(node_events_stats(events)->dropped, 2);
}

static void sinks_are_bounded(void **state)
{
    struct events *events = *state;
    struct taker taker = {.rc = 0};
    for (int i = 0; i < EVENTS_SINKS_MAX; i++)
        assert_int_equal(node_events_add_sink(events, take, &taker), 0);
    assert_int_equal(node_events_add_sink(events, take, &taker), ERR_LIMIT);
    emit(events, EVENT_JOINED);
    assert_int_equal(taker.count, EVENTS_SINKS_MAX);
}

/* Reads the line of that number or a later one; returns its number, checked against the line. */
static uint64_t read_from(const struct events *events, uint64_t seq)
{
    struct record record;
    const char *line;
    size_t len;
    uint64_t said;
    if (!node_events_find(events, &seq, &line, &len))
        return 0;
    assert_int_equal(line[len - 1], '\n');
    assert_int_equal(line_parse(line, len, &record), 0);
    assert_true(record_uint(&record, "seq", &said));
    assert_int_equal(said, seq);
    assert_true(record.wall_ns > 0);
    return seq;
}

static void the_ring_keeps_the_last_ones(void **state)
{
    struct events *events = *state;
    assert_int_equal(read_from(events, 1), 0);
    emit(events, EVENT_LISTENING);
    assert_int_equal(read_from(events, 0), 1);
    assert_int_equal(read_from(events, 1), 1);
    assert_int_equal(read_from(events, 2), 0);
    for (int i = 0; i < EVENTS_RING + 4; i++)
        emit(events, EVENT_JOINED);
    assert_int_equal(read_from(events, 1), 6); /* five have gone */
    assert_int_equal(read_from(events, 7), 7);
    assert_int_equal(read_from(events, EVENTS_RING + 5), EVENTS_RING + 5);
    assert_int_equal(read_from(events, EVENTS_RING + 6), 0);
}

static void what_strangers_cause_is_told_ten_times_a_second_and_counted(void **state)
{
    struct events *events = *state;
    struct taker taker = {.rc = 0};
    struct event event;
    uint64_t now = 100 * NS_PER_S;
    event_init(&event, EVENT_PEER_REJECTED);
    assert_int_equal(node_events_add_sink(events, take, &taker), 0);
    for (int i = 0; i < 25; i++)
        node_events_emit_limited(events, now + (uint64_t)i * NS_PER_MS, &event);
    assert_int_equal(taker.count, REJECTED_LINES_PER_S);
    assert_int_equal(node_events_stats(events)->limited, 25 - REJECTED_LINES_PER_S);
    emit(events, EVENT_JOINED); /* the others are not held back, and no number is lost */
    assert_int_equal(taker.seq, REJECTED_LINES_PER_S + 1);
    node_events_emit_limited(events, now + NS_PER_S, &event);
    assert_int_equal(taker.count, REJECTED_LINES_PER_S + 2);
}

static void once_closed_it_tells_of_the_shutdown_alone(void **state)
{
    struct events *events = *state;
    struct taker taker = {.rc = 0};
    assert_int_equal(node_events_add_sink(events, take, &taker), 0);
    emit(events, EVENT_POOL_CLOSE);
    node_events_close(events);
    emit(events, EVENT_POOL_CLOSE);
    emit(events, EVENT_SHUTDOWN);
    assert_int_equal(taker.count, 2);
    assert_int_equal(taker.seq, 2);
    assert_string_equal(taker.event, "shutdown");
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_event_has_the_next_number_and_goes_to_every_sink),
        TEST(a_sink_that_refuses_is_counted_and_keeps_nothing_from_others),
        TEST(sinks_are_bounded),
        TEST(the_ring_keeps_the_last_ones),
        TEST(what_strangers_cause_is_told_ten_times_a_second_and_counted),
        TEST(once_closed_it_tells_of_the_shutdown_alone),
    };
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
