/**
 * The limits of a check and what a node's answer makes of them: the form `nagios`.
 *
 * The members by state are always among the values; a limit on another metric adds it.
 */
#ifndef CLI_CHECKS_H
#define CLI_CHECKS_H

#include "base/err.h"
#include "base/record.h"
#include "cli/metric.h"
#include "cli/nagios.h"
#include "cli/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CHECKS_MAX 32
#define CHECKS_WHO_SIZE 256

struct check {
    struct metric metric;
    char label[METRIC_TEXT_SIZE];
    bool has_warn, has_crit;
    struct range warn, crit;
};

struct checks {
    struct check items[CHECKS_MAX]; /* the states first, in their order */
    size_t count;
    char who[MEMBER_STATE_COUNT][CHECKS_WHO_SIZE]; /* who is in that state, the first of them */
};

/** The states alone, without limits. checks_free is due. */
void checks_init(struct checks *checks);

/** Adds a limit, "METRIC=RANGE". ERR_USAGE with what is wrong, or twice, in `why`. */
int checks_add(struct checks *checks, const char *text, bool critical, struct why *why);

/** The limits in force when there is none: somebody suspect is a warning, somebody dead critical.
 */
int checks_add_default(struct checks *checks, struct why *why);

/** Whether any is about what `info` records tell. */
bool checks_need_info(const struct checks *checks);

/** Forgets what was fed. */
void checks_begin(struct checks *checks);

/** Takes one record of the answer. 0 or ERR_NO_MEMORY. */
int checks_feed(struct checks *checks, const struct record *record);

/** Writes the line. Write errors stay with `out`. */
enum nagios_status checks_write(struct checks *checks, FILE *out);

void checks_free(struct checks *checks);

#endif
