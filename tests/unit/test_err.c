/* The list of errors, and the one line of context. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_error_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = -1; a >= -(int)ERR_COUNT; a--) {
        assert_non_null(err_text(a));
        assert_null(strpbrk(err_name(a), " =\"\\"));
        assert_int_not_equal(err_exit(a), EXIT_YES);
        for (int b = a - 1; b >= -(int)ERR_COUNT; b--)
            assert_string_not_equal(err_name(a), err_name(b));
    }
    assert_string_equal(err_name(ERR_UNKNOWN_CA), "unknown-ca");
    assert_int_equal(err_exit(ERR_UNKNOWN_CA), EXIT_IDENTITY);
    assert_int_equal(err_exit(ERR_NONE), EXIT_YES);
}

static void what_is_no_error_says_so(void **state)
{
    static const int others[] = {1, INT32_MAX, -(int)ERR_COUNT - 1, INT32_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_int_equal(err_exit(others[i]), EXIT_BUG);
        assert_non_null(strstr(err_text(others[i]), "without a name"));
    }
}

static void context_is_set_and_prefixed(void **state)
{
    struct why why = {{0}};

    (void)state;
    assert_int_equal(why_set(&why, ERR_EXPIRED, "expired %d-%02d", 2026, 11), ERR_EXPIRED);
    assert_string_equal(why.text, "expired 2026-11");
    assert_int_equal(why_prefix(&why, ERR_EXPIRED, "peer %s", "b"), ERR_EXPIRED);
    assert_string_equal(why.text, "peer b: expired 2026-11");
    assert_int_equal(why_set(&why, ERR_USAGE, "again: %s", why.text), ERR_USAGE);
    assert_string_equal(why.text, "again: peer b: expired 2026-11");
    assert_int_equal(why_set(&why, ERR_USAGE, "two\nlines"), ERR_USAGE);
    assert_string_equal(why.text, "two lines");
    why = (struct why){{0}};
    assert_int_equal(why_prefix(&why, ERR_USAGE, "alone"), ERR_USAGE);
    assert_string_equal(why.text, "alone");
    assert_int_equal(why_set(NULL, ERR_USAGE, "nobody asks"), ERR_USAGE);
    assert_int_equal(why_prefix(NULL, ERR_USAGE, "nobody asks"), ERR_USAGE);
}

static void a_long_context_is_cut_at_a_character(void **state)
{
    char text[2 * WHY_SIZE];
    struct why why;

    (void)state;
    for (size_t i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa9", 3);
    why_set(&why, ERR_USAGE, "%s", text);
    assert_int_equal(strlen(why.text), WHY_SIZE - 2);
    why_prefix(&why, ERR_USAGE, "%s", "x");
    assert_int_equal(strlen(why.text), WHY_SIZE - 1);
    why_prefix(&why, ERR_USAGE, "%s", "yz");
    assert_memory_equal(why.text, "yz: x: \xc3\xa9", 9);
    assert_true(strlen(why.text) < WHY_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_name_of_its_own),
        cmocka_unit_test(what_is_no_error_says_so),
        cmocka_unit_test(context_is_set_and_prefixed),
        cmocka_unit_test(a_long_context_is_cut_at_a_character),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
