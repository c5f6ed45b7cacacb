/* The seeded generator. */
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The first outputs of xoshiro256** for the state 1, 2, 3, 4, worked out from the paper's step. */
static void the_step_is_the_published_one(void **state)
{
    static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
    struct rng rng = {{1, 2, 3, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_true(rng_next(&rng) == expected[i]);
}

static void a_seed_is_spread_by_splitmix(void **state)
{
    struct rng rng;

    (void)state;
    rng_seed(&rng, 1234567);
    assert_true(rng.state[0] == UINT64_C(6457827717110365317));
    assert_true(rng.state[1] == UINT64_C(3203168211198807973));
    assert_true(rng.state[2] == UINT64_C(9817491932198370423));
    assert_true(rng.state[3] == UINT64_C(4593380528125082431));
}

static void the_same_seed_draws_the_same(void **state)
{
    struct rng a, b, other;
    int same = 0;

    (void)state;
    rng_seed(&a, 7);
    rng_seed(&b, 7);
    rng_seed(&other, 8);
    for (int i = 0; i < 1000; i++) {
        uint64_t draw = rng_next(&a);

        assert_true(draw == rng_next(&b));
        same += draw == rng_next(&other);
    }
    assert_int_equal(same, 0);
}

static void draws_below_a_bound_are_even(void **state)
{
    unsigned counts[7] = {0};
    struct rng rng;

    (void)state;
    rng_seed(&rng, 3);
    for (int i = 0; i < 70000; i++) {
        uint64_t draw = rng_below(&rng, 7);

        assert_true(draw < 7);
        counts[draw]++;
    }
    for (size_t i = 0; i < 7; i++)
        assert_in_range(counts[i], 9600, 10400);
    assert_true(rng_below(&rng, 0) == 0);
    assert_true(rng_below(&rng, 1) == 0);
    for (int i = 0; i < 100; i++)
        assert_true(rng_below(&rng, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

static void units_lie_in_the_unit_interval(void **state)
{
    double sum = 0;
    struct rng rng;

    (void)state;
    rng_seed(&rng, 4);
    for (int i = 0; i < 10000; i++) {
        double draw = rng_unit(&rng);

        assert_true(draw >= 0 && draw < 1);
        sum += draw;
    }
    assert_true(sum > 4900 && sum < 5100);
}

static void a_shuffle_is_a_permutation_and_every_place_is_likely(void **state)
{
    unsigned first[5] = {0};
    struct rng rng;

    (void)state;
    rng_seed(&rng, 5);
    for (int round = 0; round < 10000; round++) {
        uint32_t items[5] = {0, 1, 2, 3, 4};
        unsigned seen = 0;

        rng_shuffle(&rng, items, 5);
        for (size_t i = 0; i < 5; i++)
            seen |= 1U << items[i];
        assert_int_equal(seen, 0x1f);
        first[items[0]]++;
    }
    for (size_t i = 0; i < 5; i++)
        assert_in_range(first[i], 1800, 2200);
    rng_shuffle(&rng, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_is_the_published_one),
        cmocka_unit_test(a_seed_is_spread_by_splitmix),
        cmocka_unit_test(the_same_seed_draws_the_same),
        cmocka_unit_test(draws_below_a_bound_are_even),
        cmocka_unit_test(units_lie_in_the_unit_interval),
        cmocka_unit_test(a_shuffle_is_a_permutation_and_every_place_is_likely),
    };

    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
