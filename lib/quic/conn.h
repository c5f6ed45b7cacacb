/**
 * One connection.
 *
 *     (dial)   -> HANDSHAKE -> UP -> CLOSED        up at HANDSHAKE_DONE (handshake confirmed)
 *     (accept) -> HANDSHAKE -> UP -> CLOSED        up at completion, when the peer has been judged
 *
 * It goes down exactly once, with one QUIC_DOWN (dialled, or accepted and up) or QUIC_REJECTED
 * (accepted and never up) event, whose reason is one of:
 *   ERR_NO_REPLY  the handshake timed out and not one packet came     ERR_REFUSED  ICMP, in
 * handshake ERR_TIMEOUT   the handshake timed out, packets had come           ERR_IDLE     idle
 * timeout ERR_RESET     stateless reset    ERR_CLOSED  application close     ERR_QUIC     protocol
 * error ERR_VERSION   version negotiation failed                          ERR_ALPN
 *   ERR_NO_CERTIFICATE … ERR_ROLE    we refused the peer's certificate (keys/verify)
 *   ERR_REFUSED_BY_PEER              the peer refused ours: a TLS alert about certificates
 */
#ifndef QUIC_CONN_H
#define QUIC_CONN_H

#include "base/addr.h"
#include "keys/spiffe.h"
#include "quic/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quic_conn;

/** A number of its own, rising from 1 per endpoint: for logs and `conn=`. */
uint64_t quic_conn_id(const struct quic_conn *conn);

/** One pointer of the user's, NULL at first. */
void quic_conn_set_user(struct quic_conn *conn, void *user);
void *quic_conn_user(const struct quic_conn *conn);

bool quic_conn_is_dialled(const struct quic_conn *conn);
bool quic_conn_is_up(const struct quic_conn *conn);
const struct addr *quic_conn_remote(const struct quic_conn *conn);
/** Which address of ours the peer talks to; none while unknown. */
const struct addr *quic_conn_local(const struct quic_conn *conn);

/** Who the certificate says it is; NULL before it was judged. */
const struct spiffe *quic_conn_peer(const struct quic_conn *conn);
/** End of validity of the peer's certificate, wall nanoseconds. */
uint64_t quic_conn_peer_until_ns(const struct quic_conn *conn);
/** The negotiated ALPN; NULL before. */
const char *quic_conn_alpn(const struct quic_conn *conn);

/** Largest datagram that can be sent now; 0 while not up. Grows with path MTU discovery. */
size_t quic_conn_payload_max(const struct quic_conn *conn);
/** Smoothed RTT, nanoseconds. */
uint64_t quic_conn_rtt_ns(const struct quic_conn *conn);
/** How long the handshake took, dial to up. */
uint64_t quic_conn_handshake_ns(const struct quic_conn *conn);
/** When the last packet with a connection ID of ours came from the peer's address (QUIC ACKs
 *  included); 0: never. Only who can read the path can forge one. */
uint64_t quic_conn_last_heard_ns(const struct quic_conn *conn);
/** What the peer's close said in words: printable ASCII, empty if nothing. For people; anybody can
 *  write anything there. */
const char *quic_conn_close_text(const struct quic_conn *conn);
/** TLS session was resumed. */
bool quic_conn_is_resumed(const struct quic_conn *conn);

/** Queues an unreliable datagram (copied). 0; ERR_NO_SPACE: over quic_conn_payload_max; ERR_LIMIT:
 *  too many queued; ERR_NOT_NOW: not up. */
int quic_send_datagram(struct quic_conn *conn, const uint8_t *data, size_t len);

/** Opens a stream. 0 with `*stream`; ERR_LIMIT: the peer allows no more now; ERR_NOT_NOW. */
int quic_stream_open(struct quic_conn *conn, bool bidirectional, int64_t *stream);

/** Queues bytes of any length (copied), ended by `fin`. 0; ERR_NO_MEMORY; ERR_NOT_FOUND: no such
 *  stream or its sending side has ended. */
int quic_stream_write(struct quic_conn *conn, int64_t stream, const uint8_t *data, size_t len,
                      bool fin);

/** Bytes queued on the stream and not yet acknowledged: what a slow reader costs us. */
size_t quic_stream_queued(const struct quic_conn *conn, int64_t stream);

/** The same of all its streams together. */
size_t quic_conn_queued(const struct quic_conn *conn);

/** Tells the peer that we neither read nor write this stream any more. */
void quic_stream_abandon(struct quic_conn *conn, int64_t stream);

/** Closes with an application reason: the peer gets it at once, QUIC_DOWN (by_peer false) is
 *  queued, nothing more is delivered, and what is queued to be sent is lost: whoever wants that to
 *  arrive waits for it. In a handshake it ends the attempt likewise. */
void quic_conn_close(struct quic_conn *conn, uint64_t now, enum quic_reason reason);

/* For servers of tests, which fail on purpose. */

/** Forgets the connection as a crash would, and tells the peer at once by a stateless reset
 *  (RFC 9000 section 10.3); one that was dialled has nothing that its peer would believe before it
 *  has heard a packet after the handshake. QUIC_DOWN (ERR_RESET, by_peer false) is queued; what
 *  else still comes for it is answered likewise. */
void quic_conn_forget(struct quic_conn *conn, uint64_t now);

/** From now on nothing is sent on it, not even acknowledgements or a close; what comes is read and
 *  delivered as before. What is queued to be sent stays queued. */
void quic_conn_mute(struct quic_conn *conn);

/** Sends a PING frame after every `ns` without a packet of ours; 0 turns it off. */
void quic_conn_keep_alive(struct quic_conn *conn, uint64_t ns);

#endif
