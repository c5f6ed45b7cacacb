#include "link/pool.h"

#include "base/duration.h"
#include "base/err.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum direction { DIALLED, ACCEPTED, DIRECTION_COUNT };

struct slot {
    enum pool_state state;
    enum direction direction;
    uint64_t since;
    uint64_t entered; /* its state, or used as an idle one */
    uint64_t uses;
    TAILQ_ENTRY(slot) neighbours;
    char key[POOL_KEY_SIZE];
};

TAILQ_HEAD(queue, slot);

struct pool {
    struct pool_config config;
    /* A queue per state. As time only grows and each timeout is one constant, a queue is in the
     * order of deadlines, and the idle one in that of last use. */
    struct queue queues[POOL_STATE_COUNT];
    size_t counts[DIRECTION_COUNT][POOL_STATE_COUNT];
    size_t totals[DIRECTION_COUNT];
    struct pool_stats stats;
    size_t slot_count;
    size_t touched; /* slots beyond it have never been used: their memory isn't either */
    struct slot slots[];
};

/* The end of every change: the invariants, and what others see of it. */
static void settle(struct pool *pool)
{
    for (size_t d = 0; d < DIRECTION_COUNT; d++) {
        const size_t *counts = pool->counts[d];
        assert(pool->totals[d] ==
               counts[POOL_IN_USE] + counts[POOL_IDLE] + counts[POOL_CONNECTING]);
    }
    assert(pool->totals[DIALLED] <= pool->config.max_total);
    assert(pool->totals[ACCEPTED] <= pool->config.accept_max);
    assert(pool->counts[ACCEPTED][POOL_CONNECTING] == 0);
    pool->stats.total = pool->totals[DIALLED];
    pool->stats.in_use = pool->counts[DIALLED][POOL_IN_USE];
    pool->stats.idle = pool->counts[DIALLED][POOL_IDLE];
    pool->stats.connecting = pool->counts[DIALLED][POOL_CONNECTING];
    pool->stats.accepted = pool->totals[ACCEPTED];
}

static struct slot *slot_of(struct pool *pool, int lease)
{
    assert(lease >= 0 && (size_t)lease < pool->touched);
    struct slot *slot = &pool->slots[lease];
    assert(slot->state != POOL_FREE);
    return slot;
}

static int lease_of(const struct pool *pool, const struct slot *slot)
{
    return (int)(slot - pool->slots);
}

static void key_set(struct slot *slot, const char *key)
{
    size_t len = strlen(key);
    assert(len < POOL_KEY_SIZE);
    memcpy(slot->key, key, len + 1);
}

static void state_set(struct pool *pool, struct slot *slot, enum pool_state state)
{
    size_t *counts = pool->counts[slot->direction];
    TAILQ_REMOVE(&pool->queues[slot->state], slot, neighbours);
    counts[slot->state]--;
    slot->state = state;
    counts[state]++;
    TAILQ_INSERT_TAIL(&pool->queues[state], slot, neighbours);
}

/* FREE -> CONNECTING or IDLE. */
static struct slot *slot_take(struct pool *pool, uint64_t now, const char *key,
                              enum direction direction, enum pool_state state)
{
    struct slot *slot = TAILQ_FIRST(&pool->queues[POOL_FREE]);
    if (slot == NULL) {
        assert(pool->touched < pool->slot_count);
        slot = &pool->slots[pool->touched++];
    } else {
        TAILQ_REMOVE(&pool->queues[POOL_FREE], slot, neighbours);
    }
    slot->state = state;
    slot->direction = direction;
    slot->since = now;
    slot->entered = now;
    slot->uses = 0;
    key_set(slot, key);
    TAILQ_INSERT_TAIL(&pool->queues[state], slot, neighbours);
    pool->counts[direction][state]++;
    pool->totals[direction]++;
    return slot;
}

/* Any state -> FREE. */
static void slot_leave(struct pool *pool, struct slot *slot)
{
    TAILQ_REMOVE(&pool->queues[slot->state], slot, neighbours);
    pool->counts[slot->direction][slot->state]--;
    pool->totals[slot->direction]--;
    slot->state = POOL_FREE;
    TAILQ_INSERT_TAIL(&pool->queues[POOL_FREE], slot, neighbours);
}

