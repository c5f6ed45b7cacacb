#include "tests/unit/pair.h"

#include "keys/ca.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define WALL_MADE (UINT64_C(1800000000) * NS_PER_S)
#define DAY_NS (UINT64_C(86400) * NS_PER_S)

uint64_t keys_wall(void)
{
    return WALL_MADE;
}

uint64_t keys_wall_later(void)
{
    return WALL_MADE + 2 * DAY_NS;
}

static void path_of(char path[PAIR_PATH], const struct keys *keys, const char *name)
{
    int len = snprintf(path, PAIR_PATH, "%s/%s", keys->directory, name);
    assert_true(len > 0 && len < PAIR_PATH);
}

struct identity *keys_issue(const struct keys *keys, const char *ca, const char *name,
                            enum role role, unsigned days)
{
    char ca_path[PAIR_PATH], out[PAIR_PATH], directory[PAIR_PATH * 2];
    struct spiffe spiffe = {.role = role};
    struct why why = {{0}};
    struct identity *identity = NULL;
    path_of(ca_path, keys, ca);
    path_of(out, keys, ca);
    strcat(out, "-ids");
    assert_int_equal(name_set(&spiffe.name, name, strlen(name)), 0);
    int rc = ca_issue(ca_path, out, &spiffe, days, keys_wall(), NULL, &why);
    if (rc != 0)
        fail_msg("ca_issue: %s", why.text);
    (void)snprintf(directory, sizeof(directory), "%s/%s", out, name);
    rc = identity_load(directory, NULL, keys_wall(), &identity, &why);
    if (rc != 0)
        fail_msg("identity_load: %s", why.text);
    return identity;
}

