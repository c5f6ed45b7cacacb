#include "tests/unit/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- ends ---- */

static void test_a_close_tells_its_reason(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    quic_conn_close(a, pair.now, QUIC_REASON_EVICTED);
    pair_run(&pair, 5 * NS_PER_MS);
    const struct quic_event *ours = pair_get(&pair, PAIR_A, QUIC_DOWN);
    const struct quic_event *theirs = pair_get(&pair, PAIR_B, QUIC_DOWN);
    assert_int_equal(ours->reason, ERR_CLOSED);
    assert_false(ours->by_peer);
    assert_int_equal(theirs->reason, ERR_CLOSED);
    assert_true(theirs->by_peer);
    assert_int_equal(theirs->close, QUIC_REASON_EVICTED);
    assert_ptr_equal(theirs->conn, b);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_A].endpoint), 0);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 0);
    pair_free(&pair);
}

static void test_nothing_is_delivered_after_our_close(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    struct quic_event event;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    assert_int_equal(quic_send_datagram(b, (const uint8_t[]){1}, 1), 0);
    pair_flush(&pair);
    struct quic_path path = {.local = pair.ends[PAIR_A].addr, .remote = pair.ends[PAIR_B].addr};
    quic_feed(pair.ends[PAIR_A].endpoint, pair.now, &path, pair.last[PAIR_B].data,
              pair.last[PAIR_B].len);
    quic_conn_close(a, pair.now, QUIC_REASON_DONE);
    assert_true(quic_next_event(pair.ends[PAIR_A].endpoint, &event));
    assert_int_equal(event.kind, QUIC_DOWN);
    assert_false(quic_next_event(pair.ends[PAIR_A].endpoint, &event));
    pair_free(&pair);
}

/* The CONNECTION_CLOSE is lost: whoever has closed repeats it to the packets that still come, and
 * falls silent, and forgets, after three PTOs. */
static void test_a_lost_close_is_repeated_to_strays(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    pair.cut[PAIR_A] = true;
    quic_conn_close(a, pair.now, QUIC_REASON_IDLE);
    pair_flush(&pair);
    pair.cut[PAIR_A] = false;
    assert_int_equal(quic_send_datagram(b, (const uint8_t[]){1}, 1), 0);
    pair_run(&pair, 5 * NS_PER_MS);
    assert_int_equal(pair_get(&pair, PAIR_B, QUIC_DOWN)->close, QUIC_REASON_IDLE);
    uint64_t closer = pair.ends[PAIR_A].sent, drainer = pair.ends[PAIR_B].sent;
    pair_inject(&pair, PAIR_B, &pair.ends[PAIR_A].addr, pair.last[PAIR_A].data,
                pair.last[PAIR_A].len);
    assert_int_equal(pair.ends[PAIR_B].sent, drainer); /* draining is silent */
    for (int i = 0; i < 100; i++)
        pair_inject(&pair, PAIR_A, &pair.ends[PAIR_B].addr, pair.last[PAIR_B].data,
                    pair.last[PAIR_B].len);
    assert_in_range(pair.ends[PAIR_A].sent - closer, 4, 8); /* ever more rarely */
    pair_run(&pair, 5 * NS_PER_S);
    assert_int_equal(quic_deadline(pair.ends[PAIR_A].endpoint), NEVER);
    assert_int_equal(quic_deadline(pair.ends[PAIR_B].endpoint), NEVER);
    pair_free(&pair);
}

static void test_closing_a_dial_half_way(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_dial(&pair, PAIR_A);
    pair_flush(&pair);
    quic_conn_close(a, pair.now, QUIC_REASON_DONE);
    pair_run(&pair, 6 * NS_PER_S);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_CLOSED);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_REJECTED), 1);
    assert_int_equal(pair_get(&pair, PAIR_B, QUIC_REJECTED)->reason, ERR_CLOSED);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 0);
    pair_free(&pair);
}

