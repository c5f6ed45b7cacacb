/* What a peer may do that no correct one does: a bare QUIC connection against real peers. */
#include "tests/unit/messages.h"
#include "tests/unit/party.h"

#include "base/duration.h"
#include "link/loop.h"
#include "quic/endpoint.h"
#include "quic/udp.h"
#include "wire/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GREETING_NS (150 * NS_PER_MS)
#define STALLED_NS (300 * NS_PER_MS)
#define TOOLS 3

struct rude {
    struct party party;
    struct guest *node;
    struct identity *identity;
    struct udp udp;
    struct quic_endpoint *endpoint;
    struct quic_conn *conn; /* NULL once it is down */
    enum quic_reason close;
    bool up, gone;
    const struct quic_conn *down[4];
    size_t downs;
    size_t datagrams;
    char text[4096]; /* of a control answer */
    size_t text_len;
};

static void be_impatient(struct peers_config *config)
{
    config->connect_timeout_ns = GREETING_NS;
    config->tools_max = TOOLS;
}

static void answer_pings(struct guest *guest, const struct peers_event *event)
{
    if (event->kind != PEERS_MESSAGE || event->message->type != MESSAGE_PING || !event->link)
        return;
    struct message ack = {.type = MESSAGE_ACK, .ack = {.pseq = event->message->ping.pseq}};
    assert_int_equal(peers_send_link(guest->peers, loop_now(), event->link, &ack), 0);
}

static void be_more_impatient(struct peers_config *config)
{
    be_impatient(config);
    config->idle_timeout_ns = STALLED_NS;
}

static int make_with(void **state, void (*tweak)(struct peers_config *config))
{
    struct rude *rude = calloc(1, sizeof *rude);
    struct addr any;
    struct quic_config config;
    struct why why = {{0}};
    assert_non_null(rude);
    party_make(&rude->party);
    rude->node = party_join(&rude->party, party_identity(&rude->party, "ca", "n", ROLE_MEMBER), 1,
                            tweak);
    rude->node->on_event = answer_pings;
    rude->identity = party_identity(&rude->party, "ca", "rude", ROLE_MEMBER);
    assert_int_equal(addr_parse("127.0.0.1:0", 0, &any), 0);
    assert_int_equal(udp_open(&rude->udp, &any, &why), 0);
    quic_config_default(&config);
    config.identity = rude->identity;
    config.alpns[0] = "swim/1";
    assert_int_equal(quic_endpoint_new(&config, &rude->endpoint, &why), 0);
    *state = rude;
    return 0;
}

static int make(void **state)
{
    return make_with(state, be_impatient);
}

static int make_impatient(void **state)
{
    return make_with(state, be_more_impatient);
}

static int clear(void **state)
{
    struct rude *rude = *state;
    quic_endpoint_free(rude->endpoint);
    udp_close(&rude->udp);
    identity_free(rude->identity);
    party_end(&rude->party);
    free(rude);
    return 0;
}

static void take_events(struct rude *rude)
{
    struct quic_event event;
    while (quic_next_event(rude->endpoint, &event)) {
        if (event.kind == QUIC_UP) {
            rude->up = true;
            rude->conn = event.conn;
        }
        if (event.kind == QUIC_DATAGRAM)
            rude->datagrams++;
        if (event.kind == QUIC_STREAM && rude->text_len + event.len < sizeof rude->text) {
            memcpy(rude->text + rude->text_len, event.data, event.len);
            rude->text_len += event.len;
        }
        if (event.kind == QUIC_STREAM_GONE)
            rude->gone = true;
        if (event.kind == QUIC_DOWN) {
            if (rude->downs < sizeof rude->down / sizeof rude->down[0])
                rude->down[rude->downs++] = event.conn;
            rude->conn = NULL;
            rude->close = event.close;
        }
    }
}

static void turn(struct rude *rude)
{
    uint8_t buf[QUIC_PACKET_MAX];
    struct quic_path path;
    struct quic_packet packet;
    long len;
    while (quic_next_packet(rude->endpoint, loop_now(), &packet))
        udp_send(&rude->udp, &packet.path.local, &packet.path.remote, packet.data, packet.len);
    party_turn(&rude->party, 2);
    while ((len = udp_receive(&rude->udp, &path.local, &path.remote, buf, sizeof buf)) >= 0) {
        quic_feed(rude->endpoint, loop_now(), &path, buf, (size_t)len);
        take_events(rude);
    }
    quic_tick(rude->endpoint, loop_now());
    take_events(rude);
}

