/* Names of nodes and clusters, keys of tags. */
#include "base/err.h"
#include "base/member_state.h"
#include "base/name.h"
#include "base/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10

struct name_case {
    const char *text;
    bool node, cluster, tag_key;
};

static const struct name_case cases[] = {
    {"a", true, true, true},
    {"A", true, false, false},
    {"0", true, true, true},
    {"web1.example.com", true, true, false},
    {"a_b-c", true, true, true},
    {"Web", true, false, false},
    {"webX", true, false, false},
    {"", false, false, false},
    {".a", false, false, false},
    {"-a", false, false, true},
    {"_a", false, false, true},
    {"a b", false, false, false},
    {"a/b", false, false, false},
    {"a=b", false, false, false},
    {"a@b", false, false, false},
    {"a\n", false, false, false},
    {"\xc3\xa9t\xc3\xa9", false, false, false},
    {X10 X10 X10 "xx", true, true, true},
    {X10 X10 X10 "xxx", true, true, false},
    {X60 "xxx", true, true, false},
    {X60 "xxxx", true, false, false},
    {X60 "xxxxx", false, false, false},
};

static void names_are_valid_by_the_grammar(void **state)
{
    struct name name;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct name_case *c = &cases[i];
        size_t len = strlen(c->text);

        memset(&name, 'z', sizeof(name));
        if (name_set(&name, c->text, len) != (c->node ? 0 : ERR_USAGE))
            fail_msg("node name '%s'", c->text);
        assert_string_equal(name.text, c->node ? c->text : "");
        assert_int_equal(name_is_empty(&name), !c->node);
        for (size_t j = strlen(name.text); j < sizeof(name.text); j++)
            assert_int_equal(name.text[j], 0);
        if (name_is_cluster(c->text, len) != c->cluster)
            fail_msg("cluster '%s'", c->text);
        if (name_is_tag_key(c->text, len) != c->tag_key)
            fail_msg("tag key '%s'", c->text);
    }
    assert_int_equal(name_set(&name, "a\0b", 3), ERR_USAGE);
    assert_false(name_is_cluster("a\0b", 3));
    assert_false(name_is_tag_key("a\0b", 3));
    assert_int_equal(name_set(&name, "abc", 2), 0);
    assert_string_equal(name.text, "ab");
}

static struct name name_of(const char *text)
{
    struct name name;

    assert_int_equal(name_set(&name, text, strlen(text)), 0);
    return name;
}

static void names_are_ordered_by_bytes(void **state)
{
    struct name a = name_of("a"), ab = name_of("ab"), b = name_of("b"), upper = name_of("B");

    (void)state;
    assert_true(name_compare(&a, &ab) < 0);
    assert_true(name_compare(&ab, &b) < 0);
    assert_true(name_compare(&upper, &a) < 0);
    assert_true(name_compare(&b, &a) > 0);
    assert_int_equal(name_compare(&a, &a), 0);
    assert_true(name_equal(&a, &a));
    assert_false(name_equal(&a, &ab));
}

static void the_hash_is_fnv_1a(void **state)
{
    struct name a = name_of("a"), foobar = name_of("foobar"), none = {{0}};

    (void)state;
    assert_true(name_hash(&none) == UINT64_C(0xcbf29ce484222325));
    assert_true(name_hash(&a) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(name_hash(&foobar) == UINT64_C(0x85944171f73967e8));
}

static void roles_and_states_have_one_text_each(void **state)
{
    enum role role;
    enum member_state member;

    (void)state;
    for (enum role i = 0; i < ROLE_COUNT; i++) {
        assert_true(role_parse(role_text(i), strlen(role_text(i)), &role));
        assert_int_equal(role, i);
        assert_true(role_in(ROLES_ANY, i));
        assert_int_equal(role_in(ROLES_OPERATOR, i), i == ROLE_OPERATOR);
    }
    assert_string_equal(role_text(ROLE_MONITOR), "monitor");
    assert_false(role_parse("member", 5, &role));
    assert_false(role_parse("Member", 6, &role));
    assert_false(role_parse("", 0, &role));
    for (enum member_state i = 0; i < MEMBER_STATE_COUNT; i++) {
        assert_true(
            member_state_parse(member_state_text(i), strlen(member_state_text(i)), &member));
        assert_int_equal(member, i);
    }
    assert_string_equal(member_state_text(MEMBER_LEFT), "left");
    assert_false(member_state_parse("aliv", 4, &member));
    assert_false(member_state_parse("gone", 4, &member));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_valid_by_the_grammar),
        cmocka_unit_test(names_are_ordered_by_bytes),
        cmocka_unit_test(the_hash_is_fnv_1a),
        cmocka_unit_test(roles_and_states_have_one_text_each),
    };

    return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
