#include "quic/conn.h"

#include "quic/inside.h"

/* Short header, packet number and tag around a DATAGRAM frame with its type and length: RFC 9000
 * section 17.3, RFC 9221 section 4. The packet number counts with the most it may take, so that
 * what fits once fits always. */
#define PACKET_OVERHEAD (1 + 4 + 16)
#define FRAME_OVERHEAD 3

uint64_t quic_conn_id(const struct quic_conn *conn)
{
    return conn->id;
}

void quic_conn_set_user(struct quic_conn *conn, void *user)
{
    conn->user = user;
}

void *quic_conn_user(const struct quic_conn *conn)
{
    return conn->user;
}

bool quic_conn_is_dialled(const struct quic_conn *conn)
{
    return conn->dialled;
}

bool quic_conn_is_up(const struct quic_conn *conn)
{
    return conn->state == CONN_UP;
}

const struct addr *quic_conn_remote(const struct quic_conn *conn)
{
    return &conn->remote;
}

const struct addr *quic_conn_local(const struct quic_conn *conn)
{
    return &conn->local;
}

const struct spiffe *quic_conn_peer(const struct quic_conn *conn)
{
    return conn->judged ? &conn->peer : NULL;
}

uint64_t quic_conn_peer_until_ns(const struct quic_conn *conn)
{
    return conn->peer_until_ns;
}

const char *quic_conn_alpn(const struct quic_conn *conn)
{
    return conn->judged ? conn->alpn : NULL;
}

size_t quic_conn_payload_max(const struct quic_conn *conn)
{
    if (conn->state != CONN_UP)
        return 0;
    const ngtcp2_transport_params *params = ngtcp2_conn_get_remote_transport_params(conn->quic);
    size_t packet = ngtcp2_conn_get_path_max_tx_udp_payload_size(conn->quic);
    size_t around = PACKET_OVERHEAD + ngtcp2_conn_get_dcid(conn->quic)->datalen;
    size_t frame = packet > around ? packet - around : 0;
    if (params == NULL || params->max_datagram_frame_size < frame)
        frame = params != NULL ? (size_t)params->max_datagram_frame_size : 0;
    return frame > FRAME_OVERHEAD ? frame - FRAME_OVERHEAD : 0;
}

uint64_t quic_conn_rtt_ns(const struct quic_conn *conn)
{
    return compat_get_rtt(conn->quic);
}

uint64_t quic_conn_handshake_ns(const struct quic_conn *conn)
{
    return conn->up_ns != 0 ? conn->up_ns - conn->started_ns : 0;
}

uint64_t quic_conn_last_heard_ns(const struct quic_conn *conn)
{
    return conn->heard_ns;
}

const char *quic_conn_close_text(const struct quic_conn *conn)
{
    return conn->close_text;
}

bool quic_conn_is_resumed(const struct quic_conn *conn)
{
    return gnutls_session_is_resumed(conn->tls) != 0;
}

int quic_send_datagram(struct quic_conn *conn, const uint8_t *data, size_t len)
{
    if (conn->state != CONN_UP)
        return ERR_NOT_NOW;
    if (len > quic_conn_payload_max(conn))
        return ERR_NO_SPACE;
    int rc = datagram_push(&conn->datagrams, data, len);
    if (rc == 0)
        conn_mark_dirty(conn);
    return rc;
}

int quic_stream_open(struct quic_conn *conn, bool bidirectional, int64_t *result)
{
    if (conn->state != CONN_UP)
        return ERR_NOT_NOW;
    struct stream *stream = stream_add(&conn->streams, -1, true);
    if (stream == NULL)
        return ERR_NO_MEMORY;
    int rc = bidirectional ? ngtcp2_conn_open_bidi_stream(conn->quic, &stream->id, stream)
                           : ngtcp2_conn_open_uni_stream(conn->quic, &stream->id, stream);
    if (rc != 0) {
        stream_remove(&conn->streams, stream);
        return rc == NGTCP2_ERR_STREAM_ID_BLOCKED ? ERR_LIMIT : ERR_NO_MEMORY;
    }
    *result = stream->id;
    return 0;
}

int quic_stream_write(struct quic_conn *conn, int64_t id, const uint8_t *data, size_t len, bool fin)
{
    if (conn->state != CONN_UP)
        return ERR_NOT_FOUND;
    struct stream *stream = stream_find(&conn->streams, id);
    if (stream == NULL)
        return ERR_NOT_FOUND;
    int rc = stream_push(stream, data, len, fin);
    if (rc == 0)
        conn_mark_dirty(conn);
    return rc;
}

size_t quic_stream_queued(const struct quic_conn *conn, int64_t id)
{
    const struct stream *stream = stream_find(&conn->streams, id);
    return stream != NULL ? stream->queued : 0;
}

size_t quic_conn_queued(const struct quic_conn *conn)
{
    size_t queued = 0;
    const struct stream *stream;
    TAILQ_FOREACH(stream, &conn->streams, link)
    {
        queued += stream->queued;
    }
    return queued;
}

void quic_stream_abandon(struct quic_conn *conn, int64_t id)
{
    if (conn->state != CONN_UP)
        return;
    struct stream *stream = stream_find(&conn->streams, id);
    if (stream == NULL || stream->abandoned)
        return;
    stream->abandoned = true;
    stream_stop(stream);
    int rc = compat_shutdown_stream(conn->quic, id, quic_reason_code(QUIC_REASON_DONE));
    if (rc == NGTCP2_ERR_NOMEM) {
        conn_fail(conn, rc);
        return;
    }
    conn_mark_dirty(conn);
}

void quic_conn_close(struct quic_conn *conn, uint64_t now, enum quic_reason reason)
{
    if (conn->state == CONN_DEAD)
        return;
    conn->endpoint->now = now;
    struct compat_close close = {.application = true, .code = quic_reason_code(reason)};
    const char *text = quic_reason_text(reason);
    for (size_t i = 0; text[i] != '\0' && i + 1 < sizeof(close.text); i++)
        close.text[i] = text[i];
    events_drop(&conn->endpoint->events, conn);
    conn_end(conn, ERR_CLOSED, false, FAREWELL_CLOSE, &close);
}

void quic_conn_forget(struct quic_conn *conn, uint64_t now)
{
    if (conn->state == CONN_DEAD)
        return;
    struct quic_endpoint *endpoint = conn->endpoint;
    const struct quic_path path = {.local = conn->local, .remote = conn->remote};
    const struct packet_header header = {.dcid = conn->called, .dcid_len = sizeof(conn->called)};
    endpoint->now = now;
    events_drop(&endpoint->events, conn);
    if (stateless_answer_reset(&endpoint->stateless, now, &endpoint->outbox, &path, &header,
                               QUIC_PACKET_MAX, &endpoint->stats))
        endpoint->stats.resets_sent++;
    conn_end(conn, ERR_RESET, false, FAREWELL_SILENT, NULL);
}

void quic_conn_mute(struct quic_conn *conn)
{
    conn->muted = true;
}

void quic_conn_keep_alive(struct quic_conn *conn, uint64_t ns)
{
    if (conn->state == CONN_DEAD)
        return;
    compat_set_keep_alive(conn->quic, ns);
    conn_schedule(conn);
}
