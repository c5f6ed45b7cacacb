/* The arithmetic of suspicion timeouts and of the silence floor. */
#include "swim/suspicion.h"

#include "base/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_minimum_grows_with_the_logarithm(void **state)
{
    (void)state;
    static const struct {
        unsigned mult;
        size_t n;
        uint64_t period_ms, minimum_ms;
    } rows[] = {
        {3, 2, 200, 600},     {3, 10, 200, 600},      {4, 5, 1000, 4000},
        {4, 100, 1000, 8000}, {4, 1000, 1000, 12000}, {6, 64, 5000, 54185},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(
            suspicion_minimum_ns(rows[i].mult, rows[i].n, rows[i].period_ms * NS_PER_MS) /
                NS_PER_MS,
            rows[i].minimum_ms);
}

static void test_confirmations_that_can_be_expected(void **state)
{
    (void)state;
    static const struct {
        unsigned mult;
        size_t n;
        unsigned wanted;
    } rows[] = {{3, 2, 0},
                {3, 3, 1},
                {3, 100, 1},
                {4, 3, 1},
                {4, 4, 2},
                {6, 100, 4},
                {2, 9, 0},
                {1, 9, 0},
                {4, 1, 0},
                {4, 0, 0},
                {100, 4096, CONFIRMATIONS_MAX}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(suspicion_wanted(rows[i].mult, rows[i].n), rows[i].wanted);
}

/* Lifeguard, section IV-B: from max to min by the logarithm of the
 * confirmations. */
static void test_timeout_shrinks_with_confirmations(void **state)
{
    (void)state;
    static const struct {
        unsigned count, wanted;
        uint64_t timeout;
    } rows[] = {{0, 0, 1000}, {0, 3, 6000}, {1, 3, 3500}, {2, 3, 2038},
                {3, 3, 1000}, {9, 3, 1000}, {0, 1, 6000}, {1, 1, 1000}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_in_range(suspicion_timeout_ns(1000, 6000, rows[i].count, rows[i].wanted),
                        rows[i].timeout - 1, rows[i].timeout + 1);
}

static void test_the_floor_counts_from_the_last_sound(void **state)
{
    (void)state;
    static const struct {
        uint64_t started, timeout, floor, heard, known, due;
    } rows[] = {
        {100, 50, 10, 90, 0, 150},    /* the timer is later */
        {100, 50, 200, 90, 0, 290},   /* the floor is later, since it was heard */
        {100, 50, 200, 0, 80, 280},   /* never heard: since it became known */
        {100, 50, 200, 120, 80, 320}, /* heard after it was suspected */
        {100, NEVER, 10, 0, 0, NEVER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(suspicion_due_ns(rows[i].started, rows[i].timeout, rows[i].floor, rows[i].heard,
                                     rows[i].known) == rows[i].due);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minimum_grows_with_the_logarithm),
        cmocka_unit_test(test_confirmations_that_can_be_expected),
        cmocka_unit_test(test_timeout_shrinks_with_confirmations),
        cmocka_unit_test(test_the_floor_counts_from_the_last_sound),
    };
    return cmocka_run_group_tests_name("suspicion", tests, NULL, NULL);
}
