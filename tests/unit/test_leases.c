/* Leases: connections that a tool holds for itself, each for one ping. */
#include "tests/unit/party.h"

#include "base/duration.h"
#include "link/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct room {
    struct party party;
    struct guest *b, *m; /* a member that answers, and the monitor that asks */
};

static void be_tool(struct peers_config *config)
{
    config->hello.kind = HELLO_TOOL;
    config->serve = false;
}

static void answer_pings(struct guest *guest, const struct peers_event *event)
{
    if (event->kind != PEERS_MESSAGE || event->message->type != MESSAGE_PING)
        return;
    struct message ack = {.type = MESSAGE_ACK, .ack = {.pseq = event->message->ping.pseq}};
    assert_int_equal(peers_send_link(guest->peers, loop_now(), event->link, &ack), 0);
}

static int make(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    assert_non_null(room);
    party_make(&room->party);
    room->b =
        party_join(&room->party, party_identity(&room->party, "ca", "b", ROLE_MEMBER), 2, NULL);
    room->m =
        party_join(&room->party, party_identity(&room->party, "ca", "m", ROLE_MONITOR), 3, be_tool);
    room->b->on_event = answer_pings;
    *state = room;
    return 0;
}

static int clear(void **state)
{
    struct room *room = *state;
    party_end(&room->party);
    free(room);
    return 0;
}

static void a_monitor_may_ping_but_not_gossip(void **state)
{
    struct room *room = *state;
    struct guest *m =
        party_join(&room->party, party_identity(&room->party, "ca", "m", ROLE_MONITOR), 3, be_tool);
    int lease;
    size_t current, max;
    assert_int_equal(
        peers_acquire(m->peers, loop_now(), "b", &room->b->addr, NULL, &lease, &current, &max), 0);
    const struct heard *ready = party_wait(&room->party, m, PEERS_READY, 1);
    assert_int_equal(ready->event.lease, lease);
    assert_true(ready->event.handshake_ns > 0);
    assert_string_equal(peers_lease_name(m->peers, lease)->text, "b");
    struct message message = {.type = MESSAGE_PING, .ping = {.pseq = 5}};
    assert_int_equal(peers_lease_send(m->peers, loop_now(), lease, &message), 0);
    assert_int_equal(party_wait(&room->party, m, PEERS_MESSAGE, 1)->pseq, 5);
    const struct heard *ping = party_wait(&room->party, room->b, PEERS_MESSAGE, 1);
    assert_true(ping->event.link != 0);
    assert_int_equal(peers_pool_stats(room->b->peers)->accepted, 0);
    assert_int_equal(party_count(room->b, PEERS_UP), 0);
    message = (struct message){.type = MESSAGE_GOSSIP};
    assert_int_equal(peers_lease_send(m->peers, loop_now(), lease, &message), 0);
    const struct heard *lost = party_wait(&room->party, m, PEERS_LOST, 1);
    assert_int_equal(lost->event.reason, ERR_CLOSED);
    assert_int_equal(lost->event.lease, lease);
    assert_int_equal(lost->pool.total, 0);
    assert_string_equal(party_wait(&room->party, m, PEERS_CLOSED, 1)->event.why_closed, "role");
    assert_int_equal(peers_stats(room->b->peers)->forbidden, 1);
    assert_int_equal(party_count(room->b, PEERS_MESSAGE), 1);
}

static void a_full_pool_says_so_at_once(void **state)
{
    struct room *room = *state;
    struct guest *m =
        party_join(&room->party, party_identity(&room->party, "ca", "m", ROLE_MONITOR), 3, be_tool);
    int lease, second;
    size_t current, max;
    assert_int_equal(
        peers_acquire(m->peers, loop_now(), "b", &room->b->addr, NULL, &lease, &current, &max), 0);
    assert_int_equal(
        peers_acquire(m->peers, loop_now(), "b", &room->b->addr, NULL, &second, &current, &max),
        ERR_POOL_FULL);
    assert_int_equal(current, 1);
    assert_int_equal(max, 1);
    party_wait(&room->party, m, PEERS_READY, 1);
    peers_release(m->peers, loop_now(), lease, true);
    assert_int_equal(
        peers_acquire(m->peers, loop_now(), "b", &room->b->addr, NULL, &second, &current, &max), 1);
    assert_int_equal(peers_pool_stats(m->peers)->reused, 1);
    peers_release(m->peers, loop_now(), second, false);
    assert_int_equal(peers_pool_stats(m->peers)->total, 0);
}

static void a_finished_lease_is_closed_and_no_failure(void **state)
{
    struct room *room = *state;
    struct guest *m =
        party_join(&room->party, party_identity(&room->party, "ca", "m", ROLE_MONITOR), 3, be_tool);
    int lease;
    size_t current, max;
    assert_int_equal(
        peers_acquire(m->peers, loop_now(), "b", &room->b->addr, NULL, &lease, &current, &max), 0);
    party_wait(&room->party, m, PEERS_READY, 1);
    peers_finish(m->peers, loop_now(), lease);
    assert_int_equal(peers_pool_stats(m->peers)->total, 0);
    assert_int_equal(peers_pool_stats(m->peers)->failed, 0);
    assert_string_equal(party_wait(&room->party, m, PEERS_CLOSED, 1)->event.why_closed, "done");
    assert_int_equal(party_count(m, PEERS_LOST), 0);
}

