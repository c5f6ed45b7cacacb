/**
 * Endpoint + pool + links behind one face: authenticated peers by name, their messages, their
 * control requests. Used by the running node (send to a member, dial a seed, answer requests) and
 * by swim-ping (leases: one connection each until its ack).
 *
 *     peers_receive (one packet) | peers_tick  ->  peers_next_event()*  ->  peers_flush
 *                                                  when again: peers_deadline
 *
 * Rules kept here (the project's design, sections 5 to 7): each connection begins with a hello both
 * ways; until it has come pings are delivered (with `link` set) and nothing else; a connection
 * under our own name, or of a tool, never serves sends to a member; a message that the sender's
 * role may not send closes the connection; of two connections between one pair of instances the one
 * dialled by the smaller name stays.
 */
#ifndef LINK_PEERS_H
#define LINK_PEERS_H

#include "base/addr.h"
#include "base/err.h"
#include "base/name.h"
#include "base/record.h"
#include "base/role.h"
#include "keys/identity.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peers;
struct pool_stats; /* link/pool.h */

/** All times in nanoseconds. peers_config_default fills in the bounds of limits.h. */
struct peers_config {
    struct identity *identity; /* borrowed */
    struct addr bind;
    struct msg_hello hello; /* what we say first; kind, instance, … */
    bool serve;             /* accept members and control requests; false: a tool that only dials */
    size_t pool_total, pool_per_peer, accept_max;
    size_t tools_max; /* connections of tools at once; the one that is idle longest makes room */
    uint64_t pool_idle_ns; /* a connection that carried no message for so long is closed */
    uint64_t connect_timeout_ns;
    uint64_t idle_timeout_ns; /* QUIC's */
    uint64_t initial_rtt_ns;
    uint64_t keep_alive_ns; /* 0: none (probing keeps connections warm) */
};

enum peers_event_kind {
    PEERS_UP,   /* a member's link is usable: name, addr, hello, payload_max, dialled; under our own
                   name: another process holds it, and nothing is sent there by name */
    PEERS_DOWN, /* the last link to that member is gone: name, reason */
    PEERS_HINT, /* something suggests that it is gone: name, reason ERR_REFUSED, ERR_RESET,
                   ERR_CLOSED */
    PEERS_FAILED,  /* a dial failed: name (may be empty), addr as dialled, leg, reason, lease */
    PEERS_MESSAGE, /* name, message; link != 0: of a tool or before its hello: answer there only */
    PEERS_REQUEST, /* request, name, role, own (our own certificate), record */
    PEERS_REQUEST_GONE, /* request: the asker is gone */
    PEERS_REJECTED,     /* a handshake with us failed: addr, name if known, reason */
    PEERS_OPENED,       /* pool-open: name, addr, dialled, resumed, cert_until_ns */
    PEERS_CLOSED,       /* pool-close: name, addr, dialled, why_closed */
    PEERS_FULL,         /* pool-full: name or none, addr, current, max */
    PEERS_READY,        /* lease: its connection is usable: name, fresh, handshake_ns */
    PEERS_LOST,         /* lease: its connection ended and has left the pool: reason */
};

/** One event; pointers are valid until the next call of next_event, receive or tick. */
struct peers_event {
    enum peers_event_kind kind;
    struct name name;
    struct addr addr;
    enum role role;
    bool dialled, resumed, own, fresh;
    const struct msg_hello *hello;
    size_t payload_max;
    int reason;
    const char *leg;        /* udp, handshake, certificate, cluster, alpn */
    const char *why_closed; /* a name of quic/reason or of base/err */
    const struct message *message;
    uint64_t link, request;
    const struct record *record;
    size_t current, max;
    int lease;
    uint64_t handshake_ns;
    uint64_t cert_until_ns; /* wall time until when the certificate of the peer is valid */
};

void peers_config_default(struct peers_config *config);

/** Binds the socket and makes all. 0, ERR_IN_USE, ERR_SYSTEM, ERR_NO_MEMORY, ERR_BAD_IDENTITY. */
int peers_new(const struct peers_config *config, uint64_t now, struct peers **peers,
              struct why *why);

/** Closes the socket and frees all, at once and silently: peers_close_all first tells the peers. */
void peers_free(struct peers *peers);

/** The socket, for the loop to wait on; reading it is peers_receive's. */
int peers_fd(const struct peers *peers);
const struct addr *peers_bound(const struct peers *peers);

/** Our address as seen by that peer's routes (see udp_local_towards); false: no route. */
bool peers_local_towards(const struct peers *peers, const struct addr *remote, struct addr *local);

/** What the hello says from now on (incarnation and address change). */
void peers_set_hello(struct peers *peers, const struct msg_hello *hello);

/** Takes in one packet, or one ICMP error. False: none waits, or there have been so many that other
 *  work has its turn. Call it until then. */
bool peers_receive(struct peers *peers, uint64_t now);
void peers_tick(struct peers *peers, uint64_t now);
bool peers_next_event(struct peers *peers, uint64_t now, struct peers_event *event);
/** Sends every packet that is due. */
void peers_flush(struct peers *peers, uint64_t now);
uint64_t peers_deadline(const struct peers *peers);

