/**
 * All targets of a run, and the helpers of --via: from what was typed, by way of what a node was
 * asked, to destinations.
 *
 *     destinations_want()*  ->  _ask (if anything must be asked)  ->  _settle
 */
#ifndef SWIM_PING_DESTINATIONS_H
#define SWIM_PING_DESTINATIONS_H

#include "base/addr.h"
#include "base/err.h"
#include "cli/target.h"
#include "destination.h"
#include "wanted.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARGETS_MAX 65536

/** Zeroed it is empty, with `family` NONE. */
struct destinations {
    enum addr_family family; /* of all addresses; NONE: either */
    struct wanted *wanted;
    size_t wanted_count, wanted_room;
    void *seen;    /* tree of the texts of targets */
    int asked_err; /* asking has failed: what the names come to */
    struct destination *items, *helpers;
    size_t count, helper_count;
};

/** Adds a target; what was typed before, or helps already, is not added again. 0, ERR_USAGE with
 *  `why`, ERR_LIMIT, ERR_NO_MEMORY. */
int destinations_want(struct destinations *targets, const char *text, struct why *why);

/** Adds a helper: one node. */
int destinations_want_helper(struct destinations *targets, const char *text, struct why *why);

/** At least one target; and with helpers each needs a name, which is what they are asked for. 0 or
 *  ERR_USAGE. */
int destinations_check(const struct destinations *targets, struct why *why);

/** Whether a node must be asked. */
bool destinations_must_ask(const struct destinations *targets);

/** Whether some stand for many. */
bool destinations_are_many(const struct destinations *targets);

/** Asks for all names. A failure is kept: the targets that hang on it are not found. */
int destinations_ask(struct destinations *targets, const struct target *node, uint64_t timeout_ns,
                     struct why *why);

/** Makes `items` and `helpers`. 0, or ERR_LIMIT, ERR_NO_MEMORY. */
int destinations_settle(struct destinations *targets, struct why *why);

/** The next target that stands for many and came to none, NULL at the end; `*cursor` starts at
 *  0. */
const char *destinations_next_empty(const struct destinations *targets, size_t *cursor);

void destinations_free(struct destinations *targets);

#endif
