/* What a peer may do that no correct one does: a bare QUIC connection against real peers. */
#include "base/duration.h"
#include "link/loop.h"
#include "tests/unit/messages.h"
#include "tests/unit/rude.h"
#include "wire/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_ping_before_the_hello_is_answered_and_other_messages_wait(void **state)
{
    struct rude *rude = *state;
    rude_dial(rude, "swim/1");
    rude_throw(rude, &RUDE_ACK);
    rude_throw(rude, &RUDE_PING);
    rude_wait_for(rude, PEERS_MESSAGE);
    const struct heard *ping = party_wait(&rude->party, rude->node, PEERS_MESSAGE, 1);
    assert_int_equal(ping->type, MESSAGE_PING);
    assert_true(ping->event.link != 0);
    assert_string_equal(ping->event.name.text, "rude");
    int64_t stream = -1;
    rude_say_message(rude, &stream, &RUDE_HELLO);
    rude_wait_for(rude, PEERS_UP);
    const struct heard *ack = party_wait(&rude->party, rude->node, PEERS_MESSAGE, 2);
    assert_int_equal(ack->type, MESSAGE_ACK);
    assert_int_equal(ack->event.link, 0);
    assert_int_equal(rude->datagrams, 1);
}

static void who_says_no_hello_is_closed(void **state)
{
    struct rude *rude = *state;
    rude_dial(rude, "swim/1");
    rude_throw(rude, &RUDE_PING);
    assert_string_equal(rude_closed(rude), "unhealthy");
    assert_int_equal(party_count(rude->node, PEERS_OPENED), 0);
    assert_int_equal(party_count(rude->node, PEERS_DOWN), 0);
}

#define HELD_MAX 8

/* The node dials; the packet that confirms its handshake comes after the one with the hello. */
static void a_hello_that_overtakes_the_end_of_the_handshake_is_read(void **state)
{
    struct rude *rude = *state;
    struct quic_packet packet, held[HELD_MAX];
    uint8_t bytes[HELD_MAX][QUIC_PACKET_MAX];
    size_t count = 0;
    int64_t stream = -1;
    uint64_t until = loop_now() + 5 * NS_PER_S;
    assert_int_equal(peers_dial(rude->node->peers, loop_now(), NULL, &rude->udp.bound), 0);
    while (!rude->up && loop_now() < until)
        rude_turn(rude);
    assert_true(rude->up);
    while (quic_next_packet(rude->endpoint, loop_now(), &packet)) {
        assert_true(count < HELD_MAX);
        memcpy(bytes[count], packet.data, packet.len);
        held[count] = packet;
        held[count].data = bytes[count];
        count++;
    }
    assert_true(count > 0);
    rude_say_message(rude, &stream, &RUDE_HELLO);
    assert_true(quic_next_packet(rude->endpoint, loop_now(), &packet));
    assert_true(
        udp_send(&rude->udp, &packet.path.local, &packet.path.remote, packet.data, packet.len));
    for (int i = 0; i < 3; i++)
        party_turn(&rude->party, 2);
    assert_int_equal(party_count(rude->node, PEERS_OPENED), 0);
    for (size_t i = 0; i < count; i++)
        assert_true(udp_send(&rude->udp, &held[i].path.local, &held[i].path.remote, held[i].data,
                             held[i].len));
    until = loop_now() + 5 * NS_PER_S;
    while (party_count(rude->node, PEERS_CLOSED) == 0 && party_count(rude->node, PEERS_UP) == 0 &&
           loop_now() < until)
        party_turn(&rude->party, 2);
    assert_int_equal(party_count(rude->node, PEERS_UP), 1);
}

/* The kernel says that nobody is there: news of a member, or of a tool that shows its
 * certificate. */
static void vanish_as(struct rude *rude, enum hello_kind kind)
{
    struct message hello = RUDE_HELLO;
    const struct message leave_ack = {.type = MESSAGE_ACK, .ack = {.pseq = 5}};
    int64_t stream = -1;
    hello.hello.kind = kind;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &stream, &hello);
    rude_throw(rude, &RUDE_PING);
    rude_wait_for(rude, PEERS_MESSAGE);
    uint64_t link = party_wait(&rude->party, rude->node, PEERS_MESSAGE, 1)->event.link;
    const struct name *name = &identity_self(rude->identity)->name;
    udp_close(&rude->udp);
    int rc = link != 0 ? peers_send_link(rude->node->peers, loop_now(), link, &leave_ack)
                       : peers_send(rude->node->peers, loop_now(), name, NULL, &leave_ack, false);
    assert_int_equal(rc, 0);
    party_idle(&rude->party, 50);
}

