#include "base/duration.h"
#include "link/peers_inside.h"

void dial_tell_up(struct peers *peers, const struct contact *contact, const struct addr *addr)
{
    struct peers_event event = contact_event(contact, PEERS_UP);
    event.addr = *addr;
    told_push(peers, &event, &contact->link.hello);
}

void dial_evict(struct peers *peers, uint64_t now, int victim)
{
    if (victim == POOL_NONE)
        return;
    struct contact *contact = peers->slots[victim];
    peers->slots[victim] = NULL;
    contact->slot = POOL_NONE; /* it has left the pool already */
    contact_close(peers, now, contact, ERR_CLOSED, QUIC_REASON_EVICTED);
}

int dial_start(struct peers *peers, uint64_t now, int slot, const struct addr *addr,
               const struct name *expected, enum contact_kind kind, struct contact **dialled)
{
    struct quic_conn *conn;
    int rc = quic_dial(peers->endpoint, now, addr, ALPN_MEMBERS, &conn);
    if (rc != 0) {
        pool_failed(peers->pool, slot);
        return rc;
    }
    struct contact *contact = contact_new(peers, conn, addr, kind);
    if (!contact) {
        quic_conn_close(conn, now, QUIC_REASON_LIMIT);
        pool_failed(peers->pool, slot);
        return ERR_NO_MEMORY;
    }
    contact->expected = *expected;
    contact->slot = slot;
    peers->slots[slot] = contact;
    *dialled = contact;
    return 0;
}

static void tell_full(struct peers *peers, const struct name *name, const struct addr *addr,
                      const struct pool_grant *grant)
{
    struct peers_event event = {.kind = PEERS_FULL,
                                .name = *name,
                                .addr = *addr,
                                .current = grant->current,
                                .max = grant->max,
                                .lease = POOL_NONE};
    told_push(peers, &event, NULL);
}

/* Dials a member, or with an empty name whoever is at `addr`. */
static int dial(struct peers *peers, uint64_t now, const struct name *name, const struct addr *addr,
                struct contact **contact)
{
    char text[ADDR_TEXT_SIZE];
    struct pool_grant grant;
    struct peer *peer = NULL;
    if (!peers->dialling)
        return ERR_NOT_NOW;
    if (!name_is_empty(name) && !(peer = peer_make(peers, name)))
        return ERR_NO_MEMORY;
    const char *key = name_is_empty(name) ? addr_format(addr, text) : name->text;
    int rc = pool_acquire(peers->pool, now, key, &grant);
    if (rc == ERR_POOL_FULL)
        tell_full(peers, name, addr, &grant);
    if (rc == POOL_READY) { /* a link that stands, although it is listed elsewhere */
        pool_release(peers->pool, now, grant.lease, true);
        *contact = peers->slots[grant.lease];
    } else if (rc == POOL_DIAL) {
        dial_evict(peers, now, grant.victim);
        rc = dial_start(peers, now, grant.lease, addr, name, CONTACT_UNKNOWN, contact);
        if (rc == 0 && peer)
            peer_add(peer, *contact);
    }
    if (peer)
        peer_drop_empty(peers, peer);
    return rc;
}

/* A dial of an address that the member has left is of no use: what waits for it goes along to the
 * new one. */
static int redial(struct peers *peers, uint64_t now, struct contact *old, const struct name *name,
                  const struct addr *addr, struct contact **contact)
{
    struct link parked;
    link_init(&parked, old->link.conn);
    link_move_waiting(&parked, now, &old->link);
    old->silent = true;
    contact_close(peers, now, old, ERR_CLOSED, QUIC_REASON_DONE);
    int rc = dial(peers, now, name, addr, contact);
    if (rc == 0)
        link_move_waiting(&(*contact)->link, now, &parked);
    link_release(&parked);
    return rc;
}

