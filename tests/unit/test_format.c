/* The forms of output: the same record as line, JSON and row of a table. */
#include "base/line.h"
#include "base/wall.h"
#include "cli/format.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))
#define TIME "2026-11-01T12:00:00.123456Z"

static void read_line(const char *text, struct record *record)
{
    assert_int_equal(line_parse(text, strlen(text), record), 0);
}

/* What a form makes of one record; to be freed. NULL: refused with `rc`. */
static char *written(enum format format, const struct record *record, int rc)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(format_write(format, record, out), rc);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void assert_written(enum format format, const char *line, const char *expected)
{
    struct record record;
    read_line(line, &record);
    char *text = written(format, &record, 0);
    assert_string_equal(text, expected);
    free(text);
}

static const struct {
    const char *line, *json;
} pairs[] = {
    {TIME " joined", "{\"time\":\"" TIME "\",\"event\":\"joined\"}"},
    {TIME " e a=- b=1 c=x",
     "{\"time\":\"" TIME "\",\"event\":\"e\",\"a\":null,\"b\":1,\"c\":\"x\"}"},
    {TIME " e n=0.1 m=9007199254740991 k=-0.000001",
     "{\"time\":\"" TIME "\",\"event\":\"e\",\"n\":0.1,\"m\":9007199254740991,\"k\":-0.000001}"},
    {TIME " e id=00000000000000ff n=\"12\"",
     "{\"time\":\"" TIME "\",\"event\":\"e\",\"id\":\"00000000000000ff\",\"n\":\"12\"}"},
    {TIME " e tag.role=web tag.rack=\"r\\u00201\" x=1",
     "{\"time\":\"" TIME "\",\"event\":\"e\",\"tag\":{\"role\":\"web\",\"rack\":\"r 1\"},\"x\":1}"},
    {TIME " e a.b.c=1 a.b.d=2 a.e=3",
     "{\"time\":\"" TIME "\",\"event\":\"e\",\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":3}}"},
    {TIME " e q=\"say\\u0020\\\"hi\\\"\\\\\\n\"",
     "{\"time\":\"" TIME "\",\"event\":\"e\",\"q\":\"say \\\"hi\\\"\\\\\\n\"}"},
    {TIME " e u=gr\xc3\xbc\xc3\x9f",
     "{\"time\":\"" TIME "\",\"event\":\"e\",\"u\":\"gr\xc3\xbc\xc3\x9f\"}"},
    {TIME " e t=true s=\"\" d=\"-\"",
     "{\"time\":\"" TIME "\",\"event\":\"e\",\"t\":\"true\",\"s\":\"\",\"d\":\"-\"}"},
};

static void line_and_json_say_the_same(void **state)
{
    (void)state;
    char expected[512];
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        snprintf(expected, sizeof expected, "%s\n", pairs[i].json);
        assert_written(FORMAT_JSON, pairs[i].line, expected);
        snprintf(expected, sizeof expected, "%s\n", pairs[i].line);
        assert_written(FORMAT_LINE, pairs[i].line, expected);
    }
}

/* Reads an object back into the record, keys dotted again. */
static void flatten(const char *prefix, json_t *object, struct record *record)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        char key[128];
        snprintf(key, sizeof key, "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".", name);
        if (json_is_object(value)) {
            flatten(key, value, record);
        } else if (json_is_null(value)) {
            record_add_absent(record, key);
        } else if (json_is_string(value)) {
            record_add_bytes(record, key, json_string_value(value), json_string_length(value));
        } else if (json_is_integer(value)) {
            record_add_int(record, key, json_integer_value(value));
        } else {
            assert_true(json_is_real(value));
            record_add_real(record, key, json_real_value(value), 9);
        }
    }
}

/* By way of a JSON parser, since what counts is what such a reader understands. */
static void json_leads_back_to_the_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct record record, back;
        uint64_t wall_ns;
        read_line(pairs[i].line, &record);
        char *text = written(FORMAT_JSON, &record, 0);
        json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        assert_int_equal(wall_parse(json_string_value(json_object_get(object, "time")), &wall_ns),
                         0);
        record_init(&back, json_string_value(json_object_get(object, "event")), wall_ns);
        json_object_del(object, "time");
        json_object_del(object, "event");
        flatten("", object, &back);
        char *line = written(FORMAT_LINE, &back, 0);
        assert_int_equal(strncmp(line, pairs[i].line, strlen(pairs[i].line)), 0);
        free(line);
        free(text);
        json_decref(object);
    }
}

static void a_nest_is_written_once(void **state)
{
    (void)state;
    assert_written(FORMAT_JSON, TIME " e tag.b=1 x=2 tag.a=3 tags=4",
                   "{\"time\":\"" TIME "\",\"event\":\"e\",\"tag\":{\"b\":1,\"a\":3},\"x\":2,"
                   "\"tags\":4}\n");
}

static void what_can_not_be_written_leaves_nothing(void **state)
{
    (void)state;
    static const char *const clashes[] = {TIME " e a=1 a.b=2", TIME " e a.b=2 a=1",
                                          TIME " e x.a.b=1 x.a=2"};
    struct record record;
    for (size_t i = 0; i < COUNT_OF(clashes); i++) {
        read_line(clashes[i], &record);
        char *text = written(FORMAT_JSON, &record, ERR_MALFORMED);
        assert_string_equal(text, "");
        free(text);
    }
    record_init(&record, "e", 0);
    record.overflow = true;
    for (enum format format = FORMAT_LINE; format <= FORMAT_JSON; format++) {
        char *text = written(format, &record, ERR_NO_SPACE);
        assert_string_equal(text, "");
        free(text);
    }
    free(written(FORMAT_TABLE, &record, ERR_USAGE));
}

