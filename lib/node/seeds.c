#include "node/seeds.h"

#include "base/duration.h"
#include "base/rng.h"
#include "link/loop.h"
#include "link/peers.h"
#include "link/resolve.h"
#include "node/events.h"
#include "swim/swim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACKOFF_MIN_NS (100 * NS_PER_MS)
#define BACKOFF_MAX_NS (5 * NS_PER_S)
#define LOOK_UP_NS (5 * NS_PER_S)
#define TRY_NS (10 * NS_PER_S) /* of handshake and sync; the handshake has a limit of its own */

/**
 *     WAITING --> RESOLVING --> DIALLING --> SYNCING --> JOINED
 *        ^  failed    |             |            |          | its member lives no more
 *        '------------'-------------'------------'----------'
 *
 * One that turns out to be ourselves is JOINED with our own name, which always lives.
 */
enum seed_state { SEED_WAITING, SEED_RESOLVING, SEED_DIALLING, SEED_SYNCING, SEED_JOINED };

struct seed {
    char text[HOST_LEN_MAX + 16];
    struct hostport hostport;
    bool listed; /* by `more`, not by the user */
    enum seed_state state;
    uint64_t due_ns; /* WAITING: the next try, JOINED: the next look, else the limit */
    uint64_t backoff_ns;
    struct resolve *resolve;
    int watch;
    struct addr addrs[RESOLVE_MAX];
    size_t count, at;
    struct name name; /* SYNCING, JOINED: who answered */
    int failed_by;    /* the last failure; 0: none yet */
};

struct seeds {
    struct seeds_config config;
    struct rng rng;
    struct seed **items;
    size_t count;
    bool joined, stopped;
    uint64_t list_ns, list_wait_ns; /* when `more` is asked again, and after how long then */
};

static struct seed *add(struct seeds *seeds, const char *text, const struct hostport *hostport)
{
    struct seed **items = reallocarray(seeds->items, seeds->count + 1, sizeof(struct seed *));
    if (items == NULL)
        return NULL;
    seeds->items = items;
    struct seed *seed = calloc(1, sizeof *seed);
    if (seed == NULL)
        return NULL;
    (void)snprintf(seed->text, sizeof seed->text, "%s", text);
    seed->hostport = *hostport;
    items[seeds->count++] = seed;
    return seed;
}

int seeds_new(const struct seeds_config *config, struct seeds **made, struct why *why)
{
    struct seeds *seeds = calloc(1, sizeof *seeds);
    if (seeds == NULL)
        return why_set(why, ERR_NO_MEMORY, "seeds");
    seeds->config = *config;
    rng_seed(&seeds->rng, config->seed);
    int rc = 0;
    for (size_t i = 0; i < config->count && rc == 0; i++) {
        struct hostport hostport;
        if (addr_split(config->texts[i], PORT_DEFAULT, &hostport) != 0)
            rc = why_set(why, ERR_USAGE, "'%s' is no address", config->texts[i]);
        else if (add(seeds, config->texts[i], &hostport) == NULL)
            rc = why_set(why, ERR_NO_MEMORY, "seeds");
    }
    if (rc != 0) {
        seeds_free(seeds);
        return rc;
    }
    *made = seeds;
    return 0;
}

static void end_look_up(struct seeds *seeds, struct seed *seed)
{
    if (seed->resolve == NULL)
        return;
    loop_unwatch(seeds->config.loop, seed->watch);
    resolve_free(seed->resolve);
    seed->resolve = NULL;
}

void seeds_stop(struct seeds *seeds)
{
    seeds->stopped = true;
    for (size_t i = 0; i < seeds->count; i++)
        end_look_up(seeds, seeds->items[i]);
}

void seeds_free(struct seeds *seeds)
{
    if (seeds == NULL)
        return;
    seeds_stop(seeds);
    for (size_t i = 0; i < seeds->count; i++)
        free(seeds->items[i]);
    free(seeds->items);
    free(seeds);
}

static void tell_retry(struct seeds *seeds, const struct seed *seed, const char *leg,
                       const char *reason)
{
    struct event event;
    event_init(&event, EVENT_JOIN_RETRY);
    event.peer = seed->text;
    event.leg = leg;
    event.reason = reason;
    node_events_emit(seeds->config.events, &event);
}

