#include "tests/unit/pair.h"

#include "quic/datagram.h"
#include "quic/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- datagrams ---- */

static void test_datagrams_arrive_whole(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    uint8_t data[QUIC_PACKET_MAX];
    pair_start(&pair, keys);
    memset(data, 0x5a, sizeof(data));
    struct quic_conn *early = pair_dial(&pair, PAIR_A);
    assert_int_equal(quic_send_datagram(early, data, 1), ERR_NOT_NOW);
    assert_int_equal(quic_conn_payload_max(early), 0);
    pair_run(&pair, 100 * NS_PER_MS);
    pair_forget(&pair);
    struct quic_conn *a = pair_connect(&pair, &b);
    size_t max = quic_conn_payload_max(a);
    assert_true(max >= 1150);
    assert_int_equal(quic_send_datagram(a, data, max + 1), ERR_NO_SPACE);
    assert_int_equal(quic_send_datagram(a, data, max), 0);
    assert_int_equal(quic_send_datagram(a, data, 0), 0);
    pair_run(&pair, 10 * NS_PER_MS);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_DATAGRAM), 2);
    assert_int_equal(pair_get(&pair, PAIR_B, QUIC_DATAGRAM)->len, max);
    assert_memory_equal(pair_get(&pair, PAIR_B, QUIC_DATAGRAM)->data, data, max);
    pair_free(&pair);
}

static void test_the_datagram_queue_is_bounded_and_drains(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    uint8_t data[1000] = {0};
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    for (int i = 0; i < DATAGRAM_QUEUE_MAX; i++)
        assert_int_equal(quic_send_datagram(a, data, sizeof(data)), 0);
    assert_int_equal(quic_send_datagram(a, data, sizeof(data)), ERR_LIMIT);
    pair_run(&pair, NS_PER_S);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_DATAGRAM), DATAGRAM_QUEUE_MAX);
    assert_int_equal(quic_send_datagram(a, data, sizeof(data)), 0);
    pair_free(&pair);
}

static void test_the_payload_grows_with_the_path(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    quic_conn_keep_alive(a, NS_PER_S);
    pair_run(&pair, 10 * NS_PER_S);
    assert_true(quic_conn_payload_max(a) >= 1400);
    pair_free(&pair);
}

/* The exchange that a cluster consists of: ping, ack with QUIC's own ACK, ACK. */
static void test_a_ping_and_its_ack_cost_few_packets(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    uint8_t data[64] = {0};
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    pair_run(&pair, 10 * NS_PER_S); /* the search for the path's size ends */
    uint64_t before = pair.ends[PAIR_A].sent + pair.ends[PAIR_B].sent;
    for (int i = 0; i < 10; i++) {
        pair_forget(&pair);
        assert_int_equal(quic_send_datagram(a, data, sizeof(data)), 0);
        pair_run(&pair, NS_PER_MS);
        assert_int_equal(pair_count(&pair, PAIR_B, QUIC_DATAGRAM), 1);
        assert_int_equal(quic_send_datagram(b, data, sizeof(data)), 0);
        pair_run(&pair, 200 * NS_PER_MS);
        assert_int_equal(pair_count(&pair, PAIR_A, QUIC_DATAGRAM), 1);
    }
    uint64_t packets = pair.ends[PAIR_A].sent + pair.ends[PAIR_B].sent - before;
    assert_in_range(packets, 30, 40);
    pair_free(&pair);
}

/* ---- streams ---- */

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 7 + i / 251);
}

static size_t collect(const struct pair *pair, enum pair_side side, int64_t stream, bool *fin)
{
    size_t at = 0;
    *fin = false;
    for (size_t i = 0; i < pair->ends[side].event_count; i++) {
        const struct quic_event *event = &pair->ends[side].events[i].event;
        if (event->kind != QUIC_STREAM || event->stream != stream)
            continue;
        assert_false(*fin);
        for (size_t k = 0; k < event->len; k++, at++)
            assert_int_equal(event->data[k], pattern(at));
        *fin = event->fin;
    }
    return at;
}

