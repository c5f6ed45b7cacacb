/**
 * Which keys of a record a user wants to see, and which records.
 */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include "base/err.h"
#include "base/record.h"

#include <stdbool.h>
#include <stddef.h>

#define COLUMNS_MAX 64
#define COLUMNS_TEXT_MAX 1024
#define COLUMN_TAGS "tags" /* stands for all keys of the prefix below */
#define COLUMN_TAG_PREFIX "tag."

/** Names in the order in which they are shown. */
struct columns {
    const char *names[COLUMNS_MAX]; /* into `text`, or constants */
    size_t count;
    char text[COLUMNS_TEXT_MAX];
};

/**
 * Takes "state,node,tag.rack". Each must be of `known`, "a|b|c" ("tag.KEY" is known where "tags"
 * is); a NULL takes any key. ERR_USAGE for an unknown, empty or repeated one, or too many, told in
 * `why`. The struct must not be copied afterwards: it points into itself.
 */
int columns_parse(const char *list, const char *known, struct columns *columns, struct why *why);

/** All keys of a record in their order, its tags as one column; they stay in the record. */
void columns_of_record(const struct record *record, struct columns *columns);

/** Whether `name` is one of them. */
bool columns_have(const struct columns *columns, const char *name);

/** Makes `to` of the named keys alone, in the columns' order: "tags" becomes all the tags, a key
 *  that is not there is absent. Time and event stay. */
void columns_pick(const struct columns *columns, const struct record *from, struct record *to);

/** One cell as a table shows it, "-" when absent, "tags" as "k=v,k=v". A value that would break a
 *  row into other words is in the quoted form of lines. Returns `buf`, of `size` bytes, cut if too
 *  long. */
const char *columns_cell(const char *column, const struct record *record, char *buf, size_t size);

#endif
