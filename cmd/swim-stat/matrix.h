/**
 * `swim-stat rtt`: each live member is asked how far it is from there to the others. Seen as a
 * table, a row is who measured and a column whom.
 */
#ifndef SWIM_STAT_MATRIX_H
#define SWIM_STAT_MATRIX_H

#include "look.h"

/** Asks the members that the look has noted, the node that told them at `first`, and keeps their
 *  records. Of one that can't be asked there is a line on standard error and, for each other
 *  member, a record without a round trip; then the look is not complete. 0, or as look_ask for the
 *  first. */
int matrix_ask(struct look *look, const struct hostport *first);

/** Whether so many members fit into one table; more are listed, a pair a row. */
bool matrix_fits(const struct look *look);

/** Writes the kept records as a whole table. 0 or ERR_NO_MEMORY. */
int matrix_write(struct look *look);

#endif
