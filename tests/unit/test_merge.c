/* The merge rule: its whole table, and that the order of news does not matter. */
#include "base/rng.h"
#include "swim/merge.h"
#include "swim/swim.h"
#include "wire/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct update record(enum member_state state, uint64_t incarnation, uint64_t instance)
{
    struct update update = {.incarnation = incarnation,
                            .state = state,
                            .instance = instance,
                            .addr = {.family = ADDR_V4, .ip = {10, 0, 0, 1}, .port = 7436}};
    assert_int_equal(name_set(&update.node, "m", 1), 0);
    return update;
}

static enum verdict decide(const struct update *held, const struct update *heard, bool self,
                           bool first_hand)
{
    struct merge_held holds = {.record = held, .self = self};
    return merge_decide(&holds, heard, first_hand);
}

static void test_every_pair_of_states(void **state)
{
    (void)state;
    for (int held = 0; held < MEMBER_STATE_COUNT; held++)
        for (int heard = 0; heard < MEMBER_STATE_COUNT; heard++) {
            struct update mine = record((enum member_state)held, 5, 1);
            struct update theirs = record((enum member_state)heard, 5, 1);
            /* At equal incarnation left > dead > suspect > alive; the same record is no news. */
            assert_int_equal(decide(&mine, &theirs, false, false),
                             heard > held ? VERDICT_TAKE : VERDICT_KEEP);
            theirs.incarnation = 6;
            assert_int_equal(decide(&mine, &theirs, false, false), VERDICT_TAKE);
            theirs.incarnation = 4;
            assert_int_equal(decide(&mine, &theirs, false, false), VERDICT_KEEP);
        }
}

static void test_ties_go_to_the_larger_record(void **state)
{
    (void)state;
    for (int s = 0; s < MEMBER_STATE_COUNT; s++) {
        struct update small = record((enum member_state)s, 5, 1);
        struct update large = record((enum member_state)s, 5, 2);
        assert_int_equal(decide(&small, &large, false, false), VERDICT_TAKE);
        assert_int_equal(decide(&large, &small, false, false), VERDICT_KEEP);
        large = small;
        large.addr.port++;
        enum verdict one = decide(&small, &large, false, false);
        enum verdict other = decide(&large, &small, false, false);
        assert_true((one == VERDICT_TAKE) != (other == VERDICT_TAKE));
    }
}

static void test_unknown_names(void **state)
{
    (void)state;
    for (int s = 0; s < MEMBER_STATE_COUNT; s++) {
        struct update heard = record((enum member_state)s, 5, 1);
        assert_int_equal(decide(NULL, &heard, false, false),
                         s == MEMBER_ALIVE ? VERDICT_TAKE : VERDICT_REJECT_UNKNOWN);
    }
}

static void test_forged_incarnations(void **state)
{
    (void)state;
    struct update held = record(MEMBER_ALIVE, 5, 1);
    struct update heard = record(MEMBER_ALIVE, 5 + INCARNATION_JUMP, 1);
    assert_int_equal(decide(&held, &heard, false, false), VERDICT_TAKE);
    heard.incarnation++;
    assert_int_equal(decide(&held, &heard, false, false), VERDICT_REJECT_JUMP);
    assert_int_equal(decide(&held, &heard, false, true), VERDICT_TAKE);  /* its own word */
    assert_int_equal(decide(&held, &heard, true, false), VERDICT_CLIMB); /* never just ignored */
    struct merge_held joining = {.record = &held, .self = true, .joining = true};
    heard.incarnation = INCARNATION_FIRST_SIGHT;
    assert_int_equal(merge_decide(&joining, &heard, false), VERDICT_REFUTE);
    heard.incarnation++;
    assert_int_equal(merge_decide(&joining, &heard, false), VERDICT_REJECT_JUMP);
    heard.incarnation = INCARNATION_FIRST_SIGHT;
    assert_int_equal(decide(NULL, &heard, false, false), VERDICT_TAKE);
    heard.incarnation++;
    assert_int_equal(decide(NULL, &heard, false, false), VERDICT_REJECT_JUMP);
}

