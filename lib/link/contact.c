#include "base/duration.h"
#include "link/leg.h"
#include "link/peers_inside.h"

#include <stdlib.h>

#define SYNC_STALE_NS (30 * NS_PER_S) /* a push/pull without progress for so long is given up */

/* A heap that always holds every contact can take a deadline without needing memory. */
#define FAR (NEVER - 1)

struct contact *contact_new(struct peers *peers, struct quic_conn *conn, const struct addr *addr,
                            enum contact_kind kind)
{
    struct contact *contact = calloc(1, sizeof *contact);
    if (!contact)
        return NULL;
    heap_node_init(&contact->timer);
    if (told_reserve(peers, peers->contact_count + 1) != 0 ||
        heap_set(&peers->timers, &contact->timer, FAR) != 0) {
        free(contact);
        return NULL;
    }
    link_init(&contact->link, conn);
    contact->kind = kind;
    contact->id = ++peers->last_id;
    contact->addr = *addr;
    contact->slot = POOL_NONE;
    contact->began_ns = contact->active_ns = peers->now;
    TAILQ_INSERT_TAIL(&peers->contacts, contact, all);
    peers->contact_count++;
    quic_conn_set_user(conn, contact);
    return contact;
}

void contact_free(struct peers *peers, struct contact *contact)
{
    if (peers->reading == contact)
        peers->reading = NULL;
    if (peers->asker == contact)
        peers->asker = NULL;
    heap_remove(&peers->timers, &contact->timer);
    TAILQ_REMOVE(&peers->contacts, contact, all);
    peers->contact_count--;
    peer_remove(peers, contact);
    link_release(&contact->link);
    free(contact);
}

bool contact_is_closed(const struct contact *contact)
{
    return contact->link.state == LINK_CLOSED;
}

struct contact *contact_of_timer(struct heap_node *timer)
{
    return (struct contact *)((char *)timer - offsetof(struct contact, timer));
}

static const struct name *contact_name(const struct contact *contact)
{
    return name_is_empty(&contact->link.name) ? &contact->expected : &contact->link.name;
}

struct peers_event contact_event(const struct contact *contact, enum peers_event_kind kind)
{
    return (struct peers_event){
        .kind = kind,
        .name = *contact_name(contact),
        .addr = contact->addr,
        .role = contact->link.role,
        .dialled = contact->link.dialled,
        .resumed = quic_conn_is_resumed(contact->link.conn),
        .payload_max = quic_conn_payload_max(contact->link.conn),
        .lease = contact->kind == CONTACT_LEASED ? contact->slot : POOL_NONE,
        .cert_until_ns = quic_conn_peer_until_ns(contact->link.conn),
    };
}

void contact_leave_pool(struct peers *peers, struct contact *contact, bool failed)
{
    if (contact->slot == POOL_NONE)
        return;
    peers->slots[contact->slot] = NULL;
    if (failed)
        pool_failed(peers->pool, contact->slot);
    else
        pool_remove(peers->pool, contact->slot);
    contact->slot = POOL_NONE;
}

/* Room for tools. */

static bool is_tool(const struct contact *contact)
{
    return !contact->link.dialled && !contact_is_closed(contact) &&
           (contact->kind == CONTACT_ASIDE || contact->kind == CONTACT_CONTROL);
}

void contact_make_room(struct peers *peers, uint64_t now, struct contact *tool)
{
    size_t count = 0;
    struct contact *contact, *idle = tool;
    TAILQ_FOREACH(contact, &peers->contacts, all) {
        if (!is_tool(contact))
            continue;
        count++;
        if (contact->active_ns < idle->active_ns && !answers_serve(peers, contact))
            idle = contact;
    }
    if (count > peers->config.tools_max)
        contact_close(peers, now, idle, ERR_CLOSED, QUIC_REASON_EVICTED);
}

/* Up and hello. */

static struct msg_hello hello_now(const struct peers *peers, uint64_t now)
{
    struct msg_hello hello = peers->hello;
    hello.version = WIRE_VERSION;
    hello.age_ms += (now - peers->hello_ns) / NS_PER_MS;
    return hello;
}

static void tell_opened(struct peers *peers, struct contact *contact)
{
    struct peers_event event = contact_event(contact, PEERS_OPENED);
    contact->told = true;
    told_push(peers, &event, NULL);
}

static void enter_pool_dialled(struct peers *peers, uint64_t now, struct contact *contact)
{
    pool_opened(peers->pool, now, contact->slot);
    if (contact->kind != CONTACT_LEASED) {
        pool_rename(peers->pool, contact->slot, contact->link.name.text);
        pool_release(peers->pool, now, contact->slot, true);
    }
    tell_opened(peers, contact);
}

