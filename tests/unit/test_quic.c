#include "tests/unit/pair.h"

#include "quic/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- handshakes ---- */

static void test_both_come_up_and_know_each_other(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
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
    assert_string_equal(pair_get(&pair, PAIR_B, QUIC_UP)->name.text, "a");
    pair_free(&pair);
}

static void test_both_dial_at_once_over_one_port(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    pair_start(&pair, keys);
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
    const struct keys *keys = *state;
    struct pair_config config;
    pair_config_default(&config);
    config.loss = 0.2;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct pair pair;
        struct quic_conn *b;
        config.seed = seed;
        pair_init(&pair, keys, &config);
        (void)pair_connect(&pair, &b); /* it asserts that both are up */
        assert_int_equal(pair_count(&pair, PAIR_B, QUIC_REJECTED), 0);
        pair_free(&pair);
    }
}

static void test_nobody_answers(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    pair_start(&pair, keys);
    pair.cut[PAIR_A] = true;
    (void)pair_dial(&pair, PAIR_A);
    pair_run(&pair, 4900 * NS_PER_MS);
    assert_null(pair_seen(&pair, PAIR_A, QUIC_DOWN));
    pair_run(&pair, 200 * NS_PER_MS);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_NO_REPLY);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_A].endpoint), 0);
    pair_free(&pair);
}

static void test_handshake_that_stops_half_way_times_out_on_both_sides(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    pair_start(&pair, keys);
    (void)pair_dial(&pair, PAIR_A);
    pair_flush(&pair);
    pair.cut[PAIR_A] = true; /* after the Initial */
    pair_run(&pair, 6 * NS_PER_S);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_TIMEOUT);
    assert_int_equal(pair_get(&pair, PAIR_B, QUIC_REJECTED)->reason, ERR_TIMEOUT);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_REJECTED), 1);
    assert_null(pair_get(&pair, PAIR_B, QUIC_REJECTED)->conn);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 0);
    pair_free(&pair);
}

static void test_icmp_ends_a_dial_that_heard_nothing_and_hints_to_the_rest(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *up = pair_connect(&pair, &b);
    pair.cut[PAIR_A] = true;
    struct quic_conn *dialling = pair_dial(&pair, PAIR_A);
    pair_flush(&pair);
    quic_refused(pair.ends[PAIR_A].endpoint, pair.now, &pair.ends[PAIR_B].addr);
    pair_flush(&pair);
    assert_ptr_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->conn, dialling);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_REFUSED);
    assert_ptr_equal(pair_get(&pair, PAIR_A, QUIC_HINT)->conn, up);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_HINT)->reason, ERR_REFUSED);
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

static void check_refusal(const struct keys *keys, const struct refusal *refusal)
{
    struct pair pair;
    pair_init(&pair, keys, &refusal->config);
    struct quic_conn *conn = pair_dial(&pair, PAIR_A);
    if (refusal->change != NULL)
        refusal->change(conn);
    pair_run(&pair, 2 * NS_PER_S);
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_UP), 0);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_UP), 0);
    assert_int_equal(pair_count(&pair, PAIR_A, QUIC_DOWN), 1);
    assert_int_equal(pair_count(&pair, PAIR_B, QUIC_REJECTED), 1);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, refusal->a_reason);
    assert_int_equal(pair_get(&pair, PAIR_B, QUIC_REJECTED)->reason, refusal->b_reason);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->by_peer,
                     !pair_get(&pair, PAIR_B, QUIC_REJECTED)->by_peer);
    assert_true(addr_equal(&pair_get(&pair, PAIR_B, QUIC_REJECTED)->addr, &pair.ends[PAIR_A].addr));
    assert_int_equal(quic_endpoint_stats(pair.ends[PAIR_B].endpoint)->rejected, 1);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_A].endpoint), 0);
    assert_int_equal(quic_conn_count(pair.ends[PAIR_B].endpoint), 0);
    if (refusal->told != NULL)
        assert_string_equal(pair.ends[PAIR_A].events[0].told, refusal->told);
    pair_free(&pair);
}