static void a_member_that_is_refused_is_a_hint(void **state)
{
    struct rude *rude = *state;
    vanish_as(rude, HELLO_NODE);
    assert_true(party_count(rude->node, PEERS_HINT) > 0);
}

static void a_tool_that_is_refused_says_nothing_of_the_member(void **state)
{
    struct rude *rude = *state;
    vanish_as(rude, HELLO_TOOL);
    assert_int_equal(party_count(rude->node, PEERS_HINT), 0);
}

#define LINKS 4 /* that one member may dial */

static void who_dials_again_and_again_pushes_out_itself_alone(void **state)
{
    struct rude *rude = *state;
    struct quic_conn *conns[LINKS + 2];
    for (size_t i = 0; i < LINKS + 2; i++) {
        struct message hello = RUDE_HELLO;
        int64_t stream = -1;
        hello.hello.instance += i;
        rude->up = false;
        rude_dial(rude, "swim/1");
        conns[i] = rude->conn;
        rude_say_message(rude, &stream, &hello);
        uint64_t until = loop_now() + 20 * NS_PER_MS;
        while (loop_now() < until)
            rude_turn(rude);
    }
    assert_int_equal(party_count(rude->node, PEERS_UP), LINKS + 2);
    assert_int_equal(rude->downs, 2);
    assert_ptr_equal(rude->down[0], conns[0]);
    assert_ptr_equal(rude->down[1], conns[1]);
    assert_string_equal(quic_reason_text(rude->close), "evicted");
    assert_int_equal(party_count(rude->node, PEERS_DOWN), 0);
    assert_int_equal(peers_pool_stats(rude->node->peers)->accepted, LINKS);
}

static void garbage_on_the_message_stream_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &stream, &RUDE_HELLO);
    rude_say(rude, &stream, "\x05hello", 6, false);
    assert_string_equal(rude_closed(rude), "malformed");
    assert_int_equal(peers_stats(rude->node->peers)->malformed, 1);
}

static void a_frame_over_the_bound_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &stream, &RUDE_HELLO);
    rude_say(rude, &stream, "\xbf\xff\xff\xff", 4, false); /* a length of 2^30 - 1 */
    assert_string_equal(rude_closed(rude), "malformed");
}

static void a_first_frame_that_is_no_hello_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &stream, &RUDE_PING);
    assert_string_equal(rude_closed(rude), "malformed");
    assert_int_equal(party_count(rude->node, PEERS_MESSAGE), 0);
}

static void a_second_hello_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &stream, &RUDE_HELLO);
    rude_say_message(rude, &stream, &RUDE_HELLO);
    assert_string_equal(rude_closed(rude), "malformed");
}

static void a_second_message_stream_closes(void **state)
{
    struct rude *rude = *state;
    int64_t first = -1, second = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &first, &RUDE_HELLO);
    rude_say_message(rude, &second, &RUDE_PING);
    assert_string_equal(rude_closed(rude), "malformed");
}

static void garbage_in_a_datagram_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &stream, &RUDE_HELLO);
    assert_int_equal(quic_send_datagram(rude->conn, (const uint8_t *)"GET /", 5), 0);
    assert_string_equal(rude_closed(rude), "malformed");
}

static void an_empty_datagram_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &stream, &RUDE_HELLO);
    assert_int_equal(quic_send_datagram(rude->conn, (const uint8_t *)"", 0), 0);
    assert_string_equal(rude_closed(rude), "malformed");
}

static void a_push_pull_on_the_wrong_carrier_closes(void **state)
{
    struct rude *rude = *state;
    const struct message sync = {.type = MESSAGE_SYNC, .sync = {.pseq = 1, .last = true}};
    int64_t stream = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &stream, &RUDE_HELLO);
    rude_throw(rude, &sync);
    assert_string_equal(rude_closed(rude), "malformed");
}

static void one_number_to_a_stream(void **state)
{
    struct rude *rude = *state;
    struct message sync = {.type = MESSAGE_SYNC, .sync = {.pseq = 1}};
    int64_t hello = -1, stream;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &hello, &RUDE_HELLO);
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    rude_say_message(rude, &stream, &sync);
    sync.sync.pseq = 2;
    rude_say_message(rude, &stream, &sync);
    assert_string_equal(rude_closed(rude), "malformed");
    assert_int_equal(party_count(rude->node, PEERS_MESSAGE), 1);
}

static void a_push_pull_without_its_last_chunk_closes(void **state)
{
    struct rude *rude = *state;
    int64_t hello = -1, stream;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &hello, &RUDE_HELLO);
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    rude_say(rude, &stream, "", 0, true);
    assert_string_equal(rude_closed(rude), "malformed");
}

