#include "tests/unit/pair.h"

#include "quic/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct keys keys;

static int make_keys(void **state)
{
    (void)state;
    keys_make(&keys);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    keys_free(&keys);
    return 0;
}

static void start(struct pair *pair)
{
    struct pair_config config;
    pair_config_default(&config);
    pair_init(pair, &keys, &config);
}

/* What a missing event compares as. */
static const struct quic_event nothing = {.reason = 1, .stream = -2};

static const struct quic_event *seen(const struct pair *pair, enum pair_side side,
                                     enum quic_event_kind kind)
{
    const struct quic_event *event = pair_seen(pair, side, kind);
    return event != NULL ? event : &nothing;
}

/* ---- handshakes ---- */

static void test_both_come_up_and_know_each_other(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    struct quic_conn *a = pair_connect(&pair, &b);
    assert_string_equal(quic_conn_peer(a)->name.text, "b");
    assert_string_equal(quic_conn_peer(b)->name.text, "a");
    assert_string_equal(quic_conn_alpn(a), PAIR_ALPN);
    assert_string_equal(quic_conn_alpn(b), PAIR_ALPN);
    assert_true(quic_conn_is_dialled(a));
    assert_false(quic_conn_is_dialled(b));
    assert_false(quic_conn_is_resumed(a));
    assert_true(quic_conn_handshake_ns(a) >= 4 * NS_PER_MS);
    assert_true(quic_conn_handshake_ns(a) < 20 * NS_PER_MS);
    assert_true(quic_conn_rtt_ns(a) < 10 * NS_PER_MS);
    assert_true(quic_conn_peer_until_ns(b) > keys_wall());
    assert_true(addr_equal(quic_conn_remote(b), &pair.ends[PAIR_A].addr));
    assert_true(addr_equal(quic_conn_local(a), &pair.ends[PAIR_A].addr));
    assert_true(addr_equal(quic_conn_local(b), &pair.ends[PAIR_B].addr));
    assert_int_equal(quic_conn_count(pair.ends[PAIR_A].endpoint), 1);
    assert_string_equal(seen(&pair, PAIR_B, QUIC_UP)->name.text, "a");
    pair_free(&pair);
}

static void test_both_dial_at_once_over_one_port(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair);
    struct quic_conn *a = pair_dial(&pair, PAIR_A);
    struct quic_conn *b = pair_dial(&pair, PAIR_B);
    pair_run(&pair, 100 * NS_PER_MS);
    assert_true(quic_conn_is_up(a));
    assert_true(quic_conn_is_up(b));
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_UP), 2);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_UP), 2);
    pair_free(&pair);
}

static void test_handshakes_survive_loss(void **state)
{
    (void)state;
    struct pair_config config;
    pair_config_default(&config);
    config.loss = 0.2;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct pair pair;
        struct quic_conn *b;
        config.seed = seed;
        pair_init(&pair, &keys, &config);
        (void)pair_connect(&pair, &b); /* it asserts that both are up */
        assert_int_equal(pair_count(&pair, PAIR_B, QUIC_REJECTED), 0);
        pair_free(&pair);
    }
}

static void test_nobody_answers(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair);
    pair.cut[PAIR_A] = true;
    (void)pair_dial(&pair, PAIR_A);
    pair_run(&pair, 4900 * NS_PER_MS);
    assert_null(pair_seen(&pair, PAIR_A, QUIC_DOWN));
    pair_run(&pair, 200 * NS_PER_MS);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_NO_REPLY);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_A].endpoint), 0);
    pair_free(&pair);
}

static void test_handshake_that_stops_half_way_times_out_on_both_sides(void **state)
{
    (void)state;
    struct pair pair;
    start(&pair);
    (void)pair_dial(&pair, PAIR_A);
    pair_flush(&pair);
    pair.cut[PAIR_A] = true; /* after the Initial */
    pair_run(&pair, 6 * NS_PER_S);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_TIMEOUT);
    assert_int_equal(seen(&pair, PAIR_B, QUIC_REJECTED)->reason, ERR_TIMEOUT);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_REJECTED), 1);
    assert_null(seen(&pair, PAIR_B, QUIC_REJECTED)->conn);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 0);
    pair_free(&pair);
}

