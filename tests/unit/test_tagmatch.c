/* Which members their tags select. */
#include "cli/tagmatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static const struct {
    const char *wanted[4];
    bool fits;
} cases[] = {
    {{NULL}, true},
    {{"role=web"}, true},
    {{"role=db"}, false},
    {{"role"}, true},
    {{"rack"}, false},
    {{"role=w*"}, true},
    {{"role=w?b"}, true},
    {{"role=[a-m]*"}, false},
    {{"role!=db"}, true},
    {{"role!=web"}, false},
    {{"role!=w*"}, false},
    {{"rack!=r1"}, true},
    {{"rack=*"}, false},
    {{"empty="}, true},
    {{"empty"}, true},
    {{"role="}, false},
    {{"role=db", "role=web"}, true},
    {{"role=db", "role=app"}, false},
    {{"role=web", "zone=eu"}, true},
    {{"role=web", "zone=us"}, false},
    {{"role=db", "zone=us", "role=web"}, false},
    {{"role=db", "zone=eu", "role=web"}, true},
    {{"role!=db", "role!=app"}, true},
    {{"role!=db", "role!=web"}, false},
    {{"role=web", "role!=w*"}, false},
    {{"role=db", "role"}, true},
};

static void same_key_any_of_others_all(void **state)
{
    (void)state;
    struct record record;
    record_init(&record, "member", 0);
    record_add_text(&record, "tag.role", "web");
    record_add_text(&record, "tag.zone", "eu");
    record_add_text(&record, "tag.empty", "");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *items[4];
        struct opt_list list = {items, 0};
        for (; list.count < 4 && cases[i].wanted[list.count] != NULL; list.count++) {
            items[list.count] = cases[i].wanted[list.count];
            assert_int_equal(tagmatch_check(items[list.count], NULL), 0);
        }
        if (tagmatch_fits(&list, &record) != cases[i].fits)
            fail_msg("case %zu, %s", i, cases[i].wanted[0]);
    }
}

static void mistakes_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "=x", "!=x", "role!x", "Role=x", "a b=x", "role!"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct why why = {""};
        if (tagmatch_check(texts[i], &why) != ERR_USAGE)
            fail_msg("'%s' is taken", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_key_any_of_others_all),
        cmocka_unit_test(mistakes_are_refused),
    };
    return cmocka_run_group_tests_name("tagmatch", tests, NULL, NULL);
}
