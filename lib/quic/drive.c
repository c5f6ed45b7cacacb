#include "quic/inside.h"
#include "quic/sockaddr.h"

#include <string.h>

#define SPIN_GUARD_NS NS_PER_MS

void conn_mark_dirty(struct quic_conn *conn)
{
    if (conn->is_dirty || conn->state == CONN_DEAD)
        return;
    conn->is_dirty = true;
    TAILQ_INSERT_TAIL(&conn->endpoint->dirty, conn, dirty);
}

void conn_schedule(struct quic_conn *conn)
{
    uint64_t deadline = ngtcp2_conn_get_expiry(conn->quic);
    if (conn->state == CONN_HANDSHAKE && conn->handshake_deadline < deadline)
        deadline = conn->handshake_deadline;
    if (deadline <= conn->endpoint->now)
        deadline = conn->endpoint->now + SPIN_GUARD_NS;
    if (deadline == NEVER)
        deadline = NEVER - 1; /* stays in the heap, where moving it can't fail */
    int rc = heap_set(&conn->endpoint->timers, &conn->timer, deadline);
    if (rc != 0)
        conn_end(conn, rc, false, FAREWELL_SILENT, NULL);
}

void conn_path_out(const struct quic_conn *conn, const ngtcp2_path *path, struct quic_path *out)
{
    sockaddr_to_addr(path->remote.addr, path->remote.addrlen, &out->remote);
    sockaddr_to_addr(path->local.addr, path->local.addrlen, &out->local);
    if (conn->dialled)
        out->local = conn->local;
    else if (addr_is_wildcard(&out->local))
        out->local = (struct addr){0};
}

/* The peer of an accepted connection may move behind its NAT; ngtcp2 checks the new path before it
 * becomes the connection's. */
static void follow_path(struct quic_conn *conn)
{
    const ngtcp2_path *path = ngtcp2_conn_get_path(conn->quic);
    struct quic_path now;
    conn_path_out(conn, path, &now);
    conn->remote = now.remote;
    if (!addr_is_none(&now.local))
        conn->local = now.local;
}

static void read_from(struct quic_conn *conn, const struct addr *local, const struct addr *remote,
                      const uint8_t *data, size_t len)
{
    union sockaddr_any ends[2];
    ngtcp2_path path = {
        .local = {.addr = &ends[0].sa, .addrlen = sockaddr_from_addr(&ends[0], local)},
        .remote = {.addr = &ends[1].sa, .addrlen = sockaddr_from_addr(&ends[1], remote)},
    };
    ngtcp2_pkt_info info = {0};
    int rc = ngtcp2_conn_read_pkt(conn->quic, &path, &info, data, len, conn->endpoint->now);
    if (rc == NGTCP2_ERR_DROP_CONN && !conn->dialled && conn->state == CONN_HANDSHAKE) {
        /* It only looked like an Initial: no handshake has failed. */
        conn->endpoint->stats.garbage++;
        conn_free(conn);
        return;
    }
    if (rc != 0) {
        conn_fail(conn, rc);
        return;
    }
    stream_unblock_all(&conn->streams);
    if (!conn->dialled)
        follow_path(conn);
    conn_mark_dirty(conn); /* its deadline is set when its last packet has gone */
}

void conn_read(struct quic_conn *conn, const struct quic_path *path, const uint8_t *data,
               size_t len)
{
    struct addr local = path->local;
    bool same = addr_equal(&path->remote, &conn->remote);
    /* Servers do not move (RFC 9000 section 9): another sender is a forger. */
    if (conn->dialled && !same) {
        conn->endpoint->stats.garbage++;
        return;
    }
    if (same)
        conn->heard_ns = conn->endpoint->now;
    if (conn->dialled && !addr_is_none(&local))
        conn->local = local;
    if (conn->dialled || addr_is_none(&local) || local.family != path->remote.family)
        local = (struct addr){.family = path->remote.family};
    read_from(conn, &local, &path->remote, data, len);
}

void conn_expire(struct quic_conn *conn)
{
    uint64_t now = conn->endpoint->now;
    if (conn->state == CONN_HANDSHAKE && now >= conn->handshake_deadline) {
        conn_fail(conn, NGTCP2_ERR_HANDSHAKE_TIMEOUT);
        return;
    }
    if (ngtcp2_conn_get_expiry(conn->quic) <= now) {
        int rc = ngtcp2_conn_handle_expiry(conn->quic, now);
        if (rc != 0) {
            conn_fail(conn, rc);
            return;
        }
        conn_mark_dirty(conn);
    }
    conn_schedule(conn);
}
