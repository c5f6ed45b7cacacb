/**
 * What a fault rule can do, one table: a new action is a row and a function.
 *
 * Every action but `delay` and `dup` stands in place of the answer; an action of the kind `conn`
 * holds for all that comes over that connection and that no other rule matches.
 */
#ifndef SWIM_QUIC_ECHO_ACTION_H
#define SWIM_QUIC_ECHO_ACTION_H

#include "base/err.h"
#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct echo;
struct incident;

enum action_argument {
    ARGUMENT_NONE,
    ARGUMENT_OPTIONAL_DURATION, /* die[=D] */
    ARGUMENT_DELAY,             /* delay=D[~JITTER] */
};

struct action_args {
    uint64_t duration_ns, jitter_ns;
};

struct action {
    const char *name;
    enum action_argument argument;
    bool unseen; /* as if the message had not arrived: no rx line */
    void (*apply)(struct echo *echo, const struct incident *incident,
                  const struct action_args *args);
};

/** An action with its arguments; `action` NULL: none. */
struct action_use {
    const struct action *action;
    struct action_args args;
};

/** Parses `NAME[=ARGUMENT]`. 0, or ERR_USAGE with what was expected in `why`. */
int action_parse(const char *text, struct action_use *use, struct why *why);

#endif
