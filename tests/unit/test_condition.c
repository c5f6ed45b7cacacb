/* Conditions: what can be said, what is refused, and what is true of a cluster. */
#include "cli/condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

/* ---- a cluster: web1 (asked) and web2 alive, db.inc suspect, old dead ---- */

static void feed_member(struct condition *condition, const char *state, const char *node,
                        uint64_t inc, int cert_days)
{
    struct record record;
    record_init(&record, "member", 0);
    record_add_text(&record, "state", state);
    record_add_text(&record, "node", node);
    record_add_uint(&record, "inc", inc);
    record_add_real(&record, "age", 12.25, 3);
    record_add_absent(&record, "rtt_ms");
    if (cert_days < 0)
        record_add_absent(&record, "cert_days");
    else
        record_add_int(&record, "cert_days", cert_days);
    assert_int_equal(condition_feed(condition, &record), 0);
}

static void feed_cluster(struct condition *condition)
{
    struct record record;
    condition_begin(condition);
    feed_member(condition, "alive", "web1", 1, 80);
    feed_member(condition, "alive", "web2", 7, 14);
    feed_member(condition, "suspect", "db.inc", 3, 30);
    feed_member(condition, "dead", "old", 2, -1);
    record_init(&record, "info", 0);
    record_add_uint(&record, "pool_total", 2);
    record_add_uint(&record, "pool_accepted", 5);
    record_add_uint(&record, "lhm", 0);
    assert_int_equal(condition_feed(condition, &record), 0);
    record_init(&record, "news", 0);
    record_add_uint(&record, "pool_total", 99);
    record_add_text(&record, "state", "alive");
    assert_int_equal(condition_feed(condition, &record), 0);
}

struct truth {
    const char *text;
    bool holds;
    const char *why; /* NULL: not looked at */
};

static const struct truth truths[] = {
    {"alive>=2", true, NULL},
    {"alive>=3", false, "alive>=3 is not true: it is 2"},
    {"alive=2", true, NULL},
    {"alive!=2", false, "alive!=2 is not true: it is 2"},
    {"alive>1", true, NULL},
    {"alive>2", false, NULL},
    {"alive<3", true, NULL},
    {"alive<2", false, NULL},
    {"alive<=2", true, NULL},
    {"alive<=1.5", false, NULL},
    {"2", true, NULL},
    {"3", false, "3 is not true: it is 2"},
    {"0", true, NULL},
    {"suspect=1,dead=1,left=0", true, NULL},
    {"suspect=1,dead=0,left=1", false, "dead=0 is not true: it is 1"},
    {"node.web2=alive", true, NULL},
    {"node.web2=dead", false, "node.web2=dead is not true: it is alive"},
    {"node.web2!=dead", true, NULL},
    {"node.old=dead", true, NULL},
    {"node.db.inc=suspect", true, NULL},
    {"node.db.inc.inc=3", true, NULL},
    {"node.web2.inc>6", true, NULL},
    {"node.web2.inc>7", false, "node.web2.inc>7 is not true: it is 7"},
    {"node.web2.age<12.5", true, NULL},
    {"node.web2.cert_days>13", true, NULL},
    {"node.web2.rtt_ms<1000", false, "node.web2.rtt_ms<1000 is not true: unknown here"},
    {"node.web2.rtt_ms>=0", false, NULL},
    {"node.web3=alive", false, "node.web3=alive is not true: unknown here"},
    {"node.web3!=alive", false, NULL},
    {"node.web3.inc>=0", false, NULL},
    {"cert_days>13", true, NULL},
    {"cert_days>14", false, "cert_days>14 is not true: it is 14"},
    {"pool.total<=64", true, NULL},
    {"pool.total=2,pool.accepted=5", true, NULL},
    {"pool.idle>=0", false, "pool.idle>=0 is not true: unknown here"},
    {"lhm=0", true, NULL},
};

static void terms_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(truths); i++) {
        struct condition condition;
        struct why why = {""};
        assert_int_equal(condition_parse(truths[i].text, &condition, &why), 0);
        feed_cluster(&condition);
        assert_int_equal(condition_holds(&condition, &why), truths[i].holds);
        if (truths[i].why != NULL)
            assert_string_equal(why.text, truths[i].why);
        condition_free(&condition);
    }
}

static void the_next_answer_starts_anew(void **state)
{
    (void)state;
    struct condition condition;
    assert_int_equal(condition_parse("alive=2,cert_days=14,node.old=dead", &condition, NULL), 0);
    feed_cluster(&condition);
    feed_cluster(&condition);
    assert_true(condition_holds(&condition, NULL));
    condition_begin(&condition);
    assert_false(condition_holds(&condition, NULL));
}

static void feed_rtt(struct condition *condition, const char *state, double rtt_ms)
{
    struct record record;
    record_init(&record, "member", 0);
    record_add_text(&record, "state", state);
    record_add_real(&record, "rtt_ms", rtt_ms, 3);
    assert_int_equal(condition_feed(condition, &record), 0);
}