static void bytes_that_are_no_text_are_replaced(void **state)
{
    (void)state;
    struct record record;
    record_init(&record, "e", 0);
    record_add_bytes(&record, "a", "x\xff\xc3\xbcy", 5);
    char *text = written(FORMAT_JSON, &record, 0);
    assert_non_null(strstr(text, "\"a\":\"x\xef\xbf\xbd\xc3\xbcy\""));
    free(text);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    struct record record;
    read_line(TIME " e a=1", &record);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
    assert_int_equal(format_write(FORMAT_LINE, &record, full), ERR_SYSTEM);
    assert_int_equal(format_write(FORMAT_JSON, &record, full), ERR_SYSTEM);
    fclose(full);
}

/* ---- tables ---- */

static const char *const members[] = {
    TIME " member state=alive node=n1 age=1.5 tag.role=web tag.rack=r1 by=-",
    TIME " member state=suspect node=gr\xc3\xbc\xc3\x9f age=10 by=n1",
    TIME " member state=left node=n3 age=0 tag.note=\"a\\u0020b\" by=\"-\"",
};

static char *table(struct format_rows *rows, size_t count)
{
    char *text = NULL;
    size_t size;
    rows->out = open_memstream(&text, &size);
    assert_non_null(rows->out);
    for (size_t i = 0; i < count; i++) {
        struct record record;
        read_line(members[i], &record);
        assert_int_equal(format_row(rows, &record), 0);
    }
    assert_int_equal(format_end(rows), 0);
    format_free(rows);
    assert_int_equal(fclose(rows->out), 0);
    return text;
}

static void assert_table(struct format_rows *rows, size_t count, const char *expected)
{
    char *text = table(rows, count);
    assert_string_equal(text, expected);
    free(text);
}

static void a_table_aligns_its_columns(void **state)
{
    (void)state;
    struct format_rows rows = {.format = FORMAT_TABLE, .header = true};
    assert_table(&rows, 3,
                 "state    node  age  tags              by\n"
                 "alive    n1    1.5  role=web,rack=r1  -\n"
                 "suspect  gr\xc3\xbc\xc3\x9f  10   -                 n1\n"
                 "left     n3    0    note=\"a\\u0020b\"   \"-\"\n");
}

static void columns_are_picked_in_every_form(void **state)
{
    (void)state;
    struct columns columns;
    assert_int_equal(columns_parse("node,tags,gone", NULL, &columns, NULL), 0);
    struct format_rows rows = {.format = FORMAT_TABLE, .columns = &columns};
    assert_table(&rows, 2, "n1    role=web,rack=r1  -\ngr\xc3\xbc\xc3\x9f  -                 -\n");
    rows = (struct format_rows){.format = FORMAT_LINE, .columns = &columns};
    assert_table(&rows, 1, TIME " member node=n1 tag.role=web tag.rack=r1 gone=-\n");
    rows = (struct format_rows){.format = FORMAT_JSON, .columns = &columns};
    assert_table(&rows, 1,
                 "{\"time\":\"" TIME "\",\"event\":\"member\",\"node\":\"n1\","
                 "\"tag\":{\"role\":\"web\",\"rack\":\"r1\"},\"gone\":null}\n");
}

static void no_record_leaves_the_header(void **state)
{
    (void)state;
    struct columns columns;
    assert_int_equal(columns_parse("node,tags", NULL, &columns, NULL), 0);
    struct format_rows rows = {.format = FORMAT_TABLE, .columns = &columns, .header = true};
    assert_table(&rows, 0, "node  tags\n");
    rows = (struct format_rows){.format = FORMAT_TABLE, .header = true};
    assert_table(&rows, 0, "");
}

static void an_upright_table_has_a_key_a_row(void **state)
{
    (void)state;
    struct format_rows rows = {.format = FORMAT_TABLE, .header = true, .upright = true};
    assert_table(&rows, 1,
                 "state  alive\nnode   n1\nage    1.5\ntags   role=web,rack=r1\nby     -\n");
    rows = (struct format_rows){.format = FORMAT_TABLE, .upright = true};
    assert_table(&rows, 1, "alive\nn1\n1.5\nrole=web,rack=r1\n-\n");
}

static void colour_does_not_move_columns(void **state)
{
    (void)state;
    struct columns columns;
    assert_int_equal(columns_parse("state,node", NULL, &columns, NULL), 0);
    struct format_rows rows = {
        .format = FORMAT_TABLE, .columns = &columns, .header = true, .color = true};
    assert_table(&rows, 2,
                 "state    node\n\033[32malive\033[0m    n1\n"
                 "\033[33msuspect\033[0m  gr\xc3\xbc\xc3\x9f\n");
}

static void forms_have_names(void **state)
{
    (void)state;
    enum format format;
    assert_true(format_find("json", &format));
    assert_int_equal(format, FORMAT_JSON);
    assert_true(format_find("table", &format));
    assert_false(format_find("yaml", &format));
    assert_true(format_wants_color("always", stdout));
    assert_false(format_wants_color("never", stdout));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_and_json_say_the_same),
        cmocka_unit_test(json_leads_back_to_the_line),
        cmocka_unit_test(a_nest_is_written_once),
        cmocka_unit_test(what_can_not_be_written_leaves_nothing),
        cmocka_unit_test(bytes_that_are_no_text_are_replaced),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(a_table_aligns_its_columns),
        cmocka_unit_test(columns_are_picked_in_every_form),
        cmocka_unit_test(no_record_leaves_the_header),
        cmocka_unit_test(an_upright_table_has_a_key_a_row),
        cmocka_unit_test(colour_does_not_move_columns),
        cmocka_unit_test(forms_have_names),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
