#include "tests/unit/party.h"

#include "base/duration.h"
#include "link/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHUNKS 70

struct room {
    struct party party;
    struct guest *a, *b;
};

static struct guest *join(struct party *party, const char *name, uint64_t instance)
{
    return party_join(party, party_identity(party, "ca", name, ROLE_MEMBER), instance, NULL);
}

static int make(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    assert_non_null(room);
    party_make(&room->party);
    room->a = join(&room->party, "a", 1);
    room->b = join(&room->party, "b", 2);
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

static void be_small(struct peers_config *config)
{
    config->pool_total = 1;
}

static void answer_pings(struct guest *guest, const struct peers_event *event)
{
    if (event->kind != PEERS_MESSAGE || event->message->type != MESSAGE_PING)
        return;
    struct message ack = {.type = MESSAGE_ACK, .ack = {.pseq = event->message->ping.pseq}};
    int rc = event->link ? peers_send_link(guest->peers, loop_now(), event->link, &ack)
                         : peers_send(guest->peers, loop_now(), &event->name, NULL, &ack, false);
    assert_int_equal(rc, 0);
}

static void connect(struct room *room)
{
    assert_int_equal(party_ping(room->a, room->b, 1), 0);
    party_wait(&room->party, room->a, PEERS_UP, 1);
    party_wait(&room->party, room->b, PEERS_UP, 1);
}

static size_t rows(const struct guest *guest)
{
    struct peers_row row;
    size_t cursor = 0, count = 0;
    while (peers_next_row(guest->peers, loop_now(), &cursor, &row))
        count++;
    return count;
}

static void a_message_waits_for_the_dial_and_the_answer_comes_back(void **state)
{
    struct room *room = *state;
    room->b->on_event = answer_pings;
    assert_int_equal(party_ping(room->a, room->b, 7), 0);
    const struct heard *ack = party_wait(&room->party, room->a, PEERS_MESSAGE, 1);
    assert_int_equal(ack->type, MESSAGE_ACK);
    assert_int_equal(ack->pseq, 7);
    assert_string_equal(ack->event.name.text, "b");
    const struct heard *ping = party_wait(&room->party, room->b, PEERS_MESSAGE, 1);
    assert_int_equal(ping->type, MESSAGE_PING);
    assert_string_equal(ping->event.name.text, "a");
    assert_int_equal(ping->event.link, 0);
    const struct heard *up = party_wait(&room->party, room->a, PEERS_UP, 1);
    assert_int_equal(up->hello.instance, 2);
    assert_true(up->event.dialled);
    assert_true(up->event.payload_max >= DATAGRAM_SAFE - 20);
    assert_true(addr_equal(&up->event.addr, &room->b->addr));
    up = party_wait(&room->party, room->b, PEERS_UP, 1);
    assert_int_equal(up->hello.instance, 1);
    assert_false(up->event.dialled);
    assert_int_equal(peers_pool_stats(room->a->peers)->idle, 1);
    assert_int_equal(peers_pool_stats(room->a->peers)->total, 1);
    assert_int_equal(peers_pool_stats(room->b->peers)->total, 0);
    assert_int_equal(peers_pool_stats(room->b->peers)->accepted, 1);
}

static void one_connection_serves_both_directions(void **state)
{
    struct room *room = *state;
    connect(room);
    assert_int_equal(party_ping(room->b, room->a, 9), 0);
    const struct heard *ping = party_wait(&room->party, room->a, PEERS_MESSAGE, 1);
    assert_int_equal(ping->pseq, 9);
    assert_int_equal(rows(room->a), 1);
    assert_int_equal(rows(room->b), 1);
}

static void what_does_not_fit_a_datagram_goes_on_the_stream(void **state)
{
    struct room *room = *state;
    struct message *gossip = calloc(1, sizeof *gossip);
    assert_non_null(gossip);
    connect(room);
    gossip->type = MESSAGE_GOSSIP;
    gossip->update_count = UPDATES_PER_MESSAGE;
    for (size_t i = 0; i < UPDATES_PER_MESSAGE; i++) {
        gossip->updates[i].node = *party_name(room->a);
        gossip->updates[i].incarnation = i + 1;
        gossip->updates[i].addr = room->a->addr;
    }
    assert_int_equal(
        peers_send(room->a->peers, loop_now(), party_name(room->b), NULL, gossip, false), 0);
    const struct heard *heard = party_wait(&room->party, room->b, PEERS_MESSAGE, 2);
    assert_int_equal(heard->type, MESSAGE_GOSSIP);
    assert_int_equal(heard->updates, UPDATES_PER_MESSAGE);
    free(gossip);
}

static void send_chunks(struct guest *from, const struct name *to, uint64_t pseq, bool reply)
{
    struct message *chunk = calloc(1, sizeof *chunk);
    assert_non_null(chunk);
    chunk->type = MESSAGE_SYNC;
    chunk->update_count = UPDATES_PER_MESSAGE;
    for (size_t i = 0; i < UPDATES_PER_MESSAGE; i++) {
        chunk->updates[i].node = *to;
        chunk->updates[i].incarnation = i + 1;
        chunk->updates[i].addr = from->addr;
    }
    for (size_t i = 0; i < CHUNKS; i++) {
        chunk->sync = (struct msg_sync){.pseq = pseq, .reply = reply, .last = i + 1 == CHUNKS};
        assert_int_equal(peers_send(from->peers, loop_now(), to, NULL, chunk, true), 0);
    }
    free(chunk);
}

static void answer_sync(struct guest *guest, const struct peers_event *event)
{
    if (event->kind == PEERS_MESSAGE && event->message->type == MESSAGE_SYNC &&
        event->message->sync.last)
        send_chunks(guest, &event->name, event->message->sync.pseq, true);
}

static size_t count_chunks(const struct guest *guest, bool reply)
{
    size_t count = 0;
    for (size_t i = 0; i < guest->heard_count; i++)
        if (guest->heard[i].type == MESSAGE_SYNC && guest->heard[i].reply == reply) {
            assert_int_equal(guest->heard[i].updates, UPDATES_PER_MESSAGE);
            count++;
        }
    return count;
}

static void a_push_pull_of_many_chunks_comes_back_on_its_stream(void **state)
{
    struct room *room = *state;
    connect(room);
    room->b->on_event = answer_sync;
    for (uint64_t pseq = 1; pseq <= SYNCS_PER_LINK; pseq++)
        send_chunks(room->a, party_name(room->b), pseq, false);
    struct message more = {.type = MESSAGE_SYNC, .sync = {.pseq = 99, .last = true}};
    assert_int_equal(peers_send(room->a->peers, loop_now(), party_name(room->b), NULL, &more, true),
                     ERR_LIMIT);
    party_wait(&room->party, room->a, PEERS_MESSAGE, (size_t)SYNCS_PER_LINK * CHUNKS);
    assert_int_equal(count_chunks(room->a, true), SYNCS_PER_LINK * CHUNKS);
    assert_int_equal(count_chunks(room->b, false), SYNCS_PER_LINK * CHUNKS);
    party_idle(&room->party, 50);
    assert_true(peers_drained(room->a->peers));
    assert_true(peers_drained(room->b->peers));
    room->b->on_event = NULL; /* a second round finds its places free again */
    assert_int_equal(peers_send(room->a->peers, loop_now(), party_name(room->b), NULL, &more, true),
                     0);
    more.sync.reply = true;
    assert_int_equal(peers_send(room->a->peers, loop_now(), party_name(room->b), NULL, &more, true),
                     ERR_NOT_FOUND);
}

static void of_two_mutual_dials_the_smaller_names_stays(void **state)
{
    struct room *room = *state;
    room->a->on_event = room->b->on_event = answer_pings;
    assert_int_equal(party_ping(room->a, room->b, 1), 0);
    assert_int_equal(party_ping(room->b, room->a, 2), 0);
    const struct heard *closed = party_wait(&room->party, room->a, PEERS_CLOSED, 1);
    assert_string_equal(closed->event.why_closed, "duplicate");
    assert_false(closed->event.dialled);
    closed = party_wait(&room->party, room->b, PEERS_CLOSED, 1);
    assert_string_equal(closed->event.why_closed, "duplicate");
    party_idle(&room->party, 50);
    assert_int_equal(rows(room->a), 1);
    assert_int_equal(rows(room->b), 1);
    assert_int_equal(party_count(room->a, PEERS_DOWN) + party_count(room->b, PEERS_DOWN), 0);
    assert_int_equal(party_count(room->a, PEERS_FAILED) + party_count(room->b, PEERS_FAILED), 0);
    assert_int_equal(party_count(room->a, PEERS_HINT) + party_count(room->b, PEERS_HINT), 0);
    assert_int_equal(party_count(room->a, PEERS_MESSAGE), 2); /* a ping and an ack: none was lost */
    assert_int_equal(party_count(room->b, PEERS_MESSAGE), 2);
    struct peers_row row;
    size_t cursor = 0;
    assert_true(peers_next_row(room->a->peers, loop_now(), &cursor, &row));
    assert_true(row.dialled);
}

static void a_monitor_that_says_it_is_a_node_is_closed(void **state)
{
    struct room *room = *state;
    struct guest *m =
        party_join(&room->party, party_identity(&room->party, "ca", "m", ROLE_MONITOR), 3, NULL);
    assert_int_equal(party_ping(m, room->b, 1), 0);
    const struct heard *closed = party_wait(&room->party, m, PEERS_CLOSED, 1);
    assert_string_equal(closed->event.why_closed, "role");
    assert_int_equal(party_count(room->b, PEERS_UP), 0);
}

/* An address that nobody listens at: a port that was just free. */
static struct addr nobody(struct party *party)
{
    struct guest *gone = join(party, "gone", 9);
    struct addr addr = gone->addr;
    party_vanish(party, gone);
    return addr;
}

static void a_refused_dial_is_told_when_it_has_left_the_pool(void **state)
{
    struct room *room = *state;
    struct addr addr = nobody(&room->party);
    assert_int_equal(peers_dial(room->a->peers, loop_now(), NULL, &addr), 0);
    const struct heard *failed = party_wait(&room->party, room->a, PEERS_FAILED, 1);
    assert_string_equal(failed->event.leg, "udp");
    assert_int_equal(failed->event.reason, ERR_REFUSED);
    assert_true(addr_equal(&failed->event.addr, &addr));
    assert_int_equal(failed->pool.total, 0);
    assert_int_equal(party_count(room->a, PEERS_OPENED), 0);
    assert_int_equal(party_count(room->a, PEERS_REJECTED), 0);
}

static void another_name_than_dialled_fails_at_the_certificate(void **state)
{
    struct room *room = *state;
    struct name c;
    assert_int_equal(name_set(&c, "c", 1), 0);
    assert_int_equal(peers_dial(room->a->peers, loop_now(), &c, &room->b->addr), 0);
    const struct heard *failed = party_wait(&room->party, room->a, PEERS_FAILED, 1);
    assert_string_equal(failed->event.leg, "certificate");
    assert_int_equal(failed->event.reason, ERR_NAME_MISMATCH);
    assert_string_equal(failed->event.name.text, "c");
    assert_int_equal(failed->pool.total, 0);
    party_idle(&room->party, 30);
    assert_int_equal(party_count(room->b, PEERS_UP), 0);
    assert_int_equal(rows(room->b), 0);
}

static void a_strangers_handshake_is_rejected_on_both_sides(void **state)
{
    struct room *room = *state;
    struct guest *s =
        party_join(&room->party, party_identity(&room->party, "other", "s", ROLE_MEMBER), 3, NULL);
    assert_int_equal(peers_dial(s->peers, loop_now(), NULL, &room->b->addr), 0);
    const struct heard *failed = party_wait(&room->party, s, PEERS_FAILED, 1);
    assert_string_equal(failed->event.leg, "certificate");
    assert_int_equal(failed->event.reason, ERR_UNKNOWN_CA);
    assert_int_equal(party_wait(&room->party, s, PEERS_REJECTED, 1)->event.reason, ERR_UNKNOWN_CA);
    const struct heard *rejected = party_wait(&room->party, room->b, PEERS_REJECTED, 1);
    assert_int_equal(rejected->event.reason, ERR_REFUSED_BY_PEER);
    assert_int_equal(peers_stats(room->b->peers)->rejected, 1);
}

static void who_dials_itself_is_told_so(void **state)
{
    struct room *room = *state;
    assert_int_equal(peers_dial(room->a->peers, loop_now(), NULL, &room->a->addr), 0);
    const struct heard *failed = party_wait(&room->party, room->a, PEERS_FAILED, 1);
    assert_string_equal(failed->event.leg, "self");
    assert_int_equal(failed->event.reason, ERR_EXISTS);
    party_idle(&room->party, 30);
    assert_int_equal(party_count(room->a, PEERS_UP), 0);
    assert_int_equal(rows(room->a), 0);
}

static void a_link_under_our_own_name_is_answered_and_never_pooled(void **state)
{
    struct room *room = *state;
    struct guest *twin = join(&room->party, "a", 77);
    twin->on_event = answer_pings;
    assert_int_equal(peers_dial(room->a->peers, loop_now(), NULL, &twin->addr), 0);
    const struct heard *up = party_wait(&room->party, room->a, PEERS_UP, 1);
    assert_string_equal(up->event.name.text, "a");
    assert_int_equal(up->hello.instance, 77);
    assert_int_equal(up->pool.total, 0);
    assert_int_equal(party_ping(room->a, twin, 4), 0);
    assert_int_equal(party_wait(&room->party, room->a, PEERS_MESSAGE, 1)->pseq, 4);
    assert_true(party_wait(&room->party, twin, PEERS_MESSAGE, 1)->event.link != 0);
    assert_int_equal(peers_pool_stats(twin->peers)->accepted, 0);
    up = party_wait(&room->party, twin, PEERS_UP, 1); /* both must know of each other */
    assert_string_equal(up->event.name.text, "a");
    assert_int_not_equal(up->hello.instance, 77);
}

static void a_dropped_member_is_down_here_and_a_hint_there(void **state)
{
    struct room *room = *state;
    connect(room);
    peers_drop(room->b->peers, loop_now(), party_name(room->a));
    const struct heard *down = party_wait(&room->party, room->b, PEERS_DOWN, 1);
    assert_string_equal(down->event.name.text, "a");
    assert_int_equal(down->pool.accepted, 0);
    const struct heard *hint = party_wait(&room->party, room->a, PEERS_HINT, 1);
    assert_int_equal(hint->event.reason, ERR_CLOSED);
    down = party_wait(&room->party, room->a, PEERS_DOWN, 1);
    assert_true(hint < down);
    assert_int_equal(down->pool.total, 0);
    assert_string_equal(party_wait(&room->party, room->a, PEERS_CLOSED, 1)->event.why_closed,
                        "dead");
}

static void a_vanished_member_is_a_hint_to_a_node(void **state)
{
    struct room *room = *state;
    struct name b = *party_name(room->b);
    connect(room);
    party_vanish(&room->party, room->b);
    struct message ping = {.type = MESSAGE_PING, .ping = {.pseq = 2}};
    assert_int_equal(peers_send(room->a->peers, loop_now(), &b, NULL, &ping, false), 0);
    const struct heard *hint = party_wait(&room->party, room->a, PEERS_HINT, 1);
    assert_int_equal(hint->event.reason, ERR_REFUSED);
    assert_string_equal(hint->event.name.text, "b");
    assert_int_equal(party_count(room->a, PEERS_DOWN), 0); /* it may be forged */
    assert_int_equal(rows(room->a), 1);
}

static struct addr same_place;

static void take_same_place(struct peers_config *config)
{
    config->bind = same_place;
}

static void a_restart_shows_by_its_reset(void **state)
{
    struct room *room = *state;
    connect(room);
    same_place = room->b->addr;
    party_vanish(&room->party, room->b);
    room->b = party_join(&room->party, party_identity(&room->party, "ca", "b", ROLE_MEMBER), 22,
                         take_same_place);
    assert_int_equal(party_ping(room->a, room->b, 2), 0);
    const struct heard *hint = party_wait(&room->party, room->a, PEERS_HINT, 1);
    assert_int_equal(hint->event.reason, ERR_RESET);
    const struct heard *down = party_wait(&room->party, room->a, PEERS_DOWN, 1);
    assert_int_equal(down->event.reason, ERR_RESET);
    assert_int_equal(down->pool.total, 0);
    assert_int_equal(party_ping(room->a, room->b, 3), 0);
    assert_int_equal(party_wait(&room->party, room->a, PEERS_UP, 2)->hello.instance, 22);
}

static void a_full_pool_of_links_evicts_the_idle_one(void **state)
{
    struct room *room = *state;
    struct guest *c = join(&room->party, "c", 3);
    struct guest *d = join(&room->party, "d", 4);
    struct guest *small = party_join(
        &room->party, party_identity(&room->party, "ca", "small", ROLE_MEMBER), 5, be_small);
    assert_int_equal(party_ping(small, c, 1), 0);
    party_wait(&room->party, small, PEERS_UP, 1);
    assert_int_equal(party_ping(small, d, 1), 0);
    const struct heard *down = party_wait(&room->party, small, PEERS_DOWN, 1);
    assert_string_equal(down->event.name.text, "c");
    assert_string_equal(party_wait(&room->party, small, PEERS_CLOSED, 1)->event.why_closed,
                        "evicted");
    assert_int_equal(party_ping(small, c, 2), ERR_POOL_FULL); /* the dial to d is no idle one */
    const struct heard *full = party_wait(&room->party, small, PEERS_FULL, 1);
    assert_string_equal(full->event.name.text, "c");
    assert_int_equal(full->event.current, 1);
    assert_int_equal(full->event.max, 1);
}

static void be_forgetful(struct peers_config *config)
{
    config->pool_idle_ns = 60 * NS_PER_MS;
}

static void an_unused_link_is_closed_as_idle(void **state)
{
    struct room *room = *state;
    struct guest *c = party_join(&room->party, party_identity(&room->party, "ca", "c", ROLE_MEMBER),
                                 3, be_forgetful);
    assert_int_equal(party_ping(c, room->b, 1), 0);
    party_wait(&room->party, c, PEERS_UP, 1);
    assert_string_equal(party_wait(&room->party, c, PEERS_CLOSED, 1)->event.why_closed, "idle");
    assert_int_equal(party_wait(&room->party, c, PEERS_DOWN, 1)->event.reason, ERR_IDLE);
    party_wait(&room->party, room->b, PEERS_DOWN, 1);
    assert_int_equal(party_count(room->b, PEERS_HINT), 0);
}

static void links_of_another_instance_close_when_the_table_says_so(void **state)
{
    struct room *room = *state;
    struct guest *twin = join(&room->party, "b", 22);
    connect(room);
    assert_int_equal(party_ping(twin, room->a, 1), 0);
    party_wait(&room->party, room->a, PEERS_UP, 2);
    party_idle(&room->party, 60);
    assert_int_equal(rows(room->a), 2);
    peers_set_instance(room->a->peers, loop_now(), party_name(twin), 22);
    party_wait(&room->party, room->b, PEERS_DOWN, 1);
    assert_int_equal(party_count(room->a, PEERS_DOWN), 0);
    assert_int_equal(rows(room->a), 1);
    assert_int_equal(party_ping(room->a, twin, 5), 0);
    assert_int_equal(party_wait(&room->party, twin, PEERS_MESSAGE, 1)->pseq, 5);
}

static void a_member_at_a_new_address_is_dialled_there(void **state)
{
    struct room *room = *state;
    struct addr old;
    /* A port that swallows: bound, and nobody reads it. */
    struct guest *mute = join(&room->party, "mute", 3);
    old = mute->addr;
    struct message ping = {.type = MESSAGE_PING, .ping = {.pseq = 1}};
    assert_int_equal(
        peers_send(room->a->peers, loop_now(), party_name(room->b), &old, &ping, false), 0);
    assert_int_equal(party_ping(room->a, room->b, 2), 0);
    party_wait(&room->party, room->b, PEERS_MESSAGE, 2); /* the one that waited came along */
    assert_int_equal(party_count(room->a, PEERS_FAILED), 0);
    assert_int_equal(peers_pool_stats(room->a->peers)->total, 1);
}

static void asking_again_for_a_standing_link_is_answered_at_once(void **state)
{
    struct room *room = *state;
    connect(room);
    assert_int_equal(peers_dial(room->a->peers, loop_now(), NULL, &room->b->addr), 0);
    const struct heard *up = party_wait(&room->party, room->a, PEERS_UP, 2);
    assert_true(addr_equal(&up->event.addr, &room->b->addr));
    assert_int_equal(peers_dial(room->b->peers, loop_now(), party_name(room->a), &room->a->addr),
                     0);
    party_wait(&room->party, room->b, PEERS_UP, 2);
    assert_int_equal(rows(room->a), 1);
}

static void nothing_is_dialled_or_accepted_after_the_stop(void **state)
{
    struct room *room = *state;
    connect(room);
    peers_stop_dialling(room->a->peers);
    struct guest *c = join(&room->party, "c", 3);
    assert_int_equal(party_ping(room->a, c, 1), ERR_NOT_NOW);
    assert_int_equal(party_ping(room->a, room->b, 2), 0);
    assert_int_equal(peers_member_links(room->a->peers), 1);
    peers_close_members(room->a->peers, loop_now());
    assert_int_equal(peers_member_links(room->a->peers), 0);
    assert_false(peers_drained(room->a->peers));
    party_turn(&room->party, 5);
    assert_true(peers_drained(room->a->peers));
    const struct heard *down = party_wait(&room->party, room->b, PEERS_DOWN, 1);
    assert_int_equal(down->event.reason, ERR_CLOSED);
    assert_int_equal(party_count(room->b, PEERS_HINT), 0);
}

int main(void)
{
#define T(NAME) cmocka_unit_test_setup_teardown(NAME, make, clear)
    const struct CMUnitTest tests[] = {
        T(a_message_waits_for_the_dial_and_the_answer_comes_back),
        T(one_connection_serves_both_directions),
        T(what_does_not_fit_a_datagram_goes_on_the_stream),
        T(a_push_pull_of_many_chunks_comes_back_on_its_stream),
        T(of_two_mutual_dials_the_smaller_names_stays),
        T(a_monitor_that_says_it_is_a_node_is_closed),
        T(a_refused_dial_is_told_when_it_has_left_the_pool),
        T(another_name_than_dialled_fails_at_the_certificate),
        T(a_strangers_handshake_is_rejected_on_both_sides),
        T(who_dials_itself_is_told_so),
        T(a_link_under_our_own_name_is_answered_and_never_pooled),
        T(a_dropped_member_is_down_here_and_a_hint_there),
        T(a_vanished_member_is_a_hint_to_a_node),
        T(a_restart_shows_by_its_reset),
        T(a_full_pool_of_links_evicts_the_idle_one),
        T(an_unused_link_is_closed_as_idle),
        T(links_of_another_instance_close_when_the_table_says_so),
        T(a_member_at_a_new_address_is_dialled_there),
        T(asking_again_for_a_standing_link_is_answered_at_once),
        T(nothing_is_dialled_or_accepted_after_the_stop),
    };
#undef T
    return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}