static void test_icmp_ends_a_dial_that_heard_nothing_and_hints_to_the_rest(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    struct quic_conn *up = pair_connect(&pair, &b);
    pair.cut[PAIR_A] = true;
    struct quic_conn *dialling = pair_dial(&pair, PAIR_A);
    pair_flush(&pair);
    quic_refused(pair.ends[PAIR_A].endpoint, pair.now, &pair.ends[PAIR_B].addr);
    pair_flush(&pair);
    assert_ptr_equal(seen(&pair, PAIR_A, QUIC_DOWN)->conn, dialling);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_REFUSED);
    assert_ptr_equal(seen(&pair, PAIR_A, QUIC_HINT)->conn, up);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_HINT)->reason, ERR_REFUSED);
    assert_true(quic_conn_is_up(up));
    pair_free(&pair);
}

/* ---- refusals ---- */

struct refusal {
    struct pair_config config;
    int a_reason; /* A's DOWN */
    int b_reason; /* B's REJECTED */
    void (*change)(struct quic_conn *dialled);
    const char *told; /* the words that A gets, if not NULL */
};

static void check_refusal(const struct refusal *refusal)
{
    struct pair pair;
    pair_init(&pair, &keys, &refusal->config);
    struct quic_conn *conn = pair_dial(&pair, PAIR_A);
    if (refusal->change != NULL)
        refusal->change(conn);
    pair_run(&pair, 2 * NS_PER_S);
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_UP), 0);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_UP), 0);
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_DOWN), 1);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_REJECTED), 1);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, refusal->a_reason);
    assert_int_equal(seen(&pair, PAIR_B, QUIC_REJECTED)->reason, refusal->b_reason);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->by_peer,
                     !seen(&pair, PAIR_B, QUIC_REJECTED)->by_peer);
    assert_true(addr_equal(&seen(&pair, PAIR_B, QUIC_REJECTED)->addr, &pair.ends[PAIR_A].addr));
    assert_int_equal(quic_endpoint_stats(pair.ends[PAIR_B].endpoint)->rejected, 1);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_A].endpoint), 0);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 0);
    if (refusal->told != NULL)
        assert_string_equal(pair.ends[PAIR_A].events[0].told, refusal->told);
    pair_free(&pair);
}

static void test_a_stranger_dials(void **state)
{
    (void)state;
    struct refusal refusal = {.a_reason = ERR_REFUSED_BY_PEER, .b_reason = ERR_UNKNOWN_CA};
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_A].identity = keys.stranger;
    /* A must not refuse B first: it trusts only its own CA, so B is judged by a stranger too. */
    refusal.a_reason = ERR_UNKNOWN_CA;
    refusal.b_reason = ERR_REFUSED_BY_PEER;
    check_refusal(&refusal);
}

static void test_a_peer_expired_by_our_clock_is_refused_and_told_so(void **state)
{
    (void)state;
    struct identity *brief = keys_issue(&keys, "ca", "brief", ROLE_MEMBER, 1);
    struct refusal refusal = {.a_reason = ERR_REFUSED_BY_PEER, .b_reason = ERR_EXPIRED};
    refusal.told = err_text(ERR_EXPIRED);
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_A].identity = brief;
    refusal.config.quic[PAIR_B].wall_ns = keys_wall_later;
    check_refusal(&refusal);
    /* And the other way round. */
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_B].identity = brief;
    refusal.config.quic[PAIR_A].wall_ns = keys_wall_later;
    refusal.told = NULL;
    refusal.a_reason = ERR_EXPIRED;
    refusal.b_reason = ERR_REFUSED_BY_PEER;
    check_refusal(&refusal);
    identity_free(brief);
}

static void test_no_common_alpn(void **state)
{
    (void)state;
    struct refusal refusal = {.a_reason = ERR_ALPN, .b_reason = ERR_ALPN};
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_B].alpns[0] = "swim-ctl/1";
    check_refusal(&refusal);
}

/* A session of the same identity that leaves the extension out. */
static void drop_alpn(struct quic_conn *dialled)
{
    gnutls_session_t tls;
    gnutls_deinit(dialled->tls);
    assert_int_equal(gnutls_init(&tls, GNUTLS_CLIENT | GNUTLS_NO_TICKETS), 0);
    assert_int_equal(gnutls_set_default_priority(tls), 0);
    assert_int_equal(gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE,
                                            identity_credentials(dialled->identity)),
                     0);
    gnutls_session_set_ptr(tls, &dialled->ref);
    assert_int_equal(ngtcp2_crypto_gnutls_configure_client_session(tls), 0);
    ngtcp2_conn_set_tls_native_handle(dialled->quic, tls);
    dialled->tls = tls;
}

