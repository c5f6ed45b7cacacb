/* A running node's end, of two nodes in one process: each phase alone and by its owner, the forced
 * path, destruction without a shutdown. What leaks shows under LeakSanitizer. */
#include "base/duration.h"
#include "link/loop.h"
#include "node/node.h"
#include "tests/unit/party.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LINES_MAX 64
#define PATIENCE_NS (5 * NS_PER_S)

/* A node and what it has told: "event phase" of each record. */
struct host {
    struct node *node;
    char directory[64 + NAME_LEN_MAX + 16];
    char seed[ADDR_TEXT_SIZE];
    const char *seeds[1];
    char lines[LINES_MAX][64];
    size_t count;
};

struct room {
    struct party party; /* for its identities */
    struct identity *identities[2];
    struct loop *loop;
    struct host a, b;
};

static int take(void *user, const struct record *record)
{
    struct host *host = user;
    const char *phase = record_text(record, "phase");
    const char *rc = record_text(record, "rc");
    assert_true(host->count < LINES_MAX);
    snprintf(host->lines[host->count++], sizeof host->lines[0], "%s %s %s", record->event,
             phase ? phase : "-", rc ? rc : "-");
    return 0;
}

static size_t told(const struct host *host, const char *line)
{
    size_t n = 0;
    for (size_t i = 0; i < host->count; i++)
        n += strcmp(host->lines[i], line) == 0;
    return n;
}

static void start(struct room *room, struct host *host, struct identity *identity,
                  const struct host *seed)
{
    struct why why = {""};
    struct node_config config = {.identity = identity, .profile = "local"};
    snprintf(host->directory, sizeof host->directory, "%s/state-%s", room->party.directory,
             identity_self(identity)->name.text);
    config.state_directory = host->directory;
    assert_int_equal(addr_parse("127.0.0.1:0", 0, &config.bind), 0);
    if (seed) {
        addr_format(node_advertised(seed->node), host->seed);
        host->seeds[0] = host->seed;
        config.seeds = host->seeds;
        config.seed_count = 1;
    }
    assert_int_equal(node_new(&config, room->loop, &host->node, &why), 0);
    assert_int_equal(node_add_sink(host->node, take, host), 0);
    assert_int_equal(node_start(host->node, &why), 0);
}

/* Wakes both until the condition holds. */
static void run_until(struct room *room, bool (*condition)(const struct room *room))
{
    uint64_t limit = loop_now() + PATIENCE_NS;
    while (!condition(room)) {
        assert_true(loop_now() < limit);
        if (room->a.node)
            (void)node_wake(room->a.node);
        if (room->b.node)
            (void)node_wake(room->b.node);
        (void)usleep(500);
    }
}

static bool both_joined(const struct room *room)
{
    return told(&room->a, "member-join - -") == 1 && told(&room->b, "member-join - -") == 1 &&
           node_has_joined(room->b.node);
}

static bool ended(const struct room *room)
{
    int err;
    struct why why;
    return node_has_ended(room->b.node, &err, &why);
}

static int make(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    assert_non_null(room);
    party_make(&room->party);
    room->loop = loop_new();
    assert_non_null(room->loop);
    room->identities[0] = party_identity(&room->party, "ca", "a", ROLE_MEMBER);
    room->identities[1] = party_identity(&room->party, "ca", "b", ROLE_MEMBER);
    start(room, &room->a, room->identities[0], NULL);
    start(room, &room->b, room->identities[1], &room->a);
    run_until(room, both_joined);
    *state = room;
    return 0;
}

static int unmake(void **state)
{
    struct room *room = *state;
    if (room->a.node)
        node_free(room->a.node);
    if (room->b.node)
        node_free(room->b.node);
    loop_free(room->loop);
    identity_free(room->identities[0]);
    identity_free(room->identities[1]);
    party_end(&room->party);
    free(room);
    return 0;
}

