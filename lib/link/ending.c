#include "link/leg.h"
#include "link/peers_inside.h"

static void tell_end_of_lease(struct peers *peers, const struct contact *contact, int lease,
                              int reason)
{
    if (!contact->taken)
        return;
    struct peers_event event = contact_event(contact, contact->fresh ? PEERS_FAILED : PEERS_LOST);
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
    struct peers_event event = contact_event(contact, PEERS_FAILED);
    if (contact->silent)
        return;
    const struct peer *peer = peer_find(peers, &event.name);
    if (peer && peer_has_link(peer)) {
        dial_tell_up(peers, peer_best(peer), &contact->addr);
        return;
    }
    bool own = reason == ERR_EXISTS || reason == ERR_NAME_MISMATCH || reason == ERR_ROLE;
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
    bool lost = ending->reason == ERR_RESET || (ending->reason == ERR_CLOSED && ending->by_peer &&
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

static bool is_failure(const struct ending *ending)
{
    if (ending->reason == ERR_IDLE)
        return false;
    return ending->reason != ERR_CLOSED || (ending->by_peer && !is_housekeeping(ending->close));
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
    contact_schedule(peers, contact);
    contact_leave_pool(peers, contact, is_failure(ending));
    tell_closed(peers, contact, ending->why);
    if (contact->link.dialled && was == LINK_CONNECTING && leg_is_rejection(ending->reason))
        tell_rejected(peers, contact, ending->reason);
    switch (contact->kind) {
    case CONTACT_CONTROL:
        answers_on_end(peers, contact);
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
