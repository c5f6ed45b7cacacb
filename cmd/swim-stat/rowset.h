/**
 * Records that have to wait for each other: to be sorted, for one to be picked, or to be laid out
 * as a matrix.
 */
#ifndef SWIM_STAT_ROWSET_H
#define SWIM_STAT_ROWSET_H

#include "base/record.h"
#include "cli/columns.h"

#include <stdbool.h>
#include <stddef.h>

struct rowset {
    struct record **items;
    size_t count, room;
};

/** Adds a copy. 0 or ERR_NO_MEMORY. */
int rowset_add(struct rowset *rows, const struct record *record);

/** Sorts by the first column, then the next, and where all are the same keeps the order: numbers
 *  by value and before texts; what is absent last. A name with a leading "-": the other way
 *  round, what is absent last all the same. 0 or ERR_NO_MEMORY. */
int rowset_sort(struct rowset *rows, const struct columns *by);

/** Which row has the least number `key`; false: none has one. */
bool rowset_least(const struct rowset *rows, const char *key, size_t *which);

/** Takes back all rows from the `count`th on. */
void rowset_cut(struct rowset *rows, size_t count);

void rowset_free(struct rowset *rows);

#endif
