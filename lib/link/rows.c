#include "link/peers_inside.h"

static const char *state_of(const struct contact *contact)
{
    if (contact->kind != CONTACT_CONTROL && contact->link.state == LINK_CONNECTING)
        return pool_state_text(POOL_CONNECTING);
    bool used = contact->kind == CONTACT_LEASED && contact->taken;
    return pool_state_text(used ? POOL_IN_USE : POOL_IDLE);
}

bool peers_next_row(const struct peers *peers, uint64_t now, size_t *cursor, struct peers_row *row)
{
    const struct contact *contact;
    TAILQ_FOREACH(contact, &peers->contacts, all)
        if (contact->id > *cursor && !contact_is_closed(contact))
            break;
    if (!contact)
        return false;
    *cursor = contact->id;
    *row = (struct peers_row){
        .name = name_is_empty(&contact->link.name) ? contact->expected : contact->link.name,
        .addr = contact->addr,
        .dialled = contact->link.dialled,
        .tool = !contact->link.dialled && contact->kind != CONTACT_MEMBER,
        .state = state_of(contact),
        .age_ns = now - contact->began_ns,
        .uses = contact->uses,
        .rtt_ns = quic_conn_rtt_ns(contact->link.conn),
        .cert_until_ns = quic_conn_peer_until_ns(contact->link.conn),
    };
    return true;
}

const struct pool_stats *peers_pool_stats(const struct peers *peers)
{
    return pool_stats(peers->pool);
}

void rows_refresh(struct peers *peers)
{
    const struct quic_stats *quic = quic_endpoint_stats(peers->endpoint);
    peers->stats.packets_in = quic->packets_in;
    peers->stats.packets_out = quic->packets_out;
    peers->stats.bytes_in = quic->bytes_in;
    peers->stats.bytes_out = quic->bytes_out;
    peers->stats.garbage = quic->garbage;
}

const struct peers_stats *peers_stats(const struct peers *peers)
{
    return &peers->stats;
}
