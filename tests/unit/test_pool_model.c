/* The pool under random operations, against a model that is a plain list. */
#include "base/err.h"
#include "base/rng.h"
#include "link/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MODEL_TOTAL 5
#define MODEL_PER_PEER 2
#define MODEL_ACCEPT 3
#define MODEL_SLOTS (MODEL_TOTAL + MODEL_ACCEPT + 1)
#define MODEL_PEERS 5
#define MODEL_IDLE 40
#define MODEL_CONNECT 15

struct entry {
    enum pool_state state;
    bool dialled;
    unsigned peer;
    uint64_t entered;
    uint64_t order; /* of entering, as many things happen at one time */
};

struct model {
    struct entry entries[MODEL_SLOTS];
    uint64_t order;
    struct pool_stats stats; /* only what is counted */
};

static size_t model_count(const struct model *model, enum pool_state state, bool dialled)
{
    size_t count = 0;
    for (size_t i = 0; i < MODEL_SLOTS; i++)
        count += model->entries[i].state == state && model->entries[i].dialled == dialled;
    return count;
}

static size_t model_total(const struct model *model, bool dialled)
{
    return model_count(model, POOL_CONNECTING, dialled) + model_count(model, POOL_IDLE, dialled) +
           model_count(model, POOL_IN_USE, dialled);
}

static size_t model_dialled_to(const struct model *model, unsigned peer)
{
    size_t count = 0;
    for (size_t i = 0; i < MODEL_SLOTS; i++) {
        const struct entry *e = &model->entries[i];
        count += e->state != POOL_FREE && e->dialled && e->peer == peer;
    }
    return count;
}

/* The first in order of that state, of one direction; POOL_NONE: none. */
static int model_first(const struct model *model, enum pool_state state, bool dialled)
{
    int first = POOL_NONE;
    for (int i = 0; i < MODEL_SLOTS; i++) {
        const struct entry *e = &model->entries[i];
        if (e->state == state && e->dialled == dialled &&
            (first == POOL_NONE || e->order < model->entries[first].order))
            first = i;
    }
    return first;
}

static int model_newest_idle_of(const struct model *model, unsigned peer)
{
    int newest = POOL_NONE;
    for (int i = 0; i < MODEL_SLOTS; i++) {
        const struct entry *e = &model->entries[i];
        if (e->state == POOL_IDLE && e->peer == peer &&
            (newest == POOL_NONE || e->order > model->entries[newest].order))
            newest = i;
    }
    return newest;
}

static void model_enter(struct model *model, int lease, enum pool_state state, uint64_t now)
{
    struct entry *e = &model->entries[lease];
    e->state = state;
    e->entered = now;
    e->order = ++model->order;
}

static const char *peer_key(unsigned peer)
{
    static const char *const keys[MODEL_PEERS] = {"a", "b", "c", "d", "127.0.0.1:1"};
    return keys[peer];
}

static void model_grant(struct model *model, uint64_t now, unsigned peer, bool dialled,
                        const struct pool_grant *grant, int victim)
{
    assert_int_equal(grant->victim, victim);
    assert_in_range(grant->lease, 0, MODEL_SLOTS - 1);
    assert_int_equal(model->entries[grant->lease].state, POOL_FREE);
    model->entries[grant->lease].dialled = dialled;
    model->entries[grant->lease].peer = peer;
    model_enter(model, grant->lease, dialled ? POOL_CONNECTING : POOL_IDLE, now);
    if (victim != POOL_NONE) {
        model->entries[victim].state = POOL_FREE;
        model->stats.evicted++;
    }
}

static void play_acquire(struct pool *pool, struct model *model, uint64_t now, unsigned peer)
{
    struct pool_grant grant;
    int answer = pool_acquire(pool, now, peer_key(peer), &grant);
    int idle = model_newest_idle_of(model, peer);
    size_t to_peer = model_dialled_to(model, peer), total = model_total(model, true);
    int victim = total < MODEL_TOTAL ? POOL_NONE : model_first(model, POOL_IDLE, true);
    if (idle != POOL_NONE) {
        assert_int_equal(answer, POOL_READY);
        assert_int_equal(grant.lease, idle);
        model_enter(model, idle, POOL_IN_USE, now);
        model->stats.reused++;
    } else if (to_peer >= MODEL_PER_PEER) {
        assert_int_equal(answer, ERR_POOL_FULL);
        assert_int_equal(grant.current, to_peer);
        assert_int_equal(grant.max, MODEL_PER_PEER);
    } else if (total == MODEL_TOTAL && victim == POOL_NONE) {
        assert_int_equal(answer, ERR_POOL_FULL);
        assert_int_equal(grant.current, MODEL_TOTAL);
        assert_int_equal(grant.max, MODEL_TOTAL);
    } else {
        assert_int_equal(answer, POOL_DIAL);
        model_grant(model, now, peer, true, &grant, victim);
    }
}

static void play_adopt(struct pool *pool, struct model *model, uint64_t now, unsigned peer)
{
    struct pool_grant grant;
    int answer = pool_adopt(pool, now, peer_key(peer), &grant);
    size_t total = model_total(model, false);
    int victim = total < MODEL_ACCEPT ? POOL_NONE : model_first(model, POOL_IDLE, false);
    if (total == MODEL_ACCEPT && victim == POOL_NONE) {
        assert_int_equal(answer, ERR_POOL_FULL);
        return;
    }
    assert_int_equal(answer, 0);
    model_grant(model, now, peer, false, &grant, victim);
}

