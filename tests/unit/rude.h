/**
 * A bare QUIC connection against real peers: what no correct peer does, it may do.
 *
 *      rude_dial(rude, "swim/1");
 *      rude_say_message(rude, &stream, &RUDE_HELLO);
 *      assert_string_equal(rude_closed(rude), "malformed");
 */
#ifndef UNIT_RUDE_H
#define UNIT_RUDE_H

#include "quic/endpoint.h"
#include "quic/udp.h"
#include "tests/unit/party.h"

#define RUDE_TOOLS 3 /* connections of tools that the node takes */

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

extern const struct message RUDE_HELLO, RUDE_PING, RUDE_ACK;

/** For cmocka's tests: the state is a `struct rude`, not yet connected to the node `n`. */
int rude_make(void **state);
/** The same; the node gives up answers that stall for a moment. */
int rude_make_impatient(void **state);
int rude_clear(void **state);

/** Takes what its own endpoint has to tell. */
void rude_take_events(struct rude *rude);
/** Everybody works once. */
void rude_turn(struct rude *rude);
/** The same, but it acknowledges all and takes nothing out of the library's hands. */
void rude_turn_without_reading(struct rude *rude);

/** Dials the node and runs until it is up. */
void rude_dial(struct rude *rude, const char *alpn);
/** Runs until the node has closed the connection, and tells why. */
const char *rude_closed(struct rude *rude);
/** Runs until the node has heard one of that kind. */
void rude_wait_for(struct rude *rude, enum peers_event_kind kind);
/** Runs until a whole line of an answer has come. */
void rude_wait_for_text(struct rude *rude);

/** Writes on a stream; a negative one is opened first, one way. */
void rude_say(struct rude *rude, int64_t *stream, const void *data, size_t len, bool fin);
void rude_say_message(struct rude *rude, int64_t *stream, const struct message *message);
/** Sends it in a datagram. */
void rude_throw(struct rude *rude, const struct message *message);

#endif
