#include "quic/endpoint.h"

#include "keys/verify.h"
#include "quic/inside.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

void quic_config_default(struct quic_config *config)
{
    *config = (struct quic_config){
        .idle_timeout_ns = 30 * NS_PER_S,
        .handshake_timeout_ns = 5 * NS_PER_S,
        .initial_rtt_ns = 30 * NS_PER_MS,
        .accept_max = ACCEPT_MAX,
        .wall_ns = verify_now_ns,
    };
}

static int copy_alpns(struct quic_endpoint *endpoint, struct why *why)
{
    for (size_t i = 0; i < QUIC_ALPN_MAX && endpoint->config.alpns[i] != NULL; i++) {
        size_t len = strlen(endpoint->config.alpns[i]);
        if (len == 0 || len >= QUIC_ALPN_SIZE)
            return why_set(why, ERR_ALPN, "an ALPN has 1 to %d bytes", QUIC_ALPN_SIZE - 1);
        memcpy(endpoint->alpns[i], endpoint->config.alpns[i], len + 1);
        endpoint->config.alpns[i] = endpoint->alpns[i];
        endpoint->alpn_count++;
    }
    return 0;
}

static int init(struct quic_endpoint *endpoint, struct why *why)
{
    uint64_t seed;
    if (gnutls_rnd(GNUTLS_RND_NONCE, &seed, sizeof(seed)) != 0)
        return why_set(why, ERR_SYSTEM, "no random bytes");
    int rc = cid_table_init(&endpoint->cids, seed);
    if (rc != 0)
        return why_set(why, rc, "table of connection IDs");
    if (gnutls_session_ticket_key_generate(&endpoint->ticket_key) != 0)
        return why_set(why, ERR_SYSTEM, "no key for session tickets");
    rc = copy_alpns(endpoint, why);
    if (rc != 0)
        return rc;
    rc = stateless_init(&endpoint->stateless, endpoint->config.identity);
    return rc == 0 ? 0 : why_set(why, rc, "stateless-reset key");
}

int quic_endpoint_new(const struct quic_config *config, struct quic_endpoint **result,
                      struct why *why)
{
    struct quic_endpoint *endpoint = calloc(1, sizeof(*endpoint));
    if (endpoint == NULL)
        return why_set(why, ERR_NO_MEMORY, "QUIC endpoint");
    endpoint->config = *config;
    endpoint->accepting = true;
    TAILQ_INIT(&endpoint->alive);
    TAILQ_INIT(&endpoint->dead);
    TAILQ_INIT(&endpoint->dirty);
    heap_init(&endpoint->timers);
    linger_init_all(&endpoint->lingers);
    ticket_init_all(&endpoint->tickets);
    int rc = init(endpoint, why);
    if (rc != 0) {
        quic_endpoint_free(endpoint);
        return rc;
    }
    *result = endpoint;
    return 0;
}

static void forget_ticket_key(struct quic_endpoint *endpoint)
{
    if (endpoint->ticket_key.data != NULL)
        gnutls_memset(endpoint->ticket_key.data, 0, endpoint->ticket_key.size);
    gnutls_free(endpoint->ticket_key.data);
    endpoint->ticket_key = (gnutls_datum_t){0};
}

void quic_endpoint_free(struct quic_endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    events_free(&endpoint->events); /* its last nodes are parts of the connections */
    while (!TAILQ_EMPTY(&endpoint->alive))
        conn_free(TAILQ_FIRST(&endpoint->alive));
    while (!TAILQ_EMPTY(&endpoint->dead))
        conn_free(TAILQ_FIRST(&endpoint->dead));
    linger_free_all(&endpoint->lingers, &endpoint->cids);
    heap_free(&endpoint->timers);
    outbox_free(&endpoint->outbox);
    cid_table_free(&endpoint->cids);
    ticket_free_all(&endpoint->tickets);
    forget_ticket_key(endpoint);
    gnutls_memset(&endpoint->stateless, 0, sizeof(endpoint->stateless));
    free(endpoint);
}

int quic_endpoint_set_identity(struct quic_endpoint *endpoint, struct identity *identity)
{
    gnutls_datum_t key = {0};
    if (gnutls_session_ticket_key_generate(&key) != 0)
        return ERR_BAD_IDENTITY;
    int rc = stateless_rekey(&endpoint->stateless, identity);
    if (rc != 0) {
        gnutls_free(key.data);
        return rc;
    }
    /* A resumed session would go on to show the old certificate, on both sides. */
    ticket_free_all(&endpoint->tickets);
    forget_ticket_key(endpoint);
    endpoint->ticket_key = key;
    endpoint->config.identity = identity;
    return 0;
}