/* Acknowledges all, but takes nothing out of the library's hands. */
static void turn_without_reading(struct rude *rude)
{
    struct quic_packet packet;
    struct quic_path path;
    uint8_t buf[QUIC_PACKET_MAX];
    long len;
    while (quic_next_packet(rude->endpoint, loop_now(), &packet))
        udp_send(&rude->udp, &packet.path.local, &packet.path.remote, packet.data, packet.len);
    party_turn(&rude->party, 1);
    while ((len = udp_receive(&rude->udp, &path.local, &path.remote, buf, sizeof buf)) >= 0)
        quic_feed(rude->endpoint, loop_now(), &path, buf, (size_t)len);
    quic_tick(rude->endpoint, loop_now());
}

static void dial(struct rude *rude, const char *alpn)
{
    uint64_t until = loop_now() + 5 * NS_PER_S;
    assert_int_equal(quic_dial(rude->endpoint, loop_now(), &rude->node->addr, alpn, &rude->conn),
                     0);
    while (!rude->up && loop_now() < until)
        turn(rude);
    assert_true(rude->up);
}

/* Runs until the node has closed the connection, and tells why. */
static const char *closed(struct rude *rude)
{
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (rude->conn && loop_now() < until)
        turn(rude);
    assert_null(rude->conn);
    return quic_reason_text(rude->close);
}

/* Runs until the node has heard one of that kind. */
static void wait_for(struct rude *rude, enum peers_event_kind kind)
{
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (party_count(rude->node, kind) == 0 && loop_now() < until)
        turn(rude);
    if (party_count(rude->node, kind) != 1)
        fail_msg("kind %d not heard; answer: %.*s", (int)kind, (int)rude->text_len, rude->text);
}

/* Runs until a whole line of an answer has come. */
static void wait_for_text(struct rude *rude)
{
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (!memchr(rude->text, '\n', rude->text_len) && loop_now() < until)
        turn(rude);
    assert_true(rude->text_len > 0);
}

static void say(struct rude *rude, int64_t *stream, const void *data, size_t len, bool fin)
{
    if (*stream < 0)
        assert_int_equal(quic_stream_open(rude->conn, false, stream), 0);
    assert_int_equal(quic_stream_write(rude->conn, *stream, data, len, fin), 0);
}

static void say_message(struct rude *rude, int64_t *stream, const struct message *message)
{
    uint8_t frame[256];
    size_t len = wire_frame(message, frame, sizeof frame);
    assert_true(len > 0);
    say(rude, stream, frame, len, false);
}

static void throw_message(struct rude *rude, const struct message *message)
{
    uint8_t packet[256];
    size_t len = wire_encode(message, packet, sizeof packet);
    assert_true(len > 0);
    assert_int_equal(quic_send_datagram(rude->conn, packet, len), 0);
}

static const struct message HELLO = {
    .type = MESSAGE_HELLO,
    .hello = {.kind = HELLO_NODE, .instance = 9, .incarnation = 1, .version = WIRE_VERSION}};
static const struct message PING = {.type = MESSAGE_PING, .ping = {.pseq = 3}};
static const struct message ACK = {.type = MESSAGE_ACK, .ack = {.pseq = 4}};

static void a_ping_before_the_hello_is_answered_and_other_messages_wait(void **state)
{
    struct rude *rude = *state;
    dial(rude, "swim/1");
    throw_message(rude, &ACK);
    throw_message(rude, &PING);
    wait_for(rude, PEERS_MESSAGE);
    const struct heard *ping = party_wait(&rude->party, rude->node, PEERS_MESSAGE, 1);
    assert_int_equal(ping->type, MESSAGE_PING);
    assert_true(ping->event.link != 0);
    assert_string_equal(ping->event.name.text, "rude");
    int64_t stream = -1;
    say_message(rude, &stream, &HELLO);
    wait_for(rude, PEERS_UP);
    const struct heard *ack = party_wait(&rude->party, rude->node, PEERS_MESSAGE, 2);
    assert_int_equal(ack->type, MESSAGE_ACK);
    assert_int_equal(ack->event.link, 0);
    assert_int_equal(rude->datagrams, 1);
}

