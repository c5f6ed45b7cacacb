/**
 * What the files behind peers.h share and nobody else includes: the contact, which is one
 * connection with its place among the peers, and the steps of its life.
 *
 *   peers.c     the face: packets in and out, events      told.c      the queue of events
 *   contact.c   up, hello, messages of a contact          ending.c    its end, and who is told
 *   dial.c      sending to members, dialling              tie.c       which of several links stays
 *   lease.c     exclusive use, for swim-ping              answers.c   requests and answers
 *   rows.c      reports and counters
 */
#ifndef LINK_PEERS_INSIDE_H
#define LINK_PEERS_INSIDE_H

#include "base/heap.h"
#include "link/inbox.h"
#include "link/link.h"
#include "link/peers.h"
#include "link/pool.h"
#include "quic/endpoint.h"
#include "quic/udp.h"

#include <sys/queue.h>

/* uthash's own function falls through its cases, which clang warns of. */
#define HASH_FUNCTION(KEY, LEN, HASH) (HASH) = (unsigned)name_hash(KEY)
#include <uthash.h>

#define ALPN_MEMBERS "swim/1"
#define ALPN_CONTROL "swim-ctl/1"

/** What a contact is for. */
enum contact_kind {
    CONTACT_UNKNOWN, /* its hello has not come */
    CONTACT_MEMBER,  /* serves sends to the member of its name */
    CONTACT_ASIDE,   /* a tool's or under our own name: answered where it asks, nothing else */
    CONTACT_LEASED,  /* a lease's, or idle until the next one */
    CONTACT_CONTROL, /* requests; its link is never greeted */
};

struct contact {
    TAILQ_ENTRY(contact) all;
    struct link link;
    enum contact_kind kind;
    uint64_t id;          /* rising: `link` of events */
    struct addr addr;     /* as dialled, or where it came from */
    struct name expected; /* of a dial: who must answer; empty: anyone */
    struct peer *peer;    /* the name it is listed under: of a MEMBER, or expected of a dial */
    TAILQ_ENTRY(contact) of_peer;
    int slot;    /* in the pool, or POOL_NONE */
    bool taken;  /* LEASED: somebody holds it */
    bool fresh;  /* LEASED: nobody has been told that it is ready */
    bool loser;  /* another link to the same instance stays */
    bool silent; /* its end is nobody's news: its dial goes on elsewhere */
    bool told;   /* PEERS_OPENED was told, so PEERS_CLOSED must be */
    uint64_t began_ns, up_ns, active_ns, uses;
    struct heap_node timer;
};

TAILQ_HEAD(contact_list, contact);

/** All that is listed under one member's name. */
struct peer {
    struct name name;
    uint64_t instance; /* what the member table holds; 0: not told */
    bool up;           /* PEERS_UP was told, PEERS_DOWN was not */
    struct contact_list contacts;
    UT_hash_handle hh;
};

struct request;
TAILQ_HEAD(request_list, request);

struct told; /* one queued event */

struct peers {
    struct peers_config config;
    struct spiffe self;
    struct msg_hello hello;
    uint64_t hello_ns; /* when `hello` was true: its age grows */
    uint64_t now;      /* of the last call */
    struct udp udp;
    struct quic_endpoint *endpoint;
    struct pool *pool;
    struct contact **slots; /* by lease number */
    struct contact_list contacts;
    size_t contact_count;
    struct peer *by_name;
    struct heap timers;
    uint64_t last_id, last_request;
    bool dialling;       /* new dials are allowed */
    bool members_closed; /* a member link that comes up is closed at once */
    bool unflushed;      /* a close or an answer has not been put into a packet yet */

    struct request_list requests;
    size_t request_count;

    struct told *told; /* a ring */
    size_t told_first, told_count, told_capacity;
    struct msg_hello told_hello; /* of the event handed out last */

    struct contact *reading; /* may hold more messages */
    struct contact *asker;   /* whose message was handed out last, until the next event is asked for */
    bool early;              /* some contact may hold a ping that is due before its hello */
    struct message message;
    struct record record;
    struct peers_stats stats;
};

/* told.c */

/** Queues an event; `hello` (may be NULL) is copied. The place was reserved by told_reserve; only
 * what belongs to no contact can be lost for want of memory. */
void told_push(struct peers *peers, const struct peers_event *event, const struct msg_hello *hello);
bool told_pop(struct peers *peers, struct peers_event *event);
/** Makes sure that all contacts, one more included, can tell all that they have to. */
int told_reserve(struct peers *peers, size_t contacts);
void told_free(struct peers *peers);

/* contact.c */

/** A contact for a connection; it becomes its user pointer. NULL: no memory. */
struct contact *contact_new(struct peers *peers, struct quic_conn *conn, const struct addr *addr,
                            enum contact_kind kind);