static void test_a_stranger_dials(void **state)
{
    const struct keys *keys = *state;
    struct refusal refusal = {.a_reason = ERR_REFUSED_BY_PEER, .b_reason = ERR_UNKNOWN_CA};
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_A].identity = keys->stranger;
    /* A must not refuse B first: it trusts only its own CA, so B is judged by a stranger too. */
    refusal.a_reason = ERR_UNKNOWN_CA;
    refusal.b_reason = ERR_REFUSED_BY_PEER;
    check_refusal(keys, &refusal);
}

static void test_a_peer_expired_by_our_clock_is_refused_and_told_so(void **state)
{
    const struct keys *keys = *state;
    struct identity *brief = keys_issue(keys, "ca", "brief", ROLE_MEMBER, 1);
    struct refusal refusal = {.a_reason = ERR_REFUSED_BY_PEER, .b_reason = ERR_EXPIRED};
    refusal.told = err_text(ERR_EXPIRED);
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_A].identity = brief;
    refusal.config.quic[PAIR_B].wall_ns = keys_wall_later;
    check_refusal(keys, &refusal);
    /* And the other way round. */
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_B].identity = brief;
    refusal.config.quic[PAIR_A].wall_ns = keys_wall_later;
    refusal.told = NULL;
    refusal.a_reason = ERR_EXPIRED;
    refusal.b_reason = ERR_REFUSED_BY_PEER;
    check_refusal(keys, &refusal);
    identity_free(brief);
}

static void test_no_common_alpn(void **state)
{
    const struct keys *keys = *state;
    struct refusal refusal = {.a_reason = ERR_ALPN, .b_reason = ERR_ALPN};
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_B].alpns[0] = "swim-ctl/1";
    check_refusal(keys, &refusal);
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
    const struct keys *keys = *state;
    struct refusal refusal = {.a_reason = ERR_ALPN, .b_reason = ERR_ALPN, .change = drop_alpn};
    pair_config_default(&refusal.config);
    check_refusal(keys, &refusal);
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
    const struct keys *keys = *state;
    struct refusal refusal = {.a_reason = ERR_REFUSED_BY_PEER,
                              .b_reason = ERR_NO_CERTIFICATE,
                              .change = drop_certificate};
    pair_config_default(&refusal.config);
    assert_int_equal(gnutls_certificate_allocate_credentials(&trusting), 0);
    check_refusal(keys, &refusal);
    gnutls_certificate_free_credentials(trusting);
}

static void trust_everybody(struct quic_conn *dialled)
{
    gnutls_session_set_verify_function(dialled->tls, trust_all);
}

static void test_a_stranger_that_trusts_us_is_told_that_we_do_not_know_its_ca(void **state)
{
    const struct keys *keys = *state;
    struct refusal refusal = {
        .a_reason = ERR_REFUSED_BY_PEER, .b_reason = ERR_UNKNOWN_CA, .change = trust_everybody};
    pair_config_default(&refusal.config);
    refusal.config.quic[PAIR_A].identity = keys->stranger;
    check_refusal(keys, &refusal);
}