static void test_a_client_that_offers_no_alpn_is_refused(void **state)
{
    (void)state;
    struct refusal refusal = {.a_reason = ERR_ALPN, .b_reason = ERR_ALPN, .change = drop_alpn};
    pair_config_default(&refusal.config);
    check_refusal(&refusal);
}

static gnutls_certificate_credentials_t trusting; /* no certificate of its own */

static int trust_all(gnutls_session_t session)
{
    const ngtcp2_crypto_conn_ref *ref = gnutls_session_get_ptr(session);
    struct quic_conn *conn = ref->user_data;
    conn->judged = true;
    return 0;
}

static void drop_certificate(struct quic_conn *dialled)
{
    assert_int_equal(gnutls_credentials_set(dialled->tls, GNUTLS_CRD_CERTIFICATE, trusting), 0);
}

static void test_a_client_without_certificate_is_refused(void **state)
{
    (void)state;
    struct refusal refusal = {.a_reason = ERR_REFUSED_BY_PEER,
                              .b_reason = ERR_NO_CERTIFICATE,
                              .change = drop_certificate};
    pair_config_default(&refusal.config);
    assert_int_equal(gnutls_certificate_allocate_credentials(&trusting), 0);
    check_refusal(&refusal);
    gnutls_certificate_free_credentials(trusting);
}

static void trust_everybody(struct quic_conn *dialled)
{
    gnutls_session_set_verify_function(dialled->tls, trust_all);
}

static void test_a_stranger_that_trusts_us_is_told_that_we_do_not_know_its_ca(void **state)
{
    (void)state;
    struct refusal refusal = {
        .a_reason = ERR_REFUSED_BY_PEER, .b_reason = ERR_UNKNOWN_CA, .change = trust_everybody};
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_A].identity = keys.stranger;
    check_refusal(&refusal);
}

static void test_a_new_identity_serves_new_handshakes(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    struct identity *c = keys_issue(&keys, "ca", "c", ROLE_MEMBER, 30);
    start(&pair);
    (void)pair_connect(&pair, &b);
    assert_int_equal(quic_endpoint_set_identity(pair.ends[PAIR_B].endpoint, c), 0);
    struct quic_conn *second = pair_dial(&pair, PAIR_A);
    pair_run(&pair, 100 * NS_PER_MS);
    assert_true(quic_conn_is_up(second));
    assert_string_equal(quic_conn_peer(second)->name.text, "c");
    assert_true(quic_conn_is_up(b));
    pair_free(&pair);
    identity_free(c);
}

static void test_accepting_has_a_bound_and_an_end(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_config config;
    pair_config_default(&config);
    config.quic[PAIR_B].accept_max = 1;
    pair_init(&pair, &keys, &config);
    struct quic_conn *b;
    (void)pair_connect(&pair, &b);
    (void)pair_dial(&pair, PAIR_A);
    pair_run(&pair, 6 * NS_PER_S);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_NO_REPLY);
    assert_true(quic_endpoint_stats(pair.ends[PAIR_B].endpoint)->accept_refused > 0);
    quic_conn_close(b, pair.now, QUIC_REASON_DONE);
    quic_endpoint_stop_accepting(pair.ends[PAIR_B].endpoint);
    pair_run(&pair, NS_PER_S);
    pair_forget(&pair);
    (void)pair_dial(&pair, PAIR_A);
    pair_run(&pair, 6 * NS_PER_S);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_NO_REPLY);
    pair_free(&pair);
}

/* ---- resumption ---- */

static uint64_t wall; /* of both, in these tests */

static uint64_t read_wall(void)
{
    return wall;
}

static struct quic_conn *dial_again(struct pair *pair)
{
    pair_forget(pair);
    struct quic_conn *conn = pair_dial(pair, PAIR_A);
    pair_run(pair, 100 * NS_PER_MS);
    return conn;
}

