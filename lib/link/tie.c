#include "base/duration.h"
#include "link/peers_inside.h"

#include <stdlib.h>

#define LINGER_MIN_NS (20 * NS_PER_MS)

/* A process that has lost its old connections without a word dials anew, and so does the one that
 * takes its place. Whoever dials more would push out what others have dialled. */
#define ACCEPTED_PER_PEER 4

struct peer *peer_find(const struct peers *peers, const struct name *name)
{
    struct peer *peer;
    HASH_FIND(hh, peers->by_name, name, sizeof *name, peer);
    return peer;
}

struct peer *peer_make(struct peers *peers, const struct name *name)
{
    struct peer *peer = peer_find(peers, name);
    if (peer)
        return peer;
    peer = calloc(1, sizeof *peer);
    if (!peer)
        return NULL;
    peer->name = *name;
    TAILQ_INIT(&peer->contacts);
    HASH_ADD(hh, peers->by_name, name, sizeof peer->name, peer);
    return peer;
}

static void peer_free(struct peers *peers, struct peer *peer)
{
    HASH_DEL(peers->by_name, peer);
    free(peer);
}

void peer_add(struct peer *peer, struct contact *contact)
{
    contact->peer = peer;
    TAILQ_INSERT_HEAD(&peer->contacts, contact, of_peer);
}

void peer_remove(struct peers *peers, struct contact *contact)
{
    struct peer *peer = contact->peer;
    if (!peer)
        return;
    contact->peer = NULL;
    TAILQ_REMOVE(&peer->contacts, contact, of_peer);
    peer_drop_empty(peers, peer);
}

void peer_drop_empty(struct peers *peers, struct peer *peer)
{
    if (TAILQ_EMPTY(&peer->contacts) && !peer->up)
        peer_free(peers, peer);
}

void peers_free_peers(struct peers *peers)
{
    struct peer *peer, *next;
    HASH_ITER(hh, peers->by_name, peer, next)
        peer_free(peers, peer);
}

static bool is_link(const struct contact *contact)
{
    return contact->kind == CONTACT_MEMBER && contact->link.state == LINK_OPEN;
}

/* How well a contact would serve: an open link to the process that the member table holds, another
 * one that stays, one that will close, one whose hello is under way, one that still shakes hands.
 * What was accepted and has not said hello may be a tool. */
static unsigned merit(const struct peer *peer, const struct contact *contact)
{
    if (is_link(contact) && contact->loser)
        return 3;
    if (is_link(contact))
        return contact->link.hello.instance == peer->instance ? 5 : 4;
    if (!contact->link.dialled)
        return 0;
    switch (contact->link.state) {
    case LINK_GREETING:
        return 2;
    case LINK_CONNECTING:
        return 1;
    case LINK_OPEN:
    case LINK_CLOSED:
        break;
    }
    return 0;
}

/* Of equal ones the newest, which has proved most recently that it works; new ones come first. */
struct contact *peer_best(const struct peer *peer)
{
    struct contact *best = NULL, *contact;
    TAILQ_FOREACH(contact, &peer->contacts, of_peer)
        if (merit(peer, contact) > (best ? merit(peer, best) : 0))
            best = contact;
    return best;
}

bool peer_has_link(const struct peer *peer)
{
    const struct contact *contact;
    TAILQ_FOREACH(contact, &peer->contacts, of_peer)
        if (is_link(contact))
            return true;
    return false;
}

/* Of two links between the same instances the one that the smaller name dialled stays; both ends
 * know both names and say the same. Of two that the same side dialled its newer one stays, which
 * only the dialling side knows for sure: the other leaves it to it. */
static struct contact *loser_of(const struct peers *peers, struct contact *newer,
                                struct contact *older)
{
    bool we_dial = name_compare(&peers->self.name, &newer->link.name) < 0;
    if (newer->link.dialled == older->link.dialled)
        return newer->link.dialled ? older : NULL;
    return newer->link.dialled == we_dial ? older : newer;
}

void tie_close_surplus(struct peers *peers, uint64_t now, struct peer *peer)
{
    size_t count = 0;
    struct contact *contact, *next;
    for (contact = TAILQ_FIRST(&peer->contacts); contact; contact = next) {
        next = TAILQ_NEXT(contact, of_peer);
        if (is_link(contact) && !contact->link.dialled && ++count > ACCEPTED_PER_PEER)
            contact_close(peers, now, contact, ERR_CLOSED, QUIC_REASON_EVICTED);
    }
}

void tie_mark_losers(struct peers *peers, struct peer *peer)
{
    struct contact *newer, *older;
    TAILQ_FOREACH(newer, &peer->contacts, of_peer)
        newer->loser = false;
    TAILQ_FOREACH(newer, &peer->contacts, of_peer) {
        for (older = TAILQ_NEXT(newer, of_peer); older; older = TAILQ_NEXT(older, of_peer)) {
            if (!is_link(newer) || !is_link(older) ||
                newer->link.hello.instance != older->link.hello.instance)
                continue;
            struct contact *loser = loser_of(peers, newer, older);
            if (loser)
                loser->loser = true;
        }
    }
    TAILQ_FOREACH(newer, &peer->contacts, of_peer)
        contact_schedule(peers, newer);
}

/* The news of an instance may come over a link of another one: as long as there is no link to the
 * instance that the member table holds, another is better than none. One that comes later stays: it
 * may be the member's new process, of which the table does not know yet. */
static void close_other_instances(struct peers *peers, uint64_t now, struct peer *peer)
{
    bool held = false;
    struct contact *contact, *next;
    TAILQ_FOREACH(contact, &peer->contacts, of_peer)
        held = held || (is_link(contact) && contact->link.hello.instance == peer->instance);
    for (contact = TAILQ_FIRST(&peer->contacts); held && contact; contact = next) {
        next = TAILQ_NEXT(contact, of_peer);
        if (is_link(contact) && contact->link.hello.instance != peer->instance)
            contact_close(peers, now, contact, ERR_CLOSED, QUIC_REASON_DUPLICATE);
    }
}

/* What the other side had on its way to a loser when it learned of the tie must still get here. */
uint64_t tie_linger_ns(const struct contact *contact)
{
    uint64_t span = 4 * quic_conn_rtt_ns(contact->link.conn);
    return span > LINGER_MIN_NS ? span : LINGER_MIN_NS;
}

void peers_set_instance(struct peers *peers, uint64_t now, const struct name *name,
                        uint64_t instance)
{
    peers->now = now;
    struct peer *peer = peer_find(peers, name);
    if (!peer)
        return;
    if (peer->instance == instance)
        return;
    peer->instance = instance;
    close_other_instances(peers, now, peer);
}