static void test_a_new_identity_serves_new_handshakes(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    struct identity *c = keys_issue(keys, "ca", "c", ROLE_MEMBER, 30);
    pair_start(&pair, keys);
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
    const struct keys *keys = *state;
    struct pair pair;
    struct pair_config config;
    pair_config_default(&config);
    config.quic[PAIR_B].accept_max = 1;
    pair_init(&pair, keys, &config);
    struct quic_conn *b;
    (void)pair_connect(&pair, &b);
    (void)pair_dial(&pair, PAIR_A);
    pair_run(&pair, 6 * NS_PER_S);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_NO_REPLY);
    assert_true(quic_endpoint_stats(pair.ends[PAIR_B].endpoint)->accept_refused > 0);
    quic_conn_close(b, pair.now, QUIC_REASON_DONE);
    quic_endpoint_stop_accepting(pair.ends[PAIR_B].endpoint);
    pair_run(&pair, NS_PER_S);
    pair_forget(&pair);
    (void)pair_dial(&pair, PAIR_A);
    pair_run(&pair, 6 * NS_PER_S);
    assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason, ERR_NO_REPLY);
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
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    pair_start(&pair, keys);
    struct quic_conn *first = pair_connect(&pair, &b);
    pair_run(&pair, 100 * NS_PER_MS);
    assert_false(quic_conn_is_resumed(first));
    uint64_t bytes = quic_endpoint_stats(pair.ends[PAIR_A].endpoint)->bytes_out;
    struct quic_conn *second = dial_again(&pair);
    assert_true(quic_conn_is_up(second));
    assert_true(quic_conn_is_resumed(second));
    assert_true(quic_conn_is_resumed(pair_get(&pair, PAIR_B, QUIC_UP)->conn));
    assert_string_equal(quic_conn_peer(second)->name.text, "b");
    assert_string_equal(quic_conn_alpn(second), PAIR_ALPN);
    assert_string_equal(pair_get(&pair, PAIR_B, QUIC_UP)->name.text, "a");
    assert_true(quic_endpoint_stats(pair.ends[PAIR_A].endpoint)->bytes_out > bytes);
    /* A restarted server does not know the ticket: a full handshake, not an error. */
    pair_restart(&pair, keys, PAIR_B);
    struct quic_conn *third = dial_again(&pair);
    assert_true(quic_conn_is_up(third));
    assert_false(quic_conn_is_resumed(third));
    pair_free(&pair);
}

static void test_a_certificate_that_expired_since_is_not_resumed(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    struct pair_config config;
    struct identity *brief = keys_issue(keys, "ca", "fleeting", ROLE_MEMBER, 1);
    pair_config_default(&config);
    for (int by_server = 0; by_server < 2; by_server++) {
        int judge = by_server ? PAIR_B : PAIR_A;
        wall = keys_wall();
        config.quic[judge].wall_ns = read_wall;
        config.quic[1 - judge].wall_ns = keys_wall;
        config.quic[judge].identity = NULL;
        config.quic[1 - judge].identity = brief;
        pair_init(&pair, keys, &config);
        (void)pair_connect(&pair, &b);
        pair_run(&pair, 100 * NS_PER_MS);
        wall = keys_wall_later();
        (void)dial_again(&pair);
        assert_int_equal(pair_count(&pair, PAIR_A, QUIC_UP), 0);
        assert_int_equal(pair_count(&pair, PAIR_B, QUIC_UP), 0);
        assert_true(pair.ends[PAIR_A].events[0].resumed);
        assert_int_equal(pair_get(&pair, PAIR_A, QUIC_DOWN)->reason,
                         by_server ? ERR_REFUSED_BY_PEER : ERR_EXPIRED);
        assert_int_equal(pair_get(&pair, PAIR_B, QUIC_REJECTED)->reason,
                         by_server ? ERR_EXPIRED : ERR_REFUSED_BY_PEER);
        pair_free(&pair);
    }
    identity_free(brief);
}

static void test_a_new_identity_is_shown_at_once(void **state)
{
    const struct keys *keys = *state;
    struct pair pair;
    struct quic_conn *b;
    struct identity *c = keys_issue(keys, "ca", "renewed", ROLE_MEMBER, 30);
    for (int side = 0; side < 2; side++) {
        pair_start(&pair, keys);
        (void)pair_connect(&pair, &b);
        pair_run(&pair, 100 * NS_PER_MS);
        assert_int_equal(quic_endpoint_set_identity(pair.ends[side].endpoint, c), 0);
        struct quic_conn *conn = dial_again(&pair);
        assert_true(quic_conn_is_up(conn));
        assert_false(quic_conn_is_resumed(conn));
        assert_string_equal(side == PAIR_A ? pair_get(&pair, PAIR_B, QUIC_UP)->name.text
                                           : quic_conn_peer(conn)->name.text,
                            "renewed");
        pair_free(&pair);
    }
    identity_free(c);
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
    };
    return cmocka_run_group_tests_name("quic", tests, keys_setup, keys_teardown);
}