static void test_a_second_handshake_resumes_and_knows_the_peer(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    struct quic_conn *first = pair_connect(&pair, &b);
    pair_run(&pair, 100 * NS_PER_MS);
    assert_false(quic_conn_is_resumed(first));
    uint64_t bytes = quic_endpoint_stats(pair.ends[PAIR_A].endpoint)->bytes_out;
    struct quic_conn *second = dial_again(&pair);
    assert_true(quic_conn_is_up(second));
    assert_true(quic_conn_is_resumed(second));
    assert_true(quic_conn_is_resumed(seen(&pair, PAIR_B, QUIC_UP)->conn));
    assert_string_equal(quic_conn_peer(second)->name.text, "b");
    assert_string_equal(quic_conn_alpn(second), PAIR_ALPN);
    assert_string_equal(seen(&pair, PAIR_B, QUIC_UP)->name.text, "a");
    assert_true(quic_endpoint_stats(pair.ends[PAIR_A].endpoint)->bytes_out > bytes);
    /* A restarted server does not know the ticket: a full handshake, not an error. */
    pair_restart(&pair, &keys, PAIR_B);
    struct quic_conn *third = dial_again(&pair);
    assert_true(quic_conn_is_up(third));
    assert_false(quic_conn_is_resumed(third));
    pair_free(&pair);
}

static void test_a_certificate_that_expired_since_is_not_resumed(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    struct pair_config config;
    struct identity *brief = keys_issue(&keys, "ca", "fleeting", ROLE_MEMBER, 1);
    pair_config_default(&config);
    for (int by_server = 0; by_server < 2; by_server++) {
        int judge = by_server ? PAIR_B : PAIR_A;
        wall = keys_wall();
        config.quic[judge].wall_ns = read_wall;
        config.quic[1 - judge].wall_ns = keys_wall;
        config.quic[judge].identity = NULL;
        config.quic[1 - judge].identity = brief;
        pair_init(&pair, &keys, &config);
        (void)pair_connect(&pair, &b);
        pair_run(&pair, 100 * NS_PER_MS);
        wall = keys_wall_later();
        (void)dial_again(&pair);
        assert_int_equal(pair_count(&pair, PAIR_A, QUIC_UP), 0);
        assert_int_equal(pair_count(&pair, PAIR_B, QUIC_UP), 0);
        assert_true(pair.ends[PAIR_A].events[0].resumed);
        assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason,
                         by_server ? ERR_REFUSED_BY_PEER : ERR_EXPIRED);
        assert_int_equal(seen(&pair, PAIR_B, QUIC_REJECTED)->reason,
                         by_server ? ERR_EXPIRED : ERR_REFUSED_BY_PEER);
        pair_free(&pair);
    }
    identity_free(brief);
}

static void test_a_new_identity_is_shown_at_once(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    struct identity *c = keys_issue(&keys, "ca", "renewed", ROLE_MEMBER, 30);
    for (int side = 0; side < 2; side++) {
        start(&pair);
        (void)pair_connect(&pair, &b);
        pair_run(&pair, 100 * NS_PER_MS);
        assert_int_equal(quic_endpoint_set_identity(pair.ends[side].endpoint, c), 0);
        struct quic_conn *conn = dial_again(&pair);
        assert_true(quic_conn_is_up(conn));
        assert_false(quic_conn_is_resumed(conn));
        assert_string_equal(side == PAIR_A ? seen(&pair, PAIR_B, QUIC_UP)->name.text
                                           : quic_conn_peer(conn)->name.text,
                            "renewed");
        pair_free(&pair);
    }
    identity_free(c);
}

/* ---- datagrams ---- */

static void test_datagrams_arrive_whole(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    uint8_t data[QUIC_PACKET_MAX];
    start(&pair);
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
    assert_int_equal(seen(&pair, PAIR_B, QUIC_DATAGRAM)->len, max);
    assert_memory_equal(seen(&pair, PAIR_B, QUIC_DATAGRAM)->data, data, max);
    pair_free(&pair);
}

static void test_the_datagram_queue_is_bounded_and_drains(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    uint8_t data[1000] = {0};
    start(&pair);
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
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    struct quic_conn *a = pair_connect(&pair, &b);
    quic_conn_keep_alive(a, NS_PER_S);
    pair_run(&pair, 10 * NS_PER_S);
    assert_true(quic_conn_payload_max(a) >= 1400);
    pair_free(&pair);
}

/* The exchange that a cluster consists of: ping, ack with QUIC's own ACK, ACK. */
static void test_a_ping_and_its_ack_cost_few_packets(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    uint8_t data[64] = {0};
    start(&pair);
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
    (void)state;
    struct pair pair;
    start(&pair);
    send_and_check(&pair, 3 << 20, 20 * NS_PER_S);
    pair_free(&pair);
}