static void send_and_check(struct pair *pair, size_t size, uint64_t limit)
{
    struct quic_conn *b;
    struct quic_conn *a = pair_connect(pair, &b);
    int64_t stream;
    bool fin;
    uint8_t *data = malloc(size);
    assert_non_null(data);
    for (size_t i = 0; i < size; i++)
        data[i] = pattern(i);
    assert_int_equal(quic_stream_open(a, true, &stream), 0);
    assert_int_equal(quic_stream_write(a, stream, data, size / 3, false), 0);
    assert_int_equal(quic_stream_write(a, stream, data + size / 3, size - size / 3, true), 0);
    free(data); /* it was copied */
    assert_int_equal(quic_stream_queued(a, stream), size);
    assert_int_equal(quic_stream_write(a, stream, NULL, 0, true), ERR_NOT_FOUND);
    pair_run(pair, limit);
    assert_int_equal(collect(pair, PAIR_B, stream, &fin), size);
    assert_true(fin);
    assert_int_equal(quic_stream_queued(a, stream), 0);
    /* And the answer on the same stream. */
    assert_int_equal(quic_stream_write(b, stream, (const uint8_t[]){0}, 1, true), 0);
    pair_run(pair, NS_PER_S);
    assert_int_equal(collect(pair, PAIR_A, stream, &fin), 1);
    assert_true(fin);
}

static void test_a_stream_larger_than_all_windows_arrives(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    pair_start(&pair, keys);
    send_and_check(&pair, 3 << 20, 20 * NS_PER_S);
    pair_free(&pair);
}

static void test_a_stream_survives_loss(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct pair_config config;
    pair_config_default(&config);
    config.loss = 0.05;
    config.seed = 7;
    pair_init(&pair, keys, &config);
    send_and_check(&pair, 300000, 20 * NS_PER_S);
    pair_free(&pair);
}

static void test_the_number_of_streams_is_bounded_and_renewed(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    int64_t stream, streams[STREAM_BIDI_MAX];
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    for (int i = 0; i < STREAM_BIDI_MAX; i++) {
        assert_int_equal(quic_stream_open(a, true, &streams[i]), 0);
        assert_int_equal(quic_stream_write(a, streams[i], (const uint8_t[]){0}, 1, true), 0);
    }
    assert_int_equal(quic_stream_open(a, true, &stream), ERR_LIMIT);
    pair_run(&pair, NS_PER_S);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_STREAM), STREAM_BIDI_MAX);
    for (int i = 0; i < STREAM_BIDI_MAX; i++)
        assert_int_equal(quic_stream_write(b, streams[i], NULL, 0, true), 0);
    pair_run(&pair, NS_PER_S);
    assert_int_equal(quic_stream_open(a, true, &stream), 0);
    for (int i = 0; i < STREAM_UNI_MAX; i++)
        assert_int_equal(quic_stream_open(a, false, &stream), 0);
    assert_int_equal(quic_stream_open(a, false, &stream), ERR_LIMIT);
    pair_free(&pair);
}

static void test_an_abandoned_stream_is_gone_for_the_peer(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    int64_t stream;
    static const uint8_t data[5000];
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    assert_int_equal(quic_stream_open(a, true, &stream), 0);
    assert_int_equal(quic_stream_write(a, stream, data, sizeof(data), false), 0);
    pair_run(&pair, 50 * NS_PER_MS);
    assert_int_equal(quic_stream_write(b, stream, data, sizeof(data), false), 0);
    pair_run(&pair, NS_PER_MS / 2);
    quic_stream_abandon(b, stream);
    quic_stream_abandon(b, stream);
    assert_int_equal(quic_stream_write(b, stream, data, 1, false), ERR_NOT_FOUND);
    pair_run(&pair, 100 * NS_PER_MS);
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_STREAM_GONE), 1);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_STREAM_GONE)->stream, stream);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_STREAM_GONE), 0);
    assert_int_equal(quic_stream_write(a, stream, data, 1, false), ERR_NOT_FOUND);
    assert_true(quic_conn_is_up(a) && quic_conn_is_up(b));
    pair_free(&pair);
}

