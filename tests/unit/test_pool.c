#include "base/err.h"
#include "link/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)

/* Small words to tell the rules in. */

static struct pool *pool_of(size_t total, size_t per_peer, size_t accept)
{
    struct pool_config config = {
        .max_total = total,
        .max_per_peer = per_peer,
        .accept_max = accept,
        .idle_timeout_ns = 60 * SECOND,
        .connect_timeout_ns = 5 * SECOND,
    };
    struct pool *pool = NULL;
    assert_int_equal(pool_new(&config, &pool), 0);
    return pool;
}

/* Dials and succeeds at once; the lease is in use. */
static int dial(struct pool *pool, uint64_t now, const char *key)
{
    struct pool_grant grant;
    assert_int_equal(pool_acquire(pool, now, key, &grant), POOL_DIAL);
    pool_opened(pool, now, grant.lease);
    return grant.lease;
}

/* A connection that has been used and is idle since `now`. */
static int park(struct pool *pool, uint64_t now, const char *key)
{
    int lease = dial(pool, now, key);
    pool_release(pool, now, lease, true);
    return lease;
}

static int adopt(struct pool *pool, uint64_t now, const char *key)
{
    struct pool_grant grant;
    assert_int_equal(pool_adopt(pool, now, key, &grant), 0);
    return grant.lease;
}

static bool find(const struct pool *pool, int lease, struct pool_row *row)
{
    size_t cursor = 0;
    while (pool_next_row(pool, &cursor, row)) {
        if (row->lease == lease)
            return true;
    }
    return false;
}

static void expect_gone(const struct pool *pool, int lease)
{
    struct pool_row row;
    assert_false(find(pool, lease, &row));
}

static void expect_state(const struct pool *pool, int lease, enum pool_state state)
{
    struct pool_row row;
    assert_true(find(pool, lease, &row));
    assert_int_equal(row.state, state);
}

static void expect_full(struct pool *pool, uint64_t now, const char *key, size_t current,
                        size_t max)
{
    struct pool_grant grant;
    struct pool_stats before = *pool_stats(pool);
    assert_int_equal(pool_acquire(pool, now, key, &grant), ERR_POOL_FULL);
    assert_int_equal(grant.lease, POOL_NONE);
    assert_int_equal(grant.victim, POOL_NONE);
    assert_int_equal(grant.current, current);
    assert_int_equal(grant.max, max);
    assert_memory_equal(&before, pool_stats(pool), sizeof(before));
}

static void test_a_first_use_dials_and_a_second_reuses(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 0);
    struct pool_grant grant;
    assert_int_equal(pool_acquire(pool, 1, "b", &grant), POOL_DIAL);
    int lease = grant.lease;
    expect_state(pool, lease, POOL_CONNECTING);
    pool_opened(pool, 2, lease);
    expect_state(pool, lease, POOL_IN_USE);
    pool_release(pool, 3, lease, true);
    expect_state(pool, lease, POOL_IDLE);
    assert_int_equal(pool_acquire(pool, 4, "b", &grant), POOL_READY);
    assert_int_equal(grant.lease, lease);
    assert_int_equal(grant.victim, POOL_NONE);
    expect_state(pool, lease, POOL_IN_USE);
    const struct pool_stats *stats = pool_stats(pool);
    assert_int_equal(stats->opened, 1);
    assert_int_equal(stats->reused, 1);
    assert_int_equal(stats->total, 1);
    assert_int_equal(stats->in_use, 1);
    pool_free(pool);
}

static void test_another_peers_connection_does_not_serve(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 0);
    struct pool_grant grant;
    int b = park(pool, 1, "b");
    assert_int_equal(pool_acquire(pool, 2, "bb", &grant), POOL_DIAL);
    assert_int_not_equal(grant.lease, b);
    pool_free(pool);
}

static void test_the_one_used_last_serves_first(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 2, 0);
    struct pool_grant grant;
    int one = dial(pool, 1, "b"), two = dial(pool, 1, "b");
    pool_release(pool, 2, two, true);
    pool_release(pool, 3, one, true);
    assert_int_equal(pool_acquire(pool, 4, "b", &grant), POOL_READY);
    assert_int_equal(grant.lease, one);
    pool_free(pool);
}