static uint64_t next_backoff(uint64_t ns)
{
    if (ns == 0)
        return BACKOFF_MIN_NS;
    return ns < BACKOFF_MAX_NS / 2 ? 2 * ns : BACKOFF_MAX_NS;
}

/* Once we are in a cluster there is no hurry any more. */
static uint64_t wait_ns(struct seeds *seeds, uint64_t backoff_ns)
{
    uint64_t heal_ns = seeds->joined ? seeds->config.heal_ns : 0;
    uint64_t ns = backoff_ns > heal_ns ? backoff_ns : heal_ns;
    return ns - ns / 5 + rng_below(&seeds->rng, ns / 5 * 2);
}

/* Any state -> WAITING */
static void fail(struct seeds *seeds, uint64_t now, struct seed *seed, const char *leg, int reason)
{
    end_look_up(seeds, seed);
    seed->state = SEED_WAITING;
    seed->failed_by = reason;
    seed->backoff_ns = next_backoff(seed->backoff_ns);
    seed->due_ns = now + wait_ns(seeds, seed->backoff_ns);
    tell_retry(seeds, seed, leg, err_name(reason));
}

/* Any state -> JOINED */
static void settle(struct seeds *seeds, uint64_t now, struct seed *seed, const struct name *name)
{
    seed->state = SEED_JOINED;
    seed->name = *name;
    seed->failed_by = 0;
    seed->backoff_ns = 0;
    seed->due_ns = now + seeds->config.heal_ns;
}

static void skip_self(struct seeds *seeds, uint64_t now, struct seed *seed)
{
    tell_retry(seeds, seed, NULL, "self");
    settle(seeds, now, seed, &seeds->config.self);
}

static bool is_self(const struct seeds *seeds, const struct addr *addr)
{
    const struct addr *bound = &seeds->config.bound;
    if (addr_equal(addr, &seeds->config.advertised) || addr_equal(addr, bound))
        return true;
    return addr_is_wildcard(bound) && addr->port == bound->port && addr_is_loopback(addr);
}

static bool lives(const struct swim_member *member)
{
    return member->state == MEMBER_ALIVE || member->state == MEMBER_SUSPECT;
}

/* The live member that is dialled at that address. */
static bool member_at(const struct swim *core, const struct addr *addr, struct name *name)
{
    for (size_t i = 0; i < swim_member_count(core); i++) {
        struct swim_member member;
        swim_member_at(core, i, &member);
        if (!lives(&member) || !addr_equal(&member.addr, addr))
            continue;
        *name = *member.name;
        return true;
    }
    return false;
}

/* RESOLVING -> DIALLING, an address of the name after the other; `leg` and `reason` are of the one
 * before. */
static void dial(struct seeds *seeds, uint64_t now, struct seed *seed, const char *leg, int reason)
{
    static const struct name anybody = {.text = ""};
    for (; seed->at < seed->count; seed->at++) {
        const struct addr *addr = &seed->addrs[seed->at];
        if (is_self(seeds, addr)) {
            skip_self(seeds, now, seed);
            return;
        }
        reason = peers_dial(seeds->config.peers, now, &anybody, addr);
        if (reason == 0) {
            seed->state = SEED_DIALLING;
            seed->due_ns = now + TRY_NS;
            return;
        }
        leg = reason == ERR_POOL_FULL ? "pool" : "udp";
    }
    fail(seeds, now, seed, leg, reason);
}

/* Goes on when the look-up has ended. */
static void resolved(struct seeds *seeds, uint64_t now, struct seed *seed, const struct swim *core)
{
    int count = resolve_take(seed->resolve, seed->addrs, NULL);
    if (count == ERR_NOT_NOW && now < seed->due_ns)
        return;
    if (count < 0) {
        fail(seeds, now, seed, "resolve", count == ERR_NOT_NOW ? ERR_TIMEOUT : count);
        return;
    }
    end_look_up(seeds, seed);
    seed->count = (size_t)count;
    seed->at = 0;
    struct name name;
    for (size_t i = 0; seeds->joined && i < seed->count; i++) {
        if (member_at(core, &seed->addrs[i], &name)) {
            settle(seeds, now, seed, &name);
            return;
        }
    }
    dial(seeds, now, seed, "resolve", ERR_RESOLVE);
}

