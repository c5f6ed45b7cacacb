/* The queue of updates: order, budgets, replacement. */
#include "swim/updates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_budget_is_a_multiple_of_the_logarithm(void **state)
{
    (void)state;
    static const struct {
        unsigned mult;
        size_t n;
        unsigned budget;
    } rows[] = {{3, 1, 3},    {3, 9, 3},    {3, 10, 6},    {4, 99, 8},
                {4, 100, 12}, {4, 999, 12}, {4, 4096, 16}, {0, 5, 1}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(updates_budget(rows[i].mult, rows[i].n), rows[i].budget);
}

static void test_priority_then_fewest_sent_then_oldest(void **state)
{
    (void)state;
    struct updates *updates = malloc(sizeof(*updates));
    assert_non_null(updates);
    updates_init(updates);
    struct update_entry low = {0}, medium = {0}, old = {0}, young = {0}, critical = {0};
    updates_add(updates, &low, UPDATE_LOW);
    updates_add(updates, &medium, UPDATE_MEDIUM);
    updates_add(updates, &old, UPDATE_HIGH);
    updates_add(updates, &young, UPDATE_HIGH);
    updates_add(updates, &critical, UPDATE_CRITICAL);
    struct update_entry *expected[] = {&critical, &old, &young, &medium, &low};
    struct update_entry *entry = updates_first(updates);
    for (size_t i = 0; i < 5; i++, entry = updates_after(updates, entry))
        assert_ptr_equal(entry, expected[i]);
    assert_null(entry);
    updates_sent(&old, 10);
    assert_ptr_equal(updates_after(updates, &critical), &young);
    assert_ptr_equal(updates_after(updates, &young), &old);
    updates_add(updates, &low, UPDATE_CRITICAL); /* newer news of the same member */
    assert_int_equal(updates->count, 5);
    assert_ptr_equal(updates_after(updates, &critical), &low);
    free(updates);
}

static void test_each_is_sent_budget_times(void **state)
{
    (void)state;
    struct updates *updates = malloc(sizeof(*updates));
    assert_non_null(updates);
    updates_init(updates);
    struct update_entry entries[7] = {{0}};
    unsigned sent[7] = {0};
    for (size_t i = 0; i < 7; i++)
        updates_add(updates, &entries[i], (enum update_priority)(i % UPDATE_PRIORITIES));
    while (updates->count > 0) {
        struct update_entry *entry = updates_first(updates);
        sent[entry - entries]++;
        updates_sent(entry, 6);
    }
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(sent[i], 6);
    assert_null(updates_first(updates));
    updates_remove(&entries[0]); /* not in it: nothing happens */
    free(updates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget_is_a_multiple_of_the_logarithm),
        cmocka_unit_test(test_priority_then_fewest_sent_then_oldest),
        cmocka_unit_test(test_each_is_sent_budget_times),
    };
    return cmocka_run_group_tests_name("updates", tests, NULL, NULL);
}
