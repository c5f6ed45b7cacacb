/* Local health, own stalls, phi, splits, tombstones, conflicts: the small
 * rules, each over its table. */
#include "base/duration.h"
#include "swim/conflict.h"
#include "swim/heal.h"
#include "swim/health.h"
#include "swim/partition.h"
#include "swim/phi.h"
#include "swim/stall.h"
#include "swim/tombstones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_health_goes_up_and_down_within_bounds(void **state)
{
    (void)state;
    static const struct {
        enum health_news news;
        unsigned score;
    } rows[] = {
        {HEALTH_PROBE_OK, 0},    {HEALTH_MISSED_NACK, 1}, {HEALTH_REFUTED, 2},
        {HEALTH_STALLED, 3},     {HEALTH_PROBE_OK, 2},    {HEALTH_MISSED_NACK, 3},
        {HEALTH_MISSED_NACK, 4}, {HEALTH_MISSED_NACK, 5}, {HEALTH_MISSED_NACK, 6},
        {HEALTH_MISSED_NACK, 7}, {HEALTH_MISSED_NACK, 8}, {HEALTH_MISSED_NACK, HEALTH_WORST},
        {HEALTH_PROBE_OK, 7},
    };
    struct health health = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        health_note(&health, rows[i].news);
        assert_int_equal(health.score, rows[i].score);
        assert_int_equal(health_stretch(&health, 500), 500 * (rows[i].score + 1));
    }
}

static void test_stall_is_half_a_timeout_and_100_ms(void **state)
{
    (void)state;
    static const struct {
        uint64_t late_ms, timeout_ms;
        bool stall;
    } rows[] = {{0, 80, false},    {100, 80, false}, {101, 80, true},     {200, 500, false},
                {250, 500, false}, {251, 500, true}, {1400, 3000, false}, {1501, 3000, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(stall_is_one(NS_PER_S + rows[i].late_ms * NS_PER_MS, NS_PER_S,
                                      rows[i].timeout_ms * NS_PER_MS),
                         rows[i].stall);
    assert_false(stall_is_one(NS_PER_S, NEVER, NS_PER_MS));
    assert_false(stall_is_one(NS_PER_S, 2 * NS_PER_S, NS_PER_MS));
}

static void test_phi_rises_with_silence(void **state)
{
    (void)state;
    struct phi phi = {0};
    double value, before = -1;
    uint64_t now = NS_PER_S;
    for (int i = 0; i <= PHI_SAMPLES_MIN; i++, now += NS_PER_S) {
        assert_false(phi_value(&phi, now, &value)); /* too few gaps yet */
        phi_heard(&phi, now);
    }
    now -= NS_PER_S;
    for (uint64_t silence = 0; silence <= 3000; silence += 100) {
        assert_true(phi_value(&phi, now + silence * NS_PER_MS, &value));
        assert_true(value >= before && value <= PHI_MAX);
        before = value;
    }
    /* One gap of a second, deviation at its minimum of 50 ms: a second is half
     * likely, six deviations more have a chance of 10^-9. */
    assert_true(phi_value(&phi, now + 1000 * NS_PER_MS, &value));
    assert_true(value > 0.29 && value < 0.31);
    assert_true(phi_value(&phi, now + 1300 * NS_PER_MS, &value));
    assert_true(value > 8.9 && value < 9.1);
    phi_reset(&phi);
    assert_false(phi_value(&phi, now, &value));
}

static void test_phi_remembers_a_window(void **state)
{
    (void)state;
    struct phi phi = {0};
    uint64_t now = NS_PER_S;
    double value;
    for (int i = 0; i < 50; i++)
        phi_heard(&phi, now += 10 * NS_PER_S);
    for (int i = 0; i <= PHI_WINDOW; i++)
        phi_heard(&phi, now += NS_PER_S);
    assert_true(phi_value(&phi, now + 2 * NS_PER_S, &value));
    assert_true(value > PHI_THRESHOLD); /* the long gaps are forgotten */
}

static void test_partition_threshold_and_side(void **state)
{
    (void)state;
    static const struct {
        size_t lost, before;
        bool split;
    } rows[] = {{1, 2, false}, {1, 4, false}, {2, 4, true},  {2, 8, true},
                {2, 9, false}, {3, 12, true}, {3, 13, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(partition_is_one(rows[i].lost, rows[i].before), rows[i].split);
    assert_string_equal(partition_side(3, 8), "minority");
    assert_string_equal(partition_side(4, 8), "even");
    assert_string_equal(partition_side(5, 8), "majority");
}

static void test_tombstones_forbid_the_past_for_a_while(void **state)
{
    (void)state;
    struct tombstones stones = {0};
    uint64_t buried = 0;
    struct name name, other;
    assert_int_equal(name_set(&name, "a", 1), 0);
    assert_int_equal(name_set(&other, "b", 1), 0);
    assert_true(tombstones_add(&stones, &name, 5, 100));
    assert_true(tombstones_forbid(&stones, &name, 5, 99, &buried));
    assert_true(tombstones_forbid(&stones, &name, 4, 99, &buried));
    assert_int_equal(buried, 5);
    assert_false(tombstones_forbid(&stones, &name, 6, 99, &buried));
    assert_false(tombstones_forbid(&stones, &name, 5, 100, &buried));
    assert_false(tombstones_forbid(&stones, &other, 5, 99, &buried));
    for (int i = 0; i < TOMBSTONES_MAX; i++)
        assert_true(tombstones_add(&stones, &other, 1, 100));
    assert_false(tombstones_forbid(&stones, &name, 5, 99, &buried)); /* bounded: the oldest went */
    tombstones_free(&stones);
}

static void test_the_younger_yields(void **state)
{
    (void)state;
    assert_true(conflict_yields(10, 9, 20, 1));
    assert_false(conflict_yields(20, 1, 10, 9));
    assert_true(conflict_yields(10, 1, 10, 9));
    assert_false(conflict_yields(10, 9, 10, 1));
}

static void test_the_cluster_heals_about_once_a_second(void **state)
{
    (void)state;
    assert_int_equal(heal_interval_ns(4 * NS_PER_S, 2), 4 * NS_PER_S);
    assert_int_equal(heal_interval_ns(4 * NS_PER_S, 60), 60 * NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_health_goes_up_and_down_within_bounds),
        cmocka_unit_test(test_stall_is_half_a_timeout_and_100_ms),
        cmocka_unit_test(test_phi_rises_with_silence),
        cmocka_unit_test(test_phi_remembers_a_window),
        cmocka_unit_test(test_partition_threshold_and_side),
        cmocka_unit_test(test_tombstones_forbid_the_past_for_a_while),
        cmocka_unit_test(test_the_younger_yields),
        cmocka_unit_test(test_the_cluster_heals_about_once_a_second),
    };
    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
