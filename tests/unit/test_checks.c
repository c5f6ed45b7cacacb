/* Checks for Nagios: limits, what becomes of an answer, and the line. */
#include "cli/checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static void feed_member(struct checks *checks, const char *state, const char *node, double rtt_ms)
{
    struct record record;
    record_init(&record, "member", 0);
    record_add_text(&record, "state", state);
    record_add_text(&record, "node", node);
    if (rtt_ms >= 0)
        record_add_real(&record, "rtt_ms", rtt_ms, 3);
    assert_int_equal(checks_feed(checks, &record), 0);
}

static void feed_cluster(struct checks *checks, size_t suspect, size_t dead)
{
    struct record record;
    checks_begin(checks);
    feed_member(checks, "alive", "a", -1);
    feed_member(checks, "alive", "b", 2.5);
    for (size_t i = 0; i < suspect + dead; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%zu", i);
        feed_member(checks, i < suspect ? "suspect" : "dead", name, -1);
    }
    record_init(&record, "info", 0);
    record_add_uint(&record, "lhm", 1);
    assert_int_equal(checks_feed(checks, &record), 0);
}

static void assert_line(struct checks *checks, enum nagios_status status, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(checks_write(checks, out), status);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void without_limits_the_suspect_warn_and_the_dead_are_critical(void **state)
{
    (void)state;
    struct checks checks;
    checks_init(&checks);
    assert_int_equal(checks_add_default(&checks, NULL), 0);
    assert_false(checks_need_info(&checks));
    feed_cluster(&checks, 0, 0);
    assert_line(&checks, NAGIOS_OK,
                "SWIM OK - 2 alive, 0 suspect, 0 dead | alive=2;;;0; suspect=0;0;;0; "
                "dead=0;;0;0; left=0;;;0;\n");
    feed_cluster(&checks, 1, 0);
    assert_line(&checks, NAGIOS_WARNING,
                "SWIM WARNING - suspect is 1 (n0), 2 alive, 1 suspect, 0 dead | alive=2;;;0; "
                "suspect=1;0;;0; dead=0;;0;0; left=0;;;0;\n");
    feed_cluster(&checks, 1, 2);
    assert_line(&checks, NAGIOS_CRITICAL,
                "SWIM CRITICAL - suspect is 1 (n0), dead is 2 (n1 n2), 2 alive, 1 suspect, 2 dead "
                "| alive=2;;;0; suspect=1;0;;0; dead=2;;0;0; left=0;;;0;\n");
    checks_free(&checks);
}

static void a_limit_adds_its_metric(void **state)
{
    (void)state;
    struct checks checks;
    checks_init(&checks);
    assert_int_equal(checks_add(&checks, "rtt_ms.p99=2", false, NULL), 0);
    assert_int_equal(checks_add(&checks, "rtt_ms.p99=5", true, NULL), 0);
    assert_int_equal(checks_add(&checks, "lhm=@8", true, NULL), 0);
    assert_true(checks_need_info(&checks));
    feed_cluster(&checks, 0, 1);
    assert_line(&checks, NAGIOS_CRITICAL,
                "SWIM CRITICAL - rtt_ms.p99 is 2.5, lhm is 1, 2 alive, 0 suspect, 1 dead | "
                "alive=2;;;0; suspect=0;;;0; dead=1;;;0; left=0;;;0; rtt_ms.p99=2.5;2;5;; "
                "lhm=1;;@8;;\n");
    checks_free(&checks);
}

static void what_is_not_known_is_unknown_but_worse_is_worse(void **state)
{
    (void)state;
    struct checks checks;
    checks_init(&checks);
    assert_int_equal(checks_add(&checks, "node.x.rtt_ms=5", true, NULL), 0);
    feed_cluster(&checks, 0, 0);
    assert_line(&checks, NAGIOS_UNKNOWN,
                "SWIM UNKNOWN - node.x.rtt_ms is unknown, 2 alive, 0 suspect, 0 dead | "
                "alive=2;;;0; suspect=0;;;0; dead=0;;;0; left=0;;;0; node.x.rtt_ms=U;;5;;\n");
    assert_int_equal(checks_add(&checks, "alive=5:", false, NULL), 0);
    feed_cluster(&checks, 0, 0);
    FILE *null = fopen("/dev/null", "w");
    assert_non_null(null);
    assert_int_equal(checks_write(&checks, null), NAGIOS_WARNING);
    assert_int_equal(fclose(null), 0);
    checks_free(&checks);
}

static void many_names_are_cut(void **state)
{
    (void)state;
    struct checks checks;
    checks_init(&checks);
    feed_cluster(&checks, 0, 500);
    const char *who = checks.who[MEMBER_DEAD];
    assert_true(strlen(who) < CHECKS_WHO_SIZE);
    assert_string_equal(who + strlen(who) - strlen(" …"), " …");
    checks_free(&checks);
}

static const struct {
    const char *text, *why;
} refusals[] = {
    {"alive", "'alive' is not METRIC=RANGE (like dead=0)"},
    {"live=1", "'live=1': nothing is called 'live'"},
    {"=1", "'=1': nothing is called ''"},
    {"alive=", "'alive=': '' is no range (like 10, 10:, ~:10, 10:20, @10:20)"},
    {"alive=5:1", "'alive=5:1': the range '5:1' ends before it starts"},
    {"dead=1", "'dead=1': dead has a limit already"},
    {"node.a=1", "'node.a=1': the name is not followed by .inc, .age, .rtt_ms or .cert_days"},
};

static void mistakes_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct checks checks;
        struct why why = {""};
        checks_init(&checks);
        assert_int_equal(checks_add(&checks, "dead=0", true, NULL), 0);
        assert_int_equal(checks_add(&checks, refusals[i].text, true, &why), ERR_USAGE);
        assert_string_equal(why.text, refusals[i].why);
        checks_free(&checks);
    }
}

