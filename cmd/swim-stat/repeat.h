/**
 * Looks again and again: until a condition is true, or for ever.
 */
#ifndef SWIM_STAT_REPEAT_H
#define SWIM_STAT_REPEAT_H

#include "base/err.h"
#include "cli/target.h"
#include "options.h"
#include "view.h"

#include <stdbool.h>

/** Looks until the condition holds, and has held for --for, or the time is up. 0 once it has been
 *  answered; `*holds` tells how it ended. While nobody answers `why` is about that. */
int repeat_until(struct view *view, const struct stat_options *options, struct stat_plan *plan,
                 const struct target *target, bool *holds, struct why *why);

/** Waits until it is `ns` later; a signal ends it. */
void repeat_pause(uint64_t ns);

#endif
