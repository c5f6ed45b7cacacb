/**
 * `-T`: which members, by their tags.
 *
 *     KEY=VALUE    has the tag with that value, which may be a glob (glob(7))
 *     KEY!=VALUE   has not: another value, or no such tag
 *     KEY          has the tag, whatever its value
 *
 * Of several with `=` or without comparison about one key any must be so; of all others each.
 */
#ifndef CLI_TAGMATCH_H
#define CLI_TAGMATCH_H

#include "base/err.h"
#include "base/record.h"
#include "cli/opt.h"

#include <stdbool.h>

/** Checks one text, as `check` of a row of options does. ERR_USAGE with what is wrong in `why`. */
int tagmatch_check(const char *text, struct why *why);

/** Whether the tags of the record (its keys `tag.KEY`) fit all of the checked texts. */
bool tagmatch_fits(const struct opt_list *wanted, const struct record *record);

#endif
