#include "quic/inside.h"
#include "quic/sockaddr.h"
#include "quic/tls.h"

#include <assert.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#define CLOSING_PTOS 3 /* RFC 9000 section 10.2 */

static int draw_cid(ngtcp2_cid *cid)
{
    cid->datalen = CID_LEN;
    return gnutls_rnd(GNUTLS_RND_NONCE, cid->data, CID_LEN) == 0 ? 0 : ERR_QUIC;
}

static struct quic_conn *allocate(struct quic_endpoint *endpoint, bool dialled)
{
    struct quic_conn *conn = calloc(1, sizeof(*conn));
    struct route *route = calloc(1, sizeof(*route));
    if (conn == NULL || route == NULL) {
        free(conn);
        free(route);
        return NULL;
    }
    route->conn = conn;
    conn->route = route;
    conn->endpoint = endpoint;
    conn->dialled = dialled;
    conn->id = ++endpoint->last_id;
    conn->identity = endpoint->config.identity;
    conn->started_ns = endpoint->now;
    conn->handshake_deadline = duration_add(endpoint->now, endpoint->config.handshake_timeout_ns);
    heap_node_init(&conn->timer);
    TAILQ_INIT(&conn->streams);
    TAILQ_INSERT_TAIL(&endpoint->alive, conn, all);
    endpoint->alive_count++;
    return conn;
}

static void fill_settings(const struct quic_endpoint *endpoint, ngtcp2_settings *settings)
{
    ngtcp2_settings_default(settings);
    settings->initial_ts = endpoint->now;
    settings->initial_rtt = endpoint->config.initial_rtt_ns;
    /* One version has no timeout by default. */
    settings->handshake_timeout = endpoint->config.handshake_timeout_ns;
    /* Acknowledge at the next write and not RTT/8 later: an answer takes the ACK along then, in
     * place of a packet that carries it alone. Writes are one a wake-up, so no more ACKs follow. */
    settings->ack_thresh = 1;
}

static void fill_params(const struct quic_endpoint *endpoint, ngtcp2_transport_params *params)
{
    ngtcp2_transport_params_default(params);
    params->initial_max_data = STREAM_CONN_WINDOW;
    params->initial_max_stream_data_bidi_local = STREAM_WINDOW;
    params->initial_max_stream_data_bidi_remote = STREAM_WINDOW;
    params->initial_max_stream_data_uni = STREAM_WINDOW;
    params->initial_max_streams_bidi = STREAM_BIDI_MAX;
    params->initial_max_streams_uni = STREAM_UNI_MAX;
    params->max_idle_timeout = endpoint->config.idle_timeout_ns;
    params->max_datagram_frame_size = 65535;
    params->disable_active_migration = 1;
}

/* TLS, timer and first deadline: what both sides do once the ngtcp2 part is there. */
static int finish(struct quic_conn *conn)
{
    int rc = tls_start(conn);
    if (rc != 0)
        return rc;
    return heap_set(&conn->endpoint->timers, &conn->timer, conn->handshake_deadline);
}

static int ngtcp2_to_err(int rc)
{
    return rc == NGTCP2_ERR_NOMEM ? ERR_NO_MEMORY : ERR_QUIC;
}

/* A dialled connection does not know which address of ours the kernel takes. It shows ngtcp2 the
 * wildcard, always the same, for a client does not migrate by accident of ours. */
static void fill_path(const struct quic_conn *conn, ngtcp2_path *path, union sockaddr_any ends[2])
{
    struct addr local = conn->local;
    if (conn->dialled || addr_is_none(&local) || local.family != conn->remote.family)
        local = (struct addr){.family = conn->remote.family};
    path->local.addrlen = sockaddr_from_addr(&ends[0], &local);
    path->local.addr = &ends[0].sa;
    path->remote.addrlen = sockaddr_from_addr(&ends[1], &conn->remote);
    path->remote.addr = &ends[1].sa;
    path->user_data = NULL;
}