void contact_on_up(struct peers *peers, uint64_t now, struct contact *contact)
{
    const struct spiffe *who = quic_conn_peer(contact->link.conn);
    contact->active_ns = contact->up_ns = now;
    if (contact->kind == CONTACT_CONTROL) {
        contact->link.name = who->name;
        contact->link.role = who->role;
        contact_make_room(peers, now, contact);
        return;
    }
    if (peers->members_closed) {
        contact_close(peers, now, contact, ERR_CLOSED, QUIC_REASON_SHUTDOWN);
        return;
    }
    if (!name_is_empty(&contact->expected) && !name_equal(&contact->expected, &who->name)) {
        contact_close(peers, now, contact, ERR_NAME_MISMATCH, QUIC_REASON_MISMATCH);
        return;
    }
    struct msg_hello hello = hello_now(peers, now);
    int rc = link_greet(&contact->link, now, &hello);
    if (rc != 0) {
        contact_close(peers, now, contact, rc, QUIC_REASON_LIMIT);
        return;
    }
    peers->early = true; /* a datagram may have come within the packet that completed it */
    quic_conn_keep_alive(contact->link.conn, peers->config.keep_alive_ns);
    if (contact->link.dialled)
        enter_pool_dialled(peers, now, contact);
    if (contact->kind == CONTACT_LEASED)
        lease_on_up(peers, now, contact);
    contact_schedule(peers, contact);
}

/* An accepted member's link enters the pool when it has proved to be one. False: it had to close.
 */
static bool enter_pool_accepted(struct peers *peers, uint64_t now, struct contact *contact)
{
    struct pool_grant grant;
    if (pool_adopt(peers->pool, now, contact->link.name.text, &grant) != 0) {
        struct peers_event full = contact_event(contact, PEERS_FULL);
        full.current = grant.current;
        full.max = grant.max;
        told_push(peers, &full, NULL);
        contact_close(peers, now, contact, ERR_POOL_FULL, QUIC_REASON_LIMIT);
        return false;
    }
    contact->slot = grant.lease;
    peers->slots[grant.lease] = contact;
    dial_evict(peers, now, grant.victim);
    tell_opened(peers, contact);
    return true;
}

/* What waits for another handshake with the same member need not wait any longer. */
static void send_what_waits(uint64_t now, struct contact *contact, struct peer *peer)
{
    struct contact *other;
    TAILQ_FOREACH(other, &peer->contacts, of_peer)
        if (other->link.state == LINK_CONNECTING)
            link_move_waiting(&contact->link, now, &other->link);
}

static void become_member(struct peers *peers, uint64_t now, struct contact *contact)
{
    struct peer *peer = peer_make(peers, &contact->link.name);
    if (!peer) {
        contact_close(peers, now, contact, ERR_NO_MEMORY, QUIC_REASON_LIMIT);
        return;
    }
    if (contact->peer != peer) {
        peer_remove(peers, contact);
        peer_add(peer, contact);
    }
    contact->kind = CONTACT_MEMBER;
    if (!contact->link.dialled && !enter_pool_accepted(peers, now, contact))
        return;
    peer->up = true;
    dial_tell_up(peers, contact, &contact->addr);
    tie_close_surplus(peers, now, peer);
    tie_mark_losers(peers, peer);
    send_what_waits(now, contact, peer);
}

/* A tool, or a node under our own name that is not ourselves: nothing is sent there that is not
 * meant for it. It leaves the pool. Of another node under our name the user is told, whoever dialled:
 * only one of the two can keep it. */
static void become_aside(struct peers *peers, uint64_t now, struct contact *contact)
{
    peer_remove(peers, contact);
    contact_leave_pool(peers, contact, false);
    contact->kind = CONTACT_ASIDE;
    if (!contact->link.dialled)
        contact_make_room(peers, now, contact);
    if (contact->link.hello.kind == HELLO_NODE && !contact_is_closed(contact))
        dial_tell_up(peers, contact, &contact->addr);
}

static void on_hello(struct peers *peers, uint64_t now, struct contact *contact)
{
    const struct link *link = &contact->link;
    bool node = link->hello.kind == HELLO_NODE;
    bool own = name_equal(&link->name, &peers->self.name);
    contact->active_ns = now;
    contact_schedule(peers, contact);
    if (node && link->role != ROLE_MEMBER) {
        peers->stats.forbidden++;
        contact_close(peers, now, contact, ERR_ROLE, QUIC_REASON_ROLE);
    } else if (own && link->hello.instance == peers->hello.instance) {
        contact_close(peers, now, contact, ERR_EXISTS, QUIC_REASON_SELF);
    } else if (contact->kind == CONTACT_LEASED) {
        return;
    } else if (link->dialled && !node) {
        contact_close(peers, now, contact, ERR_ROLE, QUIC_REASON_ROLE);
    } else if (!node || own) {
        become_aside(peers, now, contact);
    } else {
        become_member(peers, now, contact);
    }
}

/* Messages. */