static void idle_connections_of_a_key_can_be_finished(void **state)
{
    struct room *room = *state;
    struct guest *m =
        party_join(&room->party, party_identity(&room->party, "ca", "m", ROLE_MONITOR), 3, be_tool);
    int idle, used;
    size_t current, max;
    assert_int_equal(
        peers_acquire(m->peers, loop_now(), "b", &room->b->addr, NULL, &idle, &current, &max), 0);
    assert_int_equal(
        peers_acquire(m->peers, loop_now(), "c", &room->b->addr, NULL, &used, &current, &max), 0);
    party_wait(&room->party, m, PEERS_READY, 2);
    peers_release(m->peers, loop_now(), idle, true);
    peers_finish_idle(m->peers, loop_now(), "c");
    assert_int_equal(peers_pool_stats(m->peers)->total, 2);
    peers_finish_idle(m->peers, loop_now(), "b");
    assert_int_equal(peers_pool_stats(m->peers)->total, 1);
    assert_int_equal(peers_pool_stats(m->peers)->in_use, 1);
    assert_int_equal(peers_pool_stats(m->peers)->failed, 0);
}

static void a_lease_at_the_wrong_name_fails_at_the_certificate(void **state)
{
    struct room *room = *state;
    struct guest *m =
        party_join(&room->party, party_identity(&room->party, "ca", "m", ROLE_MONITOR), 3, be_tool);
    struct name c;
    int lease;
    size_t current, max;
    assert_int_equal(name_set(&c, "c", 1), 0);
    assert_int_equal(
        peers_acquire(m->peers, loop_now(), "c@b", &room->b->addr, &c, &lease, &current, &max), 0);
    const struct heard *failed = party_wait(&room->party, m, PEERS_FAILED, 1);
    assert_int_equal(failed->event.lease, lease);
    assert_string_equal(failed->event.leg, "certificate");
    assert_int_equal(failed->event.reason, ERR_NAME_MISMATCH);
    assert_int_equal(failed->pool.total, 0);
}

static void a_vanished_target_ends_the_lease(void **state)
{
    struct room *room = *state;
    struct guest *m =
        party_join(&room->party, party_identity(&room->party, "ca", "m", ROLE_MONITOR), 3, be_tool);
    int lease;
    size_t current, max;
    assert_int_equal(
        peers_acquire(m->peers, loop_now(), "b", &room->b->addr, NULL, &lease, &current, &max), 0);
    party_wait(&room->party, m, PEERS_READY, 1);
    party_vanish(&room->party, room->b);
    struct message ping = {.type = MESSAGE_PING, .ping = {.pseq = 2}};
    assert_int_equal(peers_lease_send(m->peers, loop_now(), lease, &ping), 0);
    const struct heard *lost = party_wait(&room->party, m, PEERS_LOST, 1);
    assert_int_equal(lost->event.reason, ERR_REFUSED);
    assert_int_equal(lost->pool.total, 0);
    assert_int_equal(peers_lease_send(m->peers, loop_now(), lease, &ping), ERR_NOT_FOUND);
}

static void a_lease_needs_an_expected_name_only_once(void **state)
{
    struct room *room = *state;
    struct name b = *party_name(room->b), c;
    int lease, second;
    size_t current, max;
    assert_int_equal(name_set(&c, "c", 1), 0);
    assert_int_equal(
        peers_acquire(room->m->peers, loop_now(), "x", &room->b->addr, &b, &lease, &current, &max),
        0);
    party_wait(&room->party, room->m, PEERS_READY, 1);
    peers_release(room->m->peers, loop_now(), lease, true);
    /* The same key, another name: the idle one leads to somebody else, so it is dialled anew. */
    assert_int_equal(
        peers_acquire(room->m->peers, loop_now(), "x", &room->b->addr, &c, &second, &current, &max),
        0);
    assert_int_equal(party_wait(&room->party, room->m, PEERS_FAILED, 1)->event.lease, second);
    assert_string_equal(party_wait(&room->party, room->m, PEERS_CLOSED, 1)->event.why_closed,
                        "mismatch");
    assert_int_equal(peers_pool_stats(room->m->peers)->total, 0);
}

int main(void)
{
#define T(NAME) cmocka_unit_test_setup_teardown(NAME, make, clear)
    const struct CMUnitTest tests[] = {
        T(a_monitor_may_ping_but_not_gossip),
        T(a_finished_lease_is_closed_and_no_failure),
        T(idle_connections_of_a_key_can_be_finished),
        T(a_full_pool_says_so_at_once),
        T(a_lease_at_the_wrong_name_fails_at_the_certificate),
        T(a_vanished_target_ends_the_lease),
        T(a_lease_needs_an_expected_name_only_once),
    };
#undef T
    return cmocka_run_group_tests_name("leases", tests, NULL, NULL);
}
