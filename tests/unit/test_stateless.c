#include "tests/unit/pair.h"

#include "quic/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INITIAL_LEN 1200
#define HALF_OPEN 64
#define VERSION_STRANGE 0x0badcafeU

static const struct addr somebody = {.family = ADDR_V4, .ip = {198, 51, 100, 7}, .port = 1234};

static const struct quic_stats *stats_of(const struct pair *pair, enum pair_side side)
{
    return quic_endpoint_stats(pair->ends[side].endpoint);
}

/* A long header (RFC 8999 section 5.1), its connection IDs 0x11.. and 0x22.. */
static size_t long_packet(uint8_t *data, uint32_t version, size_t dcid_len, size_t scid_len,
                          size_t len)
{
    memset(data, 0x33, len);
    data[0] = 0xc3;
    for (int i = 0; i < 4; i++)
        data[1 + i] = (uint8_t)(version >> (24 - 8 * i));
    data[5] = (uint8_t)dcid_len;
    memset(data + 6, 0x11, dcid_len);
    data[6 + dcid_len] = (uint8_t)scid_len;
    memset(data + 7 + dcid_len, 0x22, scid_len);
    return len;
}

static void check_version_answer(const struct pair_packet *answer, size_t dcid_len, size_t scid_len)
{
    const uint8_t *data = answer->data;
    static const uint8_t v1[4] = {0, 0, 0, 1};
    assert_true(addr_equal(&answer->path.remote, &somebody));
    assert_int_equal(answer->len, 7 + dcid_len + scid_len + 8);
    assert_true((data[0] & 0x80) != 0);
    assert_memory_equal(data + 1, "\0\0\0\0", 4);
    assert_int_equal(data[5], scid_len); /* theirs come back exchanged */
    for (size_t i = 0; i < scid_len; i++)
        assert_int_equal(data[6 + i], 0x22);
    assert_int_equal(data[6 + scid_len], dcid_len);
    for (size_t i = 0; i < dcid_len; i++)
        assert_int_equal(data[7 + scid_len + i], 0x11);
    assert_memory_equal(data + answer->len - 4, v1, 4);
}

static void test_an_unknown_version_with_ids_of_any_length_is_negotiated(void **state)
{
    const struct keys *keys = *state;
    static const size_t lengths[] = {0, 1, 8, 16, 20, 21, 255};
    struct pair pair;
    uint8_t data[INITIAL_LEN];
    uint64_t answers = 0;
    pair_start(&pair, keys);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
            size_t len = long_packet(data, VERSION_STRANGE, lengths[i], lengths[k], sizeof(data));
            pair_inject(&pair, PAIR_B, &somebody, data, len);
            assert_int_equal(pair.stray_count, ++answers);
            check_version_answer(&pair.stray, lengths[i], lengths[k]);
        }
    }
    assert_int_equal(stats_of(&pair, PAIR_B)->version_replies, answers);
    pair_free(&pair);
}

static void test_version_negotiation_is_never_answered(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    uint8_t data[INITIAL_LEN];
    pair_start(&pair, keys);
    pair_inject(&pair, PAIR_B, &somebody, data, long_packet(data, 0, 16, 16, sizeof(data)));
    pair_inject(&pair, PAIR_B, &somebody, data, long_packet(data, 0, 255, 255, sizeof(data)));
    /* Nor what is too short to begin a connection: it would amplify. */
    pair_inject(&pair, PAIR_B, &somebody, data,
                long_packet(data, VERSION_STRANGE, 16, 16, INITIAL_LEN - 1));
    assert_int_equal(pair.stray_count, 0);
    assert_int_equal(stats_of(&pair, PAIR_B)->garbage, 3);
    pair_free(&pair);
}

static void test_answers_are_bounded_per_second(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    uint8_t data[INITIAL_LEN];
    pair_start(&pair, keys);
    for (int i = 0; i < VERSION_REPLIES_PER_S + 50; i++)
        pair_inject(&pair, PAIR_B, &somebody, data,
                    long_packet(data, VERSION_STRANGE, 8, 8, sizeof(data)));
    assert_int_equal(pair.stray_count, VERSION_REPLIES_PER_S);
    assert_int_equal(stats_of(&pair, PAIR_B)->limited, 50);
    memset(data, 0x41, sizeof(data));
    for (int i = 0; i < RESETS_PER_S + 50; i++)
        pair_inject(&pair, PAIR_B, &somebody, data, 100);
    assert_int_equal(stats_of(&pair, PAIR_B)->resets_sent, RESETS_PER_S);
    pair_run(&pair, NS_PER_S);
    pair_inject(&pair, PAIR_B, &somebody, data, 100);
    assert_int_equal(stats_of(&pair, PAIR_B)->resets_sent, RESETS_PER_S + 1);
    pair_free(&pair);
}

