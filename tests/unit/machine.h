/**
 * One core under arbitrary inputs: a move of eight bytes is a message (of anybody, about anybody,
 * true or forged), a change of a link, a command, and some time before it. After each move the
 * core's own invariants (swim/check.h) and those of machine.c must hold; whatever does not is said
 * on standard error, and the process aborts. The random test and the fuzzer share it.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <stdint.h>

#define MOVE_BYTES 8

struct machine;

/** `probe_events` as in struct swim_config. Aborts when out of memory. */
struct machine *machine_new(uint64_t seed);
void machine_free(struct machine *machine);

/** Makes one move; aborts when anything does not hold. */
void machine_move(struct machine *machine, const uint8_t move[MOVE_BYTES]);

/** What the move is about, for the reader of a failure: "gossip from m2", "a link". */
const char *machine_describe(const uint8_t move[MOVE_BYTES]);

#endif
