/* The forms for other programs: csv and Prometheus' text. */
#include "base/line.h"
#include "cli/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TIME "2026-11-01T12:00:00.123456Z"

/* What the form makes of the lines, up to a NULL; to be freed. */
static char *formed(struct format_rows *rows, const char *const *lines, int expected)
{
    char *text = NULL;
    size_t size;
    int rc = 0;
    rows->out = open_memstream(&text, &size);
    assert_non_null(rows->out);
    for (; rc == 0 && *lines != NULL; lines++) {
        struct record record;
        assert_int_equal(line_parse(*lines, strlen(*lines), &record), 0);
        rc = format_row(rows, &record);
    }
    if (rc == 0)
        rc = format_end(rows);
    format_free(rows);
    assert_int_equal(fclose(rows->out), 0);
    assert_int_equal(rc, expected);
    return text;
}

static void assert_formed(struct format_rows *rows, const char *const *lines, const char *expected)
{
    char *text = formed(rows, lines, 0);
    assert_string_equal(text, expected);
    free(text);
}

static const char *const members[] = {
    TIME " member node=n1 rtt_ms=0.5 tag.role=web tag.rack=r1 by=-",
    TIME " member node=n2 rtt_ms=- tag.role=\"say\\u0020\\\"hi\\\"\" tag.note=\"a\\nb\" by=\"\"",
    NULL,
};

static void csv_quotes_what_must_be(void **state)
{
    (void)state;
    struct columns columns;
    assert_int_equal(columns_parse("node,rtt_ms,tag.role,tag.note,by,tags", NULL, &columns, NULL),
                     0);
    struct format_rows rows = {.format = FORMAT_CSV, .columns = &columns, .header = true};
    assert_formed(&rows, members,
                  "node,rtt_ms,tag.role,tag.note,by,tags\n"
                  "n1,0.5,web,,,\"role=web,rack=r1\"\n"
                  "n2,,\"say \"\"hi\"\"\",\"a\nb\",\"\","
                  "\"role=\"\"say\\u0020\\\"\"hi\\\"\"\"\",note=\"\"a\\nb\"\"\"\n");
    assert_false(rows.header); /* written: the next block does without */
}

static void csv_has_its_header_without_rows_too(void **state)
{
    (void)state;
    struct columns columns;
    static const char *const none[] = {NULL};
    assert_int_equal(columns_parse("node,by", NULL, &columns, NULL), 0);
    struct format_rows rows = {.format = FORMAT_CSV, .columns = &columns, .header = true};
    assert_formed(&rows, none, "node,by\n");
    rows = (struct format_rows){.format = FORMAT_CSV, .columns = &columns};
    assert_formed(&rows, none, "");
}

static void csv_takes_the_columns_of_the_first_record(void **state)
{
    (void)state;
    static const char *const info[] = {TIME " info a=1 b=x", TIME " info b=y a=2", NULL};
    struct format_rows rows = {.format = FORMAT_CSV, .header = true};
    assert_formed(&rows, info, "a,b\n1,x\n2,y\n");
}

static const char *const report[] = {
    TIME " member state=alive node=n1 inc=3 age=1.5 rtt_ms=- cert_days=-",
    TIME " info node=n1 cluster=\"c\\\"\\\\\\n\" alive=1 dead=0 pool_in_use=2",
    TIME " member state=dead node=n2 inc=4 age=2 rtt_ms=0.033 cert_days=2",
    NULL,
};

static void prometheus_has_a_family_in_one_piece(void **state)
{
    (void)state;
    struct format_rows rows = {.format = FORMAT_PROMETHEUS};
    char *text = formed(&rows, report, 0);
    static const char *const pieces[] = {
        "# HELP swim_up Whether the node answered.\n# TYPE swim_up gauge\n"
        "swim_up{cluster=\"c\\\"\\\\\\n\",node=\"n1\"} 1\n",
        "\n# TYPE swim_members gauge\nswim_members{cluster=\"c\\\"\\\\\\n\",node=\"n1\","
        "state=\"alive\"} 1\n",
        ",state=\"dead\"} 0\n# HELP swim_pool_connections ",
        ",node=\"n1\",use=\"in-use\"} 2\n",
        ",node=\"n1\",peer=\"n1\",state=\"alive\"} 1\nswim_member_state{cluster=\"c\\\"\\\\\\n\","
        "node=\"n1\",peer=\"n2\",state=\"dead\"} 1\n",
        ",node=\"n1\",peer=\"n2\"} 3.3e-05\n",
        ",node=\"n1\",peer=\"n2\"} 172800\n",
    };
    const char *at = text;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        at = strstr(at, pieces[i]);
        if (at == NULL)
            fail_msg("no %s in %s", pieces[i], text);
        at += strlen(pieces[i]) - 1;
    }
    assert_null(strstr(text, "phi"));
    free(text);
}

static void prometheus_needs_to_know_who_tells(void **state)
{
    (void)state;
    struct format_rows rows = {.format = FORMAT_PROMETHEUS};
    free(formed(&rows, members, ERR_BUG));
}

static void a_node_that_is_down_leaves_one_sample(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    format_prometheus_down("[::1]:7436", out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "# HELP swim_up Whether the node answered.\n# TYPE swim_up gauge\n"
                              "swim_up{target=\"[::1]:7436\"} 0\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_quotes_what_must_be),
        cmocka_unit_test(csv_has_its_header_without_rows_too),
        cmocka_unit_test(csv_takes_the_columns_of_the_first_record),
        cmocka_unit_test(prometheus_has_a_family_in_one_piece),
        cmocka_unit_test(prometheus_needs_to_know_who_tells),
        cmocka_unit_test(a_node_that_is_down_leaves_one_sample),
    };
    return cmocka_run_group_tests_name("format_machine", tests, NULL, NULL);
}