static void who_says_no_hello_is_closed(void **state)
{
    struct rude *rude = *state;
    dial(rude, "swim/1");
    throw_message(rude, &PING);
    assert_string_equal(closed(rude), "unhealthy");
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
        turn(rude);
    assert_true(rude->up);
    while (quic_next_packet(rude->endpoint, loop_now(), &packet)) {
        assert_true(count < HELD_MAX);
        memcpy(bytes[count], packet.data, packet.len);
        held[count] = packet;
        held[count].data = bytes[count];
        count++;
    }
    assert_true(count > 0);
    say_message(rude, &stream, &HELLO);
    assert_true(quic_next_packet(rude->endpoint, loop_now(), &packet));
    assert_true(udp_send(&rude->udp, &packet.path.local, &packet.path.remote, packet.data,
                         packet.len));
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
    struct message hello = HELLO;
    const struct message leave_ack = {.type = MESSAGE_ACK, .ack = {.pseq = 5}};
    int64_t stream = -1;
    hello.hello.kind = kind;
    dial(rude, "swim/1");
    say_message(rude, &stream, &hello);
    throw_message(rude, &PING);
    wait_for(rude, PEERS_MESSAGE);
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

static void garbage_on_the_message_stream_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    dial(rude, "swim/1");
    say_message(rude, &stream, &HELLO);
    say(rude, &stream, "\x05hello", 6, false);
    assert_string_equal(closed(rude), "malformed");
    assert_int_equal(peers_stats(rude->node->peers)->malformed, 1);
}

static void a_frame_over_the_bound_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    dial(rude, "swim/1");
    say_message(rude, &stream, &HELLO);
    say(rude, &stream, "\xbf\xff\xff\xff", 4, false); /* a length of 2^30 - 1 */
    assert_string_equal(closed(rude), "malformed");
}

static void a_first_frame_that_is_no_hello_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    dial(rude, "swim/1");
    say_message(rude, &stream, &PING);
    assert_string_equal(closed(rude), "malformed");
    assert_int_equal(party_count(rude->node, PEERS_MESSAGE), 0);
}

static void a_second_hello_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    dial(rude, "swim/1");
    say_message(rude, &stream, &HELLO);
    say_message(rude, &stream, &HELLO);
    assert_string_equal(closed(rude), "malformed");
}

static void a_second_message_stream_closes(void **state)
{
    struct rude *rude = *state;
    int64_t first = -1, second = -1;
    dial(rude, "swim/1");
    say_message(rude, &first, &HELLO);
    say_message(rude, &second, &PING);
    assert_string_equal(closed(rude), "malformed");
}

static void garbage_in_a_datagram_closes(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    dial(rude, "swim/1");
    say_message(rude, &stream, &HELLO);
    assert_int_equal(quic_send_datagram(rude->conn, (const uint8_t *)"GET /", 5), 0);
    assert_string_equal(closed(rude), "malformed");
}

static void a_push_pull_on_the_wrong_carrier_closes(void **state)
{
    struct rude *rude = *state;
    const struct message sync = {.type = MESSAGE_SYNC, .sync = {.pseq = 1, .last = true}};
    int64_t stream = -1;
    dial(rude, "swim/1");
    say_message(rude, &stream, &HELLO);
    throw_message(rude, &sync);
    assert_string_equal(closed(rude), "malformed");
}

static void one_number_to_a_stream(void **state)
{
    struct rude *rude = *state;
    struct message sync = {.type = MESSAGE_SYNC, .sync = {.pseq = 1}};
    int64_t hello = -1, stream;
    dial(rude, "swim/1");
    say_message(rude, &hello, &HELLO);
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    say_message(rude, &stream, &sync);
    sync.sync.pseq = 2;
    say_message(rude, &stream, &sync);
    assert_string_equal(closed(rude), "malformed");
    assert_int_equal(party_count(rude->node, PEERS_MESSAGE), 1);
}

static void a_push_pull_without_its_last_chunk_closes(void **state)
{
    struct rude *rude = *state;
    int64_t hello = -1, stream;
    dial(rude, "swim/1");
    say_message(rude, &hello, &HELLO);
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    say(rude, &stream, "", 0, true);
    assert_string_equal(closed(rude), "malformed");
}

