/**
 * What a check tells Nagios and its relatives: one line and an exit code.
 *
 *     SWIM OK|WARNING|CRITICAL|UNKNOWN - TEXT | label=value;warn;crit;min;max …
 *
 * Of several values the worst counts: critical, then warning, then unknown.
 */
#ifndef CLI_NAGIOS_H
#define CLI_NAGIOS_H

#include "cli/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** The numbers are the exit codes. */
enum nagios_status { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

/** One value with its limits. The label is of [A-Za-z0-9._-]. */
struct nagios_value {
    const char *label;
    bool known;
    double value;
    const struct range *warn, *crit; /* NULL: no limit */
    const char *min, *max;           /* "": none */
};

/** What the value is by its limits; an unknown one is OK only without limits. */
enum nagios_status nagios_judge(const struct nagios_value *value);

enum nagios_status nagios_worse(enum nagios_status a, enum nagios_status b);

/** Writes the line; `text` may be any, it is made fit. Write errors stay with `out`. */
void nagios_write(enum nagios_status status, const char *text, const struct nagios_value *values,
                  size_t count, FILE *out);

/** Whether a command line, that may be a wrong one, asks for this form: by --format, or by
 *  SWIM_FORMAT where neither --format nor -j is there. */
bool nagios_is_asked(int argc, char *const *argv);

/** For `struct program`: a command line that asks for this form and was refused is UNKNOWN. */
bool nagios_on_refusal(int argc, char *const *argv, const char *text, int *code);

/** The exit code of a tool as a status: who could not be reached is CRITICAL; a mistake or an
 *  identity that can't be used is UNKNOWN. */
enum nagios_status nagios_of_error(int err);

#endif
