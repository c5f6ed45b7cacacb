#include "link/peers_inside.h"

#include <string.h>

static struct contact *of_lease(const struct peers *peers, int lease)
{
    if (lease < 0 || lease >= POOL_SLOTS_MAX || !peers->slots[lease])
        return NULL;
    struct contact *contact = peers->slots[lease];
    return contact->kind == CONTACT_LEASED && contact->taken ? contact : NULL;
}

/* An idle connection is handed out only if it still leads to whom the caller expects. */
static bool reuse(struct peers *peers, uint64_t now, int lease, const struct name *expected)
{
    struct contact *contact = peers->slots[lease];
    bool same = name_is_empty(expected) || name_equal(expected, &contact->link.name);
    if (!same || !quic_conn_is_up(contact->link.conn)) {
        contact_close(peers, now, contact, same ? ERR_UNHEALTHY_CONNECTION : ERR_IDENTITY_MISMATCH,
                      same ? QUIC_REASON_UNHEALTHY : QUIC_REASON_MISMATCH);
        return false;
    }
    contact->taken = true;
    return true;
}

int peers_acquire(struct peers *peers, uint64_t now, const char *key, const struct addr *addr,
                  const struct name *expected, int *lease, size_t *current, size_t *max)
{
    const struct name nobody = {.text = ""};
    struct pool_grant grant;
    peers->now = now;
    if (!expected)
        expected = &nobody;
    if (!peers->dialling)
        return ERR_NOT_NOW;
    for (;;) {
        int rc = pool_acquire(peers->pool, now, key, &grant);
        if (rc < 0) {
            *current = grant.current;
            *max = grant.max;
            return rc;
        }
        dial_evict(peers, now, grant.victim);
        *lease = grant.lease;
        if (rc == POOL_DIAL)
            break;
        if (reuse(peers, now, grant.lease, expected))
            return 1;
    }
    struct contact *contact;
    int rc = dial_start(peers, now, grant.lease, addr, expected, CONTACT_LEASED, &contact);
    if (rc == 0)
        contact->taken = contact->fresh = true;
    return rc;
}

void lease_on_up(struct peers *peers, uint64_t now, struct contact *contact)
{
    (void)now;
    contact->fresh = false;
    struct peers_event event = contact_event(contact, PEERS_READY);
    event.fresh = true;
    event.handshake_ns = quic_conn_handshake_ns(contact->link.conn);
    told_push(peers, &event, NULL);
}

int peers_lease_send(struct peers *peers, uint64_t now, int lease, const struct message *message)
{
    struct contact *contact = of_lease(peers, lease);
    peers->now = now;
    return contact ? contact_send(peers, now, contact, message, false) : ERR_NOT_FOUND;
}

bool peers_lease_heard_since(const struct peers *peers, int lease, uint64_t since)
{
    const struct contact *contact = of_lease(peers, lease);
    return contact && quic_conn_last_heard_ns(contact->link.conn) >= since;
}

void peers_lease_keep_alive(struct peers *peers, int lease, uint64_t ns)
{
    const struct contact *contact = of_lease(peers, lease);
    if (contact)
        quic_conn_keep_alive(contact->link.conn, ns);
}

void peers_release(struct peers *peers, uint64_t now, int lease, bool ok)
{
    struct contact *contact = of_lease(peers, lease);
    peers->now = now;
    if (!contact)
        return;
    contact->taken = false;
    if (ok && contact->link.state != LINK_CONNECTING)
        pool_release(peers->pool, now, lease, true);
    else
        contact_close(peers, now, contact, ERR_UNHEALTHY_CONNECTION, QUIC_REASON_UNHEALTHY);
}

void peers_finish(struct peers *peers, uint64_t now, int lease)
{
    struct contact *contact = of_lease(peers, lease);
    peers->now = now;
    if (!contact)
        return;
    contact->taken = false;
    contact_close(peers, now, contact, ERR_CLOSED, QUIC_REASON_DONE);
}

void peers_finish_idle(struct peers *peers, uint64_t now, const char *key)
{
    struct pool_row row;
    peers->now = now;
    for (size_t cursor = 0; pool_next_row(peers->pool, &cursor, &row);)
        if (row.state == POOL_IDLE && row.dialled && strcmp(row.key, key) == 0)
            contact_close(peers, now, peers->slots[row.lease], ERR_CLOSED, QUIC_REASON_DONE);
}

const struct name *peers_lease_name(const struct peers *peers, int lease)
{
    static const struct name nobody = {.text = ""};
    const struct contact *contact = of_lease(peers, lease);
    return contact ? &contact->link.name : &nobody;
}