static void too_many_push_pulls_at_once_close(void **state)
{
    struct rude *rude = *state;
    int64_t hello = -1;
    dial(rude, "swim/1");
    say_message(rude, &hello, &HELLO);
    for (uint64_t i = 0; i <= SYNCS_PER_LINK; i++) {
        struct message sync = {.type = MESSAGE_SYNC, .sync = {.pseq = i, .last = true}};
        int64_t stream;
        assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
        say_message(rude, &stream, &sync);
    }
    assert_string_equal(closed(rude), "limit");
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
    dial(rude, "swim/1");
    say_message(rude, &hello, &HELLO);
    wait_for(rude, PEERS_UP);
    uint64_t asked = 0;
    for (uint64_t i = 1; i <= 100; i++) {
        struct message sync = {.type = MESSAGE_SYNC, .sync = {.pseq = i, .last = true}};
        int64_t stream;
        assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
        uint8_t frame[256];
        size_t size = wire_frame(&sync, frame, sizeof frame);
        say(rude, &stream, frame, size, true);
        for (int k = 0; k < 4; k++)
            turn_without_reading(rude);
        asked = i;
    }
    take_events(rude);
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
    dial(rude, "swim/1");
    say_message(rude, &stream, &HELLO);
    say(rude, &stream, later, sizeof later, false);
    say_message(rude, &stream, &PING);
    wait_for(rude, PEERS_MESSAGE);
    assert_int_equal(peers_stats(rude->node->peers)->unknown_messages, 1);
    assert_non_null(rude->conn);
}

static void ask(struct rude *rude, const char *text, size_t len, bool fin)
{
    int64_t stream;
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    say(rude, &stream, text, len, fin);
}

static void a_request_that_is_no_line_is_refused_by_name(void **state)
{
    struct rude *rude = *state;
    dial(rude, "swim-ctl/1");
    ask(rude, "members\n", 8, true);
    wait_for_text(rude);
    assert_non_null(strstr(rude->text, " end rc=malformed exit=1 "));
    assert_int_equal(party_count(rude->node, PEERS_REQUEST), 0);
    assert_non_null(rude->conn); /* the next one may be better */
}

static void a_request_over_the_bound_is_refused(void **state)
{
    struct rude *rude = *state;
    char *text = malloc(2 * REQUEST_MAX);
    assert_non_null(text);
    memset(text, 'x', 2 * REQUEST_MAX);
    dial(rude, "swim-ctl/1");
    ask(rude, text, 2 * REQUEST_MAX, false);
    wait_for_text(rude);
    assert_non_null(strstr(rude->text, " end rc=limit exit=6 "));
    free(text);
}

static void an_asker_who_resets_its_stream_is_gone(void **state)
{
    struct rude *rude = *state;
    const char *line = "1970-01-01T00:00:00.000000Z members\n";
    int64_t stream;
    dial(rude, "swim-ctl/1");
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    say(rude, &stream, line, strlen(line), true);
    wait_for(rude, PEERS_REQUEST);
    quic_stream_abandon(rude->conn, stream);
    uint64_t request = party_wait(&rude->party, rude->node, PEERS_REQUEST, 1)->event.request;
    struct record record;
    record_init(&record, "row", 0);
    uint64_t until = loop_now() + 5 * NS_PER_S;
    int rc = 0;
    while (rc == 0 && loop_now() < until) {
        turn(rude);
        rc = peers_answer(rude->node->peers, request, &record);
    }
    assert_int_equal(rc, ERR_NOT_FOUND);
    assert_int_equal(peers_answer_end(rude->node->peers, request, 0, NULL), ERR_NOT_FOUND);
    assert_non_null(rude->conn);
}

static void an_asker_who_stops_reading_is_gone_without_another_word(void **state)
{
    struct rude *rude = *state;
    const char *line = "1970-01-01T00:00:00.000000Z members\n";
    int64_t stream;
    dial(rude, "swim-ctl/1");
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    say(rude, &stream, line, strlen(line), true);
    wait_for(rude, PEERS_REQUEST);
    quic_stream_abandon(rude->conn, stream);
    wait_for(rude, PEERS_REQUEST_GONE);
    uint64_t request = party_wait(&rude->party, rude->node, PEERS_REQUEST, 1)->event.request;
    assert_int_equal(
        party_wait(&rude->party, rude->node, PEERS_REQUEST_GONE, 1)->event.request, request);
    assert_int_equal(peers_answer_end(rude->node->peers, request, 0, NULL), ERR_NOT_FOUND);
    assert_non_null(rude->conn);
}

static void a_request_that_is_never_said_is_given_up(void **state)
{
    struct rude *rude = *state;
    dial(rude, "swim-ctl/1");
    ask(rude, "x", 1, false);
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (!rude->gone && loop_now() < until)
        turn(rude);
    assert_true(rude->gone);
    assert_non_null(rude->conn);
}