static void test_silence_ends_in_an_idle_timeout(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    (void)pair_connect(&pair, &b);
    pair_run(&pair, 29 * NS_PER_S);
    assert_null(pair_seen(&pair, PAIR_A, QUIC_DOWN));
    pair_run(&pair, 10 * NS_PER_S);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_IDLE);
    assert_int_equal(pair_get(&pair, PAIR_B, QUIC_DOWN)->reason, ERR_IDLE);
    pair_free(&pair);
}

static void test_keep_alive_keeps_it_up_and_hears_of_the_peer(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    quic_conn_keep_alive(a, NS_PER_S);
    pair_run(&pair, 100 * NS_PER_S);
    assert_true(quic_conn_is_up(a) && quic_conn_is_up(b));
    assert_true(pair.now - quic_conn_last_heard_ns(a) < 2 * NS_PER_S);
    quic_conn_keep_alive(a, 0);
    pair_run(&pair, 40 * NS_PER_S);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_IDLE);
    pair_free(&pair);
}

static void test_a_restarted_server_resets_its_old_clients(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    pair_run(&pair, 100 * NS_PER_MS);
    pair_restart(&pair, keys, PAIR_B);
    assert_int_equal(quic_send_datagram(a, (const uint8_t[64]){1}, 64), 0);
    pair_run(&pair, 10 * NS_PER_MS);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_RESET);
    assert_int_equal(quic_endpoint_stats(pair.ends[PAIR_A].endpoint)->resets_received, 1);
    assert_int_equal(quic_endpoint_stats(pair.ends[PAIR_B].endpoint)->resets_sent, 1);
    assert_int_equal(quic_endpoint_stats(pair.ends[PAIR_A].endpoint)->resets_sent, 0);
    pair_free(&pair);
}

static void test_resets_do_not_answer_each_other_for_ever(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    (void)a; /* gone with its endpoint */
    pair_restart(&pair, keys, PAIR_A);
    assert_int_equal(quic_send_datagram(b, (const uint8_t[64]){1}, 64), 0);
    uint64_t before = pair.ends[PAIR_A].sent;
    pair_run(&pair, 10 * NS_PER_S);
    assert_in_range(pair.ends[PAIR_A].sent - before, 1, 60); /* three for each probe of B's */
    pair_free(&pair);
}

/* The address of a dialler changes under way, as behind a NAT that has forgotten it. */
static void test_an_accepted_connection_follows_its_peer(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    pair_run(&pair, NS_PER_S);
    pair.ends[PAIR_A].addr.port = 9999;
    assert_int_equal(quic_send_datagram(a, (const uint8_t[]){1}, 1), 0);
    pair_run(&pair, NS_PER_S);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_DATAGRAM), 1);
    assert_int_equal(quic_conn_remote(b)->port, 9999);
    assert_int_equal(quic_send_datagram(b, (const uint8_t[]){1}, 1), 0);
    pair_run(&pair, NS_PER_S);
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_DATAGRAM), 1);
    assert_true(quic_conn_is_up(a) && quic_conn_is_up(b));
    pair_free(&pair);
}

/* But whoever answers a dial stays where it was dialled. */
static void test_a_dialled_connection_listens_to_its_peer_only(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    struct addr real = pair.ends[PAIR_B].addr, moved = real;
    moved.port = 9999;
    pair.ends[PAIR_B].addr = moved;
    assert_int_equal(quic_send_datagram(b, (const uint8_t[]){1}, 1), 0);
    pair_run(&pair, 100 * NS_PER_MS);
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_DATAGRAM), 0);
    assert_true(addr_equal(quic_conn_remote(a), &real));
    assert_true(quic_endpoint_stats(pair.ends[PAIR_A].endpoint)->garbage > 0);
    pair_free(&pair);
}

/* ---- failing on purpose ---- */

