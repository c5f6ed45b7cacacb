/**
 * The only place that knows which ngtcp2 it is built with: 0.12 or 1.x. Everything that has another
 * name, type or meaning in one of them stands behind a function here.
 */
#ifndef QUIC_COMPAT_H
#define QUIC_COMPAT_H

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPAT_REASON_MAX 128
#define COMPAT_TOKENS_MAX 8

/** What a CONNECTION_CLOSE frame says (RFC 9000 section 19.19). */
struct compat_close {
    bool application; /* frame type 0x1d; else 0x1c, a code of the transport */
    uint64_t code;
    char text[COMPAT_REASON_MAX]; /* printable ASCII, NUL-terminated */
};

/** The version of the ngtcp2 library in use, as text. */
const char *compat_version(void);

/** The same of GnuTLS. */
const char *compat_tls_version(void);

/** Tells a server's transport parameters the client's first DCID, and after a Retry (`retried` not
 *  NULL) the Retry's SCID (RFC 9000 section 7.3). */
void compat_set_original_dcid(ngtcp2_transport_params *params, const ngtcp2_cid *original,
                              const ngtcp2_cid *retried);

/** Tells a server's settings the Retry token it has accepted; `token` must outlive conn_new. */
void compat_set_token(ngtcp2_settings *settings, const uint8_t *token, size_t len);

/** The token of an Initial; returns its length. */
size_t compat_header_token(const ngtcp2_pkt_hd *header, const uint8_t **token);

/** Writes a CONNECTION_CLOSE packet. Returns its length, 0 or negative: none can be written. */
ngtcp2_ssize compat_write_close(ngtcp2_conn *conn, ngtcp2_path *path, uint8_t *buf, size_t size,
                                const struct compat_close *close, ngtcp2_tstamp now);

/** What the peer's CONNECTION_CLOSE said. */
void compat_get_close(ngtcp2_conn *conn, struct compat_close *close);

/** Resets the sending part and refuses the receiving part of a stream. 0, or ngtcp2's error. */
int compat_shutdown_stream(ngtcp2_conn *conn, int64_t stream, uint64_t code);

/** The stateless-reset tokens that the peer has given for its active connection IDs. Returns how
 *  many of at most COMPAT_TOKENS_MAX. */
size_t compat_get_reset_tokens(ngtcp2_conn *conn,
                               uint8_t tokens[][NGTCP2_STATELESS_RESET_TOKENLEN]);

/** Smoothed RTT in nanoseconds. */
uint64_t compat_get_rtt(ngtcp2_conn *conn);

/** PING after `ns` without a packet; 0: never. */
void compat_set_keep_alive(ngtcp2_conn *conn, uint64_t ns);

#endif