/* It only ends the sleep: seeds_tick looks. */
static void on_resolved(void *user)
{
    (void)user;
}

/* WAITING -> RESOLVING */
static void start(struct seeds *seeds, uint64_t now, struct seed *seed, const struct swim *core)
{
    seed->resolve = resolve_new(&seed->hostport, ADDR_NONE);
    if (seed->resolve == NULL) {
        fail(seeds, now, seed, "resolve", ERR_NO_MEMORY);
        return;
    }
    seed->watch = loop_watch(seeds->config.loop, resolve_fd(seed->resolve), on_resolved, NULL);
    if (seed->watch < 0) {
        fail(seeds, now, seed, "resolve", seed->watch);
        return;
    }
    seed->state = SEED_RESOLVING;
    seed->due_ns = now + LOOK_UP_NS;
    resolved(seeds, now, seed, core);
}

/* A seed is done with while its member lives, whoever told us so. */
static void look_after(struct seeds *seeds, uint64_t now, struct seed *seed,
                       const struct swim *core)
{
    struct swim_member member;
    seed->due_ns = now + seeds->config.heal_ns;
    if (swim_member_find(core, &seed->name, &member) && lives(&member))
        return;
    seed->state = SEED_WAITING;
    seed->due_ns = now;
}

static size_t trying(const struct seeds *seeds)
{
    size_t count = 0;
    for (size_t i = 0; i < seeds->count; i++)
        count += seeds->items[i]->state != SEED_WAITING && seeds->items[i]->state != SEED_JOINED;
    return count;
}

static struct seed *find(const struct seeds *seeds, const struct hostport *hostport)
{
    for (size_t i = 0; i < seeds->count; i++) {
        struct seed *seed = seeds->items[i];
        if (seed->hostport.port == hostport->port &&
            strcmp(seed->hostport.host, hostport->host) == 0)
            return seed;
    }
    return NULL;
}

static void forget(struct seeds *seeds, size_t at)
{
    end_look_up(seeds, seeds->items[at]);
    free(seeds->items[at]);
    seeds->items[at] = seeds->items[--seeds->count];
}

static bool is_in(const struct seed *seed, const struct hostport *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].port == seed->hostport.port && strcmp(list[i].host, seed->hostport.host) == 0)
            return true;
    return false;
}

/* Takes over what is listed now: what is new is tried, what is gone is forgotten. */
static void list_more(struct seeds *seeds, uint64_t now)
{
    struct hostport *list = calloc(SEEDS_MORE_MAX, sizeof *list);
    seeds->list_wait_ns = next_backoff(seeds->list_wait_ns);
    seeds->list_ns = now + wait_ns(seeds, seeds->list_wait_ns);
    if (list == NULL)
        return; /* asked again in a while */
    size_t count = seeds->config.more(seeds->config.more_user, list, SEEDS_MORE_MAX);
    for (size_t i = 0; i < count; i++) {
        char text[HOST_LEN_MAX + 16];
        if (find(seeds, &list[i]) != NULL)
            continue;
        bool v6 = strchr(list[i].host, ':') != NULL;
        (void)snprintf(text, sizeof text, "%s%s%s:%u", v6 ? "[" : "", list[i].host, v6 ? "]" : "",
                       (unsigned)list[i].port);
        struct seed *seed = add(seeds, text, &list[i]);
        if (seed != NULL)
            seed->listed = true;
    }
    for (size_t i = seeds->count; i-- > 0;)
        if (seeds->items[i]->listed && !is_in(seeds->items[i], list, count))
            forget(seeds, i);
    free(list);
}

static void tick_one(struct seeds *seeds, uint64_t now, struct seed *seed, const struct swim *core)
{
    switch (seed->state) {
    case SEED_WAITING:
        if (now >= seed->due_ns && trying(seeds) < SEEDS_AT_ONCE)
            start(seeds, now, seed, core);
        break;
    case SEED_RESOLVING:
        resolved(seeds, now, seed, core);
        break;
    case SEED_DIALLING:
        if (now >= seed->due_ns)
            fail(seeds, now, seed, "handshake", ERR_TIMEOUT);
        break;
    case SEED_SYNCING:
        if (now >= seed->due_ns)
            fail(seeds, now, seed, "sync", ERR_TIMEOUT);
        break;
    case SEED_JOINED:
        if (now >= seed->due_ns)
            look_after(seeds, now, seed, core);
        break;
    }
}