int pool_new(const struct pool_config *config, struct pool **pool)
{
    if (config->max_total == 0 || config->max_per_peer == 0 ||
        config->max_total >= POOL_SLOTS_MAX ||
        config->accept_max >= POOL_SLOTS_MAX - config->max_total)
        return ERR_LIMIT;
    /* One more than there may be: who comes has its slot before the victim leaves its own. */
    size_t slots = config->max_total + config->accept_max + 1;
    struct pool *made = calloc(1, sizeof(*made) + slots * sizeof(made->slots[0]));
    if (made == NULL)
        return ERR_NO_MEMORY;
    made->config = *config;
    made->slot_count = slots;
    for (size_t i = 0; i < POOL_STATE_COUNT; i++)
        TAILQ_INIT(&made->queues[i]);
    *pool = made;
    return 0;
}

void pool_free(struct pool *pool)
{
    free(pool);
}

/* The idle connection to the peer that was used last: the others may then grow old. */
static struct slot *idle_of_peer(struct pool *pool, const char *key)
{
    struct slot *slot;
    TAILQ_FOREACH_REVERSE(slot, &pool->queues[POOL_IDLE], queue, neighbours)
    {
        if (strcmp(slot->key, key) == 0)
            return slot;
    }
    return NULL;
}

static struct slot *idle_longest(struct pool *pool, enum direction direction)
{
    struct slot *slot;
    TAILQ_FOREACH(slot, &pool->queues[POOL_IDLE], neighbours)
    {
        if (slot->direction == direction)
            return slot;
    }
    return NULL;
}

static size_t dialled_to_peer(const struct pool *pool, const char *key)
{
    static const enum pool_state states[] = {POOL_CONNECTING, POOL_IDLE, POOL_IN_USE};
    size_t count = 0;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        const struct slot *slot;
        TAILQ_FOREACH(slot, &pool->queues[states[i]], neighbours)
        {
            if (slot->direction == DIALLED && strcmp(slot->key, key) == 0)
                count++;
        }
    }
    return count;
}

static int full(struct pool_grant *grant, size_t current, size_t max)
{
    grant->current = current;
    grant->max = max;
    return ERR_POOL_FULL;
}

/* Takes a slot, at the bound of its direction in place of the one that was idle longest. */
static int slot_grant(struct pool *pool, uint64_t now, const char *key, enum direction direction,
                      enum pool_state state, struct pool_grant *grant)
{
    size_t total = pool->totals[direction];
    size_t max = direction == DIALLED ? pool->config.max_total : pool->config.accept_max;
    struct slot *victim = NULL;
    if (total >= max) {
        victim = idle_longest(pool, direction);
        if (victim == NULL)
            return full(grant, total, max);
    }
    grant->lease = lease_of(pool, slot_take(pool, now, key, direction, state));
    if (victim != NULL) {
        grant->victim = lease_of(pool, victim);
        slot_leave(pool, victim);
        pool->stats.evicted++;
    }
    return 0;
}

int pool_acquire(struct pool *pool, uint64_t now, const char *key, struct pool_grant *grant)
{
    *grant = (struct pool_grant){.lease = POOL_NONE, .victim = POOL_NONE};
    struct slot *idle = idle_of_peer(pool, key);
    if (idle != NULL) {
        state_set(pool, idle, POOL_IN_USE);
        idle->entered = now;
        idle->uses++;
        pool->stats.reused++;
        grant->lease = lease_of(pool, idle);
        settle(pool);
        return POOL_READY;
    }
    size_t peers = dialled_to_peer(pool, key);
    if (peers >= pool->config.max_per_peer)
        return full(grant, peers, pool->config.max_per_peer);
    int err = slot_grant(pool, now, key, DIALLED, POOL_CONNECTING, grant);
    settle(pool);
    return err == 0 ? (int)POOL_DIAL : err;
}

