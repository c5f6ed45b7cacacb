#include "quic/tls.h"

#include "keys/verify.h"

#include <string.h>

/* TLS 1.3 alone, no middlebox games (RFC 9001 section 8.4), a group that every peer has first. */
#define TLS_PRIORITY                                                                               \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"      \
    "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:%DISABLE_TLS13_COMPAT_MODE"

/* What we refuse, and the alert that says so (RFC 8446 section 6.2). */
static const struct {
    int err;
    uint8_t alert;
} refusals[] = {
    {ERR_NO_CERTIFICATE, 116}, /* certificate_required */
    {ERR_UNKNOWN_CA, 48},      /* unknown_ca */
    {ERR_REVOKED, 44},         /* certificate_revoked */
    {ERR_EXPIRED, 45},         /* certificate_expired: or not currently valid */
    {ERR_NOT_YET_VALID, 45},   /* the same */
    {ERR_MALFORMED, 42},       /* bad_certificate */
    {ERR_CLUSTER, 49},         /* access_denied: a good certificate, not for here */
    {ERR_ROLE, 49},            /* the same */
    {ERR_ALPN, 120},           /* no_application_protocol */
};

/* Alerts about a certificate. */
static const uint8_t about_certificates[] = {41, 42, 43, 44, 45, 46, 48, 49, 116};

#define ALERT_INTERNAL_ERROR 80
#define ALERT_CERTIFICATE_REQUIRED 116
#define ALERT_NO_APPLICATION_PROTOCOL 120

uint8_t tls_alert_of(int err)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (refusals[i].err == err)
            return refusals[i].alert;
    }
    return ALERT_INTERNAL_ERROR;
}

int tls_own_alert(uint8_t alert)
{
    if (alert == ALERT_CERTIFICATE_REQUIRED)
        return ERR_NO_CERTIFICATE;
    return alert == ALERT_NO_APPLICATION_PROTOCOL ? ERR_ALPN : ERR_QUIC;
}

int tls_peer_alert(uint8_t alert)
{
    for (size_t i = 0; i < sizeof(about_certificates); i++) {
        if (about_certificates[i] == alert)
            return ERR_REFUSED_BY_PEER;
    }
    return alert == ALERT_NO_APPLICATION_PROTOCOL ? ERR_ALPN : ERR_QUIC;
}

static bool read_alpn(struct quic_conn *conn)
{
    gnutls_datum_t selected;
    if (gnutls_alpn_get_selected_protocol(conn->tls, &selected) != 0 || selected.size == 0 ||
        selected.size >= sizeof(conn->alpn))
        return false;
    memcpy(conn->alpn, selected.data, selected.size);
    conn->alpn[selected.size] = '\0';
    return true;
}

static int judge(struct quic_conn *conn)
{
    if (!read_alpn(conn))
        return ERR_ALPN;
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(conn->tls, &count);
    return verify_chain(conn->identity, chain, chain != NULL ? count : 0,
                        conn->endpoint->config.wall_ns(), &conn->peer, &conn->peer_until_ns);
}