static struct contact *of_peer(const struct peers *peers, const struct name *name)
{
    const struct peer *peer = peer_find(peers, name);
    return peer ? peer_best(peer) : NULL;
}

/* A link under our own name at exactly that address, or one that is being dialled. */
static struct contact *of_own_name(const struct peers *peers, const struct addr *addr)
{
    struct contact *contact;
    TAILQ_FOREACH(contact, &peers->contacts, all)
        if (contact->kind == CONTACT_ASIDE && contact->link.dialled &&
            contact->link.state == LINK_OPEN &&
            name_equal(&contact->link.name, &peers->self.name) &&
            (addr_is_none(addr) || addr_equal(&contact->addr, addr)))
            return contact;
    contact = of_peer(peers, &peers->self.name);
    return contact && addr_equal(&contact->addr, addr) ? contact : NULL;
}

static struct contact *standing(const struct peers *peers, const struct name *name,
                                const struct addr *addr)
{
    return name_equal(name, &peers->self.name) ? of_own_name(peers, addr) : of_peer(peers, name);
}

/* Whatever serves sends to `name` now, dialled if need be. */
static int reach(struct peers *peers, uint64_t now, const struct name *name,
                 const struct addr *addr, struct contact **contact)
{
    *contact = standing(peers, name, addr);
    if (addr_is_none(addr))
        return *contact ? 0 : ERR_NOT_FOUND;
    if (!*contact)
        return dial(peers, now, name, addr, contact);
    if ((*contact)->link.state == LINK_CONNECTING && !addr_equal(&(*contact)->addr, addr) &&
        peers->dialling)
        return redial(peers, now, *contact, name, addr, contact);
    return 0;
}

/* A reply to a push/pull goes back where it was asked. */
static int send_reply(struct peers *peers, uint64_t now, const struct name *to,
                      const struct message *message)
{
    const struct peer *peer = peer_find(peers, to);
    struct contact *contact = peer ? TAILQ_FIRST(&peer->contacts) : NULL;
    while (contact && !link_is_asked(&contact->link, message->sync.pseq))
        contact = TAILQ_NEXT(contact, of_peer);
    return contact ? contact_send(peers, now, contact, message, true) : ERR_NOT_FOUND;
}

/* The chunks of one push/pull belong on one stream, also when a better link has come up since. */
static struct contact *asked_before(const struct peers *peers, const struct name *to, uint64_t pseq)
{
    const struct peer *peer = peer_find(peers, to);
    struct contact *contact = peer ? TAILQ_FIRST(&peer->contacts) : NULL;
    while (contact && !link_asks(&contact->link, pseq))
        contact = TAILQ_NEXT(contact, of_peer);
    return contact;
}

static bool is_answer(enum message_type type)
{
    return type == MESSAGE_ACK || type == MESSAGE_NACK || type == MESSAGE_LEAVE_ACK;
}

/* An answer goes back the way its question came: two processes may hold one name for a while, and
 * only the one that asked waits for it. */
static struct contact *asked_just_now(const struct peers *peers, const struct name *to,
                                      enum message_type type)
{
    struct contact *asker = peers->asker;
    bool is_it = is_answer(type) && asker && asker->kind == CONTACT_MEMBER &&
                 !contact_is_closed(asker) && name_equal(&asker->link.name, to);
    return is_it ? asker : NULL;
}

int peers_send(struct peers *peers, uint64_t now, const struct name *to, const struct addr *addr,
               const struct message *message, bool reliable)
{
    const struct addr none = {.family = ADDR_NONE};
    struct contact *contact = asked_just_now(peers, to, message->type);
    peers->now = now;
    if (message->type == MESSAGE_SYNC && message->sync.reply)
        return send_reply(peers, now, to, message);
    if (message->type == MESSAGE_SYNC)
        contact = asked_before(peers, to, message->sync.pseq);
    int rc = contact ? 0 : reach(peers, now, to, addr ? addr : &none, &contact);
    return rc == 0 ? contact_send(peers, now, contact, message, reliable) : rc;
}

