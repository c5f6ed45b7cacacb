/**
 * swim-quic-echo's fault rules: the language, and which arrivals a rule matches.
 */
#include "cmd/swim-quic-echo/action.c"
#include "cmd/swim-quic-echo/fault.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants those four first */
#include <cmocka.h>

/* What actions are made of; these tests only look at which action a rule names. */
void echo_answer(struct echo *echo, const struct incident *incident, uint64_t delay_ns)
{
    (void)echo;
    (void)incident;
    (void)delay_ns;
}

void echo_die(struct echo *echo, uint64_t now, uint64_t delay_ns)
{
    (void)echo;
    (void)now;
    (void)delay_ns;
}

void echo_answer_damaged(struct echo *echo, const struct incident *incident, enum damage damage)
{
    (void)echo;
    (void)incident;
    (void)damage;
}

void echo_close_visitor(struct echo *echo, const struct incident *incident)
{
    (void)echo;
    (void)incident;
}

void echo_reset_visitor(struct echo *echo, const struct incident *incident)
{
    (void)echo;
    (void)incident;
}

void echo_stall_visitor(struct echo *echo, const struct incident *incident)
{
    (void)echo;
    (void)incident;
}

uint64_t echo_draw(struct echo *echo, uint64_t bound)
{
    (void)echo;
    return bound / 2;
}

static const struct name *name_of(const char *text)
{
    static struct name name;
    assert_int_equal(name_set(&name, text, strlen(text)), 0);
    return &name;
}

static void test_whole_rule(void **state)
{
    (void)state;
    struct fault_rule rule;
    assert_int_equal(fault_parse("ping-req@web-1.x#2-5:delay=20ms~5ms", &rule, NULL), 0);
    assert_int_equal(rule.kind, FAULT_PING_REQ);
    assert_string_equal(rule.peer.text, "web-1.x");
    assert_int_equal(rule.when, FAULT_NUMBERED);
    assert_int_equal(rule.first, 2);
    assert_int_equal(rule.last, 5);
    assert_string_equal(rule.use.action->name, "delay");
    assert_int_equal(rule.use.args.duration_ns, 20 * NS_PER_MS);
    assert_int_equal(rule.use.args.jitter_ns, 5 * NS_PER_MS);
    assert_string_equal(rule.text, "ping-req@web-1.x#2-5:delay=20ms~5ms");
}

static void test_every_part_may_be_missing(void **state)
{
    (void)state;
    struct fault_rule rule;
    assert_int_equal(fault_parse(":drop", &rule, NULL), 0);
    assert_int_equal(rule.kind, FAULT_ANY);
    assert_true(name_is_empty(&rule.peer));
    assert_int_equal(rule.when, FAULT_ALWAYS);
    assert_int_equal(fault_parse("ping#3:die", &rule, NULL), 0);
    assert_int_equal(rule.first, 3);
    assert_int_equal(rule.last, 3);
    assert_int_equal(rule.use.args.duration_ns, 0);
    assert_int_equal(fault_parse("any%12.5:no-ack", &rule, NULL), 0);
    assert_int_equal(rule.when, FAULT_CHANCE);
    assert_true(rule.percent > 12.4 && rule.percent < 12.6);
}

static void test_bad_rules(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "ping",
        "ping:",
        "ping:drp",
        "ping:drop=1",
        "pong:drop",
        "ping@:drop",
        "ping@a b:drop",
        "ping#:drop",
        "ping#0:drop",
        "ping#2-1:drop",
        "ping#1-:drop",
        "ping#x:drop",
        "ping#1%5:drop",
        "ping%:drop",
        "ping%101:drop",
        "ping%-1:drop",
        "ping%1.2.3:drop",
        "ping:delay",
        "ping:delay=",
        "ping:delay=2x",
        "ping:delay=1s~",
        "ping:die=",
        "ping:die=soon",
        "ping:dup=1",
        "conn:stall=1s",
        "ping#99999999999999999999:drop",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fault_rule rule;
        struct why why = {0};
        if (fault_parse(bad[i], &rule, &why) != ERR_USAGE) {
            fail_msg("'%s' was taken", bad[i]);
        }
        assert_string_not_equal(why.text, "");
    }
    char long_rule[FAULT_TEXT_MAX + 8];
    memset(long_rule, '1', sizeof(long_rule));
    memcpy(long_rule, "any%1", 5);
    memcpy(long_rule + sizeof(long_rule) - 6, ":drop", 6);
    struct fault_rule rule;
    assert_int_equal(fault_parse(long_rule, &rule, NULL), ERR_USAGE);
}

static void test_every_action_is_known(void **state)
{
    (void)state;
    static const char *const names[] = {
        "drop",    "no-ack", "delay=1ms", "dup",   "corrupt", "nack",
        "garbage", "close",  "reset",     "stall", "die",     "die=1s",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct action_use use;
        assert_int_equal(action_parse(names[i], &use, NULL), 0);
        assert_int_equal(strncmp(use.action->name, names[i], strlen(use.action->name)), 0);
        assert_int_equal(use.action->unseen, i == 0);
    }
}

static void test_unknown_action_is_named(void **state)
{
    (void)state;
    struct fault_rule rule;
    struct why why = {0};
    assert_int_equal(fault_parse("ping:explode", &rule, &why), ERR_USAGE);
    assert_non_null(strstr(why.text, "'explode'"));
    assert_non_null(strstr(why.text, "no-ack"));
}

