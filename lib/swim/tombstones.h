/**
 * Who was reaped, for a while: an alive record at or below the incarnation of a
 * tombstone is an echo of the past and is not believed. Bounded; the oldest
 * goes first.
 */
#ifndef SWIM_TOMBSTONES_H
#define SWIM_TOMBSTONES_H

#include "base/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOMBSTONES_MAX 1024

struct tombstone {
    struct name name;
    uint64_t incarnation, until_ns;
};

struct tombstones {
    struct tombstone *ring; /* allocated at the first burial */
    size_t next, count;
};

void tombstones_free(struct tombstones *tombstones);

/** Remembers a member until then. False: out of memory (the member must not be
 * forgotten). */
bool tombstones_add(struct tombstones *tombstones, const struct name *name, uint64_t incarnation,
                    uint64_t until_ns);

/** Whether an alive record of this incarnation comes from before the burial; `*buried` is then the
 *  incarnation that was. */
bool tombstones_forbid(const struct tombstones *tombstones, const struct name *name,
                       uint64_t incarnation, uint64_t now, uint64_t *buried);

#endif