/* Called within the handshake, when the peer's certificate and its proof of the key are there. */
static int on_verify(gnutls_session_t session)
{
    const ngtcp2_crypto_conn_ref *ref = gnutls_session_get_ptr(session);
    struct quic_conn *conn = ref->user_data;
    conn->refusal = judge(conn);
    conn->judged = conn->refusal == 0;
    return conn->judged ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

/* GnuTLS accepts a client that offers no ALPN even where ALPN is mandatory. We refuse it at its
 * first message, before anything costly. */
static int on_client_hello(gnutls_session_t session, unsigned type, unsigned when,
                           unsigned incoming, const gnutls_datum_t *message)
{
    (void)type;
    (void)when;
    (void)incoming;
    (void)message;
    const ngtcp2_crypto_conn_ref *ref = gnutls_session_get_ptr(session);
    struct quic_conn *conn = ref->user_data;
    if (read_alpn(conn))
        return 0;
    conn->refusal = ERR_ALPN;
    return GNUTLS_E_NO_APPLICATION_PROTOCOL;
}

int tls_check(struct quic_conn *conn)
{
    if (!read_alpn(conn))
        return ERR_ALPN;
    /* Resuming skips the verify function, but the ticket holds the chain: dates and revocations may
     * have changed since. */
    if (gnutls_session_is_resumed(conn->tls) != 0) {
        int rc = judge(conn);
        conn->judged = rc == 0;
        return rc;
    }
    return conn->judged ? 0 : ERR_NO_CERTIFICATE;
}

void tls_send_ticket(struct quic_conn *conn)
{
    /* Without a ticket the next handshake is a full one. */
    (void)gnutls_session_ticket_send(conn->tls, 1, 0);
}

static int on_new_ticket(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                         const gnutls_datum_t *message)
{
    (void)type;
    (void)when;
    (void)incoming;
    (void)message;
    const ngtcp2_crypto_conn_ref *ref = gnutls_session_get_ptr(session);
    struct quic_conn *conn = ref->user_data;
    gnutls_datum_t data;
    if (conn->identity == conn->endpoint->config.identity &&
        gnutls_session_get_data2(session, &data) == 0)
        ticket_put(&conn->endpoint->tickets, &conn->remote, conn->alpn, data);
    return 0;
}

/* A ticket that GnuTLS does not take only means a full handshake. */
static void use_ticket(struct quic_conn *conn)
{
    gnutls_datum_t data;
    if (!ticket_take(&conn->endpoint->tickets, &conn->remote, conn->alpn, &data))
        return;
    (void)gnutls_session_set_data(conn->tls, data.data, data.size);
    gnutls_free(data.data);
}

static ngtcp2_conn *get_conn(ngtcp2_crypto_conn_ref *ref)
{
    const struct quic_conn *conn = ref->user_data;
    return conn->quic;
}

static int set_alpns(struct quic_conn *conn)
{
    gnutls_datum_t protocols[QUIC_ALPN_MAX];
    unsigned count = 0;
    struct quic_endpoint *endpoint = conn->endpoint;
    if (conn->dialled) {
        protocols[count].data = (unsigned char *)conn->alpn;
        protocols[count++].size = (unsigned)strlen(conn->alpn);
    }
    for (size_t i = 0; !conn->dialled && i < endpoint->alpn_count; i++) {
        protocols[count].data = (unsigned char *)endpoint->alpns[i];
        protocols[count++].size = (unsigned)strlen(endpoint->alpns[i]);
    }
    return gnutls_alpn_set_protocols(conn->tls, protocols, count,
                                     GNUTLS_ALPN_MANDATORY | GNUTLS_ALPN_SERVER_PRECEDENCE);
}

static int configure(struct quic_conn *conn)
{
    int rc = gnutls_priority_set_direct(conn->tls, TLS_PRIORITY, NULL);
    if (rc != 0)
        return rc;
    gnutls_certificate_credentials_t credentials = identity_credentials(conn->identity);
    rc = gnutls_credentials_set(conn->tls, GNUTLS_CRD_CERTIFICATE, credentials);
    if (rc != 0)
        return rc;
    rc = set_alpns(conn);
    if (rc != 0)
        return rc;
    gnutls_session_set_ptr(conn->tls, &conn->ref);
    gnutls_session_set_verify_function(conn->tls, on_verify);
    if (conn->dialled) {
        gnutls_handshake_set_hook_function(conn->tls, GNUTLS_HANDSHAKE_NEW_SESSION_TICKET,
                                           GNUTLS_HOOK_POST, on_new_ticket);
        use_ticket(conn);
        return ngtcp2_crypto_gnutls_configure_client_session(conn->tls);
    }
    rc = gnutls_session_ticket_enable_server(conn->tls, &conn->endpoint->ticket_key);
    if (rc != 0)
        return rc;
    gnutls_handshake_set_hook_function(conn->tls, GNUTLS_HANDSHAKE_CLIENT_HELLO, GNUTLS_HOOK_POST,
                                       on_client_hello);
    gnutls_certificate_server_set_request(conn->tls, GNUTLS_CERT_REQUIRE);
    /* A client of another CA then shows its certificate all the same, and is told "unknown CA"
     * instead of "certificate required". */
    gnutls_certificate_send_x509_rdn_sequence(conn->tls, 1);
    return ngtcp2_crypto_gnutls_configure_server_session(conn->tls);
}

int tls_start(struct quic_conn *conn)
{
    unsigned side = conn->dialled ? GNUTLS_CLIENT : GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET;
    conn->ref = (ngtcp2_crypto_conn_ref){.get_conn = get_conn, .user_data = conn};
    int rc = gnutls_init(&conn->tls, side);
    if (rc != 0) {
        conn->tls = NULL;
        return ERR_NO_MEMORY;
    }
    rc = configure(conn);
    if (rc != 0)
        return rc == GNUTLS_E_MEMORY_ERROR ? ERR_NO_MEMORY : ERR_QUIC;
    ngtcp2_conn_set_tls_native_handle(conn->quic, conn->tls);
    return 0;
}
