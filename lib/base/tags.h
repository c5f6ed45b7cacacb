/**
 * A node's tags: a small ordered set of key=value, kept packed as they travel: sorted by key,
 * each as key length (1 byte), key, value length (2 bytes, big-endian), value.
 */
#ifndef BASE_TAGS_H
#define BASE_TAGS_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A set that somebody else holds, as a view. */
struct tags {
    const uint8_t *data;
    size_t len;
};

/** A set of one's own. Zeroed it is empty. */
struct tags_buffer {
    uint8_t data[TAG_PACKED_MAX];
    size_t len;
};

/** One tag of a set; the pointers point into it, nothing is NUL-terminated. */
struct tag {
    const char *key, *value;
    size_t key_len, value_len;
};

struct tags tags_view(const struct tags_buffer *buffer);

/** Takes the next tag; `*cursor` starts at 0. False at the end. The set must be valid. */
bool tags_next(struct tags tags, size_t *cursor, struct tag *tag);

/** Finds a key; false: absent. */
bool tags_find(struct tags tags, const char *key, size_t key_len, struct tag *tag);

/** Well-formed, sorted, unique, within all bounds, values free of control bytes and valid UTF-8:
 *  what comes from outside is checked by this before it is believed. */
bool tags_valid(struct tags tags);

/** Sets or replaces one tag. 0, ERR_USAGE (bad key or value) or ERR_LIMIT (too many, too large),
 *  then nothing has changed. */
int tags_set(struct tags_buffer *buffer, const char *key, size_t key_len, const char *value,
             size_t value_len);

/** Sets from `KEY=VALUE` as users type it. Errors as above. */
int tags_set_text(struct tags_buffer *buffer, const char *text);

/** Removes a key; false if it was not there. */
bool tags_remove(struct tags_buffer *buffer, const char *key, size_t key_len);

/** Copies a view (valid, thus within bounds). */
void tags_copy(struct tags_buffer *buffer, struct tags tags);

bool tags_equal(struct tags a, struct tags b);

#endif
