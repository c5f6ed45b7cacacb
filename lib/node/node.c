#include "node/node.h"

#include "base/duration.h"
#include "keys/identity.h"
#include "link/loop.h"
#include "node/advertise.h"
#include "node/flow.h"
#include "node/inside.h"
#include "node/phases.h"
#include "node/statedir.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Packets and ICMP errors; then timers have their turn. More than one turn of the socket, so that
 * no packet that has left the kernel waits for the next wake-up, which no descriptor would cause.
 */
#define RECEIVES_PER_WAKE 256
#define LEAVE_TIMEOUT_NS (8 * NS_PER_S)
#define CLOSING_NS (1 * NS_PER_S) /* for the asker of a leave to take its last line */

/* Values from outside. */

static int make_profile(const struct node_config *config, struct profile *profile, struct why *why)
{
    const struct profile *named = profile_find(config->profile);
    if (named == NULL)
        return why_set(why, ERR_USAGE, "there is no profile '%s'", config->profile);
    *profile = *named;
    const struct {
        uint64_t given, *value;
    } times[] = {
        {config->probe_interval_ns, &profile->period_ns},
        {config->probe_timeout_ns, &profile->timeout_ns},
        {config->gossip_interval_ns, &profile->gossip_ns},
        {config->silence_floor_ns, &profile->silence_floor_ns},
        {config->reap_ns, &profile->reap_ns},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i].given != 0)
            *times[i].value = times[i].given;
    if (config->suspicion_mult != 0)
        profile->suspicion_mult = config->suspicion_mult;
    if (config->indirect != 0 || config->no_indirect)
        profile->indirect = config->indirect;
    if (profile->timeout_ns < profile->period_ns)
        return 0;
    char timeout[DURATION_TEXT_SIZE], period[DURATION_TEXT_SIZE];
    return why_set(
        why, ERR_USAGE, "a probe timeout of %s must be shorter than the probe interval, %s",
        duration_format(profile->timeout_ns, timeout), duration_format(profile->period_ns, period));
}

static int make_bounds(const struct node_config *config, struct peers_config *peers,
                       struct why *why)
{
    peers_config_default(peers);
    if (config->pool_max != 0)
        peers->pool_total = config->pool_max;
    if (config->pool_per_peer != 0)
        peers->pool_per_peer = config->pool_per_peer;
    if (config->accept_max != 0)
        peers->accept_max = config->accept_max;
    if (config->pool_idle_ns != 0)
        peers->pool_idle_ns = config->pool_idle_ns;
    if (peers->pool_total + peers->accept_max < POOL_SLOTS_MAX)
        return 0;
    return why_set(
        why, ERR_USAGE,
        "%zu connections dialled and %zu accepted are more than the %d that there may be",
        peers->pool_total, peers->accept_max, POOL_SLOTS_MAX - 1);
}

int node_check_config(const struct node_config *config, struct why *why)
{
    struct profile profile;
    struct peers_config peers;
    int rc = make_profile(config, &profile, why);
    return rc == 0 ? make_bounds(config, &peers, why) : rc;
}

static int draw(uint64_t *number, struct why *why)
{
    do {
        if (getrandom(number, sizeof *number, 0) != (ssize_t)sizeof *number)
            return why_set(why, ERR_SYSTEM, "the system gives no random numbers");
    } while (*number == 0);
    return 0;
}

/* Making. */

static int make_address(struct node *node, struct why *why)
{
    const struct node_config *config = &node->config;
    const struct addr *bound = peers_bound(node->peers);
    node->reached = advertise_local(bound);
    if (addr_is_none(&config->advertise)) {
        const char *first = config->seed_count > 0 ? config->seeds[0] : NULL;
        node->source = advertise_find(node->peers, first, &node->advertised);
        return 0;
    }
    node->advertised = config->advertise;
    if (node->advertised.port == 0)
        node->advertised.port = bound->port;
    if (addr_is_wildcard(&node->advertised))
        return why_set(why, ERR_USAGE, "a wildcard address can't be dialled, so not advertised");
    return 0;
}

static int make_core(struct node *node, struct why *why)
{
    struct swim_config config = {
        .self = node->self,
        .addr = node->advertised,
        .instance = node->instance,
        .incarnation = 1, /* the join learns what the cluster holds, and goes above it */
        .tags = node->config.tags,
        .profile = node->profile,
        .probe_events = node->config.probe_events,
    };
    int rc = draw(&config.seed, why);
    if (rc != 0)
        return rc;
    node->core = swim_new(&config, node->now);
    return node->core != NULL ? 0 : why_set(why, ERR_NO_MEMORY, "members");
}

static int make_seeds(struct node *node, struct why *why)
{
    struct seeds_config config = {
        .texts = node->config.seeds,
        .count = node->config.seed_count,
        .more = node->config.more_seeds,
        .more_user = node->config.more_user,
        .peers = node->peers,
        .events = node->events,
        .loop = node->loop,
        .self = node->self,
        .bound = *peers_bound(node->peers),
        .advertised = node->advertised,
        .heal_ns = node->profile.heal_ns,
    };
    int rc = draw(&config.seed, why);
    return rc == 0 ? seeds_new(&config, &node->seeds, why) : rc;
}

