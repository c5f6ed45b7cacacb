/**
 * Random sequences of moves, each run in a process of its own, so that an assertion that fails is
 * a result and not the end: the sequence is then halved and halved again as long as it still
 * fails, and printed with its seed.
 */
#ifndef TESTS_SHRINK_H
#define TESTS_SHRINK_H

#include "tests/unit/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Runs `count` moves; anything that does not hold aborts. */
typedef void (*sequence_run)(uint64_t seed, const uint8_t (*moves)[MOVE_BYTES], size_t count);

/** The name of a move, for the reader. */
typedef const char *(*sequence_describe)(const uint8_t move[MOVE_BYTES]);

/** Draws `count` moves from the seed and runs them. True: all held. Else the seed, the shortest
 *  sequence found and what did not hold are printed. */
bool sequence_holds(sequence_run run, sequence_describe describe, uint64_t seed, size_t count);

/** The same from moves that are given, for the shrinking itself: leaves the shortest sequence that
 *  fails in `moves` and returns its length; 0: it does not fail. */
size_t sequence_shrink(sequence_run run, uint64_t seed, uint8_t (*moves)[MOVE_BYTES], size_t count);

#endif
