/**
 * swim-ping's sums over the pings to one target.
 */
#include "cmd/swim-ping/stats.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants those four first */
#include <cmocka.h>

#define MS UINT64_C(1000000)

static void assert_near(double got, double want)
{
    double off = got > want ? got - want : want - got;
    if (off > 1e-6 * (want > 1 ? want : 1)) {
        fail_msg("%f, expected %f", got, want);
    }
}

static void test_nothing_pinged(void **state)
{
    (void)state;
    const struct stats stats = {0};
    assert_near(stats_loss_percent(&stats), 0);
    assert_near(stats_mdev_ns(&stats), 0);
}

static void test_one_ack(void **state)
{
    (void)state;
    struct stats stats = {0};
    stats_add_ack(&stats, 1, 412000);
    assert_int_equal(stats.pings, 1);
    assert_int_equal(stats.acks, 1);
    assert_int_equal(stats.min_ns, 412000);
    assert_int_equal(stats.max_ns, 412000);
    assert_near(stats.mean_ns, 412000);
    assert_near(stats_mdev_ns(&stats), 0);
    assert_near(stats_loss_percent(&stats), 0);
}

static void test_min_avg_max_mdev(void **state)
{
    (void)state;
    struct stats stats = {0};
    static const uint64_t rtts[] = {2 * MS, 4 * MS, 4 * MS, 4 * MS, 5 * MS, 5 * MS, 7 * MS, 9 * MS};
    for (size_t i = 0; i < 8; i++) {
        stats_add_ack(&stats, i + 1, rtts[i]);
    }
    assert_int_equal(stats.min_ns, 2 * MS);
    assert_int_equal(stats.max_ns, 9 * MS);
    assert_near(stats.mean_ns, 5e6);
    assert_near(stats_mdev_ns(&stats), 2e6); /* of the population: sqrt(32 / 8) */
}

static void test_loss(void **state)
{
    (void)state;
    struct stats stats = {0};
    stats_add_loss(&stats);
    assert_near(stats_loss_percent(&stats), 100);
    stats_add_ack(&stats, 2, MS);
    assert_near(stats_loss_percent(&stats), 50);
    stats_add_ack(&stats, 3, MS);
    assert_near(stats_loss_percent(&stats), 100.0 / 3);
}

static void test_duplicates_are_no_acks(void **state)
{
    (void)state;
    struct stats stats = {0};
    assert_false(stats_add_duplicate(&stats, 1)); /* of a ping that timed out: late, not double */
    stats_add_ack(&stats, 1, MS);
    assert_true(stats_add_duplicate(&stats, 1));
    assert_true(stats_add_duplicate(&stats, 1));
    assert_false(stats_add_duplicate(&stats, 2));
    assert_false(stats_add_duplicate(&stats, 0));
    assert_int_equal(stats.acks, 1);
    assert_int_equal(stats.pings, 1);
    assert_int_equal(stats.duplicates, 2);
}

static void test_old_acks_are_forgotten(void **state)
{
    (void)state;
    struct stats stats = {0};
    for (uint64_t pseq = 1; pseq <= STATS_REMEMBERED + 1; pseq++) {
        stats_add_ack(&stats, pseq, MS);
    }
    assert_false(stats_add_duplicate(&stats, 1));
    assert_true(stats_add_duplicate(&stats, 2));
    assert_true(stats_add_duplicate(&stats, STATS_REMEMBERED + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_pinged),
        cmocka_unit_test(test_one_ack),
        cmocka_unit_test(test_min_avg_max_mdev),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_duplicates_are_no_acks),
        cmocka_unit_test(test_old_acks_are_forgotten),
    };
    return cmocka_run_group_tests_name("ping_stats", tests, NULL, NULL);
}
