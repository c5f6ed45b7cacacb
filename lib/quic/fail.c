#include "quic/inside.h"
#include "quic/tls.h"

#include <stdio.h>
#include <string.h>

#define CRYPTO_ERROR_FIRST                                                                         \
    0x100 /* CRYPTO_ERROR 0x0100-0x01ff carry a TLS alert (RFC 9001, 4.8)                          \
           */
#define CRYPTO_ERROR_LAST 0x1ff

static int timeout_reason(const struct quic_conn *conn)
{
    if (conn->state == CONN_UP)
        return ERR_IDLE;
    return conn->heard_ns == 0 ? ERR_NO_REPLY : ERR_TIMEOUT;
}

static int close_reason(const struct compat_close *close)
{
    if (close->application)
        return ERR_CLOSED;
    if (close->code >= CRYPTO_ERROR_FIRST && close->code <= CRYPTO_ERROR_LAST)
        return tls_peer_alert((uint8_t)(close->code - CRYPTO_ERROR_FIRST));
    switch (close->code) {
    case NGTCP2_NO_ERROR:
    case NGTCP2_APPLICATION_ERROR: /* a close in a handshake hides its reason, section 10.2.3 */
    case NGTCP2_CONNECTION_REFUSED:
        return ERR_CLOSED;
    default:
        return ERR_QUIC;
    }
}

/* The peer has closed, or a stateless reset says that it has forgotten us. */
static void fail_drained(struct quic_conn *conn)
{
    if (conn->reset) {
        conn_end(conn, ERR_RESET, true, FAREWELL_SILENT, NULL);
        return;
    }
    struct compat_close close;
    compat_get_close(conn->quic, &close);
    memcpy(conn->close_text, close.text, sizeof(conn->close_text));
    conn_end(conn, close_reason(&close), true, FAREWELL_DRAIN, &close);
}

/* The handshake failed on our side: our own alert goes out, not the general one of the library, so
 * that the peer's operator reads what is wrong with the certificate. */
static void fail_crypto(struct quic_conn *conn)
{
    uint8_t alert = ngtcp2_conn_get_tls_alert(conn->quic);
    int reason = conn->refusal;
    if (reason != 0)
        alert = tls_alert_of(reason);
    else
        reason = tls_own_alert(alert);
    struct compat_close close = {.code = CRYPTO_ERROR_FIRST + (uint64_t)alert};
    (void)snprintf(close.text, sizeof(close.text), "%s", err_text(reason)); /* may be cut */
    conn_end(conn, reason, false, FAREWELL_CLOSE, &close);
}

static void fail_library(struct quic_conn *conn, int liberr)
{
    bool memory = liberr == NGTCP2_ERR_NOMEM || liberr == NGTCP2_ERR_CALLBACK_FAILURE;
    struct compat_close close = {.code = ngtcp2_err_infer_quic_transport_error_code(liberr)};
    (void)snprintf(close.text, sizeof(close.text), "%s", ngtcp2_strerror(liberr));
    conn_end(conn, memory ? ERR_NO_MEMORY : ERR_QUIC, false, FAREWELL_CLOSE, &close);
}

void conn_fail(struct quic_conn *conn, int liberr)
{
    if (conn->refusal != 0) {
        fail_crypto(conn);
        return;
    }
    switch (liberr) {
    case NGTCP2_ERR_DRAINING:
        fail_drained(conn);
        return;
    case NGTCP2_ERR_CRYPTO:
        fail_crypto(conn);
        return;
    case NGTCP2_ERR_IDLE_CLOSE:
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
        conn_end(conn, timeout_reason(conn), false, FAREWELL_SILENT, NULL);
        return;
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
    case NGTCP2_ERR_VERSION_NEGOTIATION_FAILURE:
        conn_end(conn, ERR_VERSION, true, FAREWELL_SILENT, NULL);
        return;
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
    case NGTCP2_ERR_CLOSING:
        conn_end(conn, ERR_QUIC, false, FAREWELL_SILENT, NULL);
        return;
    default:
        fail_library(conn, liberr);
    }
}
