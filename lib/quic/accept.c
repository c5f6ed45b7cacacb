#include "quic/inside.h"

#define HALF_OPEN_MAX                                                                              \
    64 /* unvalidated handshakes; above it, addresses must be proven by a Retry                    \
        */

#define INITIAL_DATAGRAM_MIN 1200 /* RFC 9000 section 14.1 */

static void accept_validated(struct quic_endpoint *endpoint, const struct quic_path *path,
                             const ngtcp2_pkt_hd *header, const ngtcp2_cid *original,
                             const uint8_t *data, size_t len)
{
    struct quic_conn *conn;
    /* Without memory the Initial is a lost packet. */
    if (conn_new_accepted(endpoint, path, header, original, &conn) != 0) {
        endpoint->stats.accept_refused++;
        return;
    }
    conn_read(conn, path, data, len);
}

/* Under load, whoever asks first shows that it receives at its address (RFC 9000 section 8.1). */
static void accept_initial(struct quic_endpoint *endpoint, const struct quic_path *path,
                           const ngtcp2_pkt_hd *header, const uint8_t *data, size_t len)
{
    struct quic_stats *stats = &endpoint->stats;
    ngtcp2_cid original;
    if (stateless_has_retry_token(header)) {
        if (stateless_check_token(&endpoint->stateless, endpoint->now, path, header, &original))
            accept_validated(endpoint, path, header, &original, data, len);
        else if (!stateless_refuse_token(&endpoint->outbox, path, header))
            stats->limited++;
        return;
    }
    if (endpoint->half_open < HALF_OPEN_MAX) {
        accept_validated(endpoint, path, header, NULL, data, len);
        return;
    }
    if (stateless_answer_retry(&endpoint->stateless, endpoint->now, &endpoint->outbox, path,
                               header))
        stats->retries_sent++;
    else
        stats->limited++;
}

void accept_packet(struct quic_endpoint *endpoint, const struct quic_path *path,
                   const uint8_t *data, size_t len)
{
    ngtcp2_pkt_hd header;
    if (len < INITIAL_DATAGRAM_MIN || ngtcp2_accept(&header, data, len) != 0 ||
        header.type != NGTCP2_PKT_INITIAL) {
        endpoint->stats.garbage++;
        return;
    }
    bool open = endpoint->accepting && endpoint->alpn_count > 0;
    if (!open || endpoint->accepted >= endpoint->config.accept_max) {
        endpoint->stats.accept_refused++;
        return;
    }
    accept_initial(endpoint, path, &header, data, len);
}
