#include "tests/unit/pair.h"

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
    assert_true(quic_conn_handshake_ns(a) < 20 * NS_PER_MS);
    assert_true(addr_equal(quic_conn_remote(b), &pair.ends[PAIR_A].addr));
    assert_true(addr_equal(quic_conn_local(a), &pair.ends[PAIR_A].addr));
    assert_int_equal(quic_conn_count(pair.ends[PAIR_A].endpoint), 1);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_come_up_and_know_each_other),
    };
    return cmocka_run_group_tests_name("quic", tests, make_keys, free_keys);
}