#define ANSWER_LINES 200 /* of 15 kB */

static void answer_at_length(struct guest *guest, const struct peers_event *event)
{
    static char line[15000];
    if (event->kind != PEERS_REQUEST)
        return;
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < ANSWER_LINES; i++)
        assert_int_equal(peers_answer_line(guest->peers, event->request, line, sizeof line), 0);
    assert_int_equal(peers_answer_end(guest->peers, event->request, 0, NULL), 0);
    assert_true(peers_answer_queued(guest->peers, event->request) == 0); /* it has ended */
}

static void who_does_not_read_its_answers_gets_no_more(void **state)
{
    struct rude *rude = *state;
    const char *line = "1970-01-01T00:00:00.000000Z members\n";
    rude->node->on_event = answer_at_length;
    dial(rude, "swim-ctl/1");
    for (int i = 0; i < 20; i++) {
        ask(rude, line, strlen(line), true);
        for (int k = 0; k < 4; k++)
            turn_without_reading(rude);
    }
    assert_in_range(party_count(rude->node, PEERS_REQUEST), 2, 5);
    assert_false(peers_drained(rude->node->peers));
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (!peers_drained(rude->node->peers) && loop_now() < until)
        turn_without_reading(rude);
    assert_true(peers_drained(rude->node->peers)); /* they were given up */
    assert_int_equal(party_count(rude->node, PEERS_REQUEST_GONE), 0);
}

static void the_tool_that_is_idle_longest_makes_room(void **state)
{
    struct rude *rude = *state;
    const char *line = "1970-01-01T00:00:00.000000Z members\n";
    dial(rude, "swim-ctl/1");
    ask(rude, line, strlen(line), true); /* is busy: it stays */
    wait_for(rude, PEERS_REQUEST);
    struct quic_conn *conns[TOOLS + 2] = {rude->conn};
    for (size_t i = 1; i < TOOLS + 2; i++) {
        rude->up = false;
        dial(rude, "swim-ctl/1");
        conns[i] = rude->conn;
        uint64_t until = loop_now() + 20 * NS_PER_MS;
        while (loop_now() < until)
            turn(rude);
    }
    assert_int_equal(rude->downs, 2);
    assert_ptr_equal(rude->down[0], conns[1]);
    assert_ptr_equal(rude->down[1], conns[2]);
    assert_string_equal(quic_reason_text(rude->close), "evicted");
}

static void a_one_way_stream_is_no_request(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    dial(rude, "swim-ctl/1");
    say(rude, &stream, "x", 1, true);
    assert_string_equal(closed(rude), "malformed");
}

int main(void)
{
#define T(NAME) cmocka_unit_test_setup_teardown(NAME, make, clear)
    const struct CMUnitTest tests[] = {
        T(a_ping_before_the_hello_is_answered_and_other_messages_wait),
        T(who_says_no_hello_is_closed),
        T(a_hello_that_overtakes_the_end_of_the_handshake_is_read),
        T(a_member_that_is_refused_is_a_hint),
        T(a_tool_that_is_refused_says_nothing_of_the_member),
        T(garbage_on_the_message_stream_closes),
        T(a_frame_over_the_bound_closes),
        T(a_first_frame_that_is_no_hello_closes),
        T(a_second_hello_closes),
        T(a_second_message_stream_closes),
        T(garbage_in_a_datagram_closes),
        T(a_push_pull_on_the_wrong_carrier_closes),
        T(one_number_to_a_stream),
        T(a_push_pull_without_its_last_chunk_closes),
        T(too_many_push_pulls_at_once_close),
        T(who_reads_no_reply_gets_no_further_one),
        T(a_message_of_a_later_version_is_counted_and_skipped),
        T(a_request_that_is_no_line_is_refused_by_name),
        T(a_request_over_the_bound_is_refused),
        T(an_asker_who_resets_its_stream_is_gone),
        T(an_asker_who_stops_reading_is_gone_without_another_word),
        T(a_request_that_is_never_said_is_given_up),
        cmocka_unit_test_setup_teardown(who_does_not_read_its_answers_gets_no_more, make_impatient,
                                        clear),
        T(the_tool_that_is_idle_longest_makes_room),
        T(a_one_way_stream_is_no_request),
    };
#undef T
    return cmocka_run_group_tests_name("peers_rude", tests, NULL, NULL);
}