static void test_a_forgotten_connection_is_reset_at_once(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    assert_int_equal(quic_send_datagram(a, (const uint8_t[]){1}, 1), 0);
    pair_run(&pair, 5 * NS_PER_MS);
    quic_conn_forget(b, pair.now);
    pair_run(&pair, 5 * NS_PER_MS);
    const struct quic_event *ours = pair_get(&pair, PAIR_B, QUIC_DOWN);
    const struct quic_event *theirs = pair_get(&pair, PAIR_A, QUIC_DOWN);
    assert_int_equal(ours->reason, ERR_RESET);
    assert_false(ours->by_peer);
    assert_int_equal(theirs->reason, ERR_RESET);
    assert_true(theirs->by_peer);
    assert_int_equal(quic_endpoint_stats(pair.ends[PAIR_B].endpoint)->resets_sent, 1);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 0);
    pair_free(&pair);
}

static void test_a_muted_connection_hears_and_says_nothing(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    pair_run(&pair, 100 * NS_PER_MS);
    quic_conn_mute(b);
    uint64_t sent = pair.ends[PAIR_B].sent;
    assert_int_equal(quic_send_datagram(a, (const uint8_t[]){1}, 1), 0);
    assert_int_equal(quic_send_datagram(b, (const uint8_t[]){2}, 1), 0);
    pair_run(&pair, 10 * NS_PER_S);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_DATAGRAM), 1);
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_DATAGRAM), 0);
    assert_true(quic_conn_is_up(b));
    quic_conn_close(b, pair.now, QUIC_REASON_DONE);
    pair_flush(&pair);
    assert_int_equal(pair.ends[PAIR_B].sent, sent);
    pair_free(&pair);
}

static void test_all_of_a_live_endpoint_is_freed(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    int64_t stream;
    static const uint8_t data[100000];
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    assert_int_equal(quic_stream_open(a, true, &stream), 0);
    assert_int_equal(quic_stream_write(a, stream, data, sizeof(data), false), 0);
    assert_int_equal(quic_send_datagram(a, data, 10), 0);
    pair_run(&pair, 3 * NS_PER_MS);
    (void)pair_dial(&pair, PAIR_B);
    quic_conn_close(b, pair.now, QUIC_REASON_DONE); /* its event and packet are not taken */
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 1);
    pair_free(&pair);
}

/* ---- anything goes ---- */

#define MONKEY_CONNS 24

struct monkey {
    struct pair pair;
    struct rng rng;
    struct quic_conn *conns[MONKEY_CONNS]; /* alive as far as their events tell */
    size_t ups, ends;
};

static void monkey_forget(struct monkey *monkey, const struct quic_conn *conn)
{
    for (size_t i = 0; i < MONKEY_CONNS; i++) {
        if (monkey->conns[i] == conn)
            monkey->conns[i] = NULL;
    }
}

static void monkey_keep(struct monkey *monkey, struct quic_conn *conn)
{
    for (size_t i = 0; i < MONKEY_CONNS; i++) {
        if (monkey->conns[i] == NULL) {
            monkey->conns[i] = conn;
            return;
        }
    }
}

/* Every connection that came up goes down once, and nothing is told of it after that. */
static void monkey_take_events(struct monkey *monkey)
{
    for (int side = 0; side < 2; side++) {
        const struct pair_end *end = &monkey->pair.ends[side];
        for (size_t i = 0; i < end->event_count; i++) {
            const struct quic_event *event = &end->events[i].event;
            if (event->kind == QUIC_UP && !quic_conn_is_dialled(event->conn))
                monkey_keep(monkey, event->conn);
        }
        for (size_t i = 0; i < end->event_count; i++) {
            const struct quic_event *event = &end->events[i].event;
            if (event->kind == QUIC_DOWN)
                monkey_forget(monkey, event->conn);
        }
    }
    monkey->ups += pair_count(&monkey->pair, PAIR_A, QUIC_UP);
    monkey->ends += pair_count(&monkey->pair, PAIR_A, QUIC_DOWN);
    pair_forget(&monkey->pair);
}