/* For a node. */

/** Sends to a member: over its link; without one its address is dialled and the message waits for
 *  the handshake (at most LINK_QUEUE_MAX, the oldest goes). `reliable`, or too large for a
 * datagram: on the message stream. 0; ERR_POOL_FULL (a PEERS_FULL event follows); ERR_NOT_NOW (no
 * more dialling); ERR_NOT_FOUND (no link and no address). */
int peers_send(struct peers *peers, uint64_t now, const struct name *to, const struct addr *addr,
               const struct message *message, bool reliable);

/** Answers on the very connection a message came from (`link` of its event). ERR_NOT_FOUND: gone.
 */
int peers_send_link(struct peers *peers, uint64_t now, uint64_t link,
                    const struct message *message);

/** Makes sure there is a link to `addr`: PEERS_UP (again, for a link that stands) or PEERS_FAILED
 * follows, carrying `addr`. `name` may be empty (a seed): then whoever answers is taken. */
int peers_dial(struct peers *peers, uint64_t now, const struct name *name, const struct addr *addr);

/** Closes all links to a member (dead, left). Nothing happens if there is none. */
void peers_drop(struct peers *peers, uint64_t now, const struct name *name);

/** The member table holds this instance of `name`: links of other instances close. */
void peers_set_instance(struct peers *peers, uint64_t now, const struct name *name,
                        uint64_t instance);

void peers_stop_accepting(struct peers *peers);
void peers_stop_dialling(struct peers *peers);
/** Closes every member connection with reason "shutdown"; control connections stay. */
void peers_close_members(struct peers *peers, uint64_t now);
/** The same with reason "conflict", at once: another process keeps our name. What was queued goes
 * out before, so that this process hears our hello and can tell. */
void peers_yield(struct peers *peers, uint64_t now);
/** Closes everything that is left. */
void peers_close_all(struct peers *peers, uint64_t now);
/** Member links (handshakes included) that are not yet closed. */
size_t peers_member_links(const struct peers *peers);
/** Whether everything said with a close, an answer or a stream has left and been acknowledged, as
 * far as this side can know. */
bool peers_drained(const struct peers *peers);

/* Control requests. */

/** Adds one record to an answer. ERR_NOT_FOUND: the asker is gone. */
int peers_answer(struct peers *peers, uint64_t request, const struct record *record);
/** The same of a record that is a line already, with its LF. */
int peers_answer_line(struct peers *peers, uint64_t request, const char *line, size_t len);
/** Ends it (request_end) and the stream. */
int peers_answer_end(struct peers *peers, uint64_t request, int err, const char *text);
/** Bytes of the answer that the asker has not taken yet. */
size_t peers_answer_queued(const struct peers *peers, uint64_t request);

/* For swim-ping: leases. */

/** Takes a connection to `addr`, exclusively until released: 1 with an idle one that is ready now,
 *  0 when it is being dialled (PEERS_READY or PEERS_FAILED follows), or ERR_POOL_FULL with current
 * and max. `key` is the target as typed. `expected` (may be empty) is who the certificate must
 * name, else PEERS_FAILED leg=certificate reason=ERR_NAME_MISMATCH. */
int peers_acquire(struct peers *peers, uint64_t now, const char *key, const struct addr *addr,
                  const struct name *expected, int *lease, size_t *current, size_t *max);
int peers_lease_send(struct peers *peers, uint64_t now, int lease, const struct message *message);
/** Whether a packet of the peer (QUIC ACKs included) has come since. */
bool peers_lease_heard_since(const struct peers *peers, int lease, uint64_t since);
/** A keep-alive for this lease while something waits; 0: off. */
void peers_lease_keep_alive(struct peers *peers, int lease, uint64_t ns);
/** Gives it back; `ok` false closes it, and it has left the pool on return. */
void peers_release(struct peers *peers, uint64_t now, int lease, bool ok);
/** Gives it back for the last time: it closes, with reason "done", and has left the pool on
 * return. */
void peers_finish(struct peers *peers, uint64_t now, int lease);
/** The same for all idle ones of that key. */
void peers_finish_idle(struct peers *peers, uint64_t now, const char *key);
/** Who answers on this lease; empty before it is ready. */
const struct name *peers_lease_name(const struct peers *peers, int lease);

/* Reports. */

struct peers_row {
    struct name name; /* empty while unknown */
    struct addr addr;
    bool dialled, tool;
    const char *state; /* connecting, idle, in-use */
    uint64_t age_ns, uses, rtt_ns, cert_until_ns;
};

/** The next connection; `*cursor` starts at 0. False at the end. */
bool peers_next_row(const struct peers *peers, uint64_t now, size_t *cursor, struct peers_row *row);
const struct pool_stats *peers_pool_stats(const struct peers *peers);

struct peers_stats {
    uint64_t packets_in, packets_out, bytes_in, bytes_out;
    uint64_t messages_in, messages_out, unknown_messages, malformed, forbidden;
    uint64_t garbage, rejected, unsent;
};
const struct peers_stats *peers_stats(const struct peers *peers);

#endif
