/**
 * The addresses that a node was told to join (`-J`): looked up, dialled and synced with until one
 * of them has taken us in, and for ever after whenever there is no live member at one of them, so
 * that halves of a split cluster meet again.
 *
 * All are tried at the same time, at most SEEDS_AT_ONCE: a dead one costs a handshake that nobody
 * waits for, while in turn each dead one before a live one would cost its whole time limit.
 */
#ifndef NODE_SEEDS_H
#define NODE_SEEDS_H

#include "base/addr.h"
#include "base/err.h"
#include "base/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct events;
struct loop;
struct peers;
struct seeds;
struct swim;

#define SEEDS_AT_ONCE 8
#define SEEDS_MORE_MAX 64 /* taken of what `more` lists */

/** Everything is copied or outlives the seeds. */
struct seeds_config {
    const char *const *texts; /* as typed */
    size_t count;
    /** Lists further ones, asked anew again and again; returns how many. NULL: none. */
    size_t (*more)(void *user, struct hostport *seeds, size_t max);
    void *more_user;
    struct peers *peers;
    struct events *events; /* gets join-retry */
    struct loop *loop;
    struct name self;
    struct addr bound, advertised; /* ourselves, to be skipped */
    uint64_t heal_ns;              /* between two tries once we have joined */
    uint64_t seed;                 /* of the back-off's jitter */
};

/** Nothing happens before the first seeds_tick. 0; ERR_USAGE for a text that is no address;
 *  ERR_NO_MEMORY. */
int seeds_new(const struct seeds_config *config, struct seeds **seeds, struct why *why);

/** NULL is allowed. */
void seeds_free(struct seeds *seeds);

/** Gives up all tries, for good: nothing is dialled in a shutdown. */
void seeds_stop(struct seeds *seeds);

/** Does what is due; `core` tells who is alive. */
void seeds_tick(struct seeds *seeds, uint64_t now, const struct swim *core);
uint64_t seeds_deadline(const struct seeds *seeds);

/** A link is usable. True: a seed has waited for it, and the core should join through `name`. */
bool seeds_on_up(struct seeds *seeds, uint64_t now, const struct addr *addr,
                 const struct name *name);

/** A dial of that address has failed. */
void seeds_on_failed(struct seeds *seeds, uint64_t now, const struct addr *addr, const char *leg,
                     int reason);

/** The link to `name` is gone, or the core could not join through it. */
void seeds_on_lost(struct seeds *seeds, uint64_t now, const struct name *name, int reason);

/** The core has joined through `name`. */
void seeds_on_joined(struct seeds *seeds, uint64_t now, const struct name *name);

/** Whether one has taken us in, or there is nobody but ourselves to join. */
bool seeds_has_joined(const struct seeds *seeds);

/** Whether it is of no use to go on: we know nobody, and every seed has answered and failed by
 *  certificate or cluster. 0, or the first one's error with `why`. */
int seeds_verdict(const struct seeds *seeds, const struct swim *core, struct why *why);

#endif
