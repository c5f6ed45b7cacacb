/* Durations as users write them. */
#include "base/duration.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))
#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

struct valid {
    const char *text;
    uint64_t ns;
    const char *shortest;
};

static const struct valid valids[] = {
    {"200ms", 200 * NS_PER_MS, "200ms"},
    {"0.2s", 200 * NS_PER_MS, "200ms"},
    {"1.5s", 1500 * NS_PER_MS, "1.5s"},
    {"1500ms", 1500 * NS_PER_MS, "1.5s"},
    {"2m", 2 * MINUTE, "2m"},
    {"120", 2 * MINUTE, "2m"},
    {"90", 90 * NS_PER_S, "90s"},
    {"1.5m", 90 * NS_PER_S, "90s"},
    {"1h", HOUR, "1h"},
    {"36h", 36 * HOUR, "36h"},
    {"1.5d", 36 * HOUR, "36h"},
    {"14d", 14 * DAY, "14d"},
    {"24h", DAY, "1d"},
    {"5", 5 * NS_PER_S, "5s"},
    {"2.5", 2500 * NS_PER_MS, "2.5s"},
    {".5", 500 * NS_PER_MS, "500ms"},
    {"0", 0, "0"},
    {"0ms", 0, "0"},
    {"0.0", 0, "0"},
    {"007", 7 * NS_PER_S, "7s"},
    {"1.000", NS_PER_S, "1s"},
    {"1.0000000000000000", NS_PER_S, "1s"},
    {"0.000000001", 1, "0.000001ms"},
    {"0.000001ms", 1, "0.000001ms"},
    {"1.000000001s", NS_PER_S + 1, "1.000000001s"},
    {"0.25ms", 250000, "0.25ms"},
    {"3.2s", 3200 * NS_PER_MS, "3.2s"},
    {"100s", 100 * NS_PER_S, "100s"},
    {"36500d", 36500 * DAY, "36500d"},
    {"3153600000", 36500 * DAY, "36500d"},
};

static const char *const refused[] = {
    "",
    " ",
    "-1",
    "-0",
    "+1",
    "1 s",
    " 1s",
    "1s ",
    "s",
    "ms",
    ".",
    "1.",
    "1.s",
    ".s",
    "1..5s",
    "1.5.5",
    "1e3",
    "0x10",
    "inf",
    "nan",
    "1S",
    "1MS",
    "1M",
    "1sec",
    "1h30m",
    "1d1",
    "1,5s",
    "1w",
    "1y",
    "ten",
    "36501d",
    "36500.1d",
    "3153600001",
    "3153600000.1",
    "1.0000000001s",
    "0.0000001ms",
    "18446744073709551616",
    "99999999999999999999999999999",
    "1s\n",
    "\xd9\xa1s",
};

static void what_is_written_is_read(void **state)
{
    char text[DURATION_TEXT_SIZE];
    uint64_t ns;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(valids); i++) {
        if (duration_parse(valids[i].text, &ns) != 0 || ns != valids[i].ns)
            fail_msg("'%s' is not read as it should be", valids[i].text);
        assert_string_equal(duration_format(ns, text), valids[i].shortest);
        assert_int_equal(duration_parse(text, &ns), 0);
        assert_true(ns == valids[i].ns);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        uint64_t ns = 42;

        if (duration_parse(refused[i], &ns) != ERR_USAGE)
            fail_msg("'%s' is taken", refused[i]);
        assert_true(ns == 42);
    }
}

static void every_count_of_nanoseconds_has_a_form(void **state)
{
    uint64_t ns = 1;
    char text[DURATION_TEXT_SIZE];

    (void)state;
    for (int i = 0; i < 2000; i++) {
        uint64_t back;

        ns = ns * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        for (uint64_t value = ns % (DURATION_MAX_S * NS_PER_S); value > 0; value /= 1000) {
            duration_format(value, text);
            assert_int_equal(duration_parse(text, &back), 0);
            assert_true(back == value);
        }
    }
    assert_true(strlen(duration_format(NEVER, text)) < DURATION_TEXT_SIZE);
}

static void a_sum_stops_at_never(void **state)
{
    (void)state;
    assert_true(duration_add(1, 2) == 3);
    assert_true(duration_add(NEVER, 0) == NEVER);
    assert_true(duration_add(NEVER, 1) == NEVER);
    assert_true(duration_add(1, NEVER) == NEVER);
    assert_true(duration_add(NEVER - 1, 1) == NEVER);
    assert_true(duration_add(NEVER - 1, 2) == NEVER);
    assert_true(duration_add(NEVER - 2, 1) == NEVER - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(every_count_of_nanoseconds_has_a_form),
        cmocka_unit_test(a_sum_stops_at_never),
    };

    return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