static void a_text_never_breaks_the_line(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    nagios_write(NAGIOS_UNKNOWN, "a|b\nc", NULL, 0, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "SWIM UNKNOWN - a/b/c\n");
    free(text);
}

static void the_form_is_seen_even_in_a_wrong_command_line(void **state)
{
    (void)state;
    char name[] = "x", bogus[] = "--bogus", format[] = "--format", nagios[] = "nagios";
    char joint[] = "--format=nagios", json[] = "json", j[] = "-j", end[] = "--";
    char *apart[] = {name, bogus, format, nagios, NULL};
    char *joined[] = {name, joint, NULL};
    char *other[] = {name, format, json, NULL};
    char *short_json[] = {name, j, NULL};
    char *operand[] = {name, end, joint, NULL};
    assert_true(nagios_is_asked(4, apart));
    assert_true(nagios_is_asked(2, joined));
    assert_false(nagios_is_asked(3, other));
    assert_false(nagios_is_asked(3, operand));
    assert_int_equal(setenv("SWIM_FORMAT", "nagios", 1), 0);
    assert_true(nagios_is_asked(1, other));
    assert_false(nagios_is_asked(3, other));
    assert_false(nagios_is_asked(2, short_json));
    assert_int_equal(unsetenv("SWIM_FORMAT"), 0);
}

static void errors_have_a_status(void **state)
{
    (void)state;
    assert_int_equal(nagios_of_error(0), NAGIOS_OK);
    assert_int_equal(nagios_of_error(ERR_UNREACHABLE), NAGIOS_CRITICAL);
    assert_int_equal(nagios_of_error(ERR_NOT_NOW), NAGIOS_CRITICAL);
    assert_int_equal(nagios_of_error(ERR_USAGE), NAGIOS_UNKNOWN);
    assert_int_equal(nagios_of_error(ERR_EXPIRED), NAGIOS_UNKNOWN);
    assert_int_equal(nagios_of_error(ERR_FORBIDDEN), NAGIOS_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits_the_suspect_warn_and_the_dead_are_critical),
        cmocka_unit_test(a_limit_adds_its_metric),
        cmocka_unit_test(what_is_not_known_is_unknown_but_worse_is_worse),
        cmocka_unit_test(many_names_are_cut),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(a_text_never_breaks_the_line),
        cmocka_unit_test(the_form_is_seen_even_in_a_wrong_command_line),
        cmocka_unit_test(errors_have_a_status),
    };
    return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
