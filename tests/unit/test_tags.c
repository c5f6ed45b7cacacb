/* A node's tags, packed. */
#include "base/err.h"
#include "base/rng.h"
#include "base/tags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

/* The set as `key=value` joined by commas. */
static const char *show(const struct tags_buffer *buffer, char *text, size_t size)
{
    struct tag tag;
    size_t used = 0;

    text[0] = '\0';
    for (size_t cursor = 0; tags_next(tags_view(buffer), &cursor, &tag);)
        used += (size_t)snprintf(text + used, size - used, "%s%.*s=%.*s", used ? "," : "",
                                 (int)tag.key_len, tag.key, (int)tag.value_len, tag.value);
    return text;
}

static void assert_tags(const struct tags_buffer *buffer, const char *expected)
{
    char text[4096];

    assert_true(tags_valid(tags_view(buffer)));
    assert_string_equal(show(buffer, text, sizeof(text)), expected);
}

static void a_set_is_sorted_and_keys_are_unique(void **state)
{
    struct tags_buffer buffer = {.len = 0};
    struct tag tag;

    (void)state;
    assert_tags(&buffer, "");
    assert_int_equal(tags_set_text(&buffer, "role=web"), 0);
    assert_int_equal(tags_set_text(&buffer, "az=b"), 0);
    assert_int_equal(tags_set_text(&buffer, "role2="), 0);
    assert_int_equal(tags_set_text(&buffer, "zone=a=b c"), 0);
    assert_tags(&buffer, "az=b,role=web,role2=,zone=a=b c");
    assert_int_equal(tags_set_text(&buffer, "role=database"), 0);
    assert_tags(&buffer, "az=b,role=database,role2=,zone=a=b c");
    assert_true(tags_find(tags_view(&buffer), "role", 4, &tag));
    assert_int_equal(tag.value_len, 8);
    assert_memory_equal(tag.value, "database", 8);
    assert_false(tags_find(tags_view(&buffer), "rol", 3, &tag));
    assert_true(tags_remove(&buffer, "az", 2));
    assert_false(tags_remove(&buffer, "az", 2));
    assert_tags(&buffer, "role=database,role2=,zone=a=b c");
    assert_true(tags_remove(&buffer, "zone", 4));
    assert_true(tags_remove(&buffer, "role", 4));
    assert_tags(&buffer, "role2=");
}

static void the_packed_form_is_the_one_that_travels(void **state)
{
    static const uint8_t packed[] = {1, 'a', 0, 2, 'x', 'y', 2, 'b', 'c', 0, 0};
    struct tags_buffer buffer = {.len = 0}, copy = {.len = 0};
    const struct tags view = {packed, sizeof(packed)};

    (void)state;
    assert_int_equal(tags_set_text(&buffer, "bc="), 0);
    assert_int_equal(tags_set_text(&buffer, "a=xy"), 0);
    assert_int_equal(buffer.len, sizeof(packed));
    assert_memory_equal(buffer.data, packed, sizeof(packed));
    assert_true(tags_equal(tags_view(&buffer), view));
    assert_false(tags_equal(tags_view(&copy), view));
    tags_copy(&copy, view);
    assert_true(tags_equal(tags_view(&copy), view));
    tags_copy(&copy, (struct tags){NULL, 0});
    assert_true(tags_equal(tags_view(&copy), (struct tags){NULL, 0}));
}

static const char *const bad_texts[] = {
    "",           "=",
    "=v",         "key",
    "Key=v",      "k k=v",
    "k.k=v",      "k\xc3\xa9=v",
    "k=a\nb",     "k=\x1b[0m",
    "k=\x7f",     "k=\xff",
    "k=\xc0\xaf", "k=\xed\xa0\x80",
    "k=\xc3",     "abcdefghijklmnopqrstuvwxyz0123456=v", /* 33 bytes */
};

static void a_bad_tag_changes_nothing(void **state)
{
    struct tags_buffer buffer = {.len = 0};
    char value[TAG_VALUE_MAX + 1];

    (void)state;
    memset(value, 'v', sizeof(value));
    assert_int_equal(tags_set_text(&buffer, "k=old"), 0);
    for (size_t i = 0; i < COUNT_OF(bad_texts); i++) {
        if (tags_set_text(&buffer, bad_texts[i]) != ERR_USAGE)
            fail_msg("'%s' is taken", bad_texts[i]);
        assert_tags(&buffer, "k=old");
    }
    assert_int_equal(tags_set(&buffer, "k", 1, value, TAG_VALUE_MAX + 1), ERR_USAGE);
    assert_int_equal(tags_set(&buffer, "k", 1, "a\0b", 3), ERR_USAGE);
    assert_tags(&buffer, "k=old");
    assert_int_equal(tags_set(&buffer, "k", 1, value, TAG_VALUE_MAX), 0);
    assert_true(tags_valid(tags_view(&buffer)));
}