static int make_peers(struct node *node, struct why *why)
{
    struct peers_config config;
    int rc = make_bounds(&node->config, &config, why);
    if (rc == 0)
        rc = draw(&node->instance, why);
    node->hello = (struct msg_hello){
        .kind = HELLO_NODE,
        .instance = node->instance,
        .incarnation = 1,
        .version = WIRE_VERSION,
        .period_ms = node->profile.period_ns / NS_PER_MS,
    };
    config.identity = node->config.identity;
    config.bind = node->config.bind;
    config.hello = node->hello;
    config.serve = true;
    config.initial_rtt_ns = node->profile.initial_rtt_ns;
    return rc == 0 ? peers_new(&config, node->now, &node->peers, why) : rc;
}

/* Receiving is node_wake's: the descriptor only ends the sleep. */
static void on_readable(void *user)
{
    (void)user;
}

static int make_all(struct node *node, struct why *why)
{
    int rc = make_profile(&node->config, &node->profile, why);
    if (rc == 0)
        rc = make_peers(node, why);
    if (rc == 0)
        rc = make_address(node, why);
    if (rc == 0)
        rc = make_core(node, why);
    if (rc == 0)
        rc = make_seeds(node, why);
    if (rc != 0)
        return rc;
    rc = node_events_add_sink(node->events, node_control_take, node);
    if (rc == 0)
        rc = node_events_add_sink(node->events, node_watch_take, node);
    if (rc == 0)
        rc = node->watch = loop_watch(node->loop, peers_fd(node->peers), on_readable, NULL);
    return rc < 0 ? why_set(why, rc, "node") : 0;
}

int node_new(const struct node_config *config, struct loop *loop, struct node **made,
             struct why *why)
{
    const struct spiffe *self = identity_self(config->identity);
    if (self->role != ROLE_MEMBER)
        return why_set(why, ERR_BAD_IDENTITY, "the role of '%s' is %s: only a member can be a node",
                       self->name.text, role_text(self->role));
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return why_set(why, ERR_NO_MEMORY, "node");
    node->drain_ns = NEVER;
    node->config = *config;
    if (node->config.leave_timeout_ns == 0)
        node->config.leave_timeout_ns = LEAVE_TIMEOUT_NS;
    node->self = self->name;
    memcpy(node->cluster, self->cluster, sizeof node->cluster);
    node->loop = loop;
    node->watch = -1;
    node->start_ns = node->now = loop_now();
    node->events = node_events_new();
    int rc = node->events != NULL ? make_all(node, why) : why_set(why, ERR_NO_MEMORY, "events");
    if (rc != 0) {
        node_free(node);
        return rc;
    }
    *made = node;
    return 0;
}

static void close_all(struct node *node)
{
    peers_close_all(node->peers, node->now);
    peers_flush(node->peers, node->now);
}

void node_free(struct node *node)
{
    if (node == NULL)
        return;
    if (node->peers != NULL && node->state != NODE_ENDED) {
        node->now = loop_now();
        close_all(node);
    }
    if (node->watch >= 0)
        loop_unwatch(node->loop, node->watch);
    seeds_free(node->seeds);
    certificates_free(&node->certificates);
    swim_free(node->core);
    peers_free(node->peers);
    node_events_free(node->events);
    free(node);
}

int node_add_sink(struct node *node, int (*take)(void *user, const struct record *record),
                  void *user)
{
    return node_events_add_sink(node->events, take, user);
}

void node_warn(struct node *node, const char *text)
{
    struct event event;
    event_init(&event, EVENT_LOG);
    event.level = "warning";
    event.text = text;
    node_events_emit(node->events, &event);
}

int node_start(struct node *node, struct why *why)
{
    struct event event;
    event_init(&event, EVENT_LISTENING);
    event.node = node->self;
    event.addr = *peers_bound(node->peers);
    event.pid = (uint64_t)getpid();
    event.fmt = 1;
    event.advertise = node->advertised;
    const char *directory = node->config.state_directory;
    int rc = statedir_make(directory, why);
    if (rc == 0)
        rc = statedir_write_addr(directory, &node->reached, why);
    if (rc != 0)
        return rc;
    node->addr_written = true;
    node_events_emit(node->events, &event);
    if (node->source == ADVERTISE_LOOPBACK)
        node_warn(node, "this host has no address but loopback: nobody else can reach this node, "
                        "unless --advertise tells them how");
    return 0;
}

/* The end. */

static void tell_phase(void *owner, const struct shutdown_result *result)
{
    struct node *node = owner;
    struct event event;
    event_init(&event, EVENT_SHUTDOWN);
    event.node = node->self;
    event.phase = result->phase;
    event.rc = result->rc;
    event.elapsed_ns = result->elapsed_ns;
    event.confirmed = result->confirmed;
    node_events_emit(node->events, &event);
}

