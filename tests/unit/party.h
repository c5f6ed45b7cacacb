/**
 * Several peers in one process, on loopback sockets: who comes, what each was told, and waiting for
 * it with a deadline.
 *
 *      party_make(&party);
 *      a = party_join(&party, "a", ROLE_MEMBER, 1, NULL);
 *      b = party_join(&party, "b", ROLE_MEMBER, 2, NULL);
 *      party_ping(a, b, 7);
 *      told = party_wait(&party, b, PEERS_MESSAGE, 1);
 */
#ifndef UNIT_PARTY_H
#define UNIT_PARTY_H

#include "link/peers.h"
#include "link/pool.h"

#define PARTY_MAX 6

struct guest;

/** An event, with what it pointed to. */
struct heard {
    struct peers_event event;
    struct msg_hello hello;
    enum message_type type; /* of PEERS_MESSAGE */
    uint64_t pseq;
    bool reply, last;
    size_t updates;
    struct pool_stats pool; /* when the event was handed out */
};

struct guest {
    struct peers *peers;
    struct identity *identity;
    struct addr addr;
    struct heard *heard;
    size_t heard_count, heard_room;
    /** What it does about an event, while pointers are still good; NULL: nothing. */
    void (*on_event)(struct guest *guest, const struct peers_event *event);
    uint64_t number; /* for on_event */
};

struct party {
    char directory[64];
    struct guest guests[PARTY_MAX];
    size_t count;
};

void party_make(struct party *party);
void party_end(struct party *party);

/** An identity of the party's CA ("ca") or of a stranger's of the same cluster ("other"). Issued
 * once, loaded at each call; the caller frees it. */
struct identity *party_identity(const struct party *party, const char *ca, const char *name,
                                enum role role);

/** One more, on a port of its own. `tweak` (may be NULL) changes its configuration. */
struct guest *party_join(struct party *party, struct identity *identity, uint64_t instance,
                         void (*tweak)(struct peers_config *config));

/** Ends without a word; its place is free again. */
void party_vanish(struct party *party, struct guest *guest);

/** Lets everybody work once, for at most `ms` of waiting. */
void party_turn(struct party *party, unsigned ms);

/** Works until `guest` has heard `count` of that kind, and returns the last of them; fails the test
 *  after some seconds. */
const struct heard *party_wait(struct party *party, struct guest *guest, enum peers_event_kind kind,
                               size_t count);

/** Works for a while in which nothing is expected. */
void party_idle(struct party *party, unsigned ms);

size_t party_count(const struct guest *guest, enum peers_event_kind kind);

/** Sends a ping from one to the other, by name. */
int party_ping(struct guest *from, const struct guest *to, uint64_t pseq);
const struct name *party_name(const struct guest *guest);

#endif
