/* The line form of records. */
#include "base/err.h"
#include "base/line.h"
#include "base/rng.h"
#include "base/wall.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))
#define TIME "2026-11-01T12:00:00.123456Z"
#define TIME_NS UINT64_C(1793534400123456000)

/* ---- values ---- */

struct value_case {
    const char *text, *form;
};

static const struct value_case values[] = {
    {"web", "web"},
    {"", "\"\""},
    {"-", "\"-\""},
    {"--", "--"},
    {"-x", "-x"},
    {"a b", "\"a\\u0020b\""},
    {" ", "\"\\u0020\""},
    {"a=b", "\"a=b\""},
    {"say \"hi\"", "\"say\\u0020\\\"hi\\\"\""},
    {"a\\b", "\"a\\\\b\""},
    {"a/b", "a/b"},
    {"a\tb\nc", "\"a\\tb\\nc\""},
    {"\r\b\f\x01\x1f\x7f", "\"\\u000d\\u0008\\u000c\\u0001\\u001f\\u007f\""},
    {"\xc2\x9b[0m", "\"\\u009b[0m\""},
    {"\xc2\xa0", "\xc2\xa0"},
    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
    {"gr\xc3\xbc\xc3\x9f e", "\"gr\xc3\xbc\xc3\x9f\\u0020e\""},
    {"\xf0\x9f\x90\x9d", "\xf0\x9f\x90\x9d"},
    {"0", "\"0\""},
    {"42", "\"42\""},
    {"-42", "\"-42\""},
    {"0.5", "\"0.5\""},
    {"1e5", "\"1e5\""},
    {"1E+5", "\"1E+5\""},
    {"12345678901234e5", "\"12345678901234e5\""},
    {"007", "007"},
    {"+1", "+1"},
    {"1.", "1."},
    {".5", ".5"},
    {"0x10", "0x10"},
    {"1e", "1e"},
    {"NaN", "NaN"},
    {"true", "true"},
    {"null", "null"},
    {"127.0.0.1:7436", "127.0.0.1:7436"},
    {"[::1]:7436", "[::1]:7436"},
    {"{a,b}", "{a,b}"},
    {"\xff", "\"\xef\xbf\xbd\""},
    {"a\xc3", "\"a\xef\xbf\xbd\""},
};

static void values_are_quoted_where_they_must(void **state)
{
    char form[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        size_t len = line_format_value(values[i].text, strlen(values[i].text), form, sizeof(form));

        assert_string_equal(form, values[i].form);
        assert_int_equal(len, strlen(values[i].form));
    }
    assert_int_equal(line_format_value("a\0b", 3, form, sizeof(form)), 7);
    assert_string_equal(form, "\"a\xef\xbf\xbd"
                              "b\"");
}

static void a_value_fits_or_is_not_written(void **state)
{
    char form[16];

    (void)state;
    assert_int_equal(line_format_value("web", 3, form, 4), 3);
    assert_int_equal(line_format_value("web", 3, form, 3), 0);
    assert_int_equal(line_format_value("web", 3, form, 0), 0);
    assert_int_equal(line_format_value("", 0, form, 3), 2);
    assert_int_equal(line_format_value("", 0, form, 2), 0);
}

static const char *const numbers[] = {
    "0",    "-0",  "7",   "10",   "-10",   "0.0", "1.50",
    "-0.5", "1e5", "1E5", "1e+5", "1e-05", "0e0", "123456789012345678901234"};
static const char *const not_numbers[] = {"",     "-",   "+1",  "01",    "-01", "1.",   ".1",
                                          "1.e1", "e1",  "1e",  "1e+",   "1 ",  " 1",   "0x1",
                                          "1,0",  "inf", "nan", "1.2.3", "--1", "1e1.5"};

static void numbers_are_those_of_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (!line_is_number(numbers[i], strlen(numbers[i])))
            fail_msg("'%s' is a number", numbers[i]);
    for (size_t i = 0; i < COUNT_OF(not_numbers); i++)
        if (line_is_number(not_numbers[i], strlen(not_numbers[i])))
            fail_msg("'%s' is no number", not_numbers[i]);
}

