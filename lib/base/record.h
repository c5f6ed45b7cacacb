/**
 * A record: what a user sees, before it has a form. Ordered keys, each with a number, a text or
 * nothing (absent). Events, answers of a node and rows of a table are all records; lib/base/line
 * writes and reads the line form, lib/cli/format the others.
 *
 * Numbers are kept as text in the shortest form of JSON, so that every format shows the same
 * digits. A dotted key (`tag.role`) nests in JSON.
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include "base/addr.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/tags.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_kind { RECORD_ABSENT, RECORD_NUMBER, RECORD_TEXT };

struct record_field {
    enum record_kind kind;
    const char *key;   /* NUL-terminated, in the record's arena */
    const char *value; /* NUL-terminated; "" when absent; may hold any UTF-8 but NUL */
    size_t value_len;
};

/** One record of fixed size, so that it lives on the caller's stack. Pointers point into
 *  `arena`: it is copied only by record_copy. */
struct record {
    uint64_t wall_ns; /* the time of the line; 0: none */
    char event[40];   /* the line's second token */
    size_t count;
    struct record_field fields[RECORD_FIELDS_MAX];
    size_t arena_used;
    bool overflow; /* something did not fit: the record can't be written */
    char arena[LINE_MAX_BYTES];
};

/** Empties it and names it. */
void record_init(struct record *record, const char *event, uint64_t wall_ns);

void record_copy(struct record *to, const struct record *from);

/* Each adds one field at the end. What does not fit sets `overflow`. */
void record_add_absent(struct record *record, const char *key);
void record_add_uint(struct record *record, const char *key, uint64_t value);
void record_add_int(struct record *record, const char *key, int64_t value);
/** Rounded to `decimals` (at most 9), trailing zeros cut; absent if not finite. */
void record_add_real(struct record *record, const char *key, double value, unsigned decimals);
/** Nanoseconds as milliseconds with at most three decimals. */
void record_add_ms(struct record *record, const char *key, uint64_t ns);
/** A text; NULL is absent. Bytes that are no UTF-8, and NUL, become U+FFFD, here and below. */
void record_add_text(struct record *record, const char *key, const char *text);
void record_add_bytes(struct record *record, const char *key, const char *text, size_t len);
/** 16 hexadecimal digits as text: hashes and instances are no JSON numbers. */
void record_add_hex(struct record *record, const char *key, uint64_t value);
/** "-" stands for an empty name or no address. */
void record_add_name(struct record *record, const char *key, const struct name *name);
void record_add_addr(struct record *record, const char *key, const struct addr *addr);
/** Each tag as `tag.KEY`. */
void record_add_tags(struct record *record, struct tags tags);
/** A number given as text already in shortest form (a parser's). */
void record_add_number_text(struct record *record, const char *key, const char *text, size_t len);

/** The field of that key, or NULL. */
const struct record_field *record_find(const struct record *record, const char *key);

/** Its text or number as text; NULL if absent or not there. */
const char *record_text(const struct record *record, const char *key);

/** Its value as an unsigned number; false if there is none. */
bool record_uint(const struct record *record, const char *key, uint64_t *value);
bool record_real(const struct record *record, const char *key, double *value);

#endif