/* The start of every call that moves time. */
static void enter(struct quic_endpoint *endpoint, uint64_t now)
{
    endpoint->now = now;
    events_release(&endpoint->events);
    conn_reap(endpoint);
}

int quic_dial(struct quic_endpoint *endpoint, uint64_t now, const struct addr *remote,
              const char *alpn, struct quic_conn **conn)
{
    endpoint->now = now;
    return conn_new_dialled(endpoint, remote, alpn, conn);
}

/* A reset carries a random connection ID: it is known by its last 16 bytes alone. The connections
 * with that address are asked before we answer with a reset of our own (RFC 9000 section 10.3.1).
 */
static struct quic_conn *find_reset(struct quic_endpoint *endpoint, const struct addr *remote,
                                    const uint8_t *data, size_t len)
{
    if (len < STATELESS_RESET_MIN)
        return NULL;
    const uint8_t *last = data + len - STATELESS_TOKEN_LEN;
    struct quic_conn *conn;
    TAILQ_FOREACH(conn, &endpoint->alive, all)
    {
        uint8_t tokens[COMPAT_TOKENS_MAX][STATELESS_TOKEN_LEN];
        if (!addr_equal(&conn->remote, remote))
            continue;
        size_t count = compat_get_reset_tokens(conn->quic, tokens);
        for (size_t i = 0; i < count; i++) {
            if (gnutls_memcmp(tokens[i], last, STATELESS_TOKEN_LEN) == 0)
                return conn;
        }
    }
    return NULL;
}

static void feed_unknown_short(struct quic_endpoint *endpoint, const struct quic_path *path,
                               const struct packet_header *header, const uint8_t *data, size_t len)
{
    struct quic_stats *stats = &endpoint->stats;
    struct quic_conn *conn = find_reset(endpoint, &path->remote, data, len);
    if (conn != NULL) {
        stats->resets_received++;
        conn_end(conn, ERR_RESET, true, FAREWELL_SILENT, NULL);
        return;
    }
    stats->garbage++;
    if (stateless_answer_reset(&endpoint->stateless, endpoint->now, &endpoint->outbox, path, header,
                               len, stats))
        stats->resets_sent++;
}

static void feed_unknown_long(struct quic_endpoint *endpoint, const struct quic_path *path,
                              const struct packet_header *header, const uint8_t *data, size_t len)
{
    struct quic_stats *stats = &endpoint->stats;
    if (header->version == NGTCP2_PROTO_VER_V1) {
        accept_packet(endpoint, path, data, len);
        return;
    }
    stats->garbage++;
    if (endpoint->accepting && endpoint->alpn_count > 0 &&
        stateless_answer_version(&endpoint->stateless, endpoint->now, &endpoint->outbox, path,
                                 header, len, stats))
        stats->version_replies++;
}

static void feed_route(struct quic_endpoint *endpoint, struct route *route,
                       const struct quic_path *path, const struct packet_header *header,
                       const uint8_t *data, size_t len)
{
    struct quic_conn *conn = route->conn;
    if (conn != NULL && !header->is_long)
        memcpy(conn->called, header->dcid, sizeof(conn->called));
    if (header->is_long && header->scid_len > CID_LEN_MAX)
        endpoint->stats.garbage++;
    else if (conn != NULL)
        conn_read(conn, path, data, len);
    else
        linger_feed(route->linger, &endpoint->outbox);
}

void quic_feed(struct quic_endpoint *endpoint, uint64_t now, const struct quic_path *path,
               const uint8_t *data, size_t len)
{
    struct packet_header header;
    enter(endpoint, now);
    endpoint->stats.packets_in++;
    endpoint->stats.bytes_in += len;
    if (!packet_header_read(&header, data, len)) {
        endpoint->stats.garbage++;
        return;
    }
    struct route *route = cid_find(&endpoint->cids, header.dcid, header.dcid_len);
    if (route != NULL)
        feed_route(endpoint, route, path, &header, data, len);
    else if (header.is_long)
        feed_unknown_long(endpoint, path, &header, data, len);
    else
        feed_unknown_short(endpoint, path, &header, data, len);
}

static struct quic_conn *conn_of_timer(struct heap_node *node)
{
    return (struct quic_conn *)(void *)((char *)node - offsetof(struct quic_conn, timer));
}