void pool_opened(struct pool *pool, uint64_t now, int lease)
{
    struct slot *slot = slot_of(pool, lease);
    assert(slot->state == POOL_CONNECTING);
    state_set(pool, slot, POOL_IN_USE);
    slot->entered = now;
    slot->uses++;
    pool->stats.opened++;
    settle(pool);
}

void pool_failed(struct pool *pool, int lease)
{
    slot_leave(pool, slot_of(pool, lease));
    pool->stats.failed++;
    settle(pool);
}

void pool_release(struct pool *pool, uint64_t now, int lease, bool ok)
{
    struct slot *slot = slot_of(pool, lease);
    assert(slot->state == POOL_IN_USE || (!ok && slot->state == POOL_CONNECTING));
    if (!ok) {
        pool_failed(pool, lease);
        return;
    }
    state_set(pool, slot, POOL_IDLE);
    slot->entered = now;
    settle(pool);
}

int pool_adopt(struct pool *pool, uint64_t now, const char *key, struct pool_grant *grant)
{
    *grant = (struct pool_grant){.lease = POOL_NONE, .victim = POOL_NONE};
    int err = slot_grant(pool, now, key, ACCEPTED, POOL_IDLE, grant);
    settle(pool);
    return err;
}

void pool_remove(struct pool *pool, int lease)
{
    slot_leave(pool, slot_of(pool, lease));
    settle(pool);
}

void pool_rename(struct pool *pool, int lease, const char *key)
{
    key_set(slot_of(pool, lease), key);
}

void pool_touch(struct pool *pool, uint64_t now, int lease)
{
    struct slot *slot = slot_of(pool, lease);
    if (slot->state != POOL_IDLE)
        return;
    state_set(pool, slot, POOL_IDLE); /* to the end of its queue */
    slot->entered = now;
    settle(pool);
}

/* When the first one of that state will have been so for too long. */
static uint64_t due(const struct pool *pool, enum pool_state state, uint64_t timeout_ns)
{
    const struct slot *first = TAILQ_FIRST(&pool->queues[state]);
    return first == NULL ? NEVER : duration_add(first->entered, timeout_ns);
}

int pool_expire(struct pool *pool, uint64_t now, int *lease)
{
    enum pool_state state;
    if (due(pool, POOL_CONNECTING, pool->config.connect_timeout_ns) <= now) {
        state = POOL_CONNECTING;
        pool->stats.failed++;
    } else if (due(pool, POOL_IDLE, pool->config.idle_timeout_ns) <= now) {
        state = POOL_IDLE;
        pool->stats.expired++;
    } else {
        return 0;
    }
    struct slot *slot = TAILQ_FIRST(&pool->queues[state]);
    *lease = lease_of(pool, slot);
    slot_leave(pool, slot);
    settle(pool);
    return state == POOL_CONNECTING ? ERR_TIMEOUT : ERR_IDLE;
}

uint64_t pool_deadline(const struct pool *pool)
{
    uint64_t dial = due(pool, POOL_CONNECTING, pool->config.connect_timeout_ns);
    uint64_t idle = due(pool, POOL_IDLE, pool->config.idle_timeout_ns);
    return dial < idle ? dial : idle;
}

const struct pool_stats *pool_stats(const struct pool *pool)
{
    return &pool->stats;
}

bool pool_next_row(const struct pool *pool, size_t *cursor, struct pool_row *row)
{
    while (*cursor < pool->touched) {
        const struct slot *slot = &pool->slots[(*cursor)++];
        if (slot->state == POOL_FREE)
            continue;
        *row = (struct pool_row){
            .lease = lease_of(pool, slot),
            .key = slot->key,
            .state = slot->state,
            .dialled = slot->direction == DIALLED,
            .since = slot->since,
            .uses = slot->uses,
        };
        return true;
    }
    return false;
}

const char *pool_state_text(enum pool_state state)
{
    static const char *const texts[POOL_STATE_COUNT] = {
        [POOL_FREE] = "free",
        [POOL_CONNECTING] = "connecting",
        [POOL_IDLE] = "idle",
        [POOL_IN_USE] = "in-use",
    };
    assert(state < POOL_STATE_COUNT);
    return texts[state];
}
