#include "link/link.h"

#include "base/duration.h"
#include "base/err.h"
#include "wire/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MAX (MESSAGE_MAX + 8)       /* a varint is at most 8 bytes */
#define INBOX_MAX (4 * (size_t)FRAME_MAX) /* messages that wait for their turn */
#define EARLY_MAX 8                       /* datagrams that wait for the hello; the rest is lost */
#define UNREAD_MAX (64 * (size_t)FRAME_MAX) /* on streams that the peer does not read */

struct waiting {
    struct waiting *next;
    enum message_type type;
    bool reliable;
    uint64_t pseq; /* of a SYNC, which is never a reply before the handshake */
    bool last;
    size_t len;
    uint8_t frame[];
};

struct early {
    struct early *next;
    size_t len;
    uint8_t packet[];
};

void link_init(struct link *link, struct quic_conn *conn)
{
    memset(link, 0, sizeof *link);
    link->conn = conn;
    link->dialled = quic_conn_is_dialled(conn);
    link->out = link->in = -1;
    link->waiting_end = &link->waiting;
    link->early_end = &link->early;
}

static void drop_first_waiting(struct link *link)
{
    struct waiting *first = link->waiting;
    link->waiting = first->next;
    if (!link->waiting)
        link->waiting_end = &link->waiting;
    link->waiting_count--;
    free(first);
}

static struct early *take_first_early(struct link *link)
{
    struct early *first = link->early;
    link->early = first->next;
    if (!link->early)
        link->early_end = &link->early;
    link->early_count--;
    return first;
}

void link_release(struct link *link)
{
    while (link->waiting)
        drop_first_waiting(link);
    while (link->early)
        free(take_first_early(link));
    free(link->shown);
    link->shown = NULL;
    inbox_free(&link->inbox);
    syncs_free(&link->syncs);
}

void link_shut(struct link *link)
{
    link->state = LINK_CLOSED;
}

bool link_asks(const struct link *link, uint64_t pseq)
{
    return link->state != LINK_CLOSED && syncs_is_sending(&link->syncs, true, pseq);
}

bool link_is_asked(const struct link *link, uint64_t pseq)
{
    return link->state != LINK_CLOSED && syncs_is_sending(&link->syncs, false, pseq);
}

void link_expire_syncs(struct link *link, uint64_t before)
{
    syncs_expire(&link->syncs, before, link->state == LINK_CLOSED ? NULL : link->conn);
}

uint64_t link_oldest_sync(const struct link *link)
{
    return syncs_oldest(&link->syncs);
}

bool link_is_quiet(const struct link *link)
{
    if (syncs_oldest(&link->syncs) != NEVER)
        return false;
    return link->out < 0 || quic_stream_queued(link->conn, link->out) == 0;
}

/* Out. */

static int send_on_message_stream(struct link *link, const uint8_t *frame, size_t len)
{
    if (quic_stream_queued(link->conn, link->out) + len > UNREAD_MAX)
        return ERR_LIMIT;
    return quic_stream_write(link->conn, link->out, frame, len, false);
}

/* A datagram where the carrier and the size allow it, else the message stream. */
static int send_frame(struct link *link, enum message_type type, bool reliable,
                      const uint8_t *frame, size_t len)
{
    if (message_carrier(type) == CARRIER_DATAGRAM && !reliable) {
        const uint8_t *packet;
        size_t packet_len, used;
        int rc = wire_unframe(frame, len, &packet, &packet_len, &used);
        assert(rc == 1);
        if (rc == 1 && packet_len <= quic_conn_payload_max(link->conn))
            rc = quic_send_datagram(link->conn, packet, packet_len);
        else
            rc = ERR_NO_SPACE;
        if (rc != ERR_NO_SPACE)
            return rc;
    }
    return send_on_message_stream(link, frame, len);
}

static int queue_frame(struct link *link, const struct message *message, bool reliable,
                       const uint8_t *frame, size_t len)
{
    struct waiting *waiting = malloc(sizeof *waiting + len);
    if (!waiting)
        return ERR_NO_MEMORY;
    *waiting = (struct waiting){.type = message->type, .reliable = reliable, .len = len};
    if (message->type == MESSAGE_SYNC) {
        waiting->pseq = message->sync.pseq;
        waiting->last = message->sync.last;
    }
    memcpy(waiting->frame, frame, len);
    if (link->waiting_count == LINK_QUEUE_MAX)
        drop_first_waiting(link);
    *link->waiting_end = waiting;
    link->waiting_end = &waiting->next;
    link->waiting_count++;
    return 0;
}