static bool has_addr_file(const struct host *host)
{
    char path[64 + NAME_LEN_MAX + 32];
    snprintf(path, sizeof path, "%s/node.addr", host->directory);
    return access(path, F_OK) == 0;
}

static void a_leave_ends_in_five_phases_in_order(void **state)
{
    struct room *room = *state;
    static const char *const order[] = {"shutdown leave ok",    "shutdown gossip ok",
                                        "shutdown health ok",   "shutdown pool ok",
                                        "shutdown registry ok", "shutdown done ok"};
    assert_true(has_addr_file(&room->b));
    node_leave(room->b.node);
    run_until(room, ended);
    size_t next = 0;
    for (size_t i = 0; i < room->b.count && next < 6; i++)
        next += strcmp(room->b.lines[i], order[next]) == 0;
    assert_int_equal(next, 6);
    assert_false(has_addr_file(&room->b));
}

static bool a_saw_the_leave(const struct room *room)
{
    return told(&room->a, "member-leave - -") == 1;
}

static void a_leave_is_seen_as_a_leave(void **state)
{
    struct room *room = *state;
    node_leave(room->b.node);
    run_until(room, a_saw_the_leave);
    assert_int_equal(told(&room->a, "member-dead - -"), 0);
}

static void a_stop_begins_with_the_second_phase(void **state)
{
    struct room *room = *state;
    node_stop(room->b.node);
    run_until(room, ended);
    assert_int_equal(told(&room->b, "shutdown leave ok"), 0);
    assert_int_equal(told(&room->b, "shutdown gossip ok"), 1);
    assert_int_equal(told(&room->b, "shutdown done ok"), 1);
    assert_int_equal(told(&room->a, "member-leave - -"), 0);
}

static void a_forced_end_waits_for_nobody(void **state)
{
    struct room *room = *state;
    node_leave(room->b.node);
    node_force(room->b.node);
    assert_true(ended(room));
    assert_int_equal(told(&room->b, "shutdown done ok"), 0);
    assert_false(has_addr_file(&room->b));
}

static bool a_lost_the_connection(const struct room *room)
{
    return told(&room->a, "pool-close - -") >= 1;
}

static void destruction_without_a_shutdown_tells_the_peers(void **state)
{
    struct room *room = *state;
    node_free(room->b.node);
    room->b.node = NULL;
    run_until(room, a_lost_the_connection);
}

static void destruction_in_the_middle_of_a_leave_is_allowed(void **state)
{
    struct room *room = *state;
    node_leave(room->b.node);
    (void)node_wake(room->b.node);
    node_free(room->b.node);
    room->b.node = NULL;
}

/* The last number that a pool takes is the last one that is no error of usage. */
static void bounds_beyond_the_pool_are_an_error_of_usage(void **state)
{
    (void)state;
    struct why why = {""};
    struct node_config config = {.profile = "lan", .pool_max = 3000};
    config.accept_max = POOL_SLOTS_MAX - 1 - config.pool_max;
    assert_int_equal(node_check_config(&config, &why), 0);
    struct pool *pool = NULL;
    struct pool_config bounds = {
        .max_total = config.pool_max, .max_per_peer = 1, .accept_max = config.accept_max};
    assert_int_equal(pool_new(&bounds, &pool), 0);
    pool_free(pool);
    config.accept_max++;
    assert_int_equal(node_check_config(&config, &why), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_beyond_the_pool_are_an_error_of_usage),
#define ROOM(TEST) cmocka_unit_test_setup_teardown(TEST, make, unmake)
        ROOM(a_leave_ends_in_five_phases_in_order),
        ROOM(a_leave_is_seen_as_a_leave),
        ROOM(a_stop_begins_with_the_second_phase),
        ROOM(a_forced_end_waits_for_nobody),
        ROOM(destruction_without_a_shutdown_tells_the_peers),
        ROOM(destruction_in_the_middle_of_a_leave_is_allowed),
    };
    return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
