/**
 * Asking a running node for the members that targets name.
 */
#ifndef SWIM_PING_ROSTER_H
#define SWIM_PING_ROSTER_H

#include "base/err.h"
#include "cli/target.h"
#include "wanted.h"

#include <stddef.h>
#include <stdint.h>

/** Asks the node of `--connect` once and hands every member to all of `wanted` that must be asked.
 *  Blocks for at most `timeout_ns`. Errors of target_locate and ask_run. */
int roster_ask(const struct target *target, uint64_t timeout_ns, struct wanted *wanted,
               size_t count, struct why *why);

#endif
