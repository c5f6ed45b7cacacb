/**
 * One authenticated peer over one QUIC connection: the hello both ways, messages to bytes and back.
 *
 *   what               how it travels
 *   small messages     a DATAGRAM frame each, unless they must not get lost or do not fit
 *   other messages     frames on one unidirectional stream each way, the message stream, opened by
 * its sender, never ended; its first frame is the hello push/pulls         a bidirectional stream
 * of their own: the asker's chunks, FIN after the one marked `last`; then the other's chunks back
 * and its FIN
 *
 * A link never calls out: bytes go in by link_take_*, messages come out of link_next, and whoever
 * owns it closes the connection when link_next says that the peer broke a rule.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "base/limits.h"
#include "base/name.h"
#include "base/role.h"
#include "link/inbox.h"
#include "link/syncs.h"
#include "quic/conn.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 *      CONNECTING ------> GREETING ------> OPEN
 *      (dialled only)     our hello is     the peer's hello
 *          |              said   |         has come  |
 *          '---------------------'-------------------'----> CLOSED   nothing more is read or sent
 */
enum link_state { LINK_CONNECTING, LINK_GREETING, LINK_OPEN, LINK_CLOSED };

struct waiting; /* a frame that waits for the handshake */
struct early;   /* a datagram that has come, not yet looked at */

struct link {
    struct quic_conn *conn;
    enum link_state state;
    bool dialled;
    struct name name; /* by the certificate; empty while CONNECTING */
    enum role role;
    struct msg_hello hello; /* the peer's, once OPEN */

    int64_t out, in; /* the message streams; -1: not open yet */
    struct inbox inbox;
    struct syncs syncs;
    struct waiting *waiting, **waiting_end;
    size_t waiting_count;
    struct early *early, **early_end;
    struct early *shown; /* the datagram that the last message points into */
    size_t early_count;
};

/** Begins as CONNECTING. The connection is borrowed. */
void link_init(struct link *link, struct quic_conn *conn);

/** Frees what it holds; the connection is not touched. */
void link_release(struct link *link);

/** The connection is up: says our hello, then all that waits. CONNECTING -> GREETING. 0, or an
 * error of quic_stream_open or quic_stream_write: then the connection is of no use. */
int link_greet(struct link *link, uint64_t now, const struct msg_hello *ours);

/** Nothing goes in or out any more. */
void link_shut(struct link *link);

/**
 * Sends, or queues while CONNECTING (at most LINK_QUEUE_MAX; the oldest goes). A SYNC that is no
 * reply opens its stream; a reply goes back on the stream of its pseq.
 * 0; ERR_NOT_FOUND: no push/pull of that pseq waits for a reply; ERR_LIMIT: too many push/pulls, or
 * the peer does not read; ERR_NO_SPACE: larger than MESSAGE_MAX; ERR_NO_MEMORY; ERR_NOT_NOW:
 * closed.
 */
int link_send(struct link *link, uint64_t now, const struct message *message, bool reliable);

/** Hands what waits for a handshake over to another link, where it waits likewise or leaves at
 * once. */
void link_move_waiting(struct link *to, uint64_t now, struct link *from);

/** Whether a push/pull of ours with that number has more chunks to come from us. */
bool link_asks(const struct link *link, uint64_t pseq);

/** Whether the peer waits on this link for the reply to a push/pull of that number. */
bool link_is_asked(const struct link *link, uint64_t pseq);

/* What the connection has delivered. 0; ERR_MALFORMED, ERR_LIMIT, ERR_NO_MEMORY: close it. */
int link_take_datagram(struct link *link, const uint8_t *data, size_t len);
int link_take_stream(struct link *link, uint64_t now, int64_t stream, const uint8_t *data,
                     size_t len, bool fin);
int link_take_stream_gone(struct link *link, int64_t stream);

enum link_found {
    LINK_NOTHING,
    LINK_HELLO,   /* the peer's hello: link->hello, GREETING -> OPEN */
    LINK_MESSAGE, /* `message`, which lives until the next call */
    LINK_UNKNOWN, /* a message of a later version was skipped */
};

/** Takes the next thing out of what has come. An `enum link_found`, or the rule that the peer
 * broke: ERR_MALFORMED; ERR_VERSION (another version of the wire); ERR_ROLE (its certificate's role
 * may not send that). Before the hello nothing but the hello is taken. */
int link_next(struct link *link, struct message *message);

/** Before the hello: the next PING that came in a datagram. As link_next. */
int link_next_early(struct link *link, struct message *message);

/** Ends push/pulls without progress since `before`; their streams are given up. */
void link_expire_syncs(struct link *link, uint64_t before);

/** The oldest progress among the push/pulls; NEVER: there is none. */
uint64_t link_oldest_sync(const struct link *link);

/** Whether everything said on streams has been acknowledged and no push/pull is open. */
bool link_is_quiet(const struct link *link);

#endif