static void a_set_has_at_most_its_count(void **state)
{
    struct tags_buffer buffer = {.len = 0};
    size_t before;
    char key[8];

    (void)state;
    for (int i = 0; i < TAG_COUNT_MAX; i++) {
        snprintf(key, sizeof(key), "k%02d", i);
        assert_int_equal(tags_set(&buffer, key, 3, "v", 1), 0);
    }
    before = buffer.len;
    assert_int_equal(tags_set_text(&buffer, "one-more=v"), ERR_LIMIT);
    assert_int_equal(buffer.len, before);
    assert_int_equal(tags_set_text(&buffer, "k00=other"), 0);
    assert_true(tags_remove(&buffer, "k31", 3));
    assert_int_equal(tags_set_text(&buffer, "one-more=v"), 0);
    assert_true(tags_valid(tags_view(&buffer)));
}

static void a_set_has_at_most_its_bytes(void **state)
{
    struct tags_buffer buffer = {.len = 0};
    char value[TAG_VALUE_MAX];
    char key[2] = "a";

    (void)state;
    memset(value, 'v', sizeof(value));
    /* 8 tags of 1 + 255 bytes are 2,048 */
    for (; key[0] < 'a' + 8; key[0]++)
        assert_int_equal(tags_set(&buffer, key, 1, value, 255), 0);
    assert_int_equal(tags_set(&buffer, key, 1, "", 0), ERR_LIMIT);
    assert_int_equal(tags_set(&buffer, "a", 1, value, 256), ERR_LIMIT);
    assert_true(tags_valid(tags_view(&buffer)));
    assert_int_equal(tags_set(&buffer, "a", 1, value, 254), 0);
    assert_int_equal(tags_set(&buffer, key, 1, "", 0), 0);
    assert_true(tags_valid(tags_view(&buffer)));
}

struct packed_case {
    const char *what;
    uint8_t data[16];
    size_t len;
    bool valid;
};

static const struct packed_case packed_cases[] = {
    {"empty", {0}, 0, true},
    {"one", {1, 'a', 0, 1, 'v'}, 5, true},
    {"two", {1, 'a', 0, 0, 1, 'b', 0, 0}, 8, true},
    {"a prefix first", {1, 'a', 0, 0, 2, 'a', 'a', 0, 0}, 9, true},
    {"a prefix last", {2, 'a', 'a', 0, 0, 1, 'a', 0, 0}, 9, false},
    {"twice", {1, 'a', 0, 0, 1, 'a', 0, 0}, 8, false},
    {"unsorted", {1, 'b', 0, 0, 1, 'a', 0, 0}, 8, false},
    {"no key", {0, 0, 0}, 3, false},
    {"bad key", {1, 'A', 0, 0}, 4, false},
    {"cut in the key", {3, 'a', 'b'}, 3, false},
    {"cut before the length", {1, 'a'}, 2, false},
    {"cut in the length", {1, 'a', 0}, 3, false},
    {"cut in the value", {1, 'a', 0, 2, 'v'}, 5, false},
    {"a byte behind", {1, 'a', 0, 1, 'v', 1}, 6, false},
    {"control byte", {1, 'a', 0, 1, '\n'}, 5, false},
    {"NUL", {1, 'a', 0, 1, 0}, 5, false},
    {"cut UTF-8", {1, 'a', 0, 1, 0xc3}, 5, false},
    {"value too long", {1, 'a', 0xff, 0xff, 'v'}, 5, false},
};

static void what_comes_from_outside_is_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(packed_cases); i++) {
        const struct packed_case *c = &packed_cases[i];

        if (tags_valid((struct tags){c->data, c->len}) != c->valid)
            fail_msg("%s", c->what);
    }
}

static void random_sets_stay_valid(void **state)
{
    struct tags_buffer buffer = {.len = 0};
    unsigned model[8] = {0}; /* 0: absent, else the length of the value and 1 */
    char value[TAG_VALUE_MAX];
    struct rng rng;

    (void)state;
    memset(value, 'v', sizeof(value));
    rng_seed(&rng, 6);
    for (int round = 0; round < 5000; round++) {
        size_t i = (size_t)rng_below(&rng, COUNT_OF(model));
        char key = (char)('a' + i);
        struct tag tag;

        if (rng_below(&rng, 3) == 0) {
            assert_int_equal(tags_remove(&buffer, &key, 1), model[i] != 0);
            model[i] = 0;
        } else {
            unsigned len = (unsigned)rng_below(&rng, 100);

            assert_int_equal(tags_set(&buffer, &key, 1, value, len), 0);
            model[i] = len + 1;
        }
        assert_true(tags_valid(tags_view(&buffer)));
        for (size_t j = 0; j < COUNT_OF(model); j++) {
            key = (char)('a' + j);
            assert_int_equal(tags_find(tags_view(&buffer), &key, 1, &tag), model[j] != 0);
            if (model[j] != 0)
                assert_int_equal(tag.value_len, model[j] - 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_is_sorted_and_keys_are_unique),
        cmocka_unit_test(the_packed_form_is_the_one_that_travels),
        cmocka_unit_test(a_bad_tag_changes_nothing),
        cmocka_unit_test(a_set_has_at_most_its_count),
        cmocka_unit_test(a_set_has_at_most_its_bytes),
        cmocka_unit_test(what_comes_from_outside_is_checked),
        cmocka_unit_test(random_sets_stay_valid),
    };

    return cmocka_run_group_tests_name("tags", tests, NULL, NULL);
}