static void test_a_stream_survives_loss(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_config config;
    pair_config_default(&config);
    config.loss = 0.05;
    config.seed = 7;
    pair_init(&pair, &keys, &config);
    send_and_check(&pair, 300000, 20 * NS_PER_S);
    pair_free(&pair);
}

static void test_the_number_of_streams_is_bounded_and_renewed(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    int64_t stream, streams[STREAM_BIDI_MAX];
    start(&pair);
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
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    int64_t stream;
    static const uint8_t data[5000];
    start(&pair);
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
    assert_int_equal(seen(&pair, PAIR_A, QUIC_STREAM_GONE)->stream, stream);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_STREAM_GONE), 0);
    assert_int_equal(quic_stream_write(a, stream, data, 1, false), ERR_NOT_FOUND);
    assert_true(quic_conn_is_up(a) && quic_conn_is_up(b));
    pair_free(&pair);
}

/* ---- ends ---- */

static void test_a_close_tells_its_reason(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    struct quic_conn *a = pair_connect(&pair, &b);
    quic_conn_close(a, pair.now, QUIC_REASON_EVICTED);
    pair_run(&pair, 5 * NS_PER_MS);
    const struct quic_event *ours = seen(&pair, PAIR_A, QUIC_DOWN);
    const struct quic_event *theirs = seen(&pair, PAIR_B, QUIC_DOWN);
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
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    struct quic_event event;
    start(&pair);
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
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    struct quic_conn *a = pair_connect(&pair, &b);
    pair.cut[PAIR_A] = true;
    quic_conn_close(a, pair.now, QUIC_REASON_IDLE);
    pair_flush(&pair);
    pair.cut[PAIR_A] = false;
    assert_int_equal(quic_send_datagram(b, (const uint8_t[]){1}, 1), 0);
    pair_run(&pair, 5 * NS_PER_MS);
    assert_int_equal(seen(&pair, PAIR_B, QUIC_DOWN)->close, QUIC_REASON_IDLE);
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
    (void)state;
    struct pair pair;
    start(&pair);
    struct quic_conn *a = pair_dial(&pair, PAIR_A);
    pair_flush(&pair);
    quic_conn_close(a, pair.now, QUIC_REASON_DONE);
    pair_run(&pair, 6 * NS_PER_S);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_CLOSED);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_REJECTED), 1);
    assert_int_equal(seen(&pair, PAIR_B, QUIC_REJECTED)->reason, ERR_CLOSED);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 0);
    pair_free(&pair);
}

static void test_silence_ends_in_an_idle_timeout(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    (void)pair_connect(&pair, &b);
    pair_run(&pair, 29 * NS_PER_S);
    assert_null(pair_seen(&pair, PAIR_A, QUIC_DOWN));
    pair_run(&pair, 10 * NS_PER_S);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_IDLE);
    assert_int_equal(seen(&pair, PAIR_B, QUIC_DOWN)->reason, ERR_IDLE);
    pair_free(&pair);
}

static void test_keep_alive_keeps_it_up_and_hears_of_the_peer(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    struct quic_conn *a = pair_connect(&pair, &b);
    quic_conn_keep_alive(a, NS_PER_S);
    pair_run(&pair, 100 * NS_PER_S);
    assert_true(quic_conn_is_up(a) && quic_conn_is_up(b));
    assert_true(pair.now - quic_conn_last_heard_ns(a) < 2 * NS_PER_S);
    quic_conn_keep_alive(a, 0);
    pair_run(&pair, 40 * NS_PER_S);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_IDLE);
    pair_free(&pair);
}