/* RUNNING -> ENDING */
void node_end(struct node *node, size_t first_phase)
{
    if (node->state != NODE_RUNNING)
        return;
    node->state = NODE_ENDING;
    node->drain_ns = NEVER;
    node->now = loop_now();
    shutdown_begin(&node->shutdown, node->now, phases, PHASE_COUNT, first_phase,
                   node->config.leave_timeout_ns, node, tell_phase);
}

int node_drain(struct node *node, uint64_t drain_ns)
{
    int rc = flow_announce_leave(node);
    if (rc != 0)
        return rc;
    seeds_stop(node->seeds);
    node->drain_ns = duration_add(node->now, drain_ns);
    return 0;
}

void node_leave(struct node *node)
{
    node_end(node, PHASE_LEAVE);
}

void node_stop(struct node *node)
{
    node_end(node, PHASE_GOSSIP);
}

/* Any state -> ENDED */
static void end_now(struct node *node)
{
    if (node->state == NODE_ENDED)
        return;
    struct why why = {""};
    if (node->addr_written &&
        statedir_remove_addr(node->config.state_directory, &node->reached, &why) != 0)
        node_warn(node, why.text);
    node->addr_written = false;
    seeds_stop(node->seeds);
    close_all(node);
    node->state = NODE_ENDED;
}

void node_force(struct node *node)
{
    node->now = loop_now();
    end_now(node);
}

bool node_is_ending(const struct node *node)
{
    return node->state != NODE_RUNNING;
}

bool node_has_ended(const struct node *node, int *err, struct why *why)
{
    *err = node->err;
    *why = node->why;
    return node->state == NODE_ENDED;
}

bool node_has_joined(const struct node *node)
{
    return seeds_has_joined(node->seeds);
}

const struct addr *node_advertised(const struct node *node)
{
    return &node->advertised;
}

/* The end, step by step; nothing while it has not begun. */
static void go_on_ending(struct node *node)
{
    if (node->state == NODE_ENDING) {
        shutdown_step(&node->shutdown, node->now);
        if (node->shutdown.state == SHUTDOWN_DONE) {
            node->state = NODE_CLOSING;
            node->close_ns = node->now + CLOSING_NS;
        }
    }
    peers_flush(node->peers, node->now);
    if (node->state == NODE_CLOSING && (peers_drained(node->peers) || node->now >= node->close_ns))
        end_now(node);
}

/* Waking. */

static void receive(struct node *node)
{
    for (size_t i = 0; i < RECEIVES_PER_WAKE && peers_receive(node->peers, node->now); i++) {
        flow_take_events(node);
        node->now = loop_now();
    }
}

static void tick(struct node *node)
{
    static const struct swim_input due = {.kind = SWIM_TICK};
    peers_tick(node->peers, node->now);
    flow_take_events(node);
    node_watch_tick(node);
    if (node->core == NULL)
        return;
    if (swim_deadline(node->core) <= node->now && node_input(node, &due) != 0)
        node->lost++; /* no memory for what is due: it stays due */
    seeds_tick(node->seeds, node->now, node->core);
    flow_take_events(node);
}

/* What the hello says must be true when it is said. */
static void refresh_hello(struct node *node)
{
    struct swim_member self;
    if (node->core == NULL || !swim_member_find(node->core, &node->self, &self))
        return;
    struct msg_hello hello = node->hello;
    hello.addr = node->advertised;
    hello.incarnation = self.incarnation;
    if (hello.incarnation == node->hello.incarnation && addr_equal(&hello.addr, &node->hello.addr))
        return;
    hello.age_ms = (node->now - node->start_ns) / NS_PER_MS;
    node->hello = hello;
    peers_set_hello(node->peers, &hello);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t deadline(const struct node *node)
{
    uint64_t at = earlier(peers_deadline(node->peers), seeds_deadline(node->seeds));
    if (node->core != NULL)
        at = earlier(at, swim_deadline(node->core));
    at = earlier(at, earlier(shutdown_deadline(&node->shutdown), node->drain_ns));
    at = earlier(at, node_watch_deadline(&node->watchers));
    return node->state == NODE_CLOSING ? earlier(at, node->close_ns) : at;
}

uint64_t node_wake(struct node *node)
{
    if (node->state == NODE_ENDED)
        return NEVER;
    node->now = loop_now();
    refresh_hello(node);
    receive(node);
    tick(node);
    refresh_hello(node);
    if (node->state == NODE_RUNNING && node->core != NULL) {
        if (node->err == 0) /* else the core has yielded its name */
            node->err = seeds_verdict(node->seeds, node->core, &node->why);
        if (node->err != 0) {
            if (node->err == ERR_CONFLICT)
                peers_yield(node->peers, node->now);
            end_now(node);
        }
    }
    if (node->drain_ns <= node->now)
        node_end(node, PHASE_LEAVE);
    go_on_ending(node);
    return node->state == NODE_ENDED ? NEVER : deadline(node);
}
