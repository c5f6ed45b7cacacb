/**
 * The sending side of streams: bytes are kept until the peer has acknowledged them, since QUIC
 * sends what is lost from our memory again (RFC 9000 section 2.2). The receiving side keeps
 * nothing: each piece is an event, and the window grows when the user takes it.
 *
 *      OPEN --fin written--> ENDING --fin in a packet--> ENDED
 *        '--abandoned, or the peer will not read------------^
 */
#ifndef QUIC_STREAM_H
#define QUIC_STREAM_H

#include <ngtcp2/ngtcp2.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define STREAM_WINDOW (UINT64_C(256) << 10)    /* unread bytes that a peer may send on one */
#define STREAM_CONN_WINDOW (UINT64_C(1) << 20) /* and on all of a connection */
#define STREAM_BIDI_MAX 128                    /* that a peer may have open at once */
#define STREAM_UNI_MAX 16
#define STREAM_VECTORS 8

enum stream_sending { STREAM_OPEN, STREAM_ENDING, STREAM_ENDED };

struct stream_chunk;

struct stream {
    TAILQ_ENTRY(stream) link;
    int64_t id;
    enum stream_sending sending;
    bool blocked;   /* by the peer's flow control, until something comes from it */
    bool abandoned; /* by us: nothing of it is delivered */
    bool gone;      /* the user was told */
    struct stream_chunk *first, *last; /* not yet acknowledged */
    size_t first_acked;                /* bytes of `first` that are */
    struct stream_chunk *next;         /* not yet sent; NULL: all are */
    size_t next_sent;                  /* bytes of `next` that are */
    size_t queued;                     /* bytes not acknowledged */
};

TAILQ_HEAD(streams, stream);

/** Adds a stream that can send unless it is the peer's unidirectional one. NULL: no memory. */
struct stream *stream_add(struct streams *streams, int64_t id, bool sends);

struct stream *stream_find(const struct streams *streams, int64_t id);

void stream_remove(struct streams *streams, struct stream *stream);

void stream_remove_all(struct streams *streams);

/** Queues a copy. 0, ERR_NO_MEMORY, ERR_NOT_FOUND after the end. */
int stream_push(struct stream *stream, const uint8_t *data, size_t len, bool fin);

/** Ends the sending side at once. Bytes that are in packets stay until the stream is removed, since
 *  ngtcp2 may still hold pointers to them; the rest is freed. */
void stream_stop(struct stream *stream);

/** The next stream with something to send, or NULL. */
struct stream *stream_ready(const struct streams *streams);

/** Points `vectors` at what is next to send. Returns how many; `*fin`: the stream ends with them.
 */
size_t stream_peek(const struct stream *stream, ngtcp2_vec vectors[STREAM_VECTORS], bool *fin);

/** `len` bytes (and the end, if `fin`) are in a packet; the stream goes behind the others. */
void stream_sent(struct streams *streams, struct stream *stream, size_t len, bool fin);

/** The peer has the next `len` bytes. */
void stream_acked(struct stream *stream, size_t len);

/** The peer may have opened its windows. */
void stream_unblock_all(struct streams *streams);

#endif