int link_send(struct link *link, uint64_t now, const struct message *message, bool reliable)
{
    uint8_t frame[FRAME_MAX];
    bool is_reply = message->type == MESSAGE_SYNC && message->sync.reply;
    if (link->state == LINK_CLOSED)
        return ERR_NOT_NOW;
    size_t len = wire_frame(message, frame, sizeof frame);
    if (len == 0)
        return ERR_NO_SPACE;
    if (link->state == LINK_CONNECTING)
        return is_reply ? ERR_NOT_FOUND : queue_frame(link, message, reliable, frame, len);
    if (is_reply)
        return syncs_reply(&link->syncs, now, link->conn, message->sync.pseq, message->sync.last,
                           frame, len);
    if (message->type == MESSAGE_SYNC)
        return syncs_ask(&link->syncs, now, link->conn, message->sync.pseq, message->sync.last,
                         frame, len);
    return send_frame(link, message->type, reliable, frame, len);
}

/* What waited is as old as the handshake is long: a message that can't leave now is lost, as a
 * packet would be. */
static void send_waiting(struct link *link, uint64_t now)
{
    while (link->waiting) {
        const struct waiting *first = link->waiting;
        if (first->type == MESSAGE_SYNC)
            (void)syncs_ask(&link->syncs, now, link->conn, first->pseq, first->last, first->frame,
                            first->len);
        else
            (void)send_frame(link, first->type, first->reliable, first->frame, first->len);
        drop_first_waiting(link);
    }
}

void link_move_waiting(struct link *to, uint64_t now, struct link *from)
{
    while (from->waiting) {
        struct waiting *first = from->waiting;
        from->waiting = first->next;
        from->waiting_count--;
        first->next = NULL;
        *to->waiting_end = first;
        to->waiting_end = &first->next;
        to->waiting_count++;
    }
    from->waiting_end = &from->waiting;
    while (to->waiting_count > LINK_QUEUE_MAX)
        drop_first_waiting(to);
    if (to->state == LINK_GREETING || to->state == LINK_OPEN)
        send_waiting(to, now);
}

int link_greet(struct link *link, uint64_t now, const struct msg_hello *ours)
{
    assert(link->state == LINK_CONNECTING);
    const struct spiffe *peer = quic_conn_peer(link->conn);
    link->name = peer->name;
    link->role = peer->role;
    uint8_t frame[FRAME_MAX];
    struct message message = {.type = MESSAGE_HELLO, .hello = *ours};
    size_t len = wire_frame(&message, frame, sizeof frame);
    int rc = quic_stream_open(link->conn, false, &link->out);
    if (rc == 0)
        rc = quic_stream_write(link->conn, link->out, frame, len, false);
    if (rc != 0)
        return rc;
    link->state = LINK_GREETING;
    send_waiting(link, now);
    return 0;
}

/* In. */

int link_take_datagram(struct link *link, const uint8_t *data, size_t len)
{
    if (link->state == LINK_CLOSED || link->early_count == EARLY_MAX)
        return 0;
    struct early *early = malloc(sizeof *early + len);
    if (!early)
        return ERR_NO_MEMORY;
    early->next = NULL;
    early->len = len;
    if (len > 0) /* an empty datagram has no address */
        memcpy(early->packet, data, len);
    *link->early_end = early;
    link->early_end = &early->next;
    link->early_count++;
    return 0;
}

/* Whose stream an ID is stands in its two lowest bits (RFC 9000 section 2.1). */
static bool stream_is_theirs(const struct link *link, int64_t stream)
{
    return ((stream & 1) == 0) != link->dialled;
}

static bool stream_is_bidirectional(int64_t stream)
{
    return (stream & 2) == 0;
}

static int take_message_stream(struct link *link, int64_t stream, const uint8_t *data, size_t len,
                               bool fin)
{
    if (link->in >= 0 && link->in != stream)
        return ERR_MALFORMED;
    link->in = stream;
    return fin ? ERR_MALFORMED : inbox_add(&link->inbox, data, len, false, INBOX_MAX);
}