int peers_send_link(struct peers *peers, uint64_t now, uint64_t link, const struct message *message)
{
    struct contact *contact;
    peers->now = now;
    TAILQ_FOREACH(contact, &peers->contacts, all)
        if (contact->id == link && contact->kind != CONTACT_CONTROL)
            break;
    if (!contact || contact_is_closed(contact))
        return ERR_NOT_FOUND;
    return contact_send(peers, now, contact, message, false);
}

/* The contact that is or will be the answer to a dial of that address. */
static struct contact *at_addr(const struct peers *peers, const struct addr *addr)
{
    struct contact *contact, *found = NULL;
    TAILQ_FOREACH(contact, &peers->contacts, all) {
        bool open = contact->link.state == LINK_OPEN &&
                    (contact->kind == CONTACT_MEMBER ||
                     (contact->kind == CONTACT_ASIDE && contact->link.dialled));
        bool pending = contact->kind == CONTACT_UNKNOWN && contact->link.dialled &&
                       !contact_is_closed(contact);
        if (!addr_equal(&contact->addr, addr) || (!open && !pending))
            continue;
        if (open)
            return contact;
        found = contact;
    }
    return found;
}

int peers_dial(struct peers *peers, uint64_t now, const struct name *name, const struct addr *addr)
{
    const struct name nobody = {.text = ""};
    struct contact *contact = NULL;
    peers->now = now;
    int rc = 0;
    if (name && !name_is_empty(name))
        rc = reach(peers, now, name, addr, &contact);
    else if (!(contact = at_addr(peers, addr)))
        rc = dial(peers, now, &nobody, addr, &contact);
    if (rc == 0 && contact->link.state == LINK_OPEN)
        dial_tell_up(peers, contact, addr);
    return rc;
}

void peers_drop(struct peers *peers, uint64_t now, const struct name *name)
{
    struct contact *contact, *next;
    peers->now = now;
    for (contact = TAILQ_FIRST(&peers->contacts); contact; contact = next) {
        next = TAILQ_NEXT(contact, all);
        bool listed = contact->peer && name_equal(&contact->peer->name, name);
        if (listed)
            contact_close(peers, now, contact, ERR_CLOSED, QUIC_REASON_DEAD);
    }
}

void peers_stop_dialling(struct peers *peers)
{
    peers->dialling = false;
}

static bool is_member_link(const struct contact *contact)
{
    return contact->kind != CONTACT_CONTROL && !contact_is_closed(contact);
}

static void close_members(struct peers *peers, uint64_t now, int reason, enum quic_reason close)
{
    struct contact *contact;
    peers->now = now;
    peers->members_closed = true;
    TAILQ_FOREACH(contact, &peers->contacts, all)
        if (is_member_link(contact))
            contact_close(peers, now, contact, reason, close);
}

void peers_close_members(struct peers *peers, uint64_t now)
{
    close_members(peers, now, ERR_CLOSED, QUIC_REASON_SHUTDOWN);
}

void peers_yield(struct peers *peers, uint64_t now)
{
    peers_flush(peers, now);
    close_members(peers, now, ERR_CONFLICT, QUIC_REASON_CONFLICT);
}

size_t peers_member_links(const struct peers *peers)
{
    size_t count = 0;
    const struct contact *contact;
    TAILQ_FOREACH(contact, &peers->contacts, all)
        if (is_member_link(contact))
            count++;
    return count;
}

void peers_close_all(struct peers *peers, uint64_t now)
{
    struct contact *contact;
    bool tool = peers->hello.kind == HELLO_TOOL;
    peers->now = now;
    peers->members_closed = true;
    TAILQ_FOREACH(contact, &peers->contacts, all)
        contact_close(peers, now, contact, ERR_CLOSED,
                      tool ? QUIC_REASON_DONE : QUIC_REASON_SHUTDOWN);
}
