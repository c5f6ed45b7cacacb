/* The wall clock in text. */
#include "base/duration.h"
#include "base/err.h"
#include "base/wall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct wall_case {
    uint64_t wall_ns;
    const char *text;
};

static const struct wall_case cases[] = {
    {0, "1970-01-01T00:00:00.000000Z"},
    {1000, "1970-01-01T00:00:00.000001Z"},
    {86400 * NS_PER_S - 1000, "1970-01-01T23:59:59.999999Z"},
    {951782400 * NS_PER_S, "2000-02-29T00:00:00.000000Z"},
    {1793534400 * NS_PER_S, "2026-11-01T12:00:00.000000Z"},
    {4102444800 * NS_PER_S, "2100-01-01T00:00:00.000000Z"},
    {UINT64_MAX / NS_PER_S * NS_PER_S - NS_PER_US, "2554-07-21T23:34:32.999999Z"},
};

static void times_are_written_and_read(void **state)
{
    char text[WALL_TEXT_SIZE];
    uint64_t back;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(wall_format(cases[i].wall_ns, text), cases[i].text);
        assert_int_equal(wall_parse(text, &back), 0);
        assert_true(back == cases[i].wall_ns);
    }
    assert_string_equal(wall_format(1999, text), "1970-01-01T00:00:00.000001Z");
    assert_int_equal(strlen(wall_format(UINT64_MAX, text)), 27);
}

static void a_date_that_is_not_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2100-02-29T00:00:00.000000Z",
        "2554-07-21T23:34:33.000000Z",
        "9999-12-31T23:59:59.999999Z",
        "1969-12-31T23:59:59.999999Z",
        "0000-00-00T00:00:00.000000Z",
        "2026-11-01t12:00:00.000000Z",
        "2026-11-01T12:00:00.000000z",
        "2026-11-01T12:00:00.000000Z ",
        "2026-11-1T12:00:00.0000000Z",
    };
    uint64_t wall_ns = 42;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (wall_parse(bad[i], &wall_ns) != ERR_USAGE)
            fail_msg("'%s' is taken", bad[i]);
    assert_true(wall_ns == 42);
}

static void now_is_after_this_was_written(void **state)
{
    uint64_t now = wall_now_ns();

    (void)state;
    assert_true(now > 1700000000 * NS_PER_S);
    assert_true(wall_now_ns() - now < 3600 * NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_and_read),
        cmocka_unit_test(a_date_that_is_not_is_refused),
        cmocka_unit_test(now_is_after_this_was_written),
    };

    return cmocka_run_group_tests_name("wall", tests, NULL, NULL);
}
