/* Every event, with every key: line -> record -> line, line -> record -> JSON, and JSON -> line by
 * way of jq, all without a loss. */
#include "base/event.h"
#include "base/line.h"
#include "cli/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WALL_NS UINT64_C(1767225599123456000)

/* JSON as lines. Numbers are left as they are; texts are quoted where the line form asks for it. */
static const char jq_program[] =
    "def value: if . == null then \"-\" elif type == \"string\" then "
    "if . == \"\" or . == \"-\" or test(\"[ \\\"\\\\\\\\=[:cntrl:]]\") or "
    "test(\"^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?$\") "
    "then tojson | gsub(\" \"; \"\\\\u0020\") else . end else tojson end; "
    "[.time, .event, (del(.time, .event) | paths(type != \"object\") as $p | "
    "($p | join(\".\")) + \"=\" + (getpath($p) | value))] | join(\" \")";

/* Texts as they come: plain ones, and what a form could stumble over. */
static const char *const texts[] = {
    "plain",       "two words",
    "-",           "",
    "7",           "1e5",
    "a=b",         "\"",
    "back\\slash", "tab\tnewline\n",
    "grüß 世界",   "\xf0\x9f\xa6\xa2",
    "-0.5",        "{\"a\":1}",
    " lead",
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

struct fill {
    size_t round, key;
    bool some; /* every other key is absent */
};

static const char *fill_text(const struct fill *fill)
{
    return texts[(fill->round + fill->key) % TEXTS];
}

static void fill_name(struct name *name, const struct fill *fill)
{
    static const char *const names[] = {"a", "7", "web-1.example_net", "1e5", "-"};
    const char *text = names[(fill->round + fill->key) % 4];
    assert_int_equal(name_set(name, text, strlen(text)), 0);
}

static void fill_addr(struct addr *addr, const struct fill *fill)
{
    static const char *const addrs[] = {"127.0.0.1:7436", "[::1]:1", "[2001:db8::7]:65535"};
    assert_int_equal(addr_parse(addrs[(fill->round + fill->key) % 3], 1, addr), 0);
}

static uint64_t fill_count(const struct fill *fill)
{
    static const uint64_t counts[] = {0, 1, 41233, INCARNATION_MAX};
    return counts[(fill->round + fill->key) % 4];
}

static uint64_t fill_ns(const struct fill *fill)
{
    static const uint64_t times[] = {0, 412345, 1000000, UINT64_C(86400000000000), 999};
    return times[(fill->round + fill->key) % 5];
}

static void fill_tags(struct tags *tags, struct tags_buffer *buffer, const struct fill *fill)
{
    buffer->len = 0;
    for (size_t i = 0; i < TEXTS; i++) {
        char key[] = {'k', (char)('a' + i)};
        const char *text = texts[(fill->round + i) % TEXTS];
        if (!strpbrk(text, "\t\n"))
            assert_int_equal(tags_set(buffer, key, 2, text, strlen(text)), 0);
    }
    *tags = tags_view(buffer);
}

#define FILL_NAME(FIELD) fill_name(&event->FIELD, &fill)
#define FILL_ADDRESS(FIELD) fill_addr(&event->FIELD, &fill)
#define FILL_COUNT(FIELD) event->FIELD = fill_count(&fill)
#define FILL_OPT_COUNT(FIELD) event->FIELD = fill_count(&fill)
#define FILL_TEXT(FIELD) event->FIELD = fill_text(&fill)
#define FILL_OPT_TEXT(FIELD) event->FIELD = fill_text(&fill)
#define FILL_MS(FIELD) event->FIELD = fill_ns(&fill)
#define FILL_TAG_SET(FIELD) fill_tags(&event->FIELD, buffer, &fill)

static void fill_event(struct event *event, enum event_kind kind, struct tags_buffer *buffer,
                       struct fill fill)
{
    event_init(event, kind);
#define X(SYMBOL, NAME, TYPE, FIELD)                                                               \
    fill.key++;                                                                                    \
    if (!fill.some || (fill.round + fill.key) % 2 == 0)                                            \
        FILL_##TYPE(FIELD);
    EVENT_KEYS(X)
#undef X
}

static void write_record(const struct record *record, FILE *lines, FILE *json)
{
    static char line[LINE_MAX_BYTES + 1], again[LINE_MAX_BYTES + 1];
    static struct record parsed;
    char *texts_of[2];
    size_t sizes[2];
    size_t len = line_format(record, line, sizeof(line));
    assert_int_not_equal(len, 0);
    assert_int_equal(line_parse(line, len, &parsed), 0);
    assert_int_equal(line_format(&parsed, again, sizeof(again)), len);
    assert_string_equal(line, again);
    for (int i = 0; i < 2; i++) {
        FILE *out = open_memstream(&texts_of[i], &sizes[i]);
        assert_non_null(out);
        assert_int_equal(format_write(FORMAT_JSON, i == 0 ? record : &parsed, out), 0);
        assert_int_equal(fclose(out), 0);
    }
    assert_string_equal(texts_of[0], texts_of[1]);
    assert_int_equal(fputs(line, lines) < 0, 0);
    assert_int_equal(fputs(texts_of[0], json) < 0, 0);
    free(texts_of[0]);
    free(texts_of[1]);
}

/* A line at a time, so that a failure shows the two. */
static void expect_same_lines(FILE *wanted, FILE *got, size_t count)
{
    static char one[LINE_MAX_BYTES + 2], other[LINE_MAX_BYTES + 2];
    for (size_t i = 0; i < count; i++) {
        assert_non_null(fgets(one, sizeof(one), wanted));
        if (!fgets(other, sizeof(other), got))
            fail_msg("jq ends before: %s", one);
        assert_string_equal(other, one);
    }
    assert_null(fgets(other, sizeof(other), got));
}

static void test_every_event_through_jq(void **state)
{
    static struct record record;
    char command[2048];
    size_t count = 0;
    (void)state;
    if (system("jq --version >/dev/null 2>&1") != 0)
        skip();
    FILE *json = tmpfile(), *lines = tmpfile();
    assert_non_null(json);
    assert_non_null(lines);
    for (size_t round = 0; round < 2 * TEXTS; round++)
        for (unsigned kind = 0; kind < EVENT_KIND_COUNT; kind++) {
            struct tags_buffer buffer;
            struct event event;
            fill_event(&event, (enum event_kind)kind, &buffer,
                       (struct fill){.round = round, .some = round >= TEXTS});
            event_to_record(&event, round, WALL_NS + round * 1000, &record);
            write_record(&record, lines, json);
            count++;
        }
    assert_int_equal(fflush(json), 0);
    rewind(lines);
    snprintf(command, sizeof(command), "jq -r '%s' /dev/fd/%d", jq_program, fileno(json));
    FILE *jq = popen(command, "r");
    assert_non_null(jq);
    expect_same_lines(lines, jq, count);
    assert_int_equal(pclose(jq), 0);
    fclose(lines);
    fclose(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_event_through_jq),
    };
    return cmocka_run_group_tests_name("roundtrip", tests, NULL, NULL);
}
