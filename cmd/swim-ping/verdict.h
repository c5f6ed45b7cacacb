/**
 * What a run is to Nagios: the limits on each target's `rtt_ms` (the average) and `loss` (in per
 * cent), and one line about all.
 */
#ifndef SWIM_PING_VERDICT_H
#define SWIM_PING_VERDICT_H

#include "base/err.h"
#include "cli/nagios.h"
#include "cli/opt.h"
#include "cli/range.h"
#include "destinations.h"

#include <stdbool.h>
#include <stdio.h>

struct verdict_limit {
    bool has_warn, has_crit;
    struct range warn, crit;
};

struct verdict_limits {
    struct verdict_limit rtt_ms, loss;
};

/** Reads both lists of "M=RANGE"; where both are empty any loss is a warning and a loss of all
 *  critical. ERR_USAGE with what is wrong in `why`. */
int verdict_limits_make(const struct opt_list *warn, const struct opt_list *crit,
                        struct verdict_limits *limits, struct why *why);

/**
 * Writes the line and tells the worst status. A target that never acked is as far as can be; one
 * that could not be pinged at all, for a mistake, an identity or a resource, is unknown; a name
 * that stands for nobody is critical. 0, or ERR_NO_MEMORY; write errors stay with `out`.
 */
int verdict_write(const struct verdict_limits *limits, const struct destinations *targets,
                  FILE *out, enum nagios_status *status);

#endif
