/* What a node remembers of its members' certificates. */
#include "base/err.h"
#include "base/limits.h"
#include "node/certificates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct name name_of(unsigned i)
{
    char text[16];
    struct name name;
    int len = snprintf(text, sizeof text, "n%u", i);
    assert_int_equal(name_set(&name, text, (size_t)len), 0);
    return name;
}

static void the_last_date_counts(void **state)
{
    (void)state;
    struct certificates certificates = {.items = NULL};
    struct name one = name_of(1), two = name_of(2), three = name_of(3);
    assert_int_equal(certificates_until_ns(&certificates, &one), 0);
    assert_int_equal(certificates_note(&certificates, &two, 20), 0);
    assert_int_equal(certificates_note(&certificates, &one, 10), 0);
    assert_int_equal(certificates_note(&certificates, &two, 5), 0);
    assert_int_equal(certificates.count, 2);
    assert_int_equal(certificates_until_ns(&certificates, &one), 10);
    assert_int_equal(certificates_until_ns(&certificates, &two), 5);
    assert_int_equal(certificates_until_ns(&certificates, &three), 0);
    certificates_free(&certificates);
    assert_int_equal(certificates_until_ns(&certificates, &one), 0);
}

static void where_there_is_no_room_the_first_to_end_goes(void **state)
{
    (void)state;
    struct certificates certificates = {.items = NULL};
    for (unsigned i = 0; i < MEMBERS_MAX; i++) {
        struct name name = name_of(i);
        assert_int_equal(certificates_note(&certificates, &name, i == 77 ? 1 : 1000 + i), 0);
    }
    struct name late = name_of(MEMBERS_MAX), gone = name_of(77), held = name_of(78);
    assert_int_equal(certificates_note(&certificates, &held, 3), 0);
    assert_int_equal(certificates.count, MEMBERS_MAX);
    assert_int_equal(certificates_note(&certificates, &late, 2), 0);
    assert_int_equal(certificates.count, MEMBERS_MAX);
    assert_int_equal(certificates_until_ns(&certificates, &gone), 0);
    assert_int_equal(certificates_until_ns(&certificates, &held), 3);
    assert_int_equal(certificates_until_ns(&certificates, &late), 2);
    for (unsigned i = 0; i < MEMBERS_MAX; i++) {
        struct name name = name_of(i);
        if (i != 77 && i != 78)
            assert_int_equal(certificates_until_ns(&certificates, &name), 1000 + i);
    }
    certificates_free(&certificates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_date_counts),
        cmocka_unit_test(where_there_is_no_room_the_first_to_end_goes),
    };
    return cmocka_run_group_tests_name("certificates", tests, NULL, NULL);
}
