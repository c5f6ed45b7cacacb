/**
 * The pool's rules alone: which connections to peers there may be, which one serves next and which
 * one has to go. It holds no connection: a lease is a slot number, and whoever uses the pool keeps
 * beside it what the number stands for. So the simulator has the same rules without QUIC.
 *
 * What we dial is bounded by max_total and max_per_peer, what we accept by accept_max; an accepted
 * connection serves our own use as well as a dialled one. A slot that a function names as failed,
 * removed, expired or victim has left the pool when the function returns; its number may come back
 * from the next call that takes a slot, but never from the one that named it.
 */
#ifndef LINK_POOL_H
#define LINK_POOL_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 *       .------------------------- adopt --------------------------.
 *       |   acquire              opened             release (ok)   v
 *     FREE ---------> CONNECTING --------> IN_USE -------------> IDLE
 *       ^                 |                |    ^                |  |
 *       |                 |                |    '--- acquire ----'  |
 *       '-----------------'----------------'------------------------'
 *         failed, remove; release (not ok) but of IDLE; expire but of IN_USE; victim only of IDLE
 */
enum pool_state { POOL_FREE, POOL_CONNECTING, POOL_IDLE, POOL_IN_USE, POOL_STATE_COUNT };

/** A peer: a member's name, or while that is unknown the target as typed (NAME@HOST:PORT). */
#define POOL_KEY_SIZE (NAME_LEN_MAX + HOST_LEN_MAX + 16)

/** Times in nanoseconds, UINT64_MAX: no limit. */
struct pool_config {
    size_t max_total;    /* dialled, at least 1 */
    size_t max_per_peer; /* of them to one peer, at least 1 */
    size_t accept_max;   /* accepted; 0: none */
    uint64_t idle_timeout_ns;
    uint64_t connect_timeout_ns;
};

/** Of what we dialled; whenever a function returns, total = in_use + idle + connecting. */
struct pool_stats {
    size_t total, in_use, idle, connecting;
    size_t accepted;  /* accepted ones, idle or in use */
    uint64_t opened;  /* dials that succeeded */
    uint64_t reused;  /* acquired without a dial */
    uint64_t evicted; /* idle ones that made room */
    uint64_t expired; /* idle ones that were so for too long */
    uint64_t failed;  /* dials that failed, connections that broke */
};

enum pool_answer { POOL_READY, POOL_DIAL };

#define POOL_NONE (-1)

/** What acquire and adopt tell. */
struct pool_grant {
    int lease;           /* POOL_NONE when the pool is full */
    int victim;          /* to be closed: it has left the pool; POOL_NONE: nobody */
    size_t current, max; /* the bound that was met; 0 unless the pool is full */
};

/** A row of a report. */
struct pool_row {
    int lease;
    const char *key; /* valid until the pool changes */
    enum pool_state state;
    bool dialled;
    uint64_t since; /* when it was dialled or accepted */
    uint64_t uses;  /* how often it was acquired */
};

struct pool;

/** Makes an empty pool; `config` is copied. 0, ERR_NO_MEMORY, or ERR_LIMIT for bounds that are 0 or
 *  together over POOL_SLOTS_MAX. */
int pool_new(const struct pool_config *config, struct pool **pool);

/** NULL is allowed. */
void pool_free(struct pool *pool);

/** Takes a connection to that peer, for the caller alone until released. POOL_READY: the idle one
 *  that was used last. POOL_DIAL: the slot is CONNECTING, the caller dials and then tells
 *  pool_opened or pool_failed; at max_total the least recently used idle connection that we dialled
 *  is the victim. ERR_POOL_FULL, at once, when max_per_peer or max_total is met and nothing is
 *  idle: a dial under way is its first caller's, who wants to share it must know of it. `now` never
 *  goes back. */
int pool_acquire(struct pool *pool, uint64_t now, const char *key, struct pool_grant *grant);

/** The dial has succeeded: CONNECTING -> IN_USE, still the acquirer's. */
void pool_opened(struct pool *pool, uint64_t now, int lease);

/** The dial, or a connection in any state, has failed. */
void pool_failed(struct pool *pool, int lease);

/** Gives it back: IN_USE -> IDLE. Not `ok`: it is unhealthy and gone, also while CONNECTING. A user
 *  that shares a connection with others acquires and releases it for each message. */
void pool_release(struct pool *pool, uint64_t now, int lease, bool ok);

/** An accepted connection joins, as IDLE. 0, with the least recently used idle accepted one as
 *  victim at accept_max; ERR_POOL_FULL when none is idle. */
int pool_adopt(struct pool *pool, uint64_t now, const char *key, struct pool_grant *grant);

/** It is closed for a reason that is no failure. */
void pool_remove(struct pool *pool, int lease);

/** The peer's name has been learned. Its limit may then be exceeded by what was dialled under other
 *  keys; nothing more is dialled until it no longer is. */
void pool_rename(struct pool *pool, int lease, const char *key);

/** A message came over it: an idle one counts as used just now. */
void pool_touch(struct pool *pool, uint64_t now, int lease);

/** Takes out one connection that is due and sets `*lease`: ERR_IDLE (idle for idle_timeout_ns),
 *  ERR_TIMEOUT (connecting for connect_timeout_ns). 0 when none is due. */
int pool_expire(struct pool *pool, uint64_t now, int *lease);

/** When the next one is due; UINT64_MAX: never. */
uint64_t pool_deadline(const struct pool *pool);

/** Always current, valid as long as the pool is. */
const struct pool_stats *pool_stats(const struct pool *pool);

/** The next slot that is not free; `*cursor` starts at 0. False at the end. */
bool pool_next_row(const struct pool *pool, size_t *cursor, struct pool_row *row);

/** "connecting", "idle", "in-use". */
const char *pool_state_text(enum pool_state state);

#endif