static void test_a_dial_that_is_answered_with_other_versions_ends(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    uint8_t answer[7 + 255 + 20 + 4];
    pair_start(&pair, keys);
    pair.cut[PAIR_A] = true;
    (void)pair_dial(&pair, PAIR_A);
    pair_flush(&pair);
    const uint8_t *initial = pair.last[PAIR_A].data;
    size_t dcid_len = initial[5], scid_len = initial[6 + dcid_len];
    /* An answer to that Initial, which knows 0x0badcafe only. */
    size_t at = 0;
    answer[at++] = 0xc0;
    memset(answer + at, 0, 4);
    at += 4;
    memcpy(answer + at, initial + 6 + dcid_len, 1 + scid_len);
    at += 1 + scid_len;
    memcpy(answer + at, initial + 5, 1 + dcid_len);
    at += 1 + dcid_len;
    memcpy(answer + at, (const uint8_t[]){0x0b, 0xad, 0xca, 0xfe}, 4);
    at += 4;
    pair_inject(&pair, PAIR_A, &somebody, answer, at); /* not from there */
    assert_null(pair_seen(&pair, PAIR_A, QUIC_DOWN));
    pair_inject(&pair, PAIR_A, &pair.ends[PAIR_B].addr, answer, at);
    const struct quic_event *down = pair_seen(&pair, PAIR_A, QUIC_DOWN);
    assert_non_null(down);
    assert_int_equal(down != NULL ? down->reason : 0, ERR_VERSION);
    pair_free(&pair);
}

static void test_an_overlong_id_for_a_known_connection_is_garbage(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    uint8_t data[INITIAL_LEN];
    pair_start(&pair, keys);
    struct quic_conn *conn = pair_dial(&pair, PAIR_A);
    pair_flush(&pair);
    const uint8_t *initial = pair.last[PAIR_A].data;
    const uint8_t *scid = initial + 7 + initial[5];
    size_t len = long_packet(data, 0, CID_LEN, 255, sizeof(data));
    memcpy(data + 6, scid, CID_LEN);
    pair_inject(&pair, PAIR_A, &pair.ends[PAIR_B].addr, data, len);
    assert_int_equal(stats_of(&pair, PAIR_A)->garbage, 1);
    pair_run(&pair, 100 * NS_PER_MS);
    assert_true(quic_conn_is_up(conn));
    pair_free(&pair);
}

static void test_a_reset_is_always_shorter_than_its_cause(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    uint8_t data[QUIC_PACKET_MAX];
    pair_start(&pair, keys);
    memset(data, 0x41, sizeof(data));
    for (size_t len = 0; len < 60; len++) {
        uint64_t before = pair.stray_count;
        pair_inject(&pair, PAIR_B, &somebody, data, len);
        if (len <= STATELESS_RESET_MIN) {
            assert_int_equal(pair.stray_count, before);
            continue;
        }
        assert_int_equal(pair.stray_count, before + 1);
        assert_true(pair.stray.len < len);
        assert_true(pair.stray.len >= STATELESS_RESET_MIN);
        assert_int_equal(pair.stray.data[0] & 0xc0, 0x40); /* looks like a short header */
    }
    pair_free(&pair);
}

/* Anybody can send a reset; only the token makes it one. */
static void test_a_forged_reset_changes_nothing(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    uint8_t data[50];
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    memset(data, 0x41, sizeof(data));
    pair_inject(&pair, PAIR_A, &pair.ends[PAIR_B].addr, data, sizeof(data));
    pair_run(&pair, NS_PER_S);
    assert_true(quic_conn_is_up(a) && quic_conn_is_up(b));
    assert_int_equal(stats_of(&pair, PAIR_A)->resets_received, 0);
    pair_free(&pair);
}

static void test_garbage_is_counted_and_changes_nothing(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    struct rng rng;
    uint8_t data[QUIC_PACKET_MAX];
    pair_start(&pair, keys);
    struct quic_conn *a = pair_connect(&pair, &b);
    rng_seed(&rng, 11);
    for (int i = 0; i < 3000; i++) {
        size_t len = (size_t)rng_below(&rng, sizeof(data));
        for (size_t k = 0; k < len; k++)
            data[k] = (uint8_t)rng_next(&rng);
        if (len > 5 && i % 2 == 0) { /* half of them as far as an Initial of our version */
            data[0] |= 0xc0;
            memcpy(data + 1, (const uint8_t[]){0, 0, 0, 1}, 4);
        }
        pair_inject(&pair, PAIR_B, i % 3 == 0 ? &pair.ends[PAIR_A].addr : &somebody, data, len);
    }
    pair_run(&pair, NS_PER_S);
    assert_true(quic_conn_is_up(a) && quic_conn_is_up(b));
    /* Resets that went to A and were answered come on top. */
    assert_in_range(stats_of(&pair, PAIR_B)->garbage, 3000, 3000 + RESETS_PER_S);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_REJECTED), 0);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 1);
    pair_free(&pair);
}

