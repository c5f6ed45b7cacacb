/**
 * The TLS 1.3 session of a connection: mutual certificates, ALPN, alerts.
 */
#ifndef QUIC_TLS_H
#define QUIC_TLS_H

#include "quic/inside.h"

/** Makes the session and binds it to the connection, whose ngtcp2 part exists. A dialled connection
 *  offers `conn->alpn`. 0, ERR_NO_MEMORY or ERR_QUIC. */
int tls_start(struct quic_conn *conn);

/** Called when the handshake is complete: has the peer been judged, is an ALPN agreed? A resumed
 *  session's peer is judged now. 0 with `conn->alpn` set, or why not. */
int tls_check(struct quic_conn *conn);

/** Gives the client of an accepted connection a ticket for the next time. */
void tls_send_ticket(struct quic_conn *conn);

/** The alert that tells the peer why we refuse it. */
uint8_t tls_alert_of(int err);

/** What it means for us that our own library has raised this alert. */
int tls_own_alert(uint8_t alert);

/** What it means for us that the peer closed with this alert. */
int tls_peer_alert(uint8_t alert);

#endif
