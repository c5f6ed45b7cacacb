/**
 * What a program has to say beside its results: one line on standard error, "PROG: MESSAGE". PROG
 * is the name it was started by.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "base/err.h"

#include <stddef.h>

#define SAY_SIZE 1024 /* a line is cut there */

/** "PROG: MESSAGE" on stderr, one line; control bytes, which may come from a peer, show as "?". */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The text that say_error says, without PROG. Returns `buf`, cut if too long. */
const char *say_text(int err, const struct why *why, char *buf, size_t size);

/** "PROG: CONTEXT: text of err" on stderr; returns the exit code of `err`. An empty why is left
 *  out; a why that tells it all (of an error whose text is a mere heading, or that ends with the
 *  text) stands alone. */
int say_error(int err, const struct why *why);

#endif
