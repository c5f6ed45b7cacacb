#include "sim/world.h"

#include "base/duration.h"
#include "base/heap.h"
#include "base/line.h"
#include "base/rng.h"
#include "swim/check.h"
#include "wire/codec.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_NS (5 * NS_PER_S)
#define JOIN_RETRY_NS (500 * NS_PER_MS)
#define RESEND_NS (100 * NS_PER_MS) /* of a reliable message, doubling */
#define RESEND_MAX 6                /* then its connection counts as lost */

enum parcel_kind { PARCEL_MESSAGE, PARCEL_UP, PARCEL_FAILED, PARCEL_JOIN };

/* Something on its way: it happens at `to` when its time has come. */
struct parcel {
    struct heap_node due;
    struct parcel *next; /* in the backlog of a stopped node */
    enum parcel_kind kind;
    size_t from, to;
    uint64_t epoch; /* the process it is meant for */
    size_t len;
    uint8_t data[];
};

struct node {
    struct name name;
    struct swim *core;
    bool stopped;
    uint64_t epoch; /* counts processes */
    struct addr addr;
    struct profile profile;
    struct parcel *backlog, **backlog_end;
};

struct world {
    struct world_config config;
    struct rng rng;
    uint64_t now;
    struct node *nodes;
    double *loss;    /* [from * n + to] */
    uint8_t *linked; /* the same: 1 dialling, 2 up */
    struct heap parcels;
    struct message message;
    char *trace;
    size_t trace_len, trace_size;
    bool trace_taken;
    uint64_t messages, bytes;
};

enum { LINK_NONE, LINK_DIALLING, LINK_STANDS };

static void *world_must(void *memory)
{
    if (!memory) /* a test's world: there is nothing to go on with */
        abort();
    return memory;
}

static size_t world_pair(const struct world *world, size_t a, size_t b)
{
    return a * world->config.nodes + b;
}

struct world *world_new(const struct world_config *config)
{
    struct world *world = calloc(1, sizeof(*world));
    if (!world)
        return NULL;
    size_t n = config->nodes;
    world->config = *config;
    world->now = NS_PER_S;
    rng_seed(&world->rng, config->seed);
    heap_init(&world->parcels);
    world->nodes = calloc(n, sizeof(*world->nodes));
    world->loss = calloc(n * n, sizeof(*world->loss));
    world->linked = calloc(n * n, sizeof(*world->linked));
    if (!world->nodes || !world->loss || !world->linked) {
        world->config.nodes = 0;
        world_free(world);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        struct node *node = &world->nodes[i];
        char text[NAME_LEN_MAX];
        int len = snprintf(text, sizeof(text), "n%zu", i + 1);
        (void)name_set(&node->name, text, (size_t)len);
        node->backlog_end = &node->backlog;
        node->profile = config->profile;
        node->addr = (struct addr){.family = ADDR_V4, .port = 7436};
        node->addr.ip[0] = 10;
        node->addr.ip[2] = (uint8_t)(i >> 8);
        node->addr.ip[3] = (uint8_t)i;
    }
    return world;
}

void world_free(struct world *world)
{
    if (!world)
        return;
    for (struct heap_node *due; (due = heap_peek(&world->parcels));) {
        heap_remove(&world->parcels, due);
        free((char *)due - offsetof(struct parcel, due));
    }
    heap_free(&world->parcels);
    for (size_t i = 0; i < world->config.nodes; i++) {
        swim_free(world->nodes[i].core);
        while (world->nodes[i].backlog) {
            struct parcel *parcel = world->nodes[i].backlog;
            world->nodes[i].backlog = parcel->next;
            free(parcel);
        }
    }
    free(world->nodes);
    free(world->loss);
    free(world->linked);
    free(world->trace);
    free(world);
}

uint64_t world_now(const struct world *world)
{
    return world->now;
}

const struct name *world_name(const struct world *world, size_t i)
{
    return &world->nodes[i].name;
}

struct swim *world_core(const struct world *world, size_t i)
{
    return world->nodes[i].core;
}

