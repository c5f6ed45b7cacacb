/* The URI of an identity: what is one, what is not, and that writing reverses reading. */
#include "base/err.h"
#include "keys/spiffe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *uri, struct spiffe *spiffe)
{
    memset(spiffe, 0xff, sizeof(*spiffe));
    return spiffe_parse(uri, strlen(uri), spiffe);
}

static void reads_what_it_writes(void **state)
{
    static const char *const uris[] = {
        "spiffe://demo/swim/member/a",
        "spiffe://0.x_y-z/swim/monitor/Web.2_x-y",
        "spiffe://demo/swim/operator/0",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        struct spiffe spiffe;
        char text[SPIFFE_TEXT_SIZE];

        assert_int_equal(parse(uris[i], &spiffe), 0);
        assert_int_equal(spiffe.role, (enum role)i);
        assert_string_equal(spiffe_format(&spiffe, text), uris[i]);
    }
}

static void takes_the_parts(void **state)
{
    struct spiffe spiffe;
    (void)state;

    assert_int_equal(parse("spiffe://demo/swim/operator/op.1", &spiffe), 0);
    assert_string_equal(spiffe.cluster, "demo");
    assert_int_equal(spiffe.role, ROLE_OPERATOR);
    assert_string_equal(spiffe.name.text, "op.1");
}

static void the_longest_fits(void **state)
{
    struct spiffe in, out;
    char text[SPIFFE_TEXT_SIZE];
    (void)state;

    memset(&in, 0, sizeof(in));
    memset(in.cluster, 'c', CLUSTER_LEN_MAX);
    memset(in.name.text, 'n', NAME_LEN_MAX);
    in.role = ROLE_OPERATOR;
    spiffe_format(&in, text);
    assert_int_equal(strlen(text), SPIFFE_TEXT_SIZE - 1);
    assert_int_equal(parse(text, &out), 0);
    assert_memory_equal(&in, &out, sizeof(in));
}

static void refuses_others(void **state)
{
    static const struct {
        const char *uri;
        int err;
    } rows[] = {
        {"", ERR_MALFORMED},
        {"spiffe://", ERR_MALFORMED},
        {"spiffe://demo", ERR_MALFORMED},
        {"spiffe://demo/swim/member", ERR_MALFORMED},
        {"spiffe://demo/swim/member/", ERR_MALFORMED},
        {"spiffe://demo/swim//a", ERR_MALFORMED},
        {"spiffe:///swim/member/a", ERR_MALFORMED},
        {"spiffe://Demo/swim/member/a", ERR_MALFORMED},
        {"spiffe://demo:80/swim/member/a", ERR_MALFORMED},
        {"SPIFFE://demo/swim/member/a", ERR_MALFORMED},
        {"https://demo/swim/member/a", ERR_MALFORMED},
        {"spiffe://demo/other/member/a", ERR_MALFORMED},
        {"spiffe://demo/swim/member/a/b", ERR_MALFORMED},
        {"spiffe://demo/swim/member/a/", ERR_MALFORMED},
        {"spiffe://demo/swim/member/-a", ERR_MALFORMED},
        {"spiffe://demo/swim/member/a b", ERR_MALFORMED},
        {"spiffe://demo/swim/member/a?x", ERR_MALFORMED},
        {" spiffe://demo/swim/member/a", ERR_MALFORMED},
        {"spiffe://demo/swim/king/a/b", ERR_MALFORMED},
        {"spiffe://demo/swim/king/a", ERR_ROLE},
        {"spiffe://demo/swim/Member/a", ERR_ROLE},
        {"spiffe://demo/swim/members/a", ERR_ROLE},
    };
    static const struct spiffe zero;
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct spiffe spiffe;

        assert_int_equal(parse(rows[i].uri, &spiffe), rows[i].err);
        assert_memory_equal(&spiffe, &zero, sizeof(zero));
    }
}

static void a_nul_inside_is_no_end(void **state)
{
    static const char uri[] = "spiffe://demo/swim/member/a\0b";
    static const char early[] = "spiffe://demo\0x/swim/member/a";
    struct spiffe spiffe;
    (void)state;

    assert_int_equal(spiffe_parse(uri, sizeof(uri) - 1, &spiffe), ERR_MALFORMED);
    assert_int_equal(spiffe_parse(early, sizeof(early) - 1, &spiffe), ERR_MALFORMED);
}

static void every_truncation_is_refused(void **state)
{
    static const char uri[] = "spiffe://demo/swim/member/a";
    (void)state;

    for (size_t len = 0; len < sizeof(uri) - 1; len++) {
        struct spiffe spiffe;
        assert_int_equal(spiffe_parse(uri, len, &spiffe), ERR_MALFORMED);
    }
}

static void a_ca_names_its_cluster(void **state)
{
    static const char *const bad[] = {
        "", "spiffe://", "spiffe://demo/", "spiffe://Demo", "demo", "spiffe://demo/swim/member/a"};
    char cluster[CLUSTER_LEN_MAX + 1], text[SPIFFE_TEXT_SIZE];
    (void)state;

    spiffe_format_ca("demo", text);
    assert_string_equal(text, "spiffe://demo");
    assert_int_equal(spiffe_parse_ca(text, strlen(text), cluster), 0);
    assert_string_equal(cluster, "demo");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(spiffe_parse_ca(bad[i], strlen(bad[i]), cluster), ERR_MALFORMED);
        assert_string_equal(cluster, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),   cmocka_unit_test(takes_the_parts),
        cmocka_unit_test(the_longest_fits),       cmocka_unit_test(refuses_others),
        cmocka_unit_test(a_nul_inside_is_no_end), cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_ca_names_its_cluster),
    };

    return cmocka_run_group_tests_name("spiffe", tests, NULL, NULL);
}