static const char *const utf8[] = {"",
                                   "a",
                                   "\x7f",
                                   "\xc2\x80",
                                   "\xdf\xbf",
                                   "\xe0\xa0\x80",
                                   "\xed\x9f\xbf",
                                   "\xee\x80\x80",
                                   "\xef\xbf\xbf",
                                   "\xf0\x90\x80\x80",
                                   "\xf4\x8f\xbf\xbf",
                                   "a\xc3\xa9z"};
static const char *const not_utf8[] = {"\x80",
                                       "\xbf",
                                       "\xc0\x80",
                                       "\xc1\xbf",
                                       "\xc2",
                                       ("\xc2"
                                        "a"),
                                       "\xe0\x80\x80",
                                       "\xe0\x9f\xbf",
                                       "\xe2\x82",
                                       "\xed\xa0\x80",
                                       "\xed\xbf\xbf",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xf0\x90\x80",
                                       "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80",
                                       "\xff",
                                       "a\xe9z"};

static void utf8_is_that_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(utf8); i++)
        if (!line_is_utf8(utf8[i], strlen(utf8[i])))
            fail_msg("UTF-8 %zu is refused", i);
    for (size_t i = 0; i < COUNT_OF(not_utf8); i++)
        if (line_is_utf8(not_utf8[i], strlen(not_utf8[i])))
            fail_msg("no UTF-8 %zu is taken", i);
    assert_false(line_is_utf8("a\0b", 3));
}

/* ---- records ---- */

static void assert_line(const struct record *record, const char *expected)
{
    char line[LINE_MAX_BYTES + 1];

    assert_int_equal(line_format(record, line, sizeof(line)), strlen(expected));
    assert_string_equal(line, expected);
}

static void assert_same(const struct record *a, const struct record *b)
{
    assert_string_equal(a->event, b->event);
    assert_true(a->wall_ns == b->wall_ns);
    assert_int_equal(a->count, b->count);
    assert_false(b->overflow);
    for (size_t i = 0; i < a->count; i++) {
        assert_string_equal(a->fields[i].key, b->fields[i].key);
        assert_int_equal(a->fields[i].kind, b->fields[i].kind);
        assert_int_equal(a->fields[i].value_len, b->fields[i].value_len);
        assert_string_equal(a->fields[i].value, b->fields[i].value);
        assert_int_equal(strlen(a->fields[i].value), a->fields[i].value_len);
    }
}

static void a_record_becomes_a_line(void **state)
{
    struct name nobody = {{0}}, somebody;
    struct addr none = {0}, addr;
    struct record record;

    (void)state;
    assert_int_equal(name_set(&somebody, "b", 1), 0);
    assert_int_equal(addr_parse("127.0.0.1:41233", 0, &addr), 0);
    record_init(&record, "row", TIME_NS);
    record_add_uint(&record, "big", UINT64_MAX);
    record_add_int(&record, "least", INT64_MIN);
    record_add_absent(&record, "nothing");
    record_add_text(&record, "null", NULL);
    record_add_text(&record, "empty", "");
    record_add_hex(&record, "hash", 0x1234);
    record_add_hex(&record, "digits", UINT64_C(0x1234567890123456));
    record_add_hex(&record, "instance", UINT64_C(0xdeadbeef01234567));
    record_add_name(&record, "nobody", &nobody);
    record_add_name(&record, "node", &somebody);
    record_add_addr(&record, "none", &none);
    record_add_addr(&record, "addr", &addr);
    record_add_bytes(&record, "cut", "abcdef", 3);
    assert_line(&record,
                TIME " row big=18446744073709551615 least=-9223372036854775808 nothing=- null=- "
                     "empty=\"\" hash=0000000000001234 digits=\"1234567890123456\" "
                     "instance=deadbeef01234567 nobody=- "
                     "node=b none=- addr=127.0.0.1:41233 cut=abc\n");
}

struct real_case {
    double value;
    unsigned decimals;
    const char *text;
};

static const struct real_case reals[] = {
    {0, 3, "0"},
    {-0.0, 3, "0"},
    {-0.0001, 3, "0"},
    {0.5, 3, "0.5"},
    {0.412, 3, "0.412"},
    {0.4125, 2, "0.41"},
    {1.999, 2, "2"},
    {100, 0, "100"},
    {100, 2, "100"},
    {-1.25, 9, "-1.25"},
    {1e15, 1, "1000000000000000"},
    {0.1, 9, "0.1"},
    {1e-9, 9, "0.000000001"},
    {50.0, 1, "50"},
    {-10.0, 0, "-10"},
};

