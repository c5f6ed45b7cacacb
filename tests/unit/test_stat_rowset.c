/* Rows of swim-stat that wait for each other: their order, and the nearest. */
#include "cmd/swim-stat/rowset.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void add(struct rowset *rows, const char *node, double rtt_ms, const char *role)
{
    struct record record;
    record_init(&record, "member", 0);
    record_add_text(&record, "node", node);
    if (rtt_ms < 0)
        record_add_absent(&record, "rtt_ms");
    else
        record_add_real(&record, "rtt_ms", rtt_ms, 3);
    if (role != NULL)
        record_add_text(&record, "tag.role", role);
    assert_int_equal(rowset_add(rows, &record), 0);
}

static void fill(struct rowset *rows)
{
    *rows = (struct rowset){.items = NULL};
    add(rows, "a", -1, "web");
    add(rows, "b", 10, "db");
    add(rows, "c", 9.5, NULL);
    add(rows, "d", 10, "app");
}

static void assert_order(const char *by, const char *expected)
{
    struct rowset rows;
    struct columns columns;
    char order[16] = "";
    fill(&rows);
    assert_int_equal(columns_parse(by, NULL, &columns, NULL), 0);
    assert_int_equal(rowset_sort(&rows, &columns), 0);
    for (size_t i = 0; i < rows.count; i++)
        strcat(order, record_text(rows.items[i], "node"));
    assert_string_equal(order, expected);
    rowset_free(&rows);
}

static void numbers_by_value_texts_by_bytes_absent_last(void **state)
{
    (void)state;
    assert_order("rtt_ms", "cbda");
    assert_order("-rtt_ms", "bdca");
    assert_order("rtt_ms,-node", "cdba");
    assert_order("-node", "dcba");
    assert_order("tag.role", "dbac");
    assert_order("-tag.role", "abdc");
    assert_order("nothing", "abcd");
}

static void the_least_is_found(void **state)
{
    (void)state;
    struct rowset rows;
    size_t which = 99;
    fill(&rows);
    assert_true(rowset_least(&rows, "rtt_ms", &which));
    assert_int_equal(which, 2);
    assert_false(rowset_least(&rows, "age", &which));
    rowset_cut(&rows, 2);
    assert_true(rowset_least(&rows, "rtt_ms", &which));
    assert_int_equal(which, 1);
    rowset_cut(&rows, 9);
    assert_int_equal(rows.count, 2);
    rowset_free(&rows);
    assert_false(rowset_least(&rows, "rtt_ms", &which));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_by_value_texts_by_bytes_absent_last),
        cmocka_unit_test(the_least_is_found),
    };
    return cmocka_run_group_tests_name("stat_rowset", tests, NULL, NULL);
}
