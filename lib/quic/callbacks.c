#include "quic/inside.h"
#include "quic/tls.h"

#include <gnutls/crypto.h>

static int push(struct quic_conn *conn, const struct quic_event *event)
{
    return events_push(&conn->endpoint->events, event) == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

/* The session is complete on our side. A server has judged its client by now; a client does not yet
 * know what its server thinks of it. */
static int on_handshake_completed(ngtcp2_conn *quic, void *user)
{
    (void)quic;
    struct quic_conn *conn = user;
    conn->refusal = tls_check(conn);
    if (conn->refusal != 0)
        return NGTCP2_ERR_CALLBACK_FAILURE;
    if (conn->dialled)
        return 0;
    tls_send_ticket(conn);
    return conn_up(conn) == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

/* HANDSHAKE_DONE has come to a client: its certificate was accepted. */
static int on_handshake_confirmed(ngtcp2_conn *quic, void *user)
{
    (void)quic;
    struct quic_conn *conn = user;
    if (!conn->dialled)
        return 0;
    return conn_up(conn) == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

static int on_stream_open(ngtcp2_conn *quic, int64_t id, void *user)
{
    struct quic_conn *conn = user;
    struct stream *stream = stream_add(&conn->streams, id, ngtcp2_is_bidi_stream(id));
    if (stream == NULL)
        return NGTCP2_ERR_CALLBACK_FAILURE;
    int rc = ngtcp2_conn_set_stream_user_data(quic, id, stream);
    return rc == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

static int on_stream_data(ngtcp2_conn *quic, uint32_t flags, int64_t id, uint64_t offset,
                          const uint8_t *data, size_t len, void *user, void *stream_user)
{
    (void)quic;
    (void)offset;
    struct quic_conn *conn = user;
    const struct stream *stream = stream_user;
    if (stream == NULL || stream->abandoned)
        return 0;
    struct quic_event event = {.kind = QUIC_STREAM,
                               .conn = conn,
                               .stream = id,
                               .data = data,
                               .len = len,
                               .fin = (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0};
    return push(conn, &event);
}

static int on_stream_acked(ngtcp2_conn *quic, int64_t id, uint64_t offset, uint64_t len, void *user,
                           void *stream_user)
{
    (void)quic;
    (void)id;
    (void)offset;
    (void)user;
    if (stream_user != NULL)
        stream_acked(stream_user, (size_t)len);
    return 0;
}

int conn_stream_gone(struct quic_conn *conn, struct stream *stream)
{
    if (stream->gone || stream->abandoned)
        return 0;
    stream->gone = true;
    struct quic_event event = {.kind = QUIC_STREAM_GONE, .conn = conn, .stream = stream->id};
    return events_push(&conn->endpoint->events, &event);
}

static int on_stream_close(ngtcp2_conn *quic, uint32_t flags, int64_t id, uint64_t code, void *user,
                           void *stream_user)
{
    (void)flags;
    (void)code;
    struct quic_conn *conn = user;
    struct stream *stream = stream_user;
    /* The peer may open another in its place. */
    if (!ngtcp2_conn_is_local_stream(quic, id)) {
        if (ngtcp2_is_bidi_stream(id))
            ngtcp2_conn_extend_max_streams_bidi(quic, 1);
        else
            ngtcp2_conn_extend_max_streams_uni(quic, 1);
    }
    if (stream == NULL)
        return 0;
    /* Closed before we have said all: the peer did not want the rest (RFC 9000 section 3.5). The
     * library answers its STOP_SENDING by itself and tells nothing but this. */
    int rc = stream->sending != STREAM_ENDED ? conn_stream_gone(conn, stream) : 0;
    stream_remove(&conn->streams, stream);
    return rc == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

static int on_stream_reset(ngtcp2_conn *quic, int64_t id, uint64_t final_size, uint64_t code,
                           void *user, void *stream_user)
{
    (void)quic;
    (void)id;
    (void)final_size;
    (void)code;
    return stream_user == NULL || conn_stream_gone(user, stream_user) == 0
               ? 0
               : NGTCP2_ERR_CALLBACK_FAILURE;
}

static int on_datagram(ngtcp2_conn *quic, uint32_t flags, const uint8_t *data, size_t len,
                       void *user)
{
    (void)quic;
    (void)flags;
    struct quic_conn *conn = user;
    struct quic_event event = {.kind = QUIC_DATAGRAM, .conn = conn, .data = data, .len = len};
    return push(conn, &event);
}

static int on_stateless_reset(ngtcp2_conn *quic, const ngtcp2_pkt_stateless_reset *reset,
                              void *user)
{
    (void)quic;
    (void)reset;
    struct quic_conn *conn = user;
    conn->reset = true;
    conn->endpoint->stats.resets_received++;
    return 0;
}

static void on_rand(uint8_t *dest, size_t len, const ngtcp2_rand_ctx *context)
{
    (void)context;
    /* Only padding and timing hang on these bytes, and the callback can't fail. */
    (void)gnutls_rnd(GNUTLS_RND_NONCE, dest, len);
}

static int on_new_cid(ngtcp2_conn *quic, ngtcp2_cid *cid, uint8_t *token, size_t len, void *user)
{
    (void)quic;
    struct quic_conn *conn = user;
    struct quic_endpoint *endpoint = conn->endpoint;
    if (gnutls_rnd(GNUTLS_RND_NONCE, cid->data, len) != 0)
        return NGTCP2_ERR_CALLBACK_FAILURE;
    cid->datalen = len;
    if (cid_add(&endpoint->cids, conn->route, cid->data, len) != 0)
        return NGTCP2_ERR_CALLBACK_FAILURE;
    int rc = stateless_token(&endpoint->stateless, cid->data, len, token);
    return rc == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

static int on_remove_cid(ngtcp2_conn *quic, const ngtcp2_cid *cid, void *user)
{
    (void)quic;
    struct quic_conn *conn = user;
    cid_remove(&conn->endpoint->cids, cid->data, cid->datalen);
    return 0;
}

void callbacks_fill(ngtcp2_callbacks *callbacks)
{
    *callbacks = (ngtcp2_callbacks){
        .client_initial = ngtcp2_crypto_client_initial_cb,
        .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
        .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
        .recv_retry = ngtcp2_crypto_recv_retry_cb,
        .encrypt = ngtcp2_crypto_encrypt_cb,
        .decrypt = ngtcp2_crypto_decrypt_cb,
        .hp_mask = ngtcp2_crypto_hp_mask_cb,
        .update_key = ngtcp2_crypto_update_key_cb,
        .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
        .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
        .get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,
        .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
        .rand = on_rand,
        .get_new_connection_id = on_new_cid,
        .remove_connection_id = on_remove_cid,
        .handshake_completed = on_handshake_completed,
        .handshake_confirmed = on_handshake_confirmed,
        .stream_open = on_stream_open,
        .recv_stream_data = on_stream_data,
        .acked_stream_data_offset = on_stream_acked,
        .stream_close = on_stream_close,
        .stream_reset = on_stream_reset,
        .recv_datagram = on_datagram,
        .recv_stateless_reset = on_stateless_reset,
    };
}
