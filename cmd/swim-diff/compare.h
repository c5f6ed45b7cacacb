/**
 * Opinions compared: for each node that somebody holds for alive or suspect, whoever holds it
 * otherwise than the reference does.
 */
#ifndef SWIM_DIFF_COMPARE_H
#define SWIM_DIFF_COMPARE_H

#include "cli/format.h"
#include "survey.h"

#include <stddef.h>

/** Writes a `diff` record for each disagreement with the first of `witnesses`, which is the
 * reference: the members that hold the same of a node, and not what the reference does, are one
 * disagreement. Counts them in `*found`. 0, ERR_NO_MEMORY or as format_write. */
int compare_all(const struct witness *witnesses, size_t count, enum format format, FILE *out,
                size_t *found);

#endif
