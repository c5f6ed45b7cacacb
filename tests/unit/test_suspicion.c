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
        cmocka_unit_test(test_the_floor_counts_from_the_last_sound),
    };
    return cmocka_run_group_tests_name("suspicion", tests, NULL, NULL);
}
