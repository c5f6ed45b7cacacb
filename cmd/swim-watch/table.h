/**
 * What a watcher has learned of the members from the lines so far: state, incarnation, and whether
 * the tags are those that were asked for. It answers what filters and conditions ask.
 */
#ifndef SWIM_WATCH_TABLE_H
#define SWIM_WATCH_TABLE_H

#include "base/record.h"
#include "cli/condition.h"
#include "cli/opt.h"

#include <stdbool.h>
#include <stddef.h>

struct table_row {
    struct name node;
    enum member_state state;
    uint64_t incarnation;
    bool wanted; /* its tags fit */
};

struct table {
    struct table_row *rows; /* by name */
    size_t count, capacity;
};

/** Zeroed it is empty. */
void table_free(struct table *table);

/** Forgets all members: they are told anew. */
void table_clear(struct table *table);

/** Takes a line in. `tags` are the filters KEY=GLOB, all of which must fit. 0 or ERR_NO_MEMORY. */
int table_take(struct table *table, const struct opt_list *tags, const struct record *record);

/** Whether the line is about a member whose tags fit. */
bool table_wants(const struct table *table, const struct record *record);

/** Whether the condition is true of the members. */
bool table_holds(const struct table *table, struct condition *condition);

#endif
