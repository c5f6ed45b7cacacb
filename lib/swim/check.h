/**
 * The core's invariants, asserted after every step in tests and simulations.
 */
#ifndef SWIM_CHECK_H
#define SWIM_CHECK_H

struct swim;

/** Aborts with the failed assertion when the core contradicts itself. */
void swim_check(const struct swim *swim);

#endif
