/* Columns: what -o may say, and what is picked. */
#include "cli/columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))
#define KNOWN "state|node|tags|inc"

static void a_list_is_read_in_order(void **state)
{
    (void)state;
    struct columns columns;
    assert_int_equal(columns_parse("inc,tag.rack,node", KNOWN, &columns, NULL), 0);
    assert_int_equal(columns.count, 3);
    assert_string_equal(columns.names[0], "inc");
    assert_string_equal(columns.names[1], "tag.rack");
    assert_string_equal(columns.names[2], "node");
    assert_true(columns_have(&columns, "node"));
    assert_false(columns_have(&columns, "nod"));
}

static const struct {
    const char *list, *known, *why;
} refusals[] = {
    {"", KNOWN, "'' holds an empty name"},
    {"node,", KNOWN, "'node,' holds an empty name"},
    {"node,,inc", KNOWN, "'node,,inc' holds an empty name"},
    {"node,name", KNOWN, "'name' is none of state, node, tags, inc"},
    {"node,inc,node", KNOWN, "'node' is named twice"},
    {"tag.rack", "state|node", "'tag.rack' is none of state, node"},
    {"", NULL, "'' holds an empty name"},
};

static void mistakes_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct columns columns;
        struct why why = {""};
        assert_int_equal(columns_parse(refusals[i].list, refusals[i].known, &columns, &why),
                         ERR_USAGE);
        assert_string_equal(why.text, refusals[i].why);
    }
}

static void too_many_are_refused(void **state)
{
    (void)state;
    struct columns columns;
    struct why why = {""};
    char list[COLUMNS_TEXT_MAX + 2] = "";
    for (int i = 0; i <= COLUMNS_MAX; i++)
        sprintf(list + strlen(list), "%sc%d", i == 0 ? "" : ",", i);
    assert_int_equal(columns_parse(list, NULL, &columns, &why), ERR_USAGE);
    assert_string_equal(why.text, "more than 64 names");
    memset(list, 'x', sizeof list - 1);
    list[sizeof list - 1] = '\0';
    assert_int_equal(columns_parse(list, NULL, &columns, &why), ERR_USAGE);
    assert_string_equal(why.text, "the list is too long");
}

static void fill(struct record *record)
{
    record_init(record, "member", 5);
    record_add_text(record, "node", "n1");
    record_add_uint(record, "inc", 3);
    record_add_text(record, "tag.role", "web");
    record_add_absent(record, "by");
    record_add_text(record, "tag.note", "a b");
}

static void a_pick_keeps_kinds_and_time(void **state)
{
    (void)state;
    struct record record, picked;
    struct columns columns;
    fill(&record);
    assert_int_equal(columns_parse("tags,by,none,inc", NULL, &columns, NULL), 0);
    columns_pick(&columns, &record, &picked);
    assert_int_equal(picked.wall_ns, 5);
    assert_string_equal(picked.event, "member");
    assert_int_equal(picked.count, 5);
    assert_string_equal(picked.fields[0].key, "tag.role");
    assert_string_equal(picked.fields[1].value, "a b");
    assert_int_equal(picked.fields[2].kind, RECORD_ABSENT);
    assert_string_equal(picked.fields[3].key, "none");
    assert_int_equal(picked.fields[3].kind, RECORD_ABSENT);
    assert_int_equal(picked.fields[4].kind, RECORD_NUMBER);
}

static void the_columns_of_a_record_hold_its_tags_once(void **state)
{
    (void)state;
    struct record record;
    struct columns columns;
    fill(&record);
    columns_of_record(&record, &columns);
    assert_int_equal(columns.count, 4);
    assert_string_equal(columns.names[2], "tags");
    assert_string_equal(columns.names[3], "by");
}

static void a_cell_never_breaks_its_row(void **state)
{
    (void)state;
    struct record record;
    char buf[64];
    fill(&record);
    record_add_text(&record, "empty", "");
    record_add_text(&record, "dash", "-");
    record_add_text(&record, "bell", "x\ay");
    record_add_text(&record, "csi",
                    "\xc2\x9b"
                    "2J");
    record_add_text(&record, "number", "12");
    assert_string_equal(columns_cell("tags", &record, buf, sizeof buf),
                        "role=web,note=\"a\\u0020b\"");
    assert_string_equal(columns_cell("tags", &record, buf, 8), "role=we");
    assert_string_equal(columns_cell("by", &record, buf, sizeof buf), "-");
    assert_string_equal(columns_cell("gone", &record, buf, sizeof buf), "-");
    assert_string_equal(columns_cell("empty", &record, buf, sizeof buf), "\"\"");
    assert_string_equal(columns_cell("dash", &record, buf, sizeof buf), "\"-\"");
    assert_string_equal(columns_cell("bell", &record, buf, sizeof buf), "\"x\\u0007y\"");
    assert_string_equal(columns_cell("csi", &record, buf, sizeof buf), "\"\\u009b2J\"");
    assert_string_equal(columns_cell("number", &record, buf, sizeof buf), "12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_in_order),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(a_pick_keeps_kinds_and_time),
        cmocka_unit_test(the_columns_of_a_record_hold_its_tags_once),
        cmocka_unit_test(a_cell_never_breaks_its_row),
    };
    return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