int link_take_stream(struct link *link, uint64_t now, int64_t stream, const uint8_t *data,
                     size_t len, bool fin)
{
    if (link->state == LINK_CLOSED)
        return 0;
    if (!stream_is_bidirectional(stream))
        return take_message_stream(link, stream, data, len, fin);
    /* Replies are as long as the member table, and nothing but reading them frees their memory. */
    if (!syncs_knows(&link->syncs, stream) && quic_conn_queued(link->conn) > UNREAD_MAX) {
        quic_stream_abandon(link->conn, stream);
        return 0;
    }
    return syncs_take(&link->syncs, now, stream, stream_is_theirs(link, stream), data, len, fin);
}

int link_take_stream_gone(struct link *link, int64_t stream)
{
    if (link->state == LINK_CLOSED)
        return 0;
    if (stream == link->in || stream == link->out)
        return ERR_MALFORMED;
    syncs_on_gone(&link->syncs, stream);
    quic_stream_abandon(link->conn, stream); /* the other direction may go on */
    return 0;
}

/* Decodes and judges one packet. LINK_MESSAGE or LINK_UNKNOWN, or the broken rule. */
static int judge(const struct link *link, struct message *message, const uint8_t *packet,
                 size_t len)
{
    int rc = wire_decode(message, packet, len);
    if (rc != 0)
        return rc;
    if (message->type == MESSAGE_UNKNOWN)
        return LINK_UNKNOWN;
    if (!role_in(message_roles(message->type), link->role))
        return ERR_ROLE;
    return LINK_MESSAGE;
}

static int next_hello(struct link *link, struct message *message)
{
    const uint8_t *packet;
    size_t len;
    int rc = inbox_next_packet(&link->inbox, &packet, &len);
    if (rc != 1)
        return rc;
    rc = judge(link, message, packet, len);
    if (rc < 0)
        return rc;
    if (rc == LINK_UNKNOWN || message->type != MESSAGE_HELLO)
        return ERR_MALFORMED;
    link->hello = message->hello;
    link->state = LINK_OPEN;
    return LINK_HELLO;
}

static int next_of_message_stream(struct link *link, struct message *message)
{
    const uint8_t *packet;
    size_t len;
    int rc = inbox_next_packet(&link->inbox, &packet, &len);
    if (rc != 1)
        return rc;
    rc = judge(link, message, packet, len);
    if (rc == LINK_MESSAGE &&
        (message->type == MESSAGE_HELLO || message_carrier(message->type) == CARRIER_SYNC))
        return ERR_MALFORMED;
    return rc;
}

static int next_of_syncs(struct link *link, struct message *message)
{
    struct sync *sync;
    const uint8_t *packet;
    size_t len;
    int rc = syncs_next(&link->syncs, &sync, &packet, &len);
    if (rc != 1)
        return rc;
    rc = judge(link, message, packet, len);
    if (rc != LINK_MESSAGE)
        return rc;
    rc = syncs_check(sync, message);
    return rc == 0 ? LINK_MESSAGE : rc;
}

/* The packet stays until the next message is taken, since the message points into it. */
static int next_of_datagrams(struct link *link, struct message *message)
{
    free(link->shown);
    link->shown = NULL;
    if (!link->early)
        return LINK_NOTHING;
    link->shown = take_first_early(link);
    int rc = judge(link, message, link->shown->packet, link->shown->len);
    if (rc == LINK_MESSAGE && message_carrier(message->type) != CARRIER_DATAGRAM)
        return ERR_MALFORMED;
    return rc;
}

int link_next(struct link *link, struct message *message)
{
    if (link->state == LINK_CONNECTING || link->state == LINK_CLOSED)
        return LINK_NOTHING;
    syncs_settle(&link->syncs);
    if (link->state == LINK_GREETING)
        return next_hello(link, message);
    int rc = next_of_message_stream(link, message);
    if (rc == LINK_NOTHING)
        rc = next_of_datagrams(link, message);
    if (rc == LINK_NOTHING)
        rc = next_of_syncs(link, message);
    return rc;
}

int link_next_early(struct link *link, struct message *message)
{
    if (link->state != LINK_GREETING)
        return LINK_NOTHING;
    free(link->shown);
    link->shown = NULL;
    for (struct early **at = &link->early; *at; at = &(*at)->next) {
        struct early *early = *at;
        int rc = judge(link, message, early->packet, early->len);
        if (rc == LINK_MESSAGE && message->type != MESSAGE_PING)
            continue;
        *at = early->next;
        if (!early->next)
            link->early_end = at;
        link->early_count--;
        link->shown = early;
        return rc;
    }
    return LINK_NOTHING;
}