/* Every packet of a real exchange, cut and with single bytes changed. */
static void test_damaged_packets_change_nothing(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    struct rng rng;
    pair_start(&pair, keys);
    rng_seed(&rng, 12);
    struct quic_conn *a = pair_connect(&pair, &b);
    for (int i = 0; i < 200; i++) {
        struct pair_packet copy;
        assert_int_equal(quic_send_datagram(a, (const uint8_t[40]){1}, 40), 0);
        pair_flush(&pair);
        copy = pair.last[PAIR_A];
        copy.data[rng_below(&rng, copy.len)] ^= (uint8_t)(1 + rng_below(&rng, 255));
        pair_inject(&pair, PAIR_B, &pair.ends[PAIR_A].addr, copy.data, copy.len);
        copy = pair.last[PAIR_A];
        pair_inject(&pair, PAIR_B, &pair.ends[PAIR_A].addr, copy.data,
                    (size_t)rng_below(&rng, copy.len));
        pair_run(&pair, 10 * NS_PER_MS);
    }
    assert_true(quic_conn_is_up(a) && quic_conn_is_up(b));
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_DATAGRAM), 200);
    pair_free(&pair);
}

/* ---- Retry ---- */

static void fill_half_open(struct pair *pair)
{
    pair->cut[PAIR_B] = true;
    for (int i = 0; i < HALF_OPEN; i++)
        (void)pair_dial(pair, PAIR_A);
    pair_run(pair, 3 * NS_PER_MS);
    assert_int_equal(quic_conn_count(pair->ends[PAIR_B].endpoint), HALF_OPEN);
    pair->cut[PAIR_B] = false;
}

static void test_under_load_addresses_are_proven_by_a_retry(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    pair_start(&pair, keys);
    fill_half_open(&pair);
    struct quic_conn *conn = pair_dial(&pair, PAIR_A);
    pair_run(&pair, 10 * NS_PER_MS);
    assert_true(quic_conn_is_up(conn));
    assert_int_equal(stats_of(&pair, PAIR_B)->retries_sent, 1);
    pair_run(&pair, 10 * NS_PER_S); /* the 64 went on meanwhile */
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_UP), HALF_OPEN + 1);
    (void)pair_dial(&pair, PAIR_A);
    pair_run(&pair, 100 * NS_PER_MS);
    assert_int_equal(stats_of(&pair, PAIR_B)->retries_sent, 1);
    pair_free(&pair);
}

static void test_a_token_of_another_address_is_refused(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    pair_start(&pair, keys);
    fill_half_open(&pair);
    (void)pair_dial(&pair, PAIR_A);
    pair_run(&pair, 2 * NS_PER_MS); /* the Retry is there */
    struct pair_packet with_token = pair.last[PAIR_A];
    assert_int_equal(stats_of(&pair, PAIR_B)->retries_sent, 1);
    size_t before = quic_conn_count(pair.ends[PAIR_B].endpoint);
    pair_inject(&pair, PAIR_B, &somebody, with_token.data, with_token.len);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), before);
    assert_int_equal(pair.stray_count, 1);
    assert_true(pair.stray.len < with_token.len);
    pair_free(&pair);
}

static void test_a_server_never_sends_more_than_three_times_what_it_got(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    pair_start(&pair, keys);
    (void)pair_dial(&pair, PAIR_A);
    pair_flush(&pair);
    pair.cut[PAIR_A] = true;
    pair_run(&pair, 4 * NS_PER_S);
    const struct quic_stats *stats = stats_of(&pair, PAIR_B);
    assert_true(stats->bytes_in >= INITIAL_LEN);
    assert_true(stats->bytes_out <= 3 * stats->bytes_in);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_unknown_version_with_ids_of_any_length_is_negotiated),
        cmocka_unit_test(test_version_negotiation_is_never_answered),
        cmocka_unit_test(test_answers_are_bounded_per_second),
        cmocka_unit_test(test_a_dial_that_is_answered_with_other_versions_ends),
        cmocka_unit_test(test_an_overlong_id_for_a_known_connection_is_garbage),
        cmocka_unit_test(test_a_reset_is_always_shorter_than_its_cause),
        cmocka_unit_test(test_a_forged_reset_changes_nothing),
        cmocka_unit_test(test_garbage_is_counted_and_changes_nothing),
        cmocka_unit_test(test_damaged_packets_change_nothing),
        cmocka_unit_test(test_under_load_addresses_are_proven_by_a_retry),
        cmocka_unit_test(test_a_token_of_another_address_is_refused),
        cmocka_unit_test(test_a_server_never_sends_more_than_three_times_what_it_got),
    };
    return cmocka_run_group_tests_name("stateless", tests, keys_setup, keys_teardown);
}