static void test_at_the_peers_limit_it_fails_at_once(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 2, 0);
    struct pool_grant grant;
    int one = dial(pool, 1, "b");
    assert_int_equal(pool_acquire(pool, 1, "b", &grant), POOL_DIAL); /* still connecting */
    expect_full(pool, 1, "b", 2, 2);
    pool_release(pool, 2, one, true);
    assert_int_equal(pool_acquire(pool, 2, "b", &grant), POOL_READY);
    expect_full(pool, 2, "b", 2, 2);
    assert_int_equal(pool_acquire(pool, 2, "c", &grant), POOL_DIAL);
    pool_free(pool);
}

static void test_at_the_total_the_one_idle_longest_goes(void **state)
{
    (void)state;
    struct pool *pool = pool_of(3, 1, 0);
    struct pool_grant grant;
    park(pool, 1, "a");
    int b = park(pool, 2, "b");
    int c = park(pool, 3, "c");
    assert_int_equal(pool_acquire(pool, 4, "a", &grant), POOL_READY);
    assert_int_equal(pool_acquire(pool, 5, "d", &grant), POOL_DIAL);
    assert_int_equal(grant.victim, b);
    assert_int_not_equal(grant.lease, b);
    expect_gone(pool, b);
    expect_state(pool, c, POOL_IDLE);
    assert_int_equal(pool_stats(pool)->evicted, 1);
    assert_int_equal(pool_stats(pool)->total, 3);
    pool_free(pool);
}

static void test_at_the_total_with_none_idle_it_fails_at_once(void **state)
{
    (void)state;
    struct pool *pool = pool_of(2, 2, 0);
    struct pool_grant grant;
    dial(pool, 1, "a");
    assert_int_equal(pool_acquire(pool, 1, "b", &grant), POOL_DIAL);
    expect_full(pool, 2, "c", 2, 2);
    pool_failed(pool, grant.lease);
    assert_int_equal(pool_acquire(pool, 3, "c", &grant), POOL_DIAL);
    pool_free(pool);
}

static void test_a_failed_dial_leaves_nothing_behind(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 0);
    struct pool_grant grant;
    assert_int_equal(pool_acquire(pool, 1, "b", &grant), POOL_DIAL);
    pool_failed(pool, grant.lease);
    expect_gone(pool, grant.lease);
    const struct pool_stats *stats = pool_stats(pool);
    assert_int_equal(stats->total, 0);
    assert_int_equal(stats->opened, 0);
    assert_int_equal(stats->failed, 1);
    assert_int_equal(pool_acquire(pool, 2, "b", &grant), POOL_DIAL);
    pool_free(pool);
}

static void test_an_unhealthy_one_is_gone_on_return(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 0);
    struct pool_grant grant;
    int b = dial(pool, 1, "b");
    pool_release(pool, 2, b, false);
    expect_gone(pool, b);
    assert_int_equal(pool_stats(pool)->failed, 1);
    assert_int_equal(pool_acquire(pool, 3, "c", &grant), POOL_DIAL);
    pool_release(pool, 4, grant.lease, false); /* given up while connecting */
    expect_gone(pool, grant.lease);
    assert_int_equal(pool_stats(pool)->total, 0);
    pool_free(pool);
}

static void test_one_that_breaks_is_gone_in_each_state(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 4);
    struct pool_grant grant;
    assert_int_equal(pool_acquire(pool, 1, "a", &grant), POOL_DIAL);
    int leases[] = {grant.lease, dial(pool, 1, "b"), park(pool, 1, "c"), adopt(pool, 1, "d")};
    for (size_t i = 0; i < sizeof(leases) / sizeof(leases[0]); i++) {
        pool_failed(pool, leases[i]);
        expect_gone(pool, leases[i]);
    }
    assert_int_equal(pool_stats(pool)->failed, 4);
    assert_int_equal(pool_stats(pool)->total, 0);
    assert_int_equal(pool_stats(pool)->accepted, 0);
    assert_true(pool_deadline(pool) == UINT64_MAX);
    pool_free(pool);
}

static void test_what_is_closed_on_purpose_has_not_failed(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 0);
    int b = park(pool, 1, "b");
    pool_remove(pool, b);
    expect_gone(pool, b);
    assert_int_equal(pool_stats(pool)->failed, 0);
    assert_int_equal(pool_stats(pool)->total, 0);
    pool_free(pool);
}