static void too_many_push_pulls_at_once_close(void **state)
{
    struct rude *rude = *state;
    int64_t hello = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &hello, &RUDE_HELLO);
    for (uint64_t i = 0; i <= SYNCS_PER_LINK; i++) {
        struct message sync = {.type = MESSAGE_SYNC, .sync = {.pseq = i, .last = true}};
        int64_t stream;
        assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
        rude_say_message(rude, &stream, &sync);
    }
    assert_string_equal(rude_closed(rude), "limit");
}

#define REPLY_CHUNKS 60

static void reply_at_length(struct guest *guest, const struct peers_event *event)
{
    struct message message;
    struct messages_arena arena;
    struct rng rng;
    if (event->kind != PEERS_MESSAGE || event->message->type != MESSAGE_SYNC)
        return;
    uint64_t pseq = event->message->sync.pseq;
    rng_seed(&rng, pseq);
    for (size_t i = 1; i <= REPLY_CHUNKS; i++) {
        do
            messages_draw(&rng, MESSAGE_SYNC, 4, &message, &arena);
        while (message.update_count != 4);
        message.sync = (struct msg_sync){.pseq = pseq, .reply = true, .last = i == REPLY_CHUNKS};
        int rc = peers_send(guest->peers, loop_now(), &event->name, NULL, &message, true);
        assert_true(rc == 0 || rc == ERR_NO_SPACE);
    }
    guest->number = pseq;
}

/* Each reply costs us as much memory as the member table; who reads none gets no more. */
static void who_reads_no_reply_gets_no_further_one(void **state)
{
    struct rude *rude = *state;
    int64_t hello = -1;
    rude->node->on_event = reply_at_length;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &hello, &RUDE_HELLO);
    rude_wait_for(rude, PEERS_UP);
    uint64_t asked = 0;
    for (uint64_t i = 1; i <= 100; i++) {
        struct message sync = {.type = MESSAGE_SYNC, .sync = {.pseq = i, .last = true}};
        int64_t stream;
        assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
        uint8_t frame[256];
        size_t size = wire_frame(&sync, frame, sizeof frame);
        rude_say(rude, &stream, frame, size, true);
        for (int k = 0; k < 4; k++)
            rude_turn_without_reading(rude);
        asked = i;
    }
    rude_take_events(rude);
    assert_int_equal(asked, 100);
    assert_non_null(rude->conn); /* it is refused, not punished */
    assert_true(party_count(rude->node, PEERS_MESSAGE) > 2);
    assert_true(party_count(rude->node, PEERS_MESSAGE) < 90);
}

static void a_message_of_a_later_version_is_counted_and_skipped(void **state)
{
    struct rude *rude = *state;
    const uint8_t later[] = {4, WIRE_MAGIC, WIRE_VERSION, 60, 0}; /* no fields, the end mark */
    int64_t stream = -1;
    rude_dial(rude, "swim/1");
    rude_say_message(rude, &stream, &RUDE_HELLO);
    rude_say(rude, &stream, later, sizeof later, false);
    rude_say_message(rude, &stream, &RUDE_PING);
    rude_wait_for(rude, PEERS_MESSAGE);
    assert_int_equal(peers_stats(rude->node->peers)->unknown_messages, 1);
    assert_non_null(rude->conn);
}

int main(void)
{
#define T(NAME) cmocka_unit_test_setup_teardown(NAME, rude_make, rude_clear)
    const struct CMUnitTest tests[] = {
        T(a_ping_before_the_hello_is_answered_and_other_messages_wait),
        T(who_says_no_hello_is_closed),
        T(a_hello_that_overtakes_the_end_of_the_handshake_is_read),
        T(a_member_that_is_refused_is_a_hint),
        T(a_tool_that_is_refused_says_nothing_of_the_member),
        T(who_dials_again_and_again_pushes_out_itself_alone),
        T(garbage_on_the_message_stream_closes),
        T(a_frame_over_the_bound_closes),
        T(a_first_frame_that_is_no_hello_closes),
        T(a_second_hello_closes),
        T(a_second_message_stream_closes),
        T(garbage_in_a_datagram_closes),
        T(an_empty_datagram_closes),
        T(a_push_pull_on_the_wrong_carrier_closes),
        T(one_number_to_a_stream),
        T(a_push_pull_without_its_last_chunk_closes),
        T(too_many_push_pulls_at_once_close),
        T(who_reads_no_reply_gets_no_further_one),
        T(a_message_of_a_later_version_is_counted_and_skipped),
    };
#undef T
    return cmocka_run_group_tests_name("peers_rude", tests, NULL, NULL);
}
