/**
 * A QUIC endpoint (RFC 9000) on one UDP socket that it never touches: packets in, events and
 * packets out. It serves the connections it accepts and those it dials alike, with mutual TLS 1.3.
 *
 *     quic_feed(packet) | quic_tick(now)  ->  quic_next_event()*  ->  quic_next_packet()*
 *                                             when again: quic_deadline()
 *
 * Take all events after each packet, all packets once per wake-up. Nothing here calls back.
 */
#ifndef QUIC_ENDPOINT_H
#define QUIC_ENDPOINT_H

#include "base/addr.h"
#include "base/err.h"
#include "keys/identity.h"
#include "quic/conn.h"
#include "quic/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUIC_ALPN_MAX 4
#define QUIC_PACKET_MAX 1500

struct quic_endpoint;

/** Where a packet came from and which of our addresses it was sent to (answers leave from there).
 *  `local` may be none for a dialled connection: the kernel chooses. */
struct quic_path {
    struct addr local, remote;
};

/** All times in nanoseconds. quic_config_default fills it. */
struct quic_config {
    struct identity *identity; /* borrowed; must outlive the endpoint */
    /* Those that we accept, in our order; NULL ends; none: no accepting. */
    const char *alpns[QUIC_ALPN_MAX];
    uint64_t idle_timeout_ns;
    uint64_t handshake_timeout_ns;
    /* What a handshake without news is timed by (RFC 9002 section 6.2.2). */
    uint64_t initial_rtt_ns;
    size_t accept_max; /* connections that we accept at once; more are dropped and counted */
    uint64_t (*wall_ns)(void); /* for the dates of certificates; verify_now_ns in a program */
};

void quic_config_default(struct quic_config *config);

/** Counters since the start. */
struct quic_stats {
    uint64_t packets_in, packets_out, bytes_in, bytes_out;
    uint64_t garbage;        /* datagrams that are no QUIC of ours */
    uint64_t rejected;       /* accepted connections that failed their handshake */
    uint64_t accept_refused; /* over accept_max */
    uint64_t version_replies, resets_sent, resets_received, retries_sent, limited;
};

enum quic_event_kind {
    QUIC_UP,          /* dialled: handshake confirmed; accepted: completed and the peer judged */
    QUIC_DATAGRAM,    /* data, len */
    QUIC_STREAM,      /* stream, data, len, fin */
    QUIC_STREAM_GONE, /* the peer reset the stream or will not read it */
    QUIC_HINT,        /* reason ERR_REFUSED: an ICMP message says so; forgeable, thus never proof */
    QUIC_DOWN,        /* reason, by_peer: the conn is dead, and freed at the next feed or tick */
    QUIC_REJECTED,    /* accepted handshake failed before it was up: addr, reason, name if known; no
                         conn */
};

/** One event. `data` is valid until the next call of next_event, feed or tick. */
struct quic_event {
    enum quic_event_kind kind;
    struct quic_conn *conn; /* NULL for QUIC_REJECTED */
    int64_t stream;
    const uint8_t *data;
    size_t len;
    bool fin;
    int reason;             /* an err.h error: see conn.h for what ends a connection */
    enum quic_reason close; /* QUIC_DOWN: the application reason, when a close carried one */
    bool by_peer;
    struct addr addr;
    struct name name;
};

/** A packet to be sent, valid until the next call. */
struct quic_packet {
    struct quic_path path;
    const uint8_t *data;
    size_t len;
};

/** Makes an endpoint. The stateless-reset key is derived from the identity. 0, ERR_NO_MEMORY,
 *  ERR_BAD_IDENTITY. */
int quic_endpoint_new(const struct quic_config *config, struct quic_endpoint **endpoint,
                      struct why *why);

/** Frees it with all its connections, silently: close them first to tell the peers. */
void quic_endpoint_free(struct quic_endpoint *endpoint);

/** Uses another identity for handshakes from now on; connections that stand keep theirs, which must
 *  live as long as they. Stateless resets go with the new one. 0 or ERR_BAD_IDENTITY, then nothing
 *  has changed. */
int quic_endpoint_set_identity(struct quic_endpoint *endpoint, struct identity *identity);

/** Opens a connection to `remote`, offering `alpn`. 0 with `*conn` (alive until its DOWN event), or
 *  ERR_NO_MEMORY, ERR_QUIC. The Initial leaves with the next next_packet. */
int quic_dial(struct quic_endpoint *endpoint, uint64_t now, const struct addr *remote,
              const char *alpn, struct quic_conn **conn);

/** Takes in one UDP payload. Anything may come: what is no QUIC of ours is counted. */
void quic_feed(struct quic_endpoint *endpoint, uint64_t now, const struct quic_path *path,
               const uint8_t *data, size_t len);

/** Does what is due. */
void quic_tick(struct quic_endpoint *endpoint, uint64_t now);

/** The kernel says (ICMP) that nothing listens at `remote`: every connection to it gets a
 *  QUIC_HINT; one that is still in its handshake and has never heard a packet goes down with
 *  ERR_REFUSED. */
void quic_refused(struct quic_endpoint *endpoint, uint64_t now, const struct addr *remote);

bool quic_next_event(struct quic_endpoint *endpoint, struct quic_event *event);
bool quic_next_packet(struct quic_endpoint *endpoint, uint64_t now, struct quic_packet *packet);

/** When to call quic_tick; NEVER if nothing is due. */
uint64_t quic_deadline(const struct quic_endpoint *endpoint);

/** Stops accepting; what comes for new connections is dropped and counted. */
void quic_endpoint_stop_accepting(struct quic_endpoint *endpoint);

/** Connections that are not yet dead (handshakes included; closing ones that still linger to answer
 *  stray packets are not). */
size_t quic_conn_count(const struct quic_endpoint *endpoint);

const struct quic_stats *quic_endpoint_stats(const struct quic_endpoint *endpoint);

#endif
