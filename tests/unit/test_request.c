#include "wire/request.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_each_verb_is_found_by_its_text(void **state)
{
    (void)state;
    for (int i = 0; i < REQUEST_COUNT; i++) {
        enum request_verb verb = REQUEST_COUNT;
        const char *text = request_text((enum request_verb)i);
        assert_true(request_parse(text, strlen(text), &verb));
        assert_int_equal(verb, i);
        assert_false(request_parse(text, strlen(text) - 1, &verb));
    }
}

static void test_other_verbs_are_unknown(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "member", "memberss", "LEAVE", "end"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        enum request_verb verb;
        assert_false(request_parse(texts[i], strlen(texts[i]), &verb));
    }
}

static void test_a_monitor_reads_and_an_operator_commands(void **state)
{
    (void)state;
    assert_true(role_in(request_roles(REQUEST_MEMBERS), ROLE_MONITOR));
    assert_true(role_in(request_roles(REQUEST_POOL), ROLE_MONITOR));
    assert_true(role_in(request_roles(REQUEST_INFO), ROLE_MONITOR));
    assert_false(role_in(request_roles(REQUEST_LEAVE), ROLE_MONITOR));
    for (int i = 0; i < REQUEST_COUNT; i++) {
        assert_true(role_in(request_roles((enum request_verb)i), ROLE_OPERATOR));
        assert_false(role_in(request_roles((enum request_verb)i), ROLE_MEMBER));
    }
}

static void test_a_good_end(void **state)
{
    (void)state;
    struct record record;
    uint64_t code = 99;
    request_end(&record, 0, NULL);
    assert_true(request_is_end(&record));
    assert_string_equal(record_text(&record, "rc"), "ok");
    assert_true(record_uint(&record, "exit", &code));
    assert_int_equal(code, EXIT_YES);
    assert_non_null(record_find(&record, "text"));
    assert_null(record_text(&record, "text"));
}

static void test_a_bad_end_names_the_error(void **state)
{
    (void)state;
    struct record record;
    uint64_t code = 99;
    request_end(&record, ERR_FORBIDDEN, "a monitor may not ask a node to leave");
    assert_true(request_is_end(&record));
    assert_string_equal(record_text(&record, "rc"), "forbidden");
    assert_true(record_uint(&record, "exit", &code));
    assert_int_equal(code, EXIT_FORBIDDEN);
    assert_string_equal(record_text(&record, "text"), "a monitor may not ask a node to leave");
}

static void test_other_records_are_no_end(void **state)
{
    (void)state;
    struct record record;
    record_init(&record, "member", 0);
    assert_false(request_is_end(&record));
    record_init(&record, "ending", 0);
    assert_false(request_is_end(&record));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_verb_is_found_by_its_text),
        cmocka_unit_test(test_other_verbs_are_unknown),
        cmocka_unit_test(test_a_monitor_reads_and_an_operator_commands),
        cmocka_unit_test(test_a_good_end),
        cmocka_unit_test(test_a_bad_end_names_the_error),
        cmocka_unit_test(test_other_records_are_no_end),
    };
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
