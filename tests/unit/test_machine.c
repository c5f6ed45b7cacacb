/* The core as a machine: whatever comes in, in whatever order, what is promised holds. */
#include "base/duration.h"
#include "base/rng.h"
#include "swim/swim.h"
#include "tests/unit/machine.h"
#include "tests/unit/shrink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void run_machine(uint64_t seed, const uint8_t (*moves)[MOVE_BYTES], size_t count)
{
    struct machine *machine = machine_new(seed);
    for (size_t i = 0; i < count; i++)
        machine_move(machine, moves[i]);
    machine_free(machine);
}

static void test_random_inputs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++)
        assert_true(sequence_holds(run_machine, machine_describe, seed, 300));
}

/* Fails where a move that begins with 7 comes before one that begins with 9. */
static void run_broken(uint64_t seed, const uint8_t (*moves)[MOVE_BYTES], size_t count)
{
    bool seven = false;
    (void)seed;
    for (size_t i = 0; i < count; i++) {
        seven = seven || moves[i][0] == 7;
        if (seven && moves[i][0] == 9)
            abort();
    }
}

static void test_a_failure_is_shrunk_to_its_cause(void **state)
{
    (void)state;
    uint8_t moves[200][MOVE_BYTES] = {{0}};
    for (size_t i = 0; i < 200; i++)
        moves[i][1] = (uint8_t)i;
    assert_int_equal(sequence_shrink(run_broken, 1, moves, 200), 0);
    moves[37][0] = moves[38][0] = 7;
    moves[161][0] = 9;
    assert_int_equal(sequence_shrink(run_broken, 1, moves, 200), 2);
    assert_int_equal(moves[0][0], 7);
    assert_int_equal(moves[1][0], 9);
    assert_int_equal(moves[1][1], 161);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_inputs),
        cmocka_unit_test(test_a_failure_is_shrunk_to_its_cause),
    };
    return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
