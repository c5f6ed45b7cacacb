/**
 * Our own incarnation: only its owner raises it (SWIM, section 4.2), to answer what is said of us
 * and is not so.
 */
#ifndef SWIM_REFUTE_H
#define SWIM_REFUTE_H

#include "wire/msg.h"

struct swim;

/** Answers a record of ourselves that is not so: our incarnation goes above it and our own record
 * out at critical priority. A node that leaves never refutes. */
void refute(struct swim *swim, const struct update *heard);

/** As refute, of a record too far above us for one step: forged in several, it may have been taken
 * for true by those who saw each of them, and then nothing below it would ever be heard again. Once
 * a period our incarnation goes up by as much as everybody believes. */
void refute_climb(struct swim *swim, const struct update *heard);

/** `teller` holds an old accusation and missed our answer: once a period it is queued again, and
 * told straight to him, whom gossip may pass by again. */
void refute_repeat(struct swim *swim, const struct name *teller);

#endif