/** Frees it; its connection is dead or dies with the endpoint. */
void contact_free(struct peers *peers, struct contact *contact);
void contact_on_up(struct peers *peers, uint64_t now, struct contact *contact);
/** Reads what has come. True: `event` is a message. */
bool contact_read(struct peers *peers, uint64_t now, struct contact *contact,
                  struct peers_event *event);
/** A ping that came before the hello. True: `event` is that message. */
bool contact_read_early(struct peers *peers, uint64_t now, struct contact *contact,
                        struct peers_event *event);
/** The peer broke a rule of link/link. */
void contact_on_broken_rule(struct peers *peers, uint64_t now, struct contact *contact, int rc);
/** One more tool has come: beyond the bound the one that is idle longest goes, else itself. */
void contact_make_room(struct peers *peers, uint64_t now, struct contact *tool);
/** Takes it out of the pool, if it is in. */
void contact_leave_pool(struct peers *peers, struct contact *contact, bool failed);
/** What its timer waits for has changed. */
void contact_schedule(struct peers *peers, struct contact *contact);
/** Its timer is due. */
void contact_check(struct peers *peers, uint64_t now, struct contact *contact);
bool contact_is_closed(const struct contact *contact);
struct peers_event contact_event(const struct contact *contact, enum peers_event_kind kind);
struct contact *contact_of_timer(struct heap_node *timer);
/** Sends on it and counts. As link_send. */
int contact_send(struct peers *peers, uint64_t now, struct contact *contact,
                 const struct message *message, bool reliable);

/* ending.c */

/** Its connection has ended, whoever did it; frees the contact. */
void contact_on_down(struct peers *peers, struct contact *contact, const struct quic_event *event);
/** We end it: out of the pool, told, closed. `reason` is the error that our own events name. */
void contact_close(struct peers *peers, uint64_t now, struct contact *contact, int reason,
                   enum quic_reason close);

/* dial.c */

/** Dials; the slot is taken over. 0 with `*contact`, ERR_NO_MEMORY, ERR_QUIC (the slot is free
 * then). */
int dial_start(struct peers *peers, uint64_t now, int slot, const struct addr *addr,
               const struct name *expected, enum contact_kind kind, struct contact **contact);
/** Closes what the pool named as its victim. */
void dial_evict(struct peers *peers, uint64_t now, int victim);
/** Tells that a contact (again) is the answer to a dial of `addr`. */
void dial_tell_up(struct peers *peers, const struct contact *contact, const struct addr *addr);

/* tie.c */

/** The peer of that name, made if need be. NULL: no memory. */
struct peer *peer_make(struct peers *peers, const struct name *name);
struct peer *peer_find(const struct peers *peers, const struct name *name);
/** Lists the contact under its peer, or takes it off. A peer of whom nothing is known is freed. */
void peer_add(struct peer *peer, struct contact *contact);
void peer_remove(struct peers *peers, struct contact *contact);
void peer_drop_empty(struct peers *peers, struct peer *peer);
/** The contact that serves the next message. NULL: none can. */
struct contact *peer_best(const struct peer *peer);
/** Whether a link to it is usable, hellos said. */
bool peer_has_link(const struct peer *peer);
/** Finds the losers anew: links that close because another one to the same instance stays. */
void tie_mark_losers(struct peers *peers, struct peer *peer);
/** Closes the oldest links that the peer has dialled, beyond a few; never the newest one. */
void tie_close_surplus(struct peers *peers, uint64_t now, struct peer *peer);
/** How long a loser must have been quiet. */
uint64_t tie_linger_ns(const struct contact *contact);
void peers_free_peers(struct peers *peers);

/* answers.c */

bool answers_take_stream(struct peers *peers, uint64_t now, struct contact *contact,
                         const struct quic_event *quic, struct peers_event *event);
void answers_on_gone(struct peers *peers, const struct contact *contact, int64_t stream);
/** The asker's connection has ended. */
void answers_on_end(struct peers *peers, const struct contact *contact);
/** When a request of the contact is next to be given up for want of progress; NEVER: none is. */
uint64_t answers_deadline(const struct peers *peers, const struct contact *contact);
/** Gives up those that are due. */
void answers_check(struct peers *peers, uint64_t now, const struct contact *contact);
/** Whether the contact has a request that is not over. */
bool answers_serve(const struct peers *peers, const struct contact *contact);
/** Whether all answers have been acknowledged. */
bool answers_are_drained(const struct peers *peers);
void answers_free(struct peers *peers);

/* lease.c */

/** A dialled contact of a lease is up: who it is was checked. */
void lease_on_up(struct peers *peers, uint64_t now, struct contact *contact);

/* rows.c */

void rows_refresh(struct peers *peers);

#endif