void quic_tick(struct quic_endpoint *endpoint, uint64_t now)
{
    enter(endpoint, now);
    linger_expire(&endpoint->lingers, &endpoint->cids, now);
    /* Each step moves the deadline beyond `now` or takes the connection out. */
    while (heap_deadline(&endpoint->timers) <= now)
        conn_expire(conn_of_timer(heap_peek(&endpoint->timers)));
}

void quic_refused(struct quic_endpoint *endpoint, uint64_t now, const struct addr *remote)
{
    struct quic_conn *next;
    endpoint->now = now;
    for (struct quic_conn *conn = TAILQ_FIRST(&endpoint->alive); conn != NULL; conn = next) {
        next = TAILQ_NEXT(conn, all);
        if (!addr_equal(&conn->remote, remote))
            continue;
        if (conn->dialled && conn->state == CONN_HANDSHAKE && conn->heard_ns == 0) {
            conn_end(conn, ERR_REFUSED, false, FAREWELL_SILENT, NULL);
            continue;
        }
        if (!conn->dialled && conn->state == CONN_HANDSHAKE)
            continue; /* not visible yet */
        struct quic_event event = {
            .kind = QUIC_HINT, .conn = conn, .reason = ERR_REFUSED, .addr = *remote};
        int rc = events_push(&endpoint->events, &event);
        if (rc != 0)
            conn_end(conn, rc, false, FAREWELL_SILENT, NULL);
    }
}

/* The user has taken these bytes: the peer may send as many more. */
static void open_window(const struct quic_event *event)
{
    struct quic_conn *conn = event->conn;
    if (event->kind != QUIC_STREAM || conn->state == CONN_DEAD || event->len == 0)
        return;
    ngtcp2_conn_extend_max_offset(conn->quic, event->len);
    /* A stream that is complete by now has no window any more. */
    (void)ngtcp2_conn_extend_max_stream_offset(conn->quic, event->stream, event->len);
    conn_mark_dirty(conn);
}

static bool is_abandoned(const struct quic_event *event)
{
    if (event->kind != QUIC_STREAM && event->kind != QUIC_STREAM_GONE)
        return false;
    const struct stream *stream = stream_find(&event->conn->streams, event->stream);
    return stream != NULL && stream->abandoned;
}

bool quic_next_event(struct quic_endpoint *endpoint, struct quic_event *event)
{
    const struct event_node *node;
    while ((node = events_pop(&endpoint->events)) != NULL) {
        *event = node->event;
        if (node->owner != NULL) {
            node->owner->told = true;
            return true;
        }
        open_window(event);
        if (!is_abandoned(event))
            return true;
    }
    return false;
}

/* One packet of the first connection that has any; it then waits behind the others. */
static bool write_dirty(struct quic_endpoint *endpoint, struct quic_packet *packet)
{
    struct quic_conn *conn;
    while ((conn = TAILQ_FIRST(&endpoint->dirty)) != NULL) {
        TAILQ_REMOVE(&endpoint->dirty, conn, dirty);
        conn->is_dirty = false;
        size_t len = conn_write(conn, &packet->path);
        if (conn->state == CONN_DEAD) {
            if (outbox_pop(&endpoint->outbox, packet))
                return true;
            continue;
        }
        if (len > 0) {
            conn_mark_dirty(conn);
            packet->data = endpoint->packet;
            packet->len = len;
            return true;
        }
        conn_schedule(conn);
    }
    return false;
}

bool quic_next_packet(struct quic_endpoint *endpoint, uint64_t now, struct quic_packet *packet)
{
    endpoint->now = now;
    if (!outbox_pop(&endpoint->outbox, packet) && !write_dirty(endpoint, packet))
        return false;
    endpoint->stats.packets_out++;
    endpoint->stats.bytes_out += packet->len;
    return true;
}

uint64_t quic_deadline(const struct quic_endpoint *endpoint)
{
    /* Writing a packet may have ended a stream or a connection. */
    if (endpoint->events.first != NULL)
        return endpoint->now;
    uint64_t conns = heap_deadline(&endpoint->timers);
    uint64_t lingers = linger_deadline(&endpoint->lingers);
    return conns < lingers ? conns : lingers;
}

void quic_endpoint_stop_accepting(struct quic_endpoint *endpoint)
{
    endpoint->accepting = false;
}

size_t quic_conn_count(const struct quic_endpoint *endpoint)
{
    return endpoint->alive_count;
}

const struct quic_stats *quic_endpoint_stats(const struct quic_endpoint *endpoint)
{
    return &endpoint->stats;
}
