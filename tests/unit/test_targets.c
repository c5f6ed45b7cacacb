/* Whom to probe next: everybody once a round, at most 2n - 1 periods apart. */
#include "swim/targets.h"

#include "swim/members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { N = 17 };

static void fill(struct targets *targets, struct member *members, size_t n, struct rng *rng)
{
    targets_init(targets);
    for (size_t i = 0; i < n; i++) {
        members[i] = (struct member){.shown = MEMBER_ALIVE};
        assert_true(targets_reserve(targets));
        targets_add(targets, &members[i], rng);
    }
}

static void test_gap_is_at_most_two_rounds(void **state)
{
    (void)state;
    struct rng rng;
    struct targets targets;
    struct member members[N];
    size_t last[N] = {0};
    rng_seed(&rng, 3);
    fill(&targets, members, N, &rng);
    for (size_t turn = 1; turn <= 200 * N; turn++) {
        size_t i = (size_t)(targets_next(&targets, &rng) - members);
        assert_true(turn - last[i] <= 2 * N - 1);
        last[i] = turn;
    }
    targets_free(&targets);
}

static void test_dead_and_left_are_skipped(void **state)
{
    (void)state;
    struct rng rng;
    struct targets targets;
    struct member members[3];
    rng_seed(&rng, 3);
    fill(&targets, members, 3, &rng);
    members[0].shown = MEMBER_DEAD;
    members[1].shown = MEMBER_LEFT;
    members[2].shown = MEMBER_SUSPECT;
    for (int i = 0; i < 20; i++)
        assert_ptr_equal(targets_next(&targets, &rng), &members[2]);
    members[2].shown = MEMBER_DEAD;
    assert_null(targets_next(&targets, &rng));
    targets_free(&targets);
}

static void test_a_new_member_shortens_nobodys_turn(void **state)
{
    (void)state;
    struct rng rng;
    struct targets targets;
    struct member members[N];
    rng_seed(&rng, 5);
    fill(&targets, members, N - 1, &rng);
    for (int i = 0; i < N / 2; i++)
        (void)targets_next(&targets, &rng);
    members[N - 1] = (struct member){.shown = MEMBER_ALIVE};
    assert_true(targets_reserve(&targets));
    targets_add(&targets, &members[N - 1], &rng);
    size_t seen[N] = {0};
    while (targets.next < targets.count)
        seen[targets_next(&targets, &rng) - members]++;
    for (size_t i = 0; i < N; i++)
        assert_true(seen[i] <= 1);
    targets_free(&targets);
}

static void test_draws_are_distinct_and_warm_first(void **state)
{
    (void)state;
    struct rng rng;
    struct targets targets;
    struct member members[N];
    rng_seed(&rng, 9);
    fill(&targets, members, N, &rng);
    members[4].linked = members[7].linked = true;
    for (int round = 0; round < 100; round++) {
        struct member *drawn[5];
        assert_int_equal(targets_draw(&targets, &rng, &members[7], 5, drawn), 5);
        assert_ptr_equal(drawn[0], &members[4]);
        for (size_t i = 0; i < 5; i++)
            for (size_t j = 0; j < i; j++)
                assert_ptr_not_equal(drawn[i], drawn[j]);
    }
    targets_free(&targets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gap_is_at_most_two_rounds),
        cmocka_unit_test(test_dead_and_left_are_skipped),
        cmocka_unit_test(test_a_new_member_shortens_nobodys_turn),
        cmocka_unit_test(test_draws_are_distinct_and_warm_first),
    };
    return cmocka_run_group_tests_name("targets", tests, NULL, NULL);
}
