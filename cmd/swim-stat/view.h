/**
 * One look at a node: the records of its answer, filtered and formed in memory, and what the
 * condition makes of them. Nothing is shown of an answer that did not come whole.
 */
#ifndef SWIM_STAT_VIEW_H
#define SWIM_STAT_VIEW_H

#include "base/err.h"
#include "cli/target.h"
#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
    char *text; /* what to print; NULL until an answer has come */
    size_t len;
    bool found;                /* --node is a member, or was not asked for */
    bool complete;             /* everybody who was to be asked has answered */
    size_t shown;              /* records */
    enum nagios_status status; /* of nagios */
};

/** Asks for all that is to be shown and all that the condition needs. `header`: with the names of
 *  columns. 0, or what ask_run says (then the view is what it was before); ERR_USAGE for a column
 *  that the node does not tell. */
int view_take(struct view *view, const struct stat_options *options, struct stat_plan *plan,
              const struct target *target, bool header, uint64_t timeout_ns, struct why *why);

void view_free(struct view *view);

#endif