static void test_a_restarted_server_resets_its_old_clients(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    struct quic_conn *a = pair_connect(&pair, &b);
    pair_run(&pair, 100 * NS_PER_MS);
    pair_restart(&pair, &keys, PAIR_B);
    assert_int_equal(quic_send_datagram(a, (const uint8_t[64]){1}, 64), 0);
    pair_run(&pair, 10 * NS_PER_MS);
    assert_int_equal(seen(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_RESET);
    assert_int_equal(quic_endpoint_stats(pair.ends[PAIR_A].endpoint)->resets_received, 1);
    assert_int_equal(quic_endpoint_stats(pair.ends[PAIR_B].endpoint)->resets_sent, 1);
    assert_int_equal(quic_endpoint_stats(pair.ends[PAIR_A].endpoint)->resets_sent, 0);
    pair_free(&pair);
}

static void test_resets_do_not_answer_each_other_for_ever(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    start(&pair);
    struct quic_conn *a = pair_connect(&pair, &b);
    (void)a; /* gone with its endpoint */
    pair_restart(&pair, &keys, PAIR_A);
    assert_int_equal(quic_send_datagram(b, (const uint8_t[64]){1}, 64), 0);
    uint64_t before = pair.ends[PAIR_A].sent;
    pair_run(&pair, 10 * NS_PER_S);
    assert_in_range(pair.ends[PAIR_A].sent - before, 1, 60); /* three for each probe of B's */
    pair_free(&pair);
}

static void test_all_of_a_live_endpoint_is_freed(void **state)
{
    (void)state;
    struct pair pair;
    struct quic_conn *b;
    int64_t stream;
    static const uint8_t data[100000];
    start(&pair);
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
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        static struct monkey monkey;
        struct pair_config config;
        pair_config_default(&config);
        config.loss = seed % 3 == 0 ? 0 : 0.03 * (double)seed;
        config.quic[PAIR_A].idle_timeout_ns = 3 * NS_PER_S;
        memset(&monkey, 0, sizeof(monkey));
        rng_seed(&monkey.rng, seed);
        config.seed = seed;
        pair_init(&monkey.pair, &keys, &config);
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
        cmocka_unit_test(test_both_come_up_and_know_each_other),
        cmocka_unit_test(test_both_dial_at_once_over_one_port),
        cmocka_unit_test(test_handshakes_survive_loss),
        cmocka_unit_test(test_nobody_answers),
        cmocka_unit_test(test_handshake_that_stops_half_way_times_out_on_both_sides),
        cmocka_unit_test(test_icmp_ends_a_dial_that_heard_nothing_and_hints_to_the_rest),
        cmocka_unit_test(test_a_stranger_dials),
        cmocka_unit_test(test_a_peer_expired_by_our_clock_is_refused_and_told_so),
        cmocka_unit_test(test_no_common_alpn),
        cmocka_unit_test(test_a_client_that_offers_no_alpn_is_refused),
        cmocka_unit_test(test_a_client_without_certificate_is_refused),
        cmocka_unit_test(test_a_stranger_that_trusts_us_is_told_that_we_do_not_know_its_ca),
        cmocka_unit_test(test_a_new_identity_serves_new_handshakes),
        cmocka_unit_test(test_accepting_has_a_bound_and_an_end),
        cmocka_unit_test(test_a_second_handshake_resumes_and_knows_the_peer),
        cmocka_unit_test(test_a_certificate_that_expired_since_is_not_resumed),
        cmocka_unit_test(test_a_new_identity_is_shown_at_once),
        cmocka_unit_test(test_datagrams_arrive_whole),
        cmocka_unit_test(test_the_datagram_queue_is_bounded_and_drains),
        cmocka_unit_test(test_the_payload_grows_with_the_path),
        cmocka_unit_test(test_a_ping_and_its_ack_cost_few_packets),
        cmocka_unit_test(test_a_stream_larger_than_all_windows_arrives),
        cmocka_unit_test(test_a_stream_survives_loss),
        cmocka_unit_test(test_the_number_of_streams_is_bounded_and_renewed),
        cmocka_unit_test(test_an_abandoned_stream_is_gone_for_the_peer),
        cmocka_unit_test(test_a_close_tells_its_reason),
        cmocka_unit_test(test_nothing_is_delivered_after_our_close),
        cmocka_unit_test(test_a_lost_close_is_repeated_to_strays),
        cmocka_unit_test(test_closing_a_dial_half_way),
        cmocka_unit_test(test_silence_ends_in_an_idle_timeout),
        cmocka_unit_test(test_keep_alive_keeps_it_up_and_hears_of_the_peer),
        cmocka_unit_test(test_a_restarted_server_resets_its_old_clients),
        cmocka_unit_test(test_resets_do_not_answer_each_other_for_ever),
        cmocka_unit_test(test_all_of_a_live_endpoint_is_freed),
        cmocka_unit_test(test_a_monkey_finds_nothing),
    };
    return cmocka_run_group_tests_name("quic", tests, make_keys, free_keys);
}
