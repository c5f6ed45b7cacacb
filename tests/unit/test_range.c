/* Ranges of the monitoring plugins: when they alert, and what is none. */
#include "cli/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static const struct {
    const char *text;
    double value;
    bool alerts;
} alerts[] = {
    {"10", -0.1, true},       {"10", 0, false},      {"10", 10, false},     {"10", 10.5, true},
    {"0", 0, false},          {"0", 1, true},        {"10:", 9.9, true},    {"10:", 10, false},
    {"10:", 1e9, false},      {"~:10", -1e9, false}, {"~:10", 11, true},    {"10:20", 9, true},
    {"10:20", 10, false},     {"10:20", 20, false},  {"10:20", 21, true},   {"@10:20", 9, false},
    {"@10:20", 10, true},     {"@10:20", 20, true},  {"@10:20", 21, false}, {"@5", 3, true},
    {"@5", 6, false},         {"-5:-2", -3, false},  {"-5:-2", 0, true},    {":10", 11, true},
    {"0.25:0.5", 0.3, false}, {"@~:0", -1, true},    {"~:", 0, false},
};

static void they_alert_as_the_plugins_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(alerts); i++) {
        struct range range;
        assert_int_equal(range_parse(alerts[i].text, &range, NULL), 0);
        assert_string_equal(range.text, alerts[i].text);
        if (range_alerts(&range, alerts[i].value) != alerts[i].alerts)
            fail_msg("%s of %g", alerts[i].text, alerts[i].value);
    }
}

static void others_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",    "@",   "x",     "1:x",    "x:1", "1:2:3", "~", "1s",
                                        "nan", "1,5", "20:10", "@20:10", "1:~", " 1",    "1 "};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct range range;
        struct why why = {""};
        if (range_parse(texts[i], &range, &why) != ERR_USAGE)
            fail_msg("'%s' is taken", texts[i]);
        assert_true(why.text[0] != '\0');
    }
}

static void a_long_one_is_refused(void **state)
{
    (void)state;
    struct range range;
    char text[RANGE_TEXT_SIZE + 1];
    memset(text, '1', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(range_parse(text, &range, NULL), ERR_USAGE);
    text[sizeof text - 2] = '\0';
    assert_int_equal(range_parse(text, &range, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_alert_as_the_plugins_do),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(a_long_one_is_refused),
    };
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
