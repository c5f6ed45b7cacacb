/**
 * Names of nodes and clusters, and keys of tags: what is valid, and their order.
 */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A node's name, NUL-terminated; all bytes after the NUL are zero. Empty: nobody. */
struct name {
    char text[NAME_LEN_MAX + 1];
};

/** Sets `name` from `len` bytes. 0, or ERR_USAGE (then `name` is empty) if they are no valid
 *  node name: [A-Za-z0-9][A-Za-z0-9._-]{0,63}. */
int name_set(struct name *name, const char *text, size_t len);

bool name_is_empty(const struct name *name);
bool name_equal(const struct name *a, const struct name *b);

/** Byte order, as strcmp. */
int name_compare(const struct name *a, const struct name *b);

/** A 64-bit hash (FNV-1a), the same on every machine. */
uint64_t name_hash(const struct name *name);

/** Valid cluster: [a-z0-9][a-z0-9._-]{0,62}. */
bool name_is_cluster(const char *text, size_t len);

/** Valid tag key: [a-z0-9_-]{1,32}. */
bool name_is_tag_key(const char *text, size_t len);

#endif