static uint64_t world_latency(struct world *world)
{
    uint64_t spread = world->config.latency_max_ns - world->config.latency_min_ns;
    return world->config.latency_min_ns + rng_below(&world->rng, spread + 1);
}

static bool world_lost(struct world *world, size_t from, size_t to)
{
    double loss = world->loss[world_pair(world, from, to)];
    return loss > 0 && rng_unit(&world->rng) < loss;
}

static void world_post(struct world *world, enum parcel_kind kind, size_t from, size_t to,
                       uint64_t after, const void *data, size_t len)
{
    struct parcel *parcel = world_must(calloc(1, sizeof(*parcel) + len));
    parcel->kind = kind;
    parcel->from = from;
    parcel->to = to;
    parcel->epoch = world->nodes[to].epoch;
    parcel->len = len;
    if (len > 0)
        memcpy(parcel->data, data, len);
    heap_node_init(&parcel->due);
    if (heap_set(&world->parcels, &parcel->due, world->now + after) != 0)
        abort();
}

static void world_note(struct world *world, size_t i, const struct event *event)
{
    static const size_t line_max = LINE_MAX_BYTES + NAME_LEN_MAX + 2;
    struct record *record = world_must(malloc(sizeof(*record)));
    if (world->trace_taken)
        world->trace_len = 0;
    world->trace_taken = false;
    if (world->trace_len + line_max > world->trace_size) {
        world->trace_size = world->trace_size * 2 + line_max;
        world->trace = world_must(realloc(world->trace, world->trace_size));
    }
    char *line = world_must(malloc(line_max));
    event_to_record(event, EVENT_ABSENT, world->now, record);
    if (line_format(record, line, line_max) == 0)
        abort();
    int len = snprintf(world->trace + world->trace_len, world->trace_size - world->trace_len,
                       "%s %s", world->nodes[i].name.text, strchr(line, ' ') + 1);
    world->trace_len += (size_t)len;
    free(line);
    free(record);
}

const char *world_trace(struct world *world)
{
    if (world->trace_taken || world->trace_len == 0)
        return "";
    world->trace_taken = true;
    return world->trace;
}

/* How long a packet takes that is repeated until it arrives; NEVER: it does not. */
static uint64_t world_reliable_delay(struct world *world, size_t from, size_t to)
{
    uint64_t wait = 0, resend = RESEND_NS;
    for (int i = 0; i < RESEND_MAX; i++, resend *= 2) {
        if (!world_lost(world, from, to))
            return wait + world_latency(world);
        wait += resend;
    }
    return NEVER;
}

/* Dials if there is no link. Returns how long it takes until the first message can leave; NEVER:
 * the dial fails. */
static uint64_t world_dial(struct world *world, size_t from, size_t to)
{
    uint8_t *out = &world->linked[world_pair(world, from, to)];
    uint8_t *back = &world->linked[world_pair(world, to, from)];
    if (*out == LINK_STANDS)
        return 0;
    uint64_t there = world_reliable_delay(world, from, to);
    uint64_t here = world_reliable_delay(world, to, from);
    bool answers = world->nodes[to].core && there != NEVER && here != NEVER;
    if (!answers) {
        if (*out == LINK_NONE)
            world_post(world, PARCEL_FAILED, to, from, CONNECT_TIMEOUT_NS, NULL, 0);
        *out = LINK_DIALLING;
        return NEVER;
    }
    uint64_t up = there + here;
    if (*out == LINK_NONE) {
        world_post(world, PARCEL_UP, from, to, up, NULL, 0);
        world_post(world, PARCEL_UP, to, from, up, NULL, 0);
        *out = *back = LINK_DIALLING;
    }
    return up;
}

static size_t world_find(const struct world *world, const struct name *name)
{
    for (size_t i = 0; i < world->config.nodes; i++)
        if (name_equal(&world->nodes[i].name, name))
            return i;
    return world->config.nodes;
}