struct ms_case {
    uint64_t ns;
    const char *text;
};

static const struct ms_case times[] = {
    {0, "0"},
    {499, "0"},
    {500, "0.001"},
    {1000, "0.001"},
    {412000, "0.412"},
    {1000000, "1"},
    {1500000, "1.5"},
    {999999500, "1000"},
    {10000000, "10"},
    {1234567890, "1234.568"},
    {UINT64_MAX, "18446744073709.552"},
};

static void numbers_have_their_shortest_form(void **state)
{
    struct record record;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(reals); i++) {
        record_init(&record, "e", 0);
        record_add_real(&record, "x", reals[i].value, reals[i].decimals);
        assert_string_equal(record_text(&record, "x"), reals[i].text);
    }
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        record_init(&record, "e", 0);
        record_add_ms(&record, "x", times[i].ns);
        assert_string_equal(record_text(&record, "x"), times[i].text);
    }
    record_init(&record, "e", 0);
    record_add_real(&record, "huge", 1e300, 9);
    assert_int_equal(strlen(record_text(&record, "huge")), 301);
    record_add_real(&record, "inf", HUGE_VAL, 3);
    record_add_real(&record, "nan", NAN, 3);
    assert_null(record_text(&record, "inf"));
    assert_null(record_text(&record, "nan"));
}

static void values_are_found_by_key(void **state)
{
    struct record record;
    uint64_t value;
    double real;

    (void)state;
    record_init(&record, "e", 0);
    record_add_uint(&record, "max", UINT64_MAX);
    record_add_real(&record, "half", 0.5, 3);
    record_add_text(&record, "text", "7");
    record_add_absent(&record, "none");
    record_add_int(&record, "negative", -7);
    record_add_number_text(&record, "beyond", "18446744073709551616", 20);
    assert_true(record_uint(&record, "max", &value) && value == UINT64_MAX);
    assert_false(record_uint(&record, "half", &value));
    assert_false(record_uint(&record, "text", &value));
    assert_false(record_uint(&record, "none", &value));
    assert_false(record_uint(&record, "negative", &value));
    assert_false(record_uint(&record, "beyond", &value));
    assert_false(record_uint(&record, "unknown", &value));
    assert_true(record_real(&record, "half", &real) && real > 0.49 && real < 0.51);
    assert_true(record_real(&record, "negative", &real) && real < -6.9);
    assert_false(record_real(&record, "text", &real));
    assert_string_equal(record_text(&record, "text"), "7");
    assert_null(record_text(&record, "none"));
    assert_null(record_text(&record, "unknown"));
    assert_non_null(record_find(&record, "none"));
    assert_null(record_find(&record, "no"));
}

static void a_copy_stands_alone(void **state)
{
    struct record record, copy;

    (void)state;
    record_init(&record, "e", TIME_NS);
    record_add_text(&record, "a", "x");
    record_add_absent(&record, "b");
    record_copy(&copy, &record);
    assert_same(&record, &copy);
    memset(&record, 'z', sizeof(record));
    assert_line(&copy, TIME " e a=x b=-\n");
    record_copy(&copy, &copy);
    assert_line(&copy, TIME " e a=x b=-\n");
}

static void what_does_not_fit_overflows(void **state)
{
    static char text[LINE_MAX_BYTES + 1];
    char line[LINE_MAX_BYTES + 2];
    struct record record;

    (void)state;
    memset(text, 'x', LINE_MAX_BYTES);
    record_init(&record, "e", 0);
    for (int i = 0; i < RECORD_FIELDS_MAX; i++)
        record_add_absent(&record, "k");
    assert_false(record.overflow);
    record_add_absent(&record, "k");
    assert_true(record.overflow);
    assert_int_equal(line_format(&record, line, sizeof(line)), 0);
    record_init(&record, "e", 0);
    record_add_text(&record, "k", text);
    assert_true(record.overflow);
    assert_int_equal(record.count, 0);
    assert_int_equal(record.arena_used, 0);
    record_init(&record, "an-event-whose-name-is-longer-than-there-is-room", 0);
    assert_true(record.overflow);
}