static int start_client(struct quic_conn *conn)
{
    struct quic_endpoint *endpoint = conn->endpoint;
    ngtcp2_callbacks callbacks;
    ngtcp2_settings settings;
    ngtcp2_transport_params params;
    ngtcp2_path path;
    union sockaddr_any ends[2];
    ngtcp2_cid dcid, scid;
    if (draw_cid(&dcid) != 0 || draw_cid(&scid) != 0)
        return ERR_QUIC;
    int rc = cid_add(&endpoint->cids, conn->route, scid.data, scid.datalen);
    if (rc != 0)
        return rc;
    callbacks_fill(&callbacks);
    fill_settings(endpoint, &settings);
    fill_params(endpoint, &params);
    fill_path(conn, &path, ends);
    rc = ngtcp2_conn_client_new(&conn->quic, &dcid, &scid, &path, NGTCP2_PROTO_VER_V1, &callbacks,
                                &settings, &params, NULL, conn);
    return rc == 0 ? finish(conn) : ngtcp2_to_err(rc);
}

int conn_new_dialled(struct quic_endpoint *endpoint, const struct addr *remote, const char *alpn,
                     struct quic_conn **result)
{
    if (strlen(alpn) >= QUIC_ALPN_SIZE || addr_is_none(remote))
        return ERR_QUIC;
    struct quic_conn *conn = allocate(endpoint, true);
    if (conn == NULL)
        return ERR_NO_MEMORY;
    conn->remote = *remote;
    memcpy(conn->alpn, alpn, strlen(alpn) + 1);
    int rc = start_client(conn);
    if (rc != 0) {
        conn_free(conn);
        return rc;
    }
    conn_mark_dirty(conn);
    *result = conn;
    return 0;
}

static int start_server(struct quic_conn *conn, const ngtcp2_pkt_hd *header,
                        const ngtcp2_cid *original)
{
    struct quic_endpoint *endpoint = conn->endpoint;
    ngtcp2_callbacks callbacks;
    ngtcp2_settings settings;
    ngtcp2_transport_params params;
    ngtcp2_path path;
    union sockaddr_any ends[2];
    ngtcp2_cid scid;
    if (draw_cid(&scid) != 0)
        return ERR_QUIC;
    int rc = cid_add(&endpoint->cids, conn->route, scid.data, scid.datalen);
    if (rc == 0)
        rc = cid_add(&endpoint->cids, conn->route, header->dcid.data, header->dcid.datalen);
    if (rc != 0)
        return rc;
    callbacks_fill(&callbacks);
    fill_settings(endpoint, &settings);
    fill_params(endpoint, &params);
    fill_path(conn, &path, ends);
    rc = stateless_token(&endpoint->stateless, scid.data, scid.datalen,
                         params.stateless_reset_token);
    if (rc != 0)
        return ERR_QUIC;
    params.stateless_reset_token_present = 1;
    memcpy(conn->called, scid.data, sizeof(conn->called));
    compat_set_original_dcid(&params, original != NULL ? original : &header->dcid,
                             original != NULL ? &header->dcid : NULL);
    if (original != NULL) {
        const uint8_t *token;
        size_t len = compat_header_token(header, &token);
        compat_set_token(&settings, token, len);
    }
    rc = ngtcp2_conn_server_new(&conn->quic, &header->scid, &scid, &path, header->version,
                                &callbacks, &settings, &params, NULL, conn);
    return rc == 0 ? finish(conn) : ngtcp2_to_err(rc);
}

int conn_new_accepted(struct quic_endpoint *endpoint, const struct quic_path *path,
                      const ngtcp2_pkt_hd *header, const ngtcp2_cid *original,
                      struct quic_conn **result)
{
    struct quic_conn *conn = allocate(endpoint, false);
    if (conn == NULL)
        return ERR_NO_MEMORY;
    endpoint->accepted++;
    conn->validated = original != NULL;
    if (!conn->validated)
        endpoint->half_open++;
    conn->remote = path->remote;
    conn->local = path->local;
    int rc = start_server(conn, header, original);
    if (rc != 0) {
        conn_free(conn);
        return rc;
    }
    *result = conn;
    return 0;
}

int conn_up(struct quic_conn *conn)
{
    assert(conn->state == CONN_HANDSHAKE);
    struct quic_endpoint *endpoint = conn->endpoint;
    struct quic_event event = {
        .kind = QUIC_UP, .conn = conn, .addr = conn->remote, .name = conn->peer.name};
    int rc = events_push(&endpoint->events, &event);
    if (rc != 0)
        return rc;
    conn->state = CONN_UP;
    conn->up_ns = endpoint->now;
    if (!conn->dialled && !conn->validated)
        endpoint->half_open--;
    return 0;
}