/* An asker that has said all and goes away in the middle of the answer. */
static void test_a_reader_that_goes_away_is_told(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    int64_t stream;
    static const uint8_t data[50000];
    for (size_t answered = 0; answered <= sizeof(data); answered += sizeof(data)) {
        pair_start(&pair, keys);
        struct quic_conn *a = pair_connect(&pair, &b);
        assert_int_equal(quic_stream_open(a, true, &stream), 0);
        assert_int_equal(quic_stream_write(a, stream, data, 10, true), 0);
        pair_run(&pair, 50 * NS_PER_MS);
        assert_int_equal(quic_stream_write(b, stream, data, answered, false), 0);
        pair_run(&pair, 3 * NS_PER_MS);
        quic_stream_abandon(a, stream);
        pair_run(&pair, 200 * NS_PER_MS);
        assert_int_equal(pair_count(&pair, PAIR_B, QUIC_STREAM_GONE), 1);
        assert_int_equal(pair_get(&pair, PAIR_B, QUIC_STREAM_GONE)->stream, stream);
        assert_int_equal(pair_count(&pair, PAIR_A, QUIC_STREAM_GONE), 0);
        assert_int_equal(quic_stream_queued(b, stream), 0);
        assert_int_equal(quic_stream_write(b, stream, data, 1, false), ERR_NOT_FOUND);
        pair_free(&pair);
    }
}

/* The same, but the answer is longer than all windows, so that a part was in no packet yet, and the
 * answer goes on after the asker's end. */
static void test_an_answer_beyond_the_window_ends_with_its_reader(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    int64_t stream, second;
    static const uint8_t data[700000];
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    assert_int_equal(quic_stream_open(a, true, &stream), 0);
    assert_int_equal(quic_stream_write(a, stream, data, 10, true), 0);
    pair_run(&pair, 50 * NS_PER_MS);
    for (int i = 0; i < 20; i++)
        assert_int_equal(quic_stream_write(b, stream, data, sizeof(data), false), 0);
    pair_run(&pair, 5 * NS_PER_MS);
    quic_stream_abandon(a, stream);
    pair_run(&pair, 2 * NS_PER_S);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_STREAM_GONE), 1);
    assert_int_equal(quic_stream_queued(b, stream), 0);
    /* The connection is none the worse for it. */
    assert_int_equal(quic_stream_open(a, true, &second), 0);
    assert_int_equal(quic_stream_write(a, second, data, 10, true), 0);
    pair_run(&pair, 50 * NS_PER_MS);
    pair_forget(&pair);
    assert_int_equal(quic_stream_write(b, second, data, 1000, true), 0);
    pair_run(&pair, 50 * NS_PER_MS);
    assert_true(pair_get(&pair, PAIR_A, QUIC_STREAM)->fin);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_STREAM_GONE), 0);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datagrams_arrive_whole),
        cmocka_unit_test(test_the_datagram_queue_is_bounded_and_drains),
        cmocka_unit_test(test_the_payload_grows_with_the_path),
        cmocka_unit_test(test_a_ping_and_its_ack_cost_few_packets),
        cmocka_unit_test(test_a_stream_larger_than_all_windows_arrives),
        cmocka_unit_test(test_a_stream_survives_loss),
        cmocka_unit_test(test_the_number_of_streams_is_bounded_and_renewed),
        cmocka_unit_test(test_an_abandoned_stream_is_gone_for_the_peer),
        cmocka_unit_test(test_a_reader_that_goes_away_is_told),
        cmocka_unit_test(test_an_answer_beyond_the_window_ends_with_its_reader),
    };
    return cmocka_run_group_tests_name("stream", tests, keys_setup, keys_teardown);
}
