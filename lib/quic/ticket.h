/**
 * TLS session tickets of servers that we have dialled (RFC 8446 section 4.6.1), in memory only. A
 * ticket saves both sides the signatures of the next handshake; the peer's certificate is judged
 * again all the same. Each is used once, and never for early data, which could be replayed.
 */
#ifndef QUIC_TICKET_H
#define QUIC_TICKET_H

#include "base/addr.h"

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#define TICKETS_MAX 256 /* a few kilobytes each */

struct ticket;
TAILQ_HEAD(ticket_list, ticket);

struct tickets {
    struct ticket_list list; /* oldest first */
    size_t count;
};

void ticket_init_all(struct tickets *tickets);

/** Keeps the session of `remote` and `alpn` in place of an older one. Takes over `session`, which
 * is freed at once if there is no memory. */
void ticket_put(struct tickets *tickets, const struct addr *remote, const char *alpn,
                gnutls_datum_t session);

/** Takes it out; the caller frees `session->data` by gnutls_free. False: there is none. */
bool ticket_take(struct tickets *tickets, const struct addr *remote, const char *alpn,
                 gnutls_datum_t *session);

void ticket_free_all(struct tickets *tickets);

#endif
