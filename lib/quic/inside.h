/**
 * What the files of this folder share and nobody outside includes: the endpoint and the connection
 * from inside, and the steps of a connection's life.
 *
 *      feed -> route (cid) -> conn_read -> callbacks -> events, state, stream, datagram
 *                          '-> linger, stateless, accept
 *      tick -> conn_expire, linger_expire
 *      next_packet -> outbox, conn_write (write.c)
 *
 * ngtcp2's callbacks only note things down: they never write a packet and never free a connection.
 */
#ifndef QUIC_INSIDE_H
#define QUIC_INSIDE_H

#include "base/duration.h"
#include "base/heap.h"
#include "quic/cid.h"
#include "quic/compat.h"
#include "quic/datagram.h"
#include "quic/endpoint.h"
#include "quic/events.h"
#include "quic/linger.h"
#include "quic/outbox.h"
#include "quic/stateless.h"
#include "quic/stream.h"
#include "quic/ticket.h"

#include <gnutls/gnutls.h>
#include <sys/queue.h>

#define QUIC_ALPN_SIZE 32

/**
 *      HANDSHAKE ---> UP ---> DEAD        conn_up, conn_end
 *          '--------------------^
 */
enum conn_state { CONN_HANDSHAKE, CONN_UP, CONN_DEAD };

struct quic_conn {
    struct quic_endpoint *endpoint;
    TAILQ_ENTRY(quic_conn) all;   /* in `alive`, after its end in `dead` */
    TAILQ_ENTRY(quic_conn) dirty; /* in `dirty` while `is_dirty` */
    bool is_dirty;
    enum conn_state state;
    bool dialled;
    bool validated; /* accepted after a Retry: its address is no forgery */
    bool reset;     /* a stateless reset came */
    bool muted;     /* sends nothing */
    bool told;      /* its last event was taken: may be freed */
    uint64_t id;
    void *user;
    struct addr remote, local;
    uint8_t called[CID_LEN]; /* our connection ID in the last short packet; at first the accepted
                                one's own */

    ngtcp2_conn *quic;
    ngtcp2_crypto_conn_ref ref; /* GnuTLS' way back to us; must outlive `tls` */
    gnutls_session_t tls;
    struct route *route;
    struct heap_node timer;
    uint64_t handshake_deadline, started_ns, up_ns, heard_ns;

    const struct identity *identity;
    struct spiffe peer;
    bool judged; /* `peer` may be believed */
    uint64_t peer_until_ns;
    int refusal; /* why we refuse the peer, 0 while we don't */
    char alpn[QUIC_ALPN_SIZE];
    char close_text[COMPAT_REASON_MAX]; /* the peer's */

    struct datagrams datagrams;
    struct streams streams;
    struct event_node end;
};

TAILQ_HEAD(conn_list, quic_conn);

struct quic_endpoint {
    struct quic_config config;
    char alpns[QUIC_ALPN_MAX][QUIC_ALPN_SIZE]; /* copies; config.alpns points here */
    size_t alpn_count;
    bool accepting;
    uint64_t now; /* of the call that is being served */
    uint64_t last_id;
    struct cid_table cids;
    struct conn_list alive, dead, dirty;
    size_t alive_count, accepted, half_open;
    struct heap timers; /* of connections */
    struct lingers lingers;
    struct events events;
    struct outbox outbox;
    struct stateless stateless;
    struct tickets tickets;    /* of servers that we have dialled */
    gnutls_datum_t ticket_key; /* for those we give out */
    struct quic_stats stats;
    uint8_t packet[QUIC_PACKET_MAX];
};

/* life.c: making, ending and freeing. */

/** A dialled connection. 0, ERR_NO_MEMORY or ERR_QUIC. */
int conn_new_dialled(struct quic_endpoint *endpoint, const struct addr *remote, const char *alpn,
                     struct quic_conn **conn);

/** A connection for the Initial `header`. `original` is the DCID before a Retry whose token has
 * been checked, or NULL. 0, ERR_NO_MEMORY or ERR_QUIC. */
int conn_new_accepted(struct quic_endpoint *endpoint, const struct quic_path *path,
                      const ngtcp2_pkt_hd *header, const ngtcp2_cid *original,
                      struct quic_conn **conn);

/** HANDSHAKE -> UP. 0 or ERR_NO_MEMORY. Called within a callback. */
int conn_up(struct quic_conn *conn);

/** How a connection ends towards the peer. */
enum conn_farewell {
    FAREWELL_SILENT, /* nobody is there, or nobody who must know */
    FAREWELL_CLOSE,  /* a CONNECTION_CLOSE, repeated to whoever has missed it */
    FAREWELL_DRAIN,  /* the peer closed: RFC 9000 section 10.2.2 */
};

/** HANDSHAKE or UP -> DEAD with its last event. `close` is what to tell (FAREWELL_CLOSE) or what
 *  was told; may be NULL for FAREWELL_SILENT. */
void conn_end(struct quic_conn *conn, int reason, bool by_peer, enum conn_farewell farewell,
              const struct compat_close *close);

/** Ends it for an error of ngtcp2. */
void conn_fail(struct quic_conn *conn, int liberr);

/** Frees dead connections whose last event was taken. */
void conn_reap(struct quic_endpoint *endpoint);

/** Frees it in any state, without an event or a packet. */
void conn_free(struct quic_conn *conn);

/* drive.c: packets and time. */

void conn_read(struct quic_conn *conn, const struct quic_path *path, const uint8_t *data,
               size_t len);

/** Its timer is due. */
void conn_expire(struct quic_conn *conn);

/** It may have something to send. */
void conn_mark_dirty(struct quic_conn *conn);

/** Asks ngtcp2 when to wake it. A deadline that has passed and still stands is put off a little, so
 *  that it can't make the caller spin. */
void conn_schedule(struct quic_conn *conn);

/** Translates a path of ngtcp2's for the user. */
void conn_path_out(const struct quic_conn *conn, const ngtcp2_path *path, struct quic_path *out);

/* write.c */

/** Writes the next packet into the endpoint's buffer. Returns its length; 0: nothing to send now,
 * or the connection has ended. */
size_t conn_write(struct quic_conn *conn, struct quic_path *path);

/* callbacks.c */

/** Everything ngtcp2 may call. */
void callbacks_fill(ngtcp2_callbacks *callbacks);

/** Tells the user, once, that the peer has given the stream up; nothing of one that we have given
 *  up. 0 or ERR_NO_MEMORY. */
int conn_stream_gone(struct quic_conn *conn, struct stream *stream);

/* accept.c */

/** A long-header packet of our version that no connection knows. */
void accept_packet(struct quic_endpoint *endpoint, const struct quic_path *path,
                   const uint8_t *data, size_t len);

#endif