static void a_line_has_at_most_its_bytes(void **state)
{
    static char text[LINE_MAX_BYTES + 1];
    /* time, " e k=", the text, LF */
    const size_t text_max = LINE_MAX_BYTES - 27 - 5 - 1;
    char line[LINE_MAX_BYTES + 16];
    struct record record, back;

    (void)state;
    memset(text, 'x', LINE_MAX_BYTES);
    record_init(&record, "e", TIME_NS);
    record_add_bytes(&record, "k", text, text_max);
    assert_int_equal(line_format(&record, line, sizeof(line)), LINE_MAX_BYTES);
    assert_int_equal(line_parse(line, LINE_MAX_BYTES, &back), 0);
    assert_same(&record, &back);
    assert_int_equal(line_parse(line, LINE_MAX_BYTES - 1, &back), 0);
    assert_int_equal(line_format(&record, line, LINE_MAX_BYTES + 1), LINE_MAX_BYTES);
    assert_int_equal(line_format(&record, line, LINE_MAX_BYTES), 0);
    record_init(&record, "e", TIME_NS);
    record_add_bytes(&record, "k", text, text_max + 1);
    assert_false(record.overflow);
    assert_int_equal(line_format(&record, line, sizeof(line)), 0);
    snprintf(line, sizeof(line), TIME " e k=%.*s", (int)text_max + 1, text);
    assert_int_equal(line_parse(line, strlen(line), &back), ERR_MALFORMED);
}

static void what_is_no_line_is_not_written(void **state)
{
    char line[256];
    struct record record;

    (void)state;
    record_init(&record, "", 0);
    assert_int_equal(line_format(&record, line, sizeof(line)), 0);
    record_init(&record, "Event", 0);
    assert_int_equal(line_format(&record, line, sizeof(line)), 0);
    record_init(&record, "e", 0);
    record_add_uint(&record, "a key", 1);
    assert_int_equal(line_format(&record, line, sizeof(line)), 0);
    record_init(&record, "e", 0);
    assert_int_equal(line_format(&record, line, 0), 0);
    assert_int_equal(line_format(&record, line, 31), 30);
    assert_int_equal(line_format(&record, line, 30), 0);
}

/* ---- reading ---- */

static void a_line_becomes_a_record(void **state)
{
    static const char line[] = TIME " member-join seq=12 node=b rtt_ms=0.412 by=- tag.role="
                                    "\"a\\u0020\\\"b\\\"\\\\\\/\\b\\f\\n\\r\\t\" tag.bee="
                                    "\"\\uD83D\\udc1d\" zero=\"0\" x=007\n";
    struct record record;

    (void)state;
    assert_int_equal(line_parse(line, strlen(line), &record), 0);
    assert_string_equal(record.event, "member-join");
    assert_true(record.wall_ns == TIME_NS);
    assert_int_equal(record.count, 8);
    assert_int_equal(record_find(&record, "seq")->kind, RECORD_NUMBER);
    assert_string_equal(record_text(&record, "seq"), "12");
    assert_int_equal(record_find(&record, "node")->kind, RECORD_TEXT);
    assert_int_equal(record_find(&record, "rtt_ms")->kind, RECORD_NUMBER);
    assert_int_equal(record_find(&record, "by")->kind, RECORD_ABSENT);
    assert_string_equal(record_text(&record, "tag.role"), "a \"b\"\\/\b\f\n\r\t");
    assert_string_equal(record_text(&record, "tag.bee"), "\xf0\x9f\x90\x9d");
    assert_int_equal(record_find(&record, "zero")->kind, RECORD_TEXT);
    assert_int_equal(record_find(&record, "x")->kind, RECORD_TEXT);
    assert_int_equal(line_parse(TIME " sync", 32, &record), 0);
    assert_int_equal(record.count, 0);
}

#define E TIME " e"