static void test_idle_for_too_long_is_closed_one_by_one(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 1);
    int lease;
    int a = park(pool, 1 * SECOND, "a");
    int b = adopt(pool, 2 * SECOND, "b");
    dial(pool, 2 * SECOND, "c"); /* in use: has all the time */
    assert_true(pool_deadline(pool) == 61 * SECOND);
    assert_int_equal(pool_expire(pool, 61 * SECOND - 1, &lease), 0);
    assert_int_equal(pool_expire(pool, 62 * SECOND, &lease), ERR_IDLE);
    assert_int_equal(lease, a);
    expect_gone(pool, a);
    assert_int_equal(pool_expire(pool, 62 * SECOND, &lease), ERR_IDLE);
    assert_int_equal(lease, b);
    assert_int_equal(pool_expire(pool, 1000 * SECOND, &lease), 0);
    assert_true(pool_deadline(pool) == UINT64_MAX);
    assert_int_equal(pool_stats(pool)->expired, 2);
    pool_free(pool);
}

static void test_use_and_messages_keep_it_from_growing_old(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 1);
    struct pool_grant grant;
    int lease;
    int a = park(pool, 0, "a");
    int b = adopt(pool, 0, "b");
    pool_touch(pool, 30 * SECOND, b);
    assert_int_equal(pool_acquire(pool, 40 * SECOND, "a", &grant), POOL_READY);
    pool_release(pool, 40 * SECOND, a, true);
    assert_true(pool_deadline(pool) == 90 * SECOND);
    assert_int_equal(pool_expire(pool, 95 * SECOND, &lease), ERR_IDLE);
    assert_int_equal(lease, b);
    assert_true(pool_deadline(pool) == 100 * SECOND);
    pool_free(pool);
}

static void test_a_dial_has_its_time(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 0);
    struct pool_grant grant;
    int lease;
    assert_int_equal(pool_acquire(pool, 1 * SECOND, "a", &grant), POOL_DIAL);
    assert_true(pool_deadline(pool) == 6 * SECOND);
    assert_int_equal(pool_expire(pool, 6 * SECOND - 1, &lease), 0);
    assert_int_equal(pool_expire(pool, 6 * SECOND, &lease), ERR_TIMEOUT);
    assert_int_equal(lease, grant.lease);
    expect_gone(pool, lease);
    assert_int_equal(pool_stats(pool)->failed, 1);
    pool_free(pool);
}

static void test_no_limit_of_time_is_none(void **state)
{
    (void)state;
    struct pool_config config = {
        .max_total = 2,
        .max_per_peer = 1,
        .idle_timeout_ns = UINT64_MAX,
        .connect_timeout_ns = UINT64_MAX,
    };
    struct pool *pool = NULL;
    struct pool_grant grant;
    int lease;
    assert_int_equal(pool_new(&config, &pool), 0);
    park(pool, 5, "a");
    assert_int_equal(pool_acquire(pool, 5, "b", &grant), POOL_DIAL);
    assert_true(pool_deadline(pool) == UINT64_MAX);
    assert_int_equal(pool_expire(pool, UINT64_MAX - 1, &lease), 0);
    pool_free(pool);
}

static void test_an_accepted_connection_serves_our_own_use(void **state)
{
    (void)state;
    struct pool *pool = pool_of(1, 1, 4);
    struct pool_grant grant;
    int b = adopt(pool, 1, "b");
    expect_state(pool, b, POOL_IDLE);
    assert_int_equal(pool_acquire(pool, 2, "b", &grant), POOL_READY);
    assert_int_equal(grant.lease, b);
    assert_int_equal(pool_stats(pool)->reused, 1);
    assert_int_equal(pool_stats(pool)->opened, 0);
    assert_int_equal(pool_stats(pool)->in_use, 0); /* of what we dialled */
    /* Nor does it count against the peer's limit, which bounds what we dial. */
    assert_int_equal(pool_acquire(pool, 3, "b", &grant), POOL_DIAL);
    pool_free(pool);
}

static void test_accepted_ones_have_a_bound_of_their_own(void **state)
{
    (void)state;
    struct pool *pool = pool_of(1, 1, 2);
    struct pool_grant grant;
    int a = adopt(pool, 1, "a"), b = adopt(pool, 2, "b");
    int x = park(pool, 0, "x"); /* idle longest, but dialled */
    assert_int_equal(pool_stats(pool)->total, 1);
    assert_int_equal(pool_stats(pool)->accepted, 2);
    assert_int_equal(pool_adopt(pool, 3, "c", &grant), 0);
    assert_int_equal(grant.victim, a);
    expect_gone(pool, a);
    expect_state(pool, x, POOL_IDLE);
    int c = grant.lease;
    assert_int_equal(pool_acquire(pool, 4, "b", &grant), POOL_READY);
    assert_int_equal(pool_acquire(pool, 4, "c", &grant), POOL_READY);
    assert_int_equal(pool_adopt(pool, 5, "d", &grant), ERR_POOL_FULL);
    assert_int_equal(grant.current, 2);
    assert_int_equal(grant.max, 2);
    assert_int_equal(grant.lease, POOL_NONE);
    expect_state(pool, b, POOL_IN_USE);
    expect_state(pool, c, POOL_IN_USE);
    pool_free(pool);
}