void contact_on_broken_rule(struct peers *peers, uint64_t now, struct contact *contact, int rc)
{
    switch (rc) {
    case ERR_VERSION:
        contact_close(peers, now, contact, rc, QUIC_REASON_VERSION);
        break;
    case ERR_ROLE:
        peers->stats.forbidden++;
        contact_close(peers, now, contact, rc, QUIC_REASON_ROLE);
        break;
    case ERR_MALFORMED:
        peers->stats.malformed++;
        contact_close(peers, now, contact, rc, QUIC_REASON_MALFORMED);
        break;
    default:
        contact_close(peers, now, contact, rc, QUIC_REASON_LIMIT);
        break;
    }
}

static void note_use(struct peers *peers, uint64_t now, struct contact *contact)
{
    contact->active_ns = now;
    contact->uses++;
    if (contact->slot != POOL_NONE)
        pool_touch(peers->pool, now, contact->slot);
}

static void show_message(struct peers *peers, uint64_t now, struct contact *contact,
                         struct peers_event *event)
{
    peers->stats.messages_in++;
    note_use(peers, now, contact);
    *event = contact_event(contact, PEERS_MESSAGE);
    event->message = &peers->message;
    peers->asker = contact;
    event->link = contact->kind == CONTACT_MEMBER ? 0 : contact->id;
}

static bool on_found(struct peers *peers, uint64_t now, struct contact *contact, int found,
                     struct peers_event *event)
{
    switch (found) {
    case LINK_NOTHING:
        break;
    case LINK_HELLO:
        on_hello(peers, now, contact);
        break;
    case LINK_UNKNOWN:
        peers->stats.unknown_messages++;
        break;
    case LINK_MESSAGE:
        show_message(peers, now, contact, event);
        return true;
    default:
        contact_on_broken_rule(peers, now, contact, found);
        break;
    }
    return false;
}

bool contact_read(struct peers *peers, uint64_t now, struct contact *contact,
                  struct peers_event *event)
{
    int found = link_next(&contact->link, &peers->message);
    if (found == LINK_NOTHING)
        peers->reading = NULL;
    return on_found(peers, now, contact, found, event);
}

bool contact_read_early(struct peers *peers, uint64_t now, struct contact *contact,
                        struct peers_event *event)
{
    int found = LINK_UNKNOWN;
    bool shown = false;
    while (found != LINK_NOTHING && !shown) {
        found = link_next_early(&contact->link, &peers->message);
        shown = on_found(peers, now, contact, found, event);
    }
    return shown;
}

int contact_send(struct peers *peers, uint64_t now, struct contact *contact,
                 const struct message *message, bool reliable)
{
    int rc = link_send(&contact->link, now, message, reliable);
    if (rc != 0) {
        peers->stats.unsent++;
        return rc;
    }
    peers->stats.messages_out++;
    note_use(peers, now, contact);
    if (message->type == MESSAGE_SYNC)
        contact_schedule(peers, contact);
    return 0;
}

/* Time. */

void contact_schedule(struct peers *peers, struct contact *contact)
{
    uint64_t deadline = FAR;
    uint64_t sync = contact_is_closed(contact) ? NEVER : link_oldest_sync(&contact->link);
    if (contact->link.state == LINK_GREETING)
        deadline = duration_add(contact->up_ns, peers->config.connect_timeout_ns);
    if (contact->kind == CONTACT_CONTROL)
        deadline = answers_deadline(peers, contact);
    if (sync != NEVER && sync + SYNC_STALE_NS < deadline)
        deadline = sync + SYNC_STALE_NS;
    if (contact->loser && !contact_is_closed(contact)) {
        uint64_t quiet = contact->active_ns + tie_linger_ns(contact);
        if (quiet <= peers->now)
            quiet = peers->now + tie_linger_ns(contact);
        if (quiet < deadline)
            deadline = quiet;
    }
    if (deadline > FAR)
        deadline = FAR;
    (void)heap_set(&peers->timers, &contact->timer, deadline); /* a move, which can't fail */
}

void contact_check(struct peers *peers, uint64_t now, struct contact *contact)
{
    if (contact->link.state == LINK_GREETING &&
        now >= duration_add(contact->up_ns, peers->config.connect_timeout_ns)) {
        contact_close(peers, now, contact, ERR_TIMEOUT, QUIC_REASON_UNHEALTHY);
        return;
    }
    if (contact->kind == CONTACT_CONTROL)
        answers_check(peers, now, contact);
    if (now >= SYNC_STALE_NS)
        link_expire_syncs(&contact->link, now - SYNC_STALE_NS);
    if (contact->loser && link_is_quiet(&contact->link) &&
        now >= contact->active_ns + tie_linger_ns(contact)) {
        contact_close(peers, now, contact, ERR_CLOSED, QUIC_REASON_DUPLICATE);
        return;
    }
    contact_schedule(peers, contact);
}
