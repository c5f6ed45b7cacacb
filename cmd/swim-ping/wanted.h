/**
 * What the user typed as a target, understood but not yet looked up.
 *
 *     HOST:PORT   NAME@HOST:PORT            an address
 *     NAME        @all        @KEY=VALUE    members, whose addresses a running node knows
 */
#ifndef SWIM_PING_WANTED_H
#define SWIM_PING_WANTED_H

#include "base/addr.h"
#include "base/err.h"
#include "base/name.h"
#include "base/record.h"
#include "link/pool.h"

#include <stdbool.h>
#include <stddef.h>

enum wanted_kind { WANTED_ADDR, WANTED_NAME, WANTED_ALL, WANTED_TAG };

/** A member that the node told of. */
struct found {
    struct name name;
    struct addr addr; /* none: the node knows no address of it */
};

struct wanted {
    enum wanted_kind kind;
    bool helper;              /* of --via */
    char text[POOL_KEY_SIZE]; /* as typed */
    struct hostport hostport; /* ADDR */
    struct name name;         /* ADDR: who must answer, or empty; NAME */
    struct found *found;      /* of the other kinds: owned, grows */
    size_t found_count;
};

/** Parses it. 0; ERR_USAGE with `why`: no target, or a numeric host that is not of `family` (NONE:
 *  either will do). */
int wanted_parse(const char *text, enum addr_family family, struct wanted *wanted, struct why *why);

/** Whether a node must be asked. */
bool wanted_is_asked(const struct wanted *wanted);

/** Whether it may stand for more than one target. */
bool wanted_is_many(const struct wanted *wanted);

/** Keeps the member of a `member` record (lib/node/report.c) if it is one of those. Members that
 *  have left count only by name. 0, ERR_MALFORMED, ERR_NO_MEMORY. */
int wanted_take(struct wanted *wanted, const struct record *member);

void wanted_release(struct wanted *wanted);

#endif