static const char *const malformed[] = {
    "",
    "\n",
    " ",
    "e",
    TIME,
    TIME "\n",
    TIME " ",
    E " ",
    E "\n\n",
    " " E,
    E "  k=1",
    E " k=1 ",
    E " k=1  l=2",
    E "\tk=1",
    E " k",
    E " =1",
    E " k=",
    E " k= l=1",
    E " K=1",
    E " 1k=1",
    E " .k=1",
    E " k k=1",
    E " k/l=1",
    E " k=1 k=2",
    E " k=a=b",
    E " k=a\"b",
    E " k=a\\b",
    E " k=a\tb",
    E " k=a\x7f",
    E " k=\xc2\x9b",
    E " k=\xff",
    E " k=\xc3",
    E " k=\"",
    E " k=\"a",
    E " k=\"a b\"",
    E " k=\"a\"b",
    E " k=\"a\"b\"",
    E " k=\"\\\"",
    E " k=\"\\x\"",
    E " k=\"\\u\"",
    E " k=\"\\u12\"",
    E " k=\"\\u12g4\"",
    E " k=\"\\u0000\"",
    E " k=\"\\ud83d\"",
    E " k=\"\\ud83dx\"",
    E " k=\"\\ud83d\\n\"",
    E " k=\"\\ud83d\\u0041\"",
    E " k=\"\\udc1d\"",
    E " k=\"\t\"",
    E " k=\"\xff\"",
    E " k=\"\xe2\x82\"",
    E " k=1\r\n",
    TIME " E k=1",
    TIME " 1e",
    TIME " -e",
    TIME " e_f",
    TIME " e.f",
    TIME " an-event-whose-name-is-longer-than-there-is-room",
    "2026-11-01T12:00:00Z e",
    "2026-11-01T12:00:00.123456 e",
    "2026-11-01T12:00:00.12345Z e",
    "2026-11-01 12:00:00.123456Z e",
    "2026-11-01T12:00:00.123456+00:00 e",
    "2026-13-01T12:00:00.123456Z e",
    "2026-00-01T12:00:00.123456Z e",
    "2026-02-30T12:00:00.123456Z e",
    "2026-11-00T12:00:00.123456Z e",
    "2026-11-01T24:00:00.123456Z e",
    "2026-11-01T12:60:00.123456Z e",
    "2026-11-01T12:00:60.123456Z e",
    "1969-12-31T23:59:59.999999Z e",
    "2555-01-01T00:00:00.000000Z e",
    "x026-11-01T12:00:00.123456Z e",
};

static void what_is_no_line_is_refused(void **state)
{
    char text[512];
    struct record record;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        if (line_parse(malformed[i], strlen(malformed[i]), &record) != ERR_MALFORMED)
            fail_msg("'%s' is taken", malformed[i]);
        assert_int_equal(record.count, 0);
        assert_string_equal(record.event, "");
        assert_false(record.overflow);
    }
    assert_int_equal(line_parse(E " k=a\0b", sizeof(E " k=a\0b") - 1, &record), ERR_MALFORMED);
    assert_int_equal(line_parse(E " k=\"\\\0\"", sizeof(E " k=\"\\\0\"") - 1, &record),
                     ERR_MALFORMED);
    /* every line cut before its end, in a buffer of just its length for the sanitizer */
    for (size_t len = 0; len < 40; len++) {
        memcpy(text + sizeof(text) - len, E " k=\"\\ud83d\\udc1d\"", len);
        if (len == strlen(E))
            assert_int_equal(line_parse(text + sizeof(text) - len, len, &record), 0);
        else
            assert_int_equal(line_parse(text + sizeof(text) - len, len, &record), ERR_MALFORMED);
    }
}

static void too_many_fields_are_refused(void **state)
{
    char line[2048] = E;
    struct record record;
    size_t used = strlen(line);

    (void)state;
    for (int i = 0; i < RECORD_FIELDS_MAX; i++)
        used += (size_t)snprintf(line + used, sizeof(line) - used, " k%d=%d", i, i);
    assert_int_equal(line_parse(line, used, &record), 0);
    assert_int_equal(record.count, RECORD_FIELDS_MAX);
    used += (size_t)snprintf(line + used, sizeof(line) - used, " last=1");
    assert_int_equal(line_parse(line, used, &record), ERR_MALFORMED);
}

