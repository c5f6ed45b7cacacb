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
    size_t count = 1;
    struct contact *contact;
    TAILQ_FOREACH(contact, &peers->contacts, all)
        count++;
    contact = calloc(1, sizeof *contact);
    if (!contact)
        return NULL;
    heap_node_init(&contact->timer);
    if (told_reserve(peers, count) != 0 || heap_set(&peers->timers, &contact->timer, FAR) != 0) {
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
    quic_conn_set_user(conn, contact);
    return contact;
}

void contact_free(struct peers *peers, struct contact *contact)
{
    if (peers->reading == contact)
        peers->reading = NULL;
    heap_remove(&peers->timers, &contact->timer);
    TAILQ_REMOVE(&peers->contacts, contact, all);
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
    };
}

/* Its end. */

static void tell_end_of_lease(struct peers *peers, const struct contact *contact, int lease,
                              int reason)
{
    if (!contact->taken)
        return;
    struct peers_event event =
        contact_event(contact, contact->fresh ? PEERS_FAILED : PEERS_LOST);
    event.reason = reason;
    event.leg = leg_of(reason);
    event.lease = lease;
    told_push(peers, &event, NULL);
}

/* A dial that was answered in another way is no failure: by a link that the other side dialled, or
 * by one that stood already under the name that this one turned out to have. */
static void tell_failed(struct peers *peers, const struct contact *contact, enum link_state was,
                        int reason)
{
    if (contact->silent)
        return;
    const struct peer *peer = peer_find(peers, contact_name(contact));
    if (peer && peer_has_link(peer)) {
        dial_tell_up(peers, peer_best(peer), &contact->addr);
        return;
    }
    bool own = reason == ERR_EXISTS || reason == ERR_NAME_MISMATCH || reason == ERR_ROLE;
    struct peers_event event = contact_event(contact, PEERS_FAILED);
    event.reason = reason;
    event.leg = was == LINK_CONNECTING || own ? leg_of(reason) : "handshake";
    told_push(peers, &event, NULL);
}

static void tell_rejected(struct peers *peers, const struct contact *contact, int reason)
{
    struct peers_event event = contact_event(contact, PEERS_REJECTED);
    event.reason = reason;
    peers->stats.rejected++;
    told_push(peers, &event, NULL);
}

/* Reasons of the peer's that say nothing about its life. */
static bool is_housekeeping(enum quic_reason close)
{
    return close == QUIC_REASON_IDLE || close == QUIC_REASON_DUPLICATE ||
           close == QUIC_REASON_EVICTED || close == QUIC_REASON_SHUTDOWN ||
           close == QUIC_REASON_DONE;
}

/* How a contact ended. */
struct ending {
    int reason;
    const char *why; /* for PEERS_CLOSED */
    bool by_peer;
    enum quic_reason close;
};

static void tell_hint(struct peers *peers, const struct contact *contact,
                      const struct ending *ending)
{
    bool lost = ending->reason == ERR_RESET ||
                (ending->reason == ERR_CLOSED && ending->by_peer &&
                 !is_housekeeping(ending->close));
    if (!lost)
        return;
    struct peers_event event = contact_event(contact, PEERS_HINT);
    event.reason = ending->reason;
    told_push(peers, &event, NULL);
}

static void tell_down(struct peers *peers, const struct contact *contact, int reason)
{
    struct peers_event event = contact_event(contact, PEERS_DOWN);
    event.reason = reason;
    told_push(peers, &event, NULL);
}

static void end_member_link(struct peers *peers, struct contact *contact,
                            const struct ending *ending)
{
    struct peer *peer = contact->peer;
    tell_hint(peers, contact, ending);
    if (peer->up && !peer_has_link(peer)) {
        peer->up = false;
        tell_down(peers, contact, ending->reason);
    }
}

static void leave_pool(struct peers *peers, struct contact *contact, const struct ending *ending)
{
    if (contact->slot == POOL_NONE)
        return;
    bool harmless = ending->reason == ERR_IDLE ||
                    (ending->reason == ERR_CLOSED &&
                     (!ending->by_peer || is_housekeeping(ending->close)));
    peers->slots[contact->slot] = NULL;
    if (harmless)
        pool_remove(peers->pool, contact->slot);
    else
        pool_failed(peers->pool, contact->slot);
    contact->slot = POOL_NONE;
}