void seeds_tick(struct seeds *seeds, uint64_t now, const struct swim *core)
{
    if (seeds->stopped)
        return;
    if (seeds->config.more != NULL && now >= seeds->list_ns)
        list_more(seeds, now);
    for (size_t i = 0; i < seeds->count; i++)
        tick_one(seeds, now, seeds->items[i], core);
}

uint64_t seeds_deadline(const struct seeds *seeds)
{
    if (seeds->stopped)
        return NEVER;
    bool full = trying(seeds) >= SEEDS_AT_ONCE;
    uint64_t earliest = seeds->config.more != NULL ? seeds->list_ns : NEVER;
    for (size_t i = 0; i < seeds->count; i++) {
        const struct seed *seed = seeds->items[i];
        if (full && seed->state == SEED_WAITING)
            continue; /* until another one has ended */
        if (seed->due_ns < earliest)
            earliest = seed->due_ns;
    }
    return earliest;
}

static bool waits_for(const struct seed *seed, const struct addr *addr)
{
    return seed->state == SEED_DIALLING && addr_equal(&seed->addrs[seed->at], addr);
}

bool seeds_on_up(struct seeds *seeds, uint64_t now, const struct addr *addr,
                 const struct name *name)
{
    bool wanted = false;
    for (size_t i = 0; i < seeds->count && !seeds->stopped; i++) {
        struct seed *seed = seeds->items[i];
        if (!waits_for(seed, addr))
            continue;
        if (name_equal(name, &seeds->config.self)) {
            fail(seeds, now, seed, "certificate", ERR_CONFLICT);
            continue;
        }
        seed->state = SEED_SYNCING;
        seed->name = *name;
        wanted = true;
    }
    return wanted;
}

void seeds_on_failed(struct seeds *seeds, uint64_t now, const struct addr *addr, const char *leg,
                     int reason)
{
    for (size_t i = 0; i < seeds->count && !seeds->stopped; i++) {
        struct seed *seed = seeds->items[i];
        if (!waits_for(seed, addr))
            continue;
        if (reason == ERR_EXISTS) {
            skip_self(seeds, now, seed);
            continue;
        }
        seed->at++;
        dial(seeds, now, seed, leg, reason);
    }
}

void seeds_on_lost(struct seeds *seeds, uint64_t now, const struct name *name, int reason)
{
    for (size_t i = 0; i < seeds->count && !seeds->stopped; i++) {
        struct seed *seed = seeds->items[i];
        if (seed->state == SEED_SYNCING && name_equal(&seed->name, name))
            fail(seeds, now, seed, "sync", reason);
    }
}

void seeds_on_joined(struct seeds *seeds, uint64_t now, const struct name *name)
{
    seeds->joined = true;
    for (size_t i = 0; i < seeds->count; i++) {
        struct seed *seed = seeds->items[i];
        if (seed->state == SEED_SYNCING && name_equal(&seed->name, name))
            settle(seeds, now, seed, name);
    }
}

/* Whether a seed has turned out to be ourselves. */
static bool is_own(const struct seeds *seeds, const struct seed *seed)
{
    return seed->state == SEED_JOINED && name_equal(&seed->name, &seeds->config.self);
}

bool seeds_has_joined(const struct seeds *seeds)
{
    bool others = false;
    for (size_t i = 0; i < seeds->count; i++)
        others = others || !is_own(seeds, seeds->items[i]);
    return seeds->joined || !others;
}

int seeds_verdict(const struct seeds *seeds, const struct swim *core, struct why *why)
{
    const struct seed *first = NULL;
    if (seeds->joined || seeds->stopped || swim_member_count(core) > 1)
        return 0;
    for (size_t i = 0; i < seeds->count; i++) {
        const struct seed *seed = seeds->items[i];
        if (is_own(seeds, seed))
            continue;
        /* Of two processes of one name the core decides which one ends. */
        if (seed->failed_by == 0 || seed->failed_by == ERR_CONFLICT ||
            err_exit(seed->failed_by) != EXIT_IDENTITY)
            return 0;
        first = first != NULL ? first : seed;
    }
    return first != NULL ? why_set(why, first->failed_by, "%s", first->text) : 0;
}