static void world_send(struct world *world, size_t from, const struct swim_output *output)
{
    size_t to = world_find(world, &output->peer);
    assert(to < world->config.nodes && output->tool_link == 0);
    uint8_t packet[MESSAGE_MAX + 16];
    size_t len = wire_encode(output->message, packet, sizeof(packet));
    assert(len > 0);
    world->messages++;
    world->bytes += len;
    bool reliable = output->reliable || len > DATAGRAM_SAFE ||
                    message_carrier(output->message->type) != CARRIER_DATAGRAM;
    uint64_t wait = world_dial(world, from, to);
    uint64_t delay = reliable                      ? world_reliable_delay(world, from, to)
                     : world_lost(world, from, to) ? NEVER
                                                   : world_latency(world);
    if (wait != NEVER && delay != NEVER && world->nodes[to].core)
        world_post(world, PARCEL_MESSAGE, from, to, wait + delay, packet, len);
}

/* A dial for its own sake. One's own name leads nowhere: the process that had
 * it is gone. */
static void world_connect(struct world *world, size_t from, const struct swim_output *output)
{
    size_t to = world_find(world, &output->peer);
    assert(to < world->config.nodes);
    if (to == from)
        world_post(world, PARCEL_FAILED, to, from, world_latency(world), NULL, 0);
    else if (world_dial(world, from, to) == 0)
        world_post(world, PARCEL_UP, to, from, 0, NULL, 0);
}

static void world_drain(struct world *world, size_t i)
{
    struct swim_output output;
    while (swim_next_output(world->nodes[i].core, &output)) {
        if (output.kind == SWIM_SEND)
            world_send(world, i, &output);
        else if (output.kind == SWIM_EVENT)
            world_note(world, i, output.event);
        else if (output.kind == SWIM_CONNECT)
            world_connect(world, i, &output);
        else if (output.kind == SWIM_DROP) {
            size_t to = world_find(world, &output.peer);
            world->linked[world_pair(world, i, to)] = LINK_NONE;
            world->linked[world_pair(world, to, i)] = LINK_NONE;
        }
    }
    swim_check(world->nodes[i].core);
}

static int world_input(struct world *world, size_t i, const struct swim_input *input)
{
    int err = swim_step(world->nodes[i].core, world->now, input);
    world_drain(world, i);
    return err;
}

void world_set_profile(struct world *world, size_t i, const struct profile *profile)
{
    world->nodes[i].profile = *profile;
}

bool world_start(struct world *world, size_t i, bool moved)
{
    struct node *node = &world->nodes[i];
    assert(!node->core);
    if (moved)
        node->addr.port++;
    struct swim_config config = {
        .self = node->name,
        .addr = node->addr,
        .instance = rng_next(&world->rng) | 1,
        .incarnation = 1,
        .profile = node->profile,
        .seed = rng_next(&world->rng),
        .probe_events = world->config.probe_events,
    };
    node->core = swim_new(&config, world->now);
    node->epoch++;
    return node->core != NULL;
}

void world_join(struct world *world, size_t i, size_t seed)
{
    world_post(world, PARCEL_JOIN, seed, i, 0, NULL, 0);
}

void world_crash(struct world *world, size_t i)
{
    struct node *node = &world->nodes[i];
    swim_free(node->core);
    node->core = NULL;
    node->stopped = false;
    node->epoch++;
    for (size_t j = 0; j < world->config.nodes; j++)
        world->linked[world_pair(world, i, j)] = LINK_NONE;
}

void world_stop(struct world *world, size_t i)
{
    world->nodes[i].stopped = true;
}

void world_resume(struct world *world, size_t i)
{
    struct node *node = &world->nodes[i];
    node->stopped = false;
    while (node->backlog) {
        struct parcel *parcel = node->backlog;
        node->backlog = parcel->next;
        if (heap_set(&world->parcels, &parcel->due, world->now) != 0)
            abort();
    }
    node->backlog_end = &node->backlog;
}

int world_command(struct world *world, size_t i, const struct swim_input *command)
{
    return world_input(world, i, command);
}

