#include "quic/inside.h"

#include <string.h>

/* What one attempt to put something into the packet came to. */
enum step {
    STEP_MORE,   /* it is in, there is room for more */
    STEP_SKIP,   /* it can't go now: try the next thing */
    STEP_PACKET, /* the packet is complete */
    STEP_NOTHING /* no packet can be sent now */
};

struct writing {
    struct quic_conn *conn;
    ngtcp2_path_storage storage;
    ngtcp2_pkt_info info;
    ngtcp2_ssize len;
};

static enum step step_of(struct writing *writing, ngtcp2_ssize rc)
{
    writing->len = rc;
    return rc > 0 ? STEP_PACKET : STEP_NOTHING;
}

/* A datagram that no longer fits (the path has shrunk) or that the peer does not want is dropped:
 * it would stick at the head for ever. */
static enum step write_datagram(struct writing *writing)
{
    struct quic_conn *conn = writing->conn;
    struct quic_endpoint *endpoint = conn->endpoint;
    size_t len;
    const uint8_t *data = datagram_peek(&conn->datagrams, &len);
    if (len > quic_conn_payload_max(conn)) {
        datagram_pop(&conn->datagrams);
        return STEP_MORE;
    }
    int accepted = 0;
    ngtcp2_vec vector = {.len = len};
    memcpy(&vector.base, &data, sizeof(data)); /* its type is not const, though this only reads */
    ngtcp2_ssize rc = ngtcp2_conn_writev_datagram(
        conn->quic, &writing->storage.path, &writing->info, endpoint->packet,
        sizeof(endpoint->packet), &accepted, NGTCP2_WRITE_DATAGRAM_FLAG_MORE, 0, &vector,
        len > 0 ? 1 : 0, endpoint->now);
    bool unwanted = rc == NGTCP2_ERR_INVALID_ARGUMENT || rc == NGTCP2_ERR_INVALID_STATE;
    if (accepted != 0 || unwanted)
        datagram_pop(&conn->datagrams);
    if (rc == NGTCP2_ERR_WRITE_MORE || unwanted)
        return STEP_MORE;
    return step_of(writing, rc);
}

static enum step write_stream(struct writing *writing, struct stream *stream)
{
    struct quic_conn *conn = writing->conn;
    struct quic_endpoint *endpoint = conn->endpoint;
    ngtcp2_vec vectors[STREAM_VECTORS];
    bool fin;
    size_t count = stream_peek(stream, vectors, &fin);
    size_t offered = 0;
    for (size_t i = 0; i < count; i++)
        offered += vectors[i].len;
    uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_MORE;
    if (fin)
        flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
    ngtcp2_ssize taken = -1;
    ngtcp2_ssize rc = ngtcp2_conn_writev_stream(conn->quic, &writing->storage.path, &writing->info,
                                                endpoint->packet, sizeof(endpoint->packet), &taken,
                                                flags, stream->id, vectors, count, endpoint->now);
    switch (rc) {
    case NGTCP2_ERR_STREAM_DATA_BLOCKED:
        stream->blocked = true;
        return STEP_SKIP;
    case NGTCP2_ERR_STREAM_SHUT_WR:
    case NGTCP2_ERR_STREAM_NOT_FOUND:
        stream_stop(stream);
        if (conn_stream_gone(conn, stream) == 0)
            return STEP_SKIP;
        writing->len = NGTCP2_ERR_NOMEM;
        return STEP_NOTHING;
    default:
        break;
    }
    if (taken >= 0)
        stream_sent(&conn->streams, stream, (size_t)taken, fin && (size_t)taken == offered);
    return rc == NGTCP2_ERR_WRITE_MORE ? STEP_MORE : step_of(writing, rc);
}

/* Whatever ngtcp2 itself has to say: handshake, acknowledgements, probes, or the end of a packet
 * that the steps before have begun. */
static enum step write_rest(struct writing *writing)
{
    struct quic_conn *conn = writing->conn;
    struct quic_endpoint *endpoint = conn->endpoint;
    return step_of(writing, ngtcp2_conn_writev_stream(
                                conn->quic, &writing->storage.path, &writing->info,
                                endpoint->packet, sizeof(endpoint->packet), NULL,
                                NGTCP2_WRITE_STREAM_FLAG_NONE, -1, NULL, 0, endpoint->now));
}

static enum step write_next(struct writing *writing)
{
    struct quic_conn *conn = writing->conn;
    struct stream *stream;
    if (conn->state == CONN_UP && conn->datagrams.first != NULL)
        return write_datagram(writing);
    if (conn->state == CONN_UP && (stream = stream_ready(&conn->streams)) != NULL)
        return write_stream(writing, stream);
    return write_rest(writing);
}

size_t conn_write(struct quic_conn *conn, struct quic_path *path)
{
    struct writing writing = {.conn = conn};
    if (conn->muted)
        return 0;
    ngtcp2_path_storage_zero(&writing.storage);
    enum step step;
    do {
        step = write_next(&writing);
    } while (step == STEP_MORE || step == STEP_SKIP);
    if (writing.len < 0) {
        conn_fail(conn, (int)writing.len);
        return 0;
    }
    if (step == STEP_PACKET)
        conn_path_out(conn, &writing.storage.path, path);
    return (size_t)writing.len;
}