static void tell_closed(struct peers *peers, struct contact *contact, const char *why)
{
    if (!contact->told)
        return;
    contact->told = false;
    struct peers_event event = contact_event(contact, PEERS_CLOSED);
    event.why_closed = why;
    told_push(peers, &event, NULL);
}

/* Any state -> CLOSED. First out of the pool and off its peer, then told. */
static void end(struct peers *peers, struct contact *contact, const struct ending *ending)
{
    enum link_state was = contact->link.state;
    int lease = contact->slot;
    link_shut(&contact->link);
    (void)heap_set(&peers->timers, &contact->timer, FAR); /* a move, which can't fail */
    leave_pool(peers, contact, ending);
    tell_closed(peers, contact, ending->why);
    if (contact->link.dialled && was == LINK_CONNECTING && leg_is_rejection(ending->reason))
        tell_rejected(peers, contact, ending->reason);
    switch (contact->kind) {
    case CONTACT_CONTROL:
        control_on_end(peers, contact);
        break;
    case CONTACT_LEASED:
        tell_end_of_lease(peers, contact, lease, ending->reason);
        break;
    case CONTACT_MEMBER:
        end_member_link(peers, contact, ending);
        break;
    case CONTACT_ASIDE:
        if (contact->link.dialled)
            tell_down(peers, contact, ending->reason);
        break;
    case CONTACT_UNKNOWN:
        if (contact->link.dialled)
            tell_failed(peers, contact, was, ending->reason);
        break;
    }
    struct peer *peer = contact->peer;
    bool stays = peer && peer_has_link(peer);
    peer_remove(peers, contact);
    if (stays)
        tie_mark_losers(peers, peer);
}

void contact_on_down(struct peers *peers, struct contact *contact, const struct quic_event *event)
{
    struct ending ending = {.reason = event->reason,
                            .why = event->reason == ERR_CLOSED ? quic_reason_text(event->close)
                                                               : err_name(event->reason),
                            .by_peer = event->by_peer,
                            .close = event->close};
    if (event->reason == ERR_CLOSED && event->close == QUIC_REASON_SELF)
        ending.reason = ERR_EXISTS;
    if (!contact_is_closed(contact))
        end(peers, contact, &ending);
    contact_free(peers, contact);
}

void contact_close(struct peers *peers, uint64_t now, struct contact *contact, int reason,
                   enum quic_reason close)
{
    if (contact_is_closed(contact))
        return;
    struct ending ending = {.reason = reason, .why = quic_reason_text(close), .close = close};
    end(peers, contact, &ending);
    quic_conn_close(contact->link.conn, now, close);
    peers->unflushed = true;
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

/* An accepted member's link enters the pool when it has proved to be one. False: it had to close. */
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
    tie_decide(peers, now, peer);
}

/* Under our own name, but not ourselves: whoever dialled it is told, and nothing is sent there that is
 * not meant for it. It leaves the pool. */
static void become_aside(struct peers *peers, struct contact *contact)
{
    struct ending ending = {.reason = ERR_CLOSED, .close = QUIC_REASON_DONE};
    peer_remove(peers, contact);
    leave_pool(peers, contact, &ending);
    contact->kind = CONTACT_ASIDE;
    if (contact->link.dialled)
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
        become_aside(peers, contact);
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
    int found = link_next_early(&contact->link, &peers->message);
    return on_found(peers, now, contact, found, event);
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
    if (contact->link.state == LINK_GREETING)
        deadline = duration_add(contact->up_ns, peers->config.connect_timeout_ns);
    uint64_t sync = link_oldest_sync(&contact->link);
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
    if (now >= SYNC_STALE_NS)
        link_expire_syncs(&contact->link, now - SYNC_STALE_NS);
    if (contact->loser && link_is_quiet(&contact->link) &&
        now >= contact->active_ns + tie_linger_ns(contact)) {
        contact_close(peers, now, contact, ERR_CLOSED, QUIC_REASON_DUPLICATE);
        return;
    }
    contact_schedule(peers, contact);
}