static void a_percentile_is_the_nearest_rank_of_the_live(void **state)
{
    (void)state;
    struct condition condition;
    struct why why;
    const char *text = "rtt_ms.p1=1,rtt_ms.p50=100,rtt_ms.p99=198,rtt_ms.p99.9=200,rtt_ms.p100=200";
    assert_int_equal(condition_parse(text, &condition, NULL), 0);
    condition_begin(&condition);
    assert_false(condition_holds(&condition, &why));
    assert_string_equal(why.text, "rtt_ms.p1=1 is not true: unknown here");
    feed_rtt(&condition, "alive", 1);
    feed_rtt(&condition, "alive", 1);
    for (unsigned i = 200; i > 2; i--)
        feed_rtt(&condition, "alive", i);
    feed_rtt(&condition, "dead", 1000);
    assert_true(condition_holds(&condition, NULL));
    condition_begin(&condition);
    feed_rtt(&condition, "alive", 7);
    assert_false(condition_holds(&condition, &why));
    assert_string_equal(why.text, "rtt_ms.p1=1 is not true: it is 7");
    condition_free(&condition);
}

static void nobody_in_a_state_is_none(void **state)
{
    (void)state;
    struct condition condition;
    assert_int_equal(condition_parse("alive=0,left<1", &condition, NULL), 0);
    condition_begin(&condition);
    assert_true(condition_holds(&condition, NULL));
}

struct refusal {
    const char *text, *why;
};

static const struct refusal refusals[] = {
    {"", "'' has an empty term"},
    {"alive>=1,", "'alive>=1,' has an empty term"},
    {",alive>=1", "',alive>=1' has an empty term"},
    {"alive", "'alive' compares nothing (like alive>=1)"},
    {"cert_days", "'cert_days' compares nothing (like cert_days>=1)"},
    {"-1", "'-1' compares nothing (like -1>=1)"},
    {"alive>=", "'alive>=': '' is no number"},
    {"alive>=x", "'alive>=x': 'x' is no number"},
    {"alive>=1s", "'alive>=1s': '1s' is no number"},
    {"alive>=nan", "'alive>=nan': 'nan' is no number"},
    {"alive==1", "'alive==1': '=1' is no number"},
    {"alive=>1", "'alive=>1': '>1' is no number"},
    {"alive!1", "'alive!1': compare by = != < <= > >="},
    {"live>=1", "'live>=1': nothing is called 'live'"},
    {">=1", "'>=1': nothing is called ''"},
    {"pool.size=1", "'pool.size=1': nothing is called 'pool.size'"},
    {"rtt_ms.p0<5", "'rtt_ms.p0<5': 'p0' is no percentile (p1 to p100)"},
    {"rtt_ms.p101<5", "'rtt_ms.p101<5': 'p101' is no percentile (p1 to p100)"},
    {"rtt_ms.px<5", "'rtt_ms.px<5': 'px' is no percentile (p1 to p100)"},
    {"rtt_ms<5", "'rtt_ms<5': nothing is called 'rtt_ms'"},
    {"node.web2>=alive", "'node.web2>=alive': a state is compared by = or !="},
    {"node.=alive", "'node.=alive': '' is no node name"},
    {"node..inc=1", "'node..inc=1': '' is no node name"},
    {"node.a b=alive", "'node.a b=alive': 'a b' is no node name"},
    {"node.web2.inc=x", "'node.web2.inc=x': 'x' is no number"},
    {"node.web2=gone",
     "'node.web2=gone': 'gone' is no state (alive, suspect, dead, left): the name is not followed "
     "by .inc, .age, .rtt_ms or .cert_days"},
};

static void mistakes_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct condition condition;
        struct why why = {""};
        assert_int_equal(condition_parse(refusals[i].text, &condition, &why), ERR_USAGE);
        assert_string_equal(why.text, refusals[i].why);
    }
}

static void long_ones_are_refused(void **state)
{
    (void)state;
    struct condition condition;
    char text[CONDITION_TERMS_MAX * 8 + 200];
    struct why why = {""};
    memset(text, '1', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(condition_parse(text, &condition, &why), ERR_USAGE);
    for (size_t i = 0; i <= CONDITION_TERMS_MAX; i++)
        memcpy(text + 2 * i, "1,", 3);
    text[2 * CONDITION_TERMS_MAX - 1] = '\0';
    assert_int_equal(condition_parse(text, &condition, &why), 0);
    assert_int_equal(condition.count, CONDITION_TERMS_MAX);
    text[2 * CONDITION_TERMS_MAX - 1] = ',';
    text[2 * CONDITION_TERMS_MAX + 1] = '\0';
    assert_int_equal(condition_parse(text, &condition, &why), ERR_USAGE);
    assert_string_equal(why.text, "more than 32 terms");
}

static void it_tells_what_to_ask_for(void **state)
{
    (void)state;
    struct condition condition;
    assert_int_equal(condition_parse("alive>=1,node.a=left", &condition, NULL), 0);
    assert_true(condition_needs_members(&condition));
    assert_false(condition_needs_info(&condition));
    assert_int_equal(condition_parse("pool.total<5", &condition, NULL), 0);
    assert_false(condition_needs_members(&condition));
    assert_true(condition_needs_info(&condition));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_percentile_is_the_nearest_rank_of_the_live),
        cmocka_unit_test(terms_are_judged),
        cmocka_unit_test(the_next_answer_starts_anew),
        cmocka_unit_test(nobody_in_a_state_is_none),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(long_ones_are_refused),
        cmocka_unit_test(it_tells_what_to_ask_for),
    };
    return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