static void test_accepted_ones_do_not_make_room_for_dials(void **state)
{
    (void)state;
    struct pool *pool = pool_of(1, 1, 2);
    int b = adopt(pool, 1, "b");
    dial(pool, 2, "c");
    expect_full(pool, 3, "d", 1, 1);
    expect_state(pool, b, POOL_IDLE);
    pool_free(pool);
}

static void test_a_peer_that_turns_out_to_be_known_is_found_by_name(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 4);
    struct pool_grant grant;
    struct pool_row row;
    int lease = park(pool, 1, "127.0.0.1:7436");
    pool_rename(pool, lease, "b");
    assert_true(find(pool, lease, &row));
    assert_string_equal(row.key, "b");
    assert_int_equal(pool_acquire(pool, 2, "b", &grant), POOL_READY);
    assert_int_equal(grant.lease, lease);
    /* Its limit is exceeded by what was dialled under the address; no dial comes on top. */
    int again = dial(pool, 3, "127.0.0.1:7436");
    pool_rename(pool, again, "b");
    expect_full(pool, 4, "b", 2, 1);
    pool_free(pool);
}

static void test_a_row_tells_age_and_uses(void **state)
{
    (void)state;
    struct pool *pool = pool_of(50, 1, 4);
    struct pool_grant grant;
    struct pool_row row;
    int a = park(pool, 7, "a");
    assert_int_equal(pool_acquire(pool, 9, "a", &grant), POOL_READY);
    assert_true(find(pool, a, &row));
    assert_int_equal(row.since, 7);
    assert_int_equal(row.uses, 2);
    assert_true(row.dialled);
    assert_string_equal(pool_state_text(row.state), "in-use");
    int b = adopt(pool, 11, "b");
    assert_true(find(pool, b, &row));
    assert_int_equal(row.since, 11);
    assert_int_equal(row.uses, 0);
    assert_false(row.dialled);
    assert_string_equal(pool_state_text(row.state), "idle");
    pool_free(pool);
}

static void test_bounds_that_make_no_pool_are_refused(void **state)
{
    (void)state;
    static const struct pool_config configs[] = {
        {.max_total = 0, .max_per_peer = 1},
        {.max_total = 1, .max_per_peer = 0},
        {.max_total = POOL_SLOTS_MAX, .max_per_peer = 1},
        {.max_total = 1, .max_per_peer = 1, .accept_max = SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        struct pool *pool = NULL;
        assert_int_equal(pool_new(&configs[i], &pool), ERR_LIMIT);
        assert_null(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_first_use_dials_and_a_second_reuses),
        cmocka_unit_test(test_another_peers_connection_does_not_serve),
        cmocka_unit_test(test_the_one_used_last_serves_first),
        cmocka_unit_test(test_at_the_peers_limit_it_fails_at_once),
        cmocka_unit_test(test_at_the_total_the_one_idle_longest_goes),
        cmocka_unit_test(test_at_the_total_with_none_idle_it_fails_at_once),
        cmocka_unit_test(test_a_failed_dial_leaves_nothing_behind),
        cmocka_unit_test(test_an_unhealthy_one_is_gone_on_return),
        cmocka_unit_test(test_one_that_breaks_is_gone_in_each_state),
        cmocka_unit_test(test_what_is_closed_on_purpose_has_not_failed),
        cmocka_unit_test(test_idle_for_too_long_is_closed_one_by_one),
        cmocka_unit_test(test_use_and_messages_keep_it_from_growing_old),
        cmocka_unit_test(test_a_dial_has_its_time),
        cmocka_unit_test(test_no_limit_of_time_is_none),
        cmocka_unit_test(test_an_accepted_connection_serves_our_own_use),
        cmocka_unit_test(test_accepted_ones_have_a_bound_of_their_own),
        cmocka_unit_test(test_accepted_ones_do_not_make_room_for_dials),
        cmocka_unit_test(test_a_peer_that_turns_out_to_be_known_is_found_by_name),
        cmocka_unit_test(test_a_row_tells_age_and_uses),
        cmocka_unit_test(test_bounds_that_make_no_pool_are_refused),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
