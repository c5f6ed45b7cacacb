#include "quic/ticket.h"

#include <stdlib.h>
#include <string.h>

struct ticket {
    TAILQ_ENTRY(ticket) link;
    struct addr remote;
    gnutls_datum_t session;
    char alpn[];
};

void ticket_init_all(struct tickets *tickets)
{
    TAILQ_INIT(&tickets->list);
    tickets->count = 0;
}

static gnutls_datum_t take_out(struct tickets *tickets, struct ticket *ticket)
{
    gnutls_datum_t session = ticket->session;
    TAILQ_REMOVE(&tickets->list, ticket, link);
    tickets->count--;
    free(ticket);
    return session;
}

static void discard(gnutls_datum_t session)
{
    gnutls_memset(session.data, 0, session.size);
    gnutls_free(session.data);
}

bool ticket_take(struct tickets *tickets, const struct addr *remote, const char *alpn,
                 gnutls_datum_t *session)
{
    struct ticket *ticket;
    TAILQ_FOREACH(ticket, &tickets->list, link)
    {
        if (addr_equal(&ticket->remote, remote) && strcmp(ticket->alpn, alpn) == 0) {
            *session = take_out(tickets, ticket);
            return true;
        }
    }
    return false;
}

void ticket_put(struct tickets *tickets, const struct addr *remote, const char *alpn,
                gnutls_datum_t session)
{
    gnutls_datum_t older;
    if (ticket_take(tickets, remote, alpn, &older))
        discard(older);
    if (tickets->count >= TICKETS_MAX)
        discard(take_out(tickets, TAILQ_FIRST(&tickets->list)));
    size_t len = strlen(alpn) + 1;
    struct ticket *ticket = malloc(sizeof(*ticket) + len);
    if (ticket == NULL) {
        discard(session);
        return;
    }
    ticket->remote = *remote;
    ticket->session = session;
    memcpy(ticket->alpn, alpn, len);
    TAILQ_INSERT_TAIL(&tickets->list, ticket, link);
    tickets->count++;
}

void ticket_free_all(struct tickets *tickets)
{
    while (!TAILQ_EMPTY(&tickets->list))
        discard(take_out(tickets, TAILQ_FIRST(&tickets->list)));
}
