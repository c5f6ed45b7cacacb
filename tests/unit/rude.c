#include "tests/unit/rude.h"

#include "base/duration.h"
#include "link/loop.h"
#include "wire/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GREETING_NS (150 * NS_PER_MS)
#define STALLED_NS (300 * NS_PER_MS)

static void be_impatient(struct peers_config *config)
{
    config->connect_timeout_ns = GREETING_NS;
    config->tools_max = RUDE_TOOLS;
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
    rude->node =
        party_join(&rude->party, party_identity(&rude->party, "ca", "n", ROLE_MEMBER), 1, tweak);
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

int rude_make(void **state)
{
    return make_with(state, be_impatient);
}

int rude_make_impatient(void **state)
{
    return make_with(state, be_more_impatient);
}

int rude_clear(void **state)
{
    struct rude *rude = *state;
    quic_endpoint_free(rude->endpoint);
    udp_close(&rude->udp);
    identity_free(rude->identity);
    party_end(&rude->party);
    free(rude);
    return 0;
}

void rude_take_events(struct rude *rude)
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

void rude_turn(struct rude *rude)
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
        rude_take_events(rude);
    }
    quic_tick(rude->endpoint, loop_now());
    rude_take_events(rude);
}

void rude_turn_without_reading(struct rude *rude)
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

void rude_dial(struct rude *rude, const char *alpn)
{
    uint64_t until = loop_now() + 5 * NS_PER_S;
    assert_int_equal(quic_dial(rude->endpoint, loop_now(), &rude->node->addr, alpn, &rude->conn),
                     0);
    while (!rude->up && loop_now() < until)
        rude_turn(rude);
    assert_true(rude->up);
}

const char *rude_closed(struct rude *rude)
{
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (rude->conn && loop_now() < until)
        rude_turn(rude);
    assert_null(rude->conn);
    return quic_reason_text(rude->close);
}

void rude_wait_for(struct rude *rude, enum peers_event_kind kind)
{
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (party_count(rude->node, kind) == 0 && loop_now() < until)
        rude_turn(rude);
    if (party_count(rude->node, kind) != 1)
        fail_msg("kind %d not heard; answer: %.*s", (int)kind, (int)rude->text_len, rude->text);
}

void rude_wait_for_text(struct rude *rude)
{
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (!memchr(rude->text, '\n', rude->text_len) && loop_now() < until)
        rude_turn(rude);
    assert_true(rude->text_len > 0);
}

void rude_say(struct rude *rude, int64_t *stream, const void *data, size_t len, bool fin)
{
    if (*stream < 0)
        assert_int_equal(quic_stream_open(rude->conn, false, stream), 0);
    assert_int_equal(quic_stream_write(rude->conn, *stream, data, len, fin), 0);
}

void rude_say_message(struct rude *rude, int64_t *stream, const struct message *message)
{
    uint8_t frame[256];
    size_t len = wire_frame(message, frame, sizeof frame);
    assert_true(len > 0);
    rude_say(rude, stream, frame, len, false);
}

void rude_throw(struct rude *rude, const struct message *message)
{
    uint8_t packet[256];
    size_t len = wire_encode(message, packet, sizeof packet);
    assert_true(len > 0);
    assert_int_equal(quic_send_datagram(rude->conn, packet, len), 0);
}

const struct message RUDE_HELLO = {
    .type = MESSAGE_HELLO,
    .hello = {.kind = HELLO_NODE, .instance = 9, .incarnation = 1, .version = WIRE_VERSION}};
const struct message RUDE_PING = {.type = MESSAGE_PING, .ping = {.pseq = 3}};
const struct message RUDE_ACK = {.type = MESSAGE_ACK, .ack = {.pseq = 4}};