static void test_of_ourselves(void **state)
{
    (void)state;
    struct update mine = record(MEMBER_ALIVE, 5, 1);
    static const struct {
        enum member_state state;
        uint64_t incarnation, instance;
        enum verdict verdict;
    } rows[] = {
        {MEMBER_ALIVE, 5, 1, VERDICT_KEEP},     {MEMBER_ALIVE, 4, 9, VERDICT_KEEP},
        {MEMBER_ALIVE, 5, 9, VERDICT_REFUTE},   {MEMBER_ALIVE, 6, 1, VERDICT_REFUTE},
        {MEMBER_SUSPECT, 5, 1, VERDICT_REFUTE}, {MEMBER_SUSPECT, 4, 1, VERDICT_REPEAT},
        {MEMBER_DEAD, 7, 1, VERDICT_REFUTE},    {MEMBER_DEAD, 4, 1, VERDICT_REPEAT},
        {MEMBER_LEFT, 5, 1, VERDICT_REFUTE},    {MEMBER_LEFT, 4, 1, VERDICT_REPEAT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct update heard = record(rows[i].state, rows[i].incarnation, rows[i].instance);
        assert_int_equal(decide(&mine, &heard, true, false), rows[i].verdict);
    }
}

static struct swim *core_new(void)
{
    struct swim_config config = {.instance = 99,
                                 .incarnation = 1,
                                 .addr = {.family = ADDR_V4, .ip = {10, 0, 0, 9}, .port = 7436},
                                 .profile = *profile_find("lan"),
                                 .seed = 1};
    assert_int_equal(name_set(&config.self, "self", 4), 0);
    struct swim *core = swim_new(&config, 1);
    assert_non_null(core);
    return core;
}

static void tell(struct swim *core, const struct update *update)
{
    static struct message message;
    message.type = MESSAGE_GOSSIP;
    message.update_count = 1;
    message.updates[0] = *update;
    struct swim_input input = {.kind = SWIM_MESSAGE, .message = &message};
    assert_int_equal(name_set(&input.peer, "teller", 6), 0);
    assert_int_equal(swim_step(core, 2, &input), 0);
    struct swim_output output;
    while (swim_next_output(core, &output))
        ;
}

/* The same news in two orders: the same record. */
static void test_order_does_not_matter(void **state)
{
    (void)state;
    enum { NEWS = 12, ROUNDS = 500 };
    struct rng rng;
    rng_seed(&rng, 11);
    for (int round = 0; round < ROUNDS; round++) {
        struct update news[NEWS];
        uint32_t order[NEWS];
        struct swim *cores[2] = {core_new(), core_new()};
        news[0] = record(MEMBER_ALIVE, 1, 1);
        for (uint32_t i = 0; i < NEWS; i++) {
            order[i] = i;
            if (i > 0)
                news[i] = record((enum member_state)rng_below(&rng, MEMBER_STATE_COUNT),
                                 1 + rng_below(&rng, 4), 1 + rng_below(&rng, 2));
            news[i].addr.port = (uint16_t)(7436 + rng_below(&rng, 2));
        }
        for (uint32_t i = 0; i < NEWS; i++)
            tell(cores[0], &news[i]);
        rng_shuffle(&rng, order + 1, NEWS - 1);
        for (uint32_t i = 0; i < NEWS; i++)
            tell(cores[1], &news[order[i]]);
        struct swim_member a, b;
        assert_true(swim_member_find(cores[0], &news[0].node, &a));
        assert_true(swim_member_find(cores[1], &news[0].node, &b));
        assert_int_equal(a.state, b.state);
        assert_true(a.incarnation == b.incarnation && a.instance == b.instance);
        assert_true(addr_equal(&a.addr, &b.addr));
        swim_free(cores[0]);
        swim_free(cores[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pair_of_states),
        cmocka_unit_test(test_ties_go_to_the_larger_record),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_forged_incarnations),
        cmocka_unit_test(test_of_ourselves),
        cmocka_unit_test(test_order_does_not_matter),
    };
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