struct set {
    struct faults faults;
};

static int setup(void **state)
{
    struct set *set = calloc(1, sizeof(*set));
    assert_non_null(set);
    faults_init(&set->faults, 1);
    *state = set;
    return 0;
}

static int teardown(void **state)
{
    struct set *set = *state;
    faults_free(&set->faults);
    free(set);
    return 0;
}

static void add(struct set *set, const char *text)
{
    assert_int_equal(faults_add(&set->faults, text, NULL), 0);
}

/* The text of the rule that an arrival falls under, "-" for none. */
static const char *arrive(struct set *set, enum fault_kind kind, const char *peer)
{
    const struct fault_rule *rule = NULL;
    assert_int_equal(faults_match(&set->faults, kind, name_of(peer), &rule), 0);
    return rule == NULL ? "-" : rule->text;
}

static void test_first_rule_wins(void **state)
{
    struct set *set = *state;
    add(set, "ping#2:drop");
    add(set, "ping:no-ack");
    add(set, "any:drop");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "ping:no-ack");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "ping#2:drop");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "ping:no-ack");
    assert_string_equal(arrive(set, FAULT_SYNC, "a"), "any:drop");
    assert_string_equal(arrive(set, FAULT_OTHER, "a"), "any:drop");
}

static void test_a_connection_is_no_message(void **state)
{
    struct set *set = *state;
    add(set, "any#1:drop");
    add(set, "conn#2:no-ack");
    assert_string_equal(arrive(set, FAULT_CONN, "a"), "-");
    assert_string_equal(arrive(set, FAULT_CONN, "a"), "conn#2:no-ack");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "any#1:drop");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "-");
}

static void test_numbers_count_over_the_process(void **state)
{
    struct set *set = *state;
    assert_string_equal(arrive(set, FAULT_PING, "a"), "-");
    assert_string_equal(arrive(set, FAULT_ACK, "a"), "-"); /* of another type */
    add(set, "ping#2-3:drop");
    assert_string_equal(arrive(set, FAULT_PING, "b"), "ping#2-3:drop");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "ping#2-3:drop");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "-");
}

static void test_peers_are_told_apart(void **state)
{
    struct set *set = *state;
    add(set, "ping@b#2:drop");
    add(set, "ping@a:no-ack");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "ping@a:no-ack");
    assert_string_equal(arrive(set, FAULT_PING, "b"), "-");
    assert_string_equal(arrive(set, FAULT_PING, "b"), "ping@b#2:drop");
    assert_string_equal(arrive(set, FAULT_PING, "c"), "-");
}

static void test_chance_is_seeded(void **state)
{
    struct set *set = *state;
    add(set, "ping%25:drop");
    int dropped = 0;
    for (int i = 0; i < 1000; i++) {
        dropped += strcmp(arrive(set, FAULT_PING, "a"), "-") != 0;
    }
    assert_in_range((uintmax_t)dropped, 200, 300);
    assert_int_equal(set->faults.fired, (uint64_t)dropped);
    struct set *again = NULL;
    setup((void **)&again);
    add(again, "ping%25:drop");
    int dropped_again = 0;
    for (int i = 0; i < 1000; i++) {
        dropped_again += strcmp(arrive(again, FAULT_PING, "a"), "-") != 0;
    }
    assert_int_equal(dropped_again, dropped);
    teardown((void **)&again);
}

static void test_never_and_always(void **state)
{
    struct set *set = *state;
    add(set, "ping%0:drop");
    add(set, "ping%100:no-ack");
    for (int i = 0; i < 100; i++) {
        assert_string_equal(arrive(set, FAULT_PING, "a"), "ping%100:no-ack");
    }
}

static void test_clear_drops_rules_and_keeps_counts(void **state)
{
    struct set *set = *state;
    add(set, "ping#1:drop");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "ping#1:drop");
    faults_clear(&set->faults);
    assert_string_equal(arrive(set, FAULT_PING, "a"), "-");
    add(set, "ping#3:no-ack");
    assert_string_equal(arrive(set, FAULT_PING, "a"), "ping#3:no-ack");
}

static void test_unfired_numbers(void **state)
{
    struct set *set = *state;
    add(set, "ping:no-ack");
    add(set, "sync%1:drop");
    assert_null(faults_unfired(&set->faults)); /* only numbers promise something */
    add(set, "ack#1:drop");
    assert_string_equal(faults_unfired(&set->faults)->text, "ack#1:drop");
    assert_string_equal(arrive(set, FAULT_ACK, "a"), "ack#1:drop");
    assert_null(faults_unfired(&set->faults));
}

static void test_rules_are_bounded(void **state)
{
    struct set *set = *state;
    for (int i = 0; i < FAULT_RULES_MAX; i++) {
        add(set, "ping:drop");
    }
    assert_int_equal(faults_add(&set->faults, "ping:drop", NULL), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_rule),
        cmocka_unit_test(test_every_part_may_be_missing),
        cmocka_unit_test(test_bad_rules),
        cmocka_unit_test(test_every_action_is_known),
        cmocka_unit_test(test_unknown_action_is_named),
        cmocka_unit_test_setup_teardown(test_first_rule_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_connection_is_no_message, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers_count_over_the_process, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peers_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chance_is_seeded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never_and_always, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clear_drops_rules_and_keeps_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unfired_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rules_are_bounded, setup, teardown),
    };
    return cmocka_run_group_tests_name("echo_fault", tests, NULL, NULL);
}