/* Pieces from which random texts are put together: every class of the grammar. */
static const char *const pieces[] = {"a",
                                     "Z",
                                     "0",
                                     "7",
                                     "-",
                                     "=",
                                     "\"",
                                     "\\",
                                     " ",
                                     ".",
                                     "e",
                                     "\n",
                                     "\t",
                                     "\x01",
                                     "/",
                                     "\x7f",
                                     "\xc2\x85",
                                     "\xc3\xa9",
                                     "\xe2\x82\xac",
                                     "\xf0\x9f\x90\x9d",
                                     "u",
                                     "n",
                                     "\xff"};

static size_t random_text(struct rng *rng, char *text, size_t pieces_max)
{
    size_t len = 0;

    for (uint64_t i = rng_below(rng, pieces_max); i > 0; i--) {
        const char *piece = pieces[rng_below(rng, COUNT_OF(pieces))];

        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

static void add_random_field(struct rng *rng, struct record *record, const char *key)
{
    char text[64];

    switch (rng_below(rng, 6)) {
    case 0:
        record_add_absent(record, key);
        break;
    case 1:
        record_add_uint(record, key, rng_next(rng) >> rng_below(rng, 64));
        break;
    case 2:
        record_add_real(record, key, (rng_unit(rng) - 0.5) * 1000, (unsigned)rng_below(rng, 10));
        break;
    case 3:
        record_add_hex(record, key, rng_next(rng) >> rng_below(rng, 64));
        break;
    default:
        record_add_bytes(record, key, text, random_text(rng, text, 12));
    }
}

static void random_records_come_back(void **state)
{
    struct rng rng;

    (void)state;
    rng_seed(&rng, 1);
    for (int round = 0; round < 3000; round++) {
        char line[LINE_MAX_BYTES + 1], again[LINE_MAX_BYTES + 1], key[16];
        struct record record, back;
        size_t len;

        record_init(&record, "random-event", rng_next(&rng) / 1000 * 1000);
        for (uint64_t i = rng_below(&rng, 20); i > 0; i--) {
            snprintf(key, sizeof(key), "k%u.x_-", (unsigned)i);
            add_random_field(&rng, &record, key);
        }
        len = line_format(&record, line, sizeof(line));
        assert_int_not_equal(len, 0);
        assert_int_equal(line[len - 1], '\n');
        assert_ptr_equal(memchr(line, '\n', len), line + len - 1);
        assert_int_equal(line_parse(line, len, &back), 0);
        assert_same(&record, &back);
        assert_int_equal(line_format(&back, again, sizeof(again)), len);
        assert_string_equal(again, line);
    }
}

static void random_bytes_never_harm(void **state)
{
    static const char valid[] = E " seq=1 k=\"a\\u0020\\ud83d\\udc1d\" x=- y=1.5e3 z=bare\n";
    struct rng rng;
    int taken = 0;

    (void)state;
    rng_seed(&rng, 2);
    for (int round = 0; round < 20000; round++) {
        char line[sizeof(valid)], again[LINE_MAX_BYTES + 1];
        struct record record;

        memcpy(line, valid, sizeof(valid));
        for (uint64_t i = 1 + rng_below(&rng, 2); i > 0; i--)
            line[rng_below(&rng, sizeof(valid) - 1)] = (char)rng_below(&rng, 256);
        if (line_parse(line, sizeof(valid) - 1, &record) != 0)
            continue;
        taken++;
        assert_int_not_equal(line_format(&record, again, sizeof(again)), 0);
    }
    assert_in_range(taken, 1000, 19000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_quoted_where_they_must),
        cmocka_unit_test(a_value_fits_or_is_not_written),
        cmocka_unit_test(numbers_are_those_of_json),
        cmocka_unit_test(utf8_is_that_of_the_rfc),
        cmocka_unit_test(a_record_becomes_a_line),
        cmocka_unit_test(numbers_have_their_shortest_form),
        cmocka_unit_test(values_are_found_by_key),
        cmocka_unit_test(a_copy_stands_alone),
        cmocka_unit_test(what_does_not_fit_overflows),
        cmocka_unit_test(a_line_has_at_most_its_bytes),
        cmocka_unit_test(what_is_no_line_is_not_written),
        cmocka_unit_test(a_line_becomes_a_record),
        cmocka_unit_test(what_is_no_line_is_refused),
        cmocka_unit_test(too_many_fields_are_refused),
        cmocka_unit_test(random_records_come_back),
        cmocka_unit_test(random_bytes_never_harm),
    };

    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