/* Out of everything that drives a living connection. */
static void leave_alive(struct quic_conn *conn)
{
    struct quic_endpoint *endpoint = conn->endpoint;
    TAILQ_REMOVE(&endpoint->alive, conn, all);
    endpoint->alive_count--;
    if (!conn->dialled) {
        endpoint->accepted--;
        if (conn->state == CONN_HANDSHAKE && !conn->validated)
            endpoint->half_open--;
    }
    if (conn->is_dirty)
        TAILQ_REMOVE(&endpoint->dirty, conn, dirty);
    conn->is_dirty = false;
    heap_remove(&endpoint->timers, &conn->timer);
}

static void drop_route(struct quic_conn *conn)
{
    cid_remove_all(&conn->endpoint->cids, conn->route);
    free(conn->route);
    conn->route = NULL;
}

static void say_farewell(struct quic_conn *conn, enum conn_farewell farewell,
                         const struct compat_close *close)
{
    struct quic_endpoint *endpoint = conn->endpoint;
    if (farewell == FAREWELL_SILENT) {
        drop_route(conn);
        return;
    }
    struct quic_path out = {.local = conn->local, .remote = conn->remote};
    size_t len = 0;
    if (farewell == FAREWELL_CLOSE) {
        ngtcp2_path_storage storage;
        ngtcp2_path_storage_zero(&storage);
        ngtcp2_ssize n = compat_write_close(conn->quic, &storage.path, endpoint->packet,
                                            sizeof(endpoint->packet), close, endpoint->now);
        if (n > 0) {
            len = (size_t)n;
            conn_path_out(conn, &storage.path, &out);
            /* A full outbox loses the packet, as the network might: a stray brings it again. */
            (void)outbox_push(&endpoint->outbox, &out, endpoint->packet, len);
        }
    }
    uint64_t until =
        duration_add(endpoint->now, CLOSING_PTOS * (uint64_t)ngtcp2_conn_get_pto(conn->quic));
    linger_start(&endpoint->lingers, &endpoint->cids, conn->route, until, &out, endpoint->packet,
                 len);
    conn->route = NULL;
}

/* An accepted handshake that fails was never visible: its last event names no connection. */
static void queue_end(struct quic_conn *conn, int reason, bool by_peer,
                      const struct compat_close *close)
{
    bool rejected = !conn->dialled && conn->state == CONN_HANDSHAKE;
    bool has_reason = reason == ERR_CLOSED && close != NULL && close->application;
    conn->end = (struct event_node){
        .owner = conn,
        .event = {.kind = rejected ? QUIC_REJECTED : QUIC_DOWN,
                  .conn = rejected ? NULL : conn,
                  .reason = reason,
                  .close = has_reason ? quic_reason_from_code(close->code) : QUIC_REASON_UNKNOWN,
                  .by_peer = by_peer,
                  .addr = conn->remote,
                  .name = conn->judged ? conn->peer.name : (struct name){{0}}},
    };
    if (rejected)
        conn->endpoint->stats.rejected++;
    events_push_last(&conn->endpoint->events, &conn->end);
}

void conn_end(struct quic_conn *conn, int reason, bool by_peer, enum conn_farewell farewell,
              const struct compat_close *close)
{
    if (conn->state == CONN_DEAD)
        return;
    leave_alive(conn);
    say_farewell(conn, conn->muted ? FAREWELL_SILENT : farewell, close);
    queue_end(conn, reason, by_peer, close);
    conn->state = CONN_DEAD;
    TAILQ_INSERT_TAIL(&conn->endpoint->dead, conn, all);
}

void conn_reap(struct quic_endpoint *endpoint)
{
    struct quic_conn *conn = TAILQ_FIRST(&endpoint->dead);
    while (conn != NULL) {
        struct quic_conn *next = TAILQ_NEXT(conn, all);
        if (conn->told)
            conn_free(conn);
        conn = next;
    }
}

void conn_free(struct quic_conn *conn)
{
    if (conn->state == CONN_DEAD)
        TAILQ_REMOVE(&conn->endpoint->dead, conn, all);
    else
        leave_alive(conn);
    if (conn->route != NULL)
        drop_route(conn);
    ngtcp2_conn_del(conn->quic); /* before the session it refers to */
    if (conn->tls != NULL)
        gnutls_deinit(conn->tls);
    datagram_free_all(&conn->datagrams);
    stream_remove_all(&conn->streams);
    free(conn);
}