static void keys_make(struct keys *keys)
{
    char path[PAIR_PATH];
    struct why why = {{0}};
    (void)snprintf(keys->directory, sizeof(keys->directory), "/tmp/swim-unit-XXXXXX");
    assert_non_null(mkdtemp(keys->directory));
    path_of(path, keys, "ca");
    assert_int_equal(ca_init(path, "test", keys_wall(), &why), 0);
    path_of(path, keys, "other");
    assert_int_equal(ca_init(path, "test", keys_wall(), &why), 0);
    keys->a = keys_issue(keys, "ca", "a", ROLE_MEMBER, 30);
    keys->b = keys_issue(keys, "ca", "b", ROLE_MEMBER, 30);
    keys->stranger = keys_issue(keys, "other", "a", ROLE_MEMBER, 30);
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void keys_free(struct keys *keys)
{
    identity_free(keys->a);
    identity_free(keys->b);
    identity_free(keys->stranger);
    assert_int_equal(nftw(keys->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int keys_setup(void **state)
{
    struct keys *keys = calloc(1, sizeof(*keys));
    assert_non_null(keys);
    keys_make(keys);
    *state = keys;
    return 0;
}

int keys_teardown(void **state)
{
    keys_free(*state);
    free(*state);
    return 0;
}

void pair_config_default(struct pair_config *config)
{
    *config = (struct pair_config){.delay_ns = NS_PER_MS, .seed = 1};
    for (int i = 0; i < 2; i++) {
        quic_config_default(&config->quic[i]);
        config->quic[i].alpns[0] = PAIR_ALPN;
        config->quic[i].wall_ns = keys_wall;
        config->quic[i].initial_rtt_ns = 10 * NS_PER_MS;
    }
}

static void make_endpoint(struct pair *pair, const struct keys *keys, int side)
{
    struct quic_config quic = pair->config.quic[side];
    struct why why = {{0}};
    if (quic.identity == NULL)
        quic.identity = side == PAIR_A ? keys->a : keys->b;
    int rc = quic_endpoint_new(&quic, &pair->ends[side].endpoint, &why);
    if (rc != 0)
        fail_msg("quic_endpoint_new: %s", why.text);
}

void pair_init(struct pair *pair, const struct keys *keys, const struct pair_config *config)
{
    memset(pair, 0, sizeof(*pair));
    pair->config = *config;
    pair->now = NS_PER_S;
    rng_seed(&pair->rng, config->seed);
    for (int i = 0; i < 2; i++) {
        const uint8_t ip[4] = {192, 0, 2, (uint8_t)(i + 1)};
        pair->ends[i].addr = (struct addr){.family = ADDR_V4, .port = 7436};
        memcpy(pair->ends[i].addr.ip, ip, sizeof(ip));
        make_endpoint(pair, keys, i);
    }
}

void pair_start(struct pair *pair, const struct keys *keys)
{
    struct pair_config config;
    pair_config_default(&config);
    pair_init(pair, keys, &config);
}

void pair_forget(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        struct pair_end *end = &pair->ends[i];
        for (size_t k = 0; k < end->event_count; k++)
            free((void *)(uintptr_t)end->events[k].event.data);
        end->event_count = 0;
    }
}

void pair_free(struct pair *pair)
{
    pair_forget(pair);
    for (int i = 0; i < 2; i++) {
        quic_endpoint_free(pair->ends[i].endpoint);
        free(pair->ends[i].events);
    }
    free(pair->wire);
}

void pair_restart(struct pair *pair, const struct keys *keys, enum pair_side side)
{
    quic_endpoint_free(pair->ends[side].endpoint);
    make_endpoint(pair, keys, (int)side);
}

struct quic_conn *pair_dial(struct pair *pair, enum pair_side side)
{
    struct quic_conn *conn = NULL;
    int rc = quic_dial(pair->ends[side].endpoint, pair->now, &pair->ends[1 - (int)side].addr,
                       PAIR_ALPN, &conn);
    assert_int_equal(rc, 0);
    return conn;
}

static void *grow(void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room == 0 ? 64 : *room * 2;
    void *larger = realloc(items, *room * size);
    assert_non_null(larger);
    return larger;
}

static void take_events(struct pair *pair, int side)
{
    struct pair_end *end = &pair->ends[side];
    struct quic_event event;
    while (quic_next_event(end->endpoint, &event)) {
        end->events = grow(end->events, end->event_count, &end->event_room, sizeof(*end->events));
        uint8_t *copy = malloc(event.len + 1);
        assert_non_null(copy);
        if (event.len > 0)
            memcpy(copy, event.data, event.len);
        event.data = copy;
        struct pair_event *kept = &end->events[end->event_count++];
        *kept = (struct pair_event){.event = event, .at = pair->now};
        if (event.kind == QUIC_DOWN) {
            (void)snprintf(kept->told, sizeof(kept->told), "%s", quic_conn_close_text(event.conn));
            kept->resumed = quic_conn_is_resumed(event.conn);
        }
    }
}

static bool addressed_to(const struct pair *pair, const struct pair_packet *packet, int *side)
{
    for (int i = 0; i < 2; i++) {
        *side = i;
        if (addr_equal(&packet->path.remote, &pair->ends[i].addr))
            return true;
    }
    return false;
}

static void put_on_wire(struct pair *pair, int from, const struct quic_packet *packet)
{
    struct pair_packet copy = {
        .path = packet->path, .arrives = pair->now + pair->config.delay_ns, .len = packet->len};
    int to;
    assert_true(packet->len <= sizeof(copy.data));
    memcpy(copy.data, packet->data, packet->len);
    pair->ends[from].sent++;
    if (!addressed_to(pair, &copy, &to)) {
        pair->stray = copy;
        pair->stray_count++;
        return;
    }
    copy.path.local = pair->ends[from].addr;
    pair->last[from] = copy;
    if (pair->cut[from] || rng_unit(&pair->rng) < pair->config.loss)
        return;
    pair->wire = grow(pair->wire, pair->wire_count, &pair->wire_room, sizeof(*pair->wire));
    pair->wire[pair->wire_count++] = copy;
}

void pair_flush(struct pair *pair)
{
    struct quic_packet packet;
    for (int i = 0; i < 2; i++) {
        take_events(pair, i);
        while (quic_next_packet(pair->ends[i].endpoint, pair->now, &packet))
            put_on_wire(pair, i, &packet);
        take_events(pair, i);
    }
}

void pair_inject(struct pair *pair, enum pair_side to, const struct addr *from, const uint8_t *data,
                 size_t len)
{
    struct quic_path path = {.local = pair->ends[to].addr, .remote = *from};
    quic_feed(pair->ends[to].endpoint, pair->now, &path, data, len);
    pair_flush(pair);
}

static uint64_t next_time(const struct pair *pair)
{
    uint64_t next = pair->wire_count > 0 ? pair->wire[0].arrives : NEVER;
    for (int i = 0; i < 2; i++) {
        uint64_t deadline = quic_deadline(pair->ends[i].endpoint);
        next = deadline < next ? deadline : next;
    }
    return next;
}

static void deliver(struct pair *pair)
{
    size_t due = 0;
    while (due < pair->wire_count && pair->wire[due].arrives <= pair->now) {
        struct pair_packet *packet = &pair->wire[due++];
        int to;
        bool known = addressed_to(pair, packet, &to);
        assert_true(known);
        struct quic_path path = {.local = packet->path.remote, .remote = packet->path.local};
        quic_feed(pair->ends[to].endpoint, pair->now, &path, packet->data, packet->len);
        take_events(pair, to);
    }
    pair->wire_count -= due;
    if (due > 0)
        memmove(pair->wire, pair->wire + due, pair->wire_count * sizeof(*pair->wire));
}

void pair_run(struct pair *pair, uint64_t ns)
{
    uint64_t end = pair->now + ns;
    pair_flush(pair);
    for (uint64_t next; (next = next_time(pair)) <= end;) {
        pair->now = next > pair->now ? next : pair->now;
        deliver(pair);
        for (int i = 0; i < 2; i++) {
            if (quic_deadline(pair->ends[i].endpoint) <= pair->now)
                quic_tick(pair->ends[i].endpoint, pair->now);
        }
        pair_flush(pair);
    }
    pair->now = end;
}

const struct quic_event *pair_seen(const struct pair *pair, enum pair_side side,
                                   enum quic_event_kind kind)
{
    const struct pair_end *end = &pair->ends[side];
    for (size_t i = 0; i < end->event_count; i++) {
        if (end->events[i].event.kind == kind)
            return &end->events[i].event;
    }
    return NULL;
}

const struct quic_event *pair_get(const struct pair *pair, enum pair_side side,
                                  enum quic_event_kind kind)
{
    static const struct quic_event nothing = {.reason = 1, .stream = -2};
    const struct quic_event *event = pair_seen(pair, side, kind);
    return event != NULL ? event : &nothing;
}

size_t pair_count(const struct pair *pair, enum pair_side side, enum quic_event_kind kind)
{
    const struct pair_end *end = &pair->ends[side];
    size_t count = 0;
    for (size_t i = 0; i < end->event_count; i++)
        count += end->events[i].event.kind == kind;
    return count;
}

struct quic_conn *pair_connect(struct pair *pair, struct quic_conn **accepted)
{
    struct quic_conn *conn = pair_dial(pair, PAIR_A);
    for (int i = 0; i < 1000 && !quic_conn_is_up(conn); i++)
        pair_run(pair, 10 * NS_PER_MS);
    const struct quic_event *up = pair_seen(pair, PAIR_B, QUIC_UP);
    assert_true(quic_conn_is_up(conn));
    assert_non_null(up);
    *accepted = up != NULL ? up->conn : NULL;
    return conn;
}