static void monkey_act(struct monkey *monkey)
{
    static const uint8_t data[40000];
    struct rng *rng = &monkey->rng;
    struct quic_conn *conn = monkey->conns[rng_below(rng, MONKEY_CONNS)];
    int64_t stream = (int64_t)rng_below(rng, 24);
    if (conn == NULL) {
        monkey_keep(monkey, pair_dial(&monkey->pair, (enum pair_side)rng_below(rng, 2)));
        return;
    }
    switch (rng_below(rng, 8)) {
    case 0:
        quic_conn_close(conn, monkey->pair.now, QUIC_REASON_DONE);
        break;
    case 1:
        quic_stream_abandon(conn, stream);
        break;
    case 2:
    case 3: /* may fail for many good reasons, and must not do more than that */
        (void)quic_stream_open(conn, rng_below(rng, 2) == 0, &stream);
        (void)quic_stream_write(conn, stream, data, (size_t)rng_below(rng, sizeof(data)),
                                rng_below(rng, 3) == 0);
        break;
    case 4:
        quic_conn_keep_alive(conn, rng_below(rng, 2) * NS_PER_S);
        break;
    default:
        (void)quic_send_datagram(conn, data, (size_t)rng_below(rng, 1300));
    }
}

static void test_a_monkey_finds_nothing(void **state)
{
    const struct keys *keys = *state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        static struct monkey monkey;
        struct pair_config config;
        pair_config_default(&config);
        config.loss = seed % 3 == 0 ? 0 : 0.03 * (double)seed;
        config.quic[PAIR_A].idle_timeout_ns = 3 * NS_PER_S;
        memset(&monkey, 0, sizeof(monkey));
        rng_seed(&monkey.rng, seed);
        config.seed = seed;
        pair_init(&monkey.pair, keys, &config);
        for (int i = 0; i < 400; i++) {
            monkey_act(&monkey);
            pair_run(&monkey.pair, rng_below(&monkey.rng, 30 * NS_PER_MS));
            monkey_take_events(&monkey);
        }
        assert_true(monkey.ups > 10);
        monkey.pair.cut[PAIR_A] = monkey.pair.cut[PAIR_B] = true;
        pair_run(&monkey.pair, 60 * NS_PER_S); /* everything dies, and nothing is left */
        monkey_take_events(&monkey);
        assert_true(monkey.ends >= monkey.ups / 2);
        for (int side = 0; side < 2; side++) {
            assert_int_equal(quic_conn_count(monkey.pair.ends[side].endpoint), 0);
            assert_int_equal(quic_deadline(monkey.pair.ends[side].endpoint), NEVER);
        }
        for (size_t i = 0; i < MONKEY_CONNS; i++)
            assert_null(monkey.conns[i]);
        pair_free(&monkey.pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_close_tells_its_reason),
        cmocka_unit_test(test_nothing_is_delivered_after_our_close),
        cmocka_unit_test(test_a_lost_close_is_repeated_to_strays),
        cmocka_unit_test(test_closing_a_dial_half_way),
        cmocka_unit_test(test_silence_ends_in_an_idle_timeout),
        cmocka_unit_test(test_keep_alive_keeps_it_up_and_hears_of_the_peer),
        cmocka_unit_test(test_a_restarted_server_resets_its_old_clients),
        cmocka_unit_test(test_resets_do_not_answer_each_other_for_ever),
        cmocka_unit_test(test_an_accepted_connection_follows_its_peer),
        cmocka_unit_test(test_a_dialled_connection_listens_to_its_peer_only),
        cmocka_unit_test(test_a_forgotten_connection_is_reset_at_once),
        cmocka_unit_test(test_a_muted_connection_hears_and_says_nothing),
        cmocka_unit_test(test_all_of_a_live_endpoint_is_freed),
        cmocka_unit_test(test_a_monkey_finds_nothing),
    };
    return cmocka_run_group_tests_name("conn", tests, keys_setup, keys_teardown);
}