void world_set_loss(struct world *world, size_t a, size_t b, double loss)
{
    world->loss[world_pair(world, a, b)] = loss;
}

static void world_deliver_link(struct world *world, const struct parcel *parcel, bool up)
{
    struct swim_input input = {
        .kind = SWIM_LINK,
        .peer = world->nodes[parcel->from].name,
        .change = up ? SWIM_LINK_UP : SWIM_LINK_FAILED,
        .payload_max = DATAGRAM_SAFE,
    };
    world->linked[world_pair(world, parcel->to, parcel->from)] = up ? LINK_STANDS : LINK_NONE;
    (void)world_input(world, parcel->to, &input);
}

/* Tries a join; the same parcel comes again until the seed is known, and is neither dead nor left.
 */
static void world_deliver_join(struct world *world, const struct parcel *parcel)
{
    struct swim_member member;
    if (swim_member_find(world->nodes[parcel->to].core, &world->nodes[parcel->from].name,
                         &member) &&
        member.state <= MEMBER_SUSPECT)
        return;
    if (world->nodes[parcel->from].core) {
        uint64_t wait = world_dial(world, parcel->to, parcel->from);
        if (wait == 0) {
            struct swim_input join = {
                .kind = SWIM_COMMAND, .verb = SWIM_JOIN, .peer = world->nodes[parcel->from].name};
            (void)world_input(world, parcel->to, &join);
        } else if (wait != NEVER) {
            world_post(world, PARCEL_JOIN, parcel->from, parcel->to, wait + 1, NULL, 0);
            return;
        }
    }
    world_post(world, PARCEL_JOIN, parcel->from, parcel->to, JOIN_RETRY_NS, NULL, 0);
}

static void world_deliver_message(struct world *world, const struct parcel *parcel)
{
    int err = wire_decode(&world->message, parcel->data, parcel->len);
    assert(err == 0);
    (void)err;
    struct swim_input input = {
        .kind = SWIM_MESSAGE,
        .peer = world->nodes[parcel->from].name,
        .message = &world->message,
    };
    (void)world_input(world, parcel->to, &input);
}

static void world_deliver(struct world *world, struct parcel *parcel)
{
    struct node *node = &world->nodes[parcel->to];
    if (parcel->epoch != node->epoch || !node->core) {
        free(parcel);
        return;
    }
    if (node->stopped) {
        parcel->next = NULL;
        *node->backlog_end = parcel;
        node->backlog_end = &parcel->next;
        return;
    }
    switch (parcel->kind) {
    case PARCEL_MESSAGE:
        world_deliver_message(world, parcel);
        break;
    case PARCEL_UP:
    case PARCEL_FAILED:
        world_deliver_link(world, parcel, parcel->kind == PARCEL_UP);
        break;
    case PARCEL_JOIN:
        world_deliver_join(world, parcel);
        break;
    }
    free(parcel);
}

bool world_step(struct world *world, uint64_t until)
{
    size_t who = world->config.nodes;
    uint64_t next = heap_deadline(&world->parcels);
    for (size_t i = 0; i < world->config.nodes; i++) {
        const struct node *node = &world->nodes[i];
        if (node->core && !node->stopped && swim_deadline(node->core) < next) {
            next = swim_deadline(node->core);
            who = i;
        }
    }
    if (next > until) {
        world->now = until;
        return false;
    }
    if (next > world->now)
        world->now = next;
    if (who < world->config.nodes) {
        struct swim_input tick = {.kind = SWIM_TICK};
        (void)world_input(world, who, &tick);
        return true;
    }
    struct heap_node *due = heap_peek(&world->parcels);
    heap_remove(&world->parcels, due);
    world_deliver(world, (struct parcel *)(void *)((char *)due - offsetof(struct parcel, due)));
    return true;
}

void world_traffic(const struct world *world, uint64_t *messages, uint64_t *bytes)
{
    *messages = world->messages;
    *bytes = world->bytes;
}