/* What may happen to one that is there, by its state and a draw. */
static void play_lease(struct pool *pool, struct model *model, uint64_t now, int lease,
                       struct rng *rng)
{
    struct entry *e = &model->entries[lease];
    uint64_t draw = rng_below(rng, 10);
    if (e->state == POOL_FREE)
        return;
    if (draw == 0) {
        pool_failed(pool, lease);
        e->state = POOL_FREE;
        model->stats.failed++;
    } else if (draw == 1) {
        pool_remove(pool, lease);
        e->state = POOL_FREE;
    } else if (draw == 2) {
        e->peer = (unsigned)rng_below(rng, MODEL_PEERS);
        pool_rename(pool, lease, peer_key(e->peer));
    } else if (e->state == POOL_CONNECTING) {
        pool_opened(pool, now, lease);
        model_enter(model, lease, POOL_IN_USE, now);
        model->stats.opened++;
    } else if (e->state == POOL_IDLE) {
        pool_touch(pool, now, lease);
        model_enter(model, lease, POOL_IDLE, now);
    } else {
        pool_release(pool, now, lease, draw != 3);
        model->stats.failed += draw == 3;
        model_enter(model, lease, draw == 3 ? POOL_FREE : POOL_IDLE, now);
    }
}

static bool model_is_due(const struct entry *e, uint64_t now)
{
    return (e->state == POOL_CONNECTING && e->entered + MODEL_CONNECT <= now) ||
           (e->state == POOL_IDLE && e->entered + MODEL_IDLE <= now);
}

static void play_time(struct pool *pool, struct model *model, uint64_t now)
{
    int lease, reason;
    while ((reason = pool_expire(pool, now, &lease)) != 0) {
        struct entry *e = &model->entries[lease];
        assert_true(model_is_due(e, now));
        assert_int_equal(reason, e->state == POOL_IDLE ? ERR_IDLE : ERR_TIMEOUT);
        if (reason == ERR_IDLE)
            model->stats.expired++;
        else
            model->stats.failed++;
        e->state = POOL_FREE;
    }
    for (size_t i = 0; i < MODEL_SLOTS; i++)
        assert_false(model_is_due(&model->entries[i], now));
    assert_true(pool_deadline(pool) > now);
}

static void compare(const struct pool *pool, const struct model *model)
{
    const struct pool_stats *stats = pool_stats(pool);
    struct pool_row row;
    size_t rows = 0, cursor = 0;
    while (pool_next_row(pool, &cursor, &row)) {
        const struct entry *e = &model->entries[row.lease];
        assert_int_equal(row.state, e->state);
        assert_int_equal(row.dialled, e->dialled);
        assert_string_equal(row.key, peer_key(e->peer));
        rows++;
    }
    assert_int_equal(rows, model_total(model, true) + model_total(model, false));
    assert_int_equal(stats->total, model_total(model, true));
    assert_int_equal(stats->total, stats->in_use + stats->idle + stats->connecting);
    assert_int_equal(stats->idle, model_count(model, POOL_IDLE, true));
    assert_int_equal(stats->in_use, model_count(model, POOL_IN_USE, true));
    assert_int_equal(stats->accepted, model_total(model, false));
    assert_in_range(stats->total, 0, MODEL_TOTAL);
    assert_in_range(stats->accepted, 0, MODEL_ACCEPT);
    assert_int_equal(stats->opened, model->stats.opened);
    assert_int_equal(stats->reused, model->stats.reused);
    assert_int_equal(stats->evicted, model->stats.evicted);
    assert_int_equal(stats->expired, model->stats.expired);
    assert_int_equal(stats->failed, model->stats.failed);
}

static void test_random_operations_agree_with_the_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct pool_config config = {MODEL_TOTAL, MODEL_PER_PEER, MODEL_ACCEPT, MODEL_IDLE,
                                     MODEL_CONNECT};
        struct pool *pool = NULL;
        struct model model = {0};
        struct rng rng;
        uint64_t now = 0;
        rng_seed(&rng, seed);
        assert_int_equal(pool_new(&config, &pool), 0);
        for (int step = 0; step < 5000; step++) {
            unsigned peer = (unsigned)rng_below(&rng, MODEL_PEERS);
            int lease = (int)rng_below(&rng, MODEL_SLOTS);
            switch (rng_below(&rng, 4)) {
            case 0:
                play_acquire(pool, &model, now, peer);
                break;
            case 1:
                if (rng_below(&rng, 3) == 0)
                    play_adopt(pool, &model, now, peer);
                break;
            case 2:
                now += rng_below(&rng, 8);
                play_time(pool, &model, now);
                break;
            default:
                play_lease(pool, &model, now, lease, &rng);
                break;
            }
            compare(pool, &model);
        }
        assert_true(model.stats.reused > 0 && model.stats.evicted > 0 && model.stats.expired > 0);
        pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations_agree_with_the_model),
    };
    return cmocka_run_group_tests_name("pool model", tests, NULL, NULL);
}
