#include "quic/stream.h"

#include "base/err.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct stream_chunk {
    struct stream_chunk *next;
    size_t len;
    uint8_t data[];
};

struct stream *stream_add(struct streams *streams, int64_t id, bool sends)
{
    struct stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL)
        return NULL;
    stream->id = id;
    stream->sending = sends ? STREAM_OPEN : STREAM_ENDED;
    TAILQ_INSERT_TAIL(streams, stream, link);
    return stream;
}

struct stream *stream_find(const struct streams *streams, int64_t id)
{
    struct stream *stream;
    TAILQ_FOREACH(stream, streams, link)
    {
        if (stream->id == id)
            return stream;
    }
    return NULL;
}

static void drop_first_chunk(struct stream *stream)
{
    struct stream_chunk *chunk = stream->first;
    stream->first = chunk->next;
    if (stream->first == NULL)
        stream->last = NULL;
    stream->first_acked = 0;
    free(chunk);
}

void stream_remove(struct streams *streams, struct stream *stream)
{
    TAILQ_REMOVE(streams, stream, link);
    while (stream->first != NULL)
        drop_first_chunk(stream);
    free(stream);
}

void stream_remove_all(struct streams *streams)
{
    while (!TAILQ_EMPTY(streams))
        stream_remove(streams, TAILQ_FIRST(streams));
}

int stream_push(struct stream *stream, const uint8_t *data, size_t len, bool fin)
{
    if (stream->sending != STREAM_OPEN)
        return ERR_NOT_FOUND;
    if (len > 0) {
        struct stream_chunk *chunk = malloc(sizeof(*chunk) + len);
        if (chunk == NULL)
            return ERR_NO_MEMORY;
        chunk->next = NULL;
        chunk->len = len;
        memcpy(chunk->data, data, len);
        if (stream->last != NULL)
            stream->last->next = chunk;
        else
            stream->first = chunk;
        stream->last = chunk;
        if (stream->next == NULL) {
            stream->next = chunk;
            stream->next_sent = 0;
        }
        stream->queued += len;
    }
    if (fin)
        stream->sending = STREAM_ENDING;
    return 0;
}

/* What has been in no packet at all, nobody can still point to. */
static void drop_unsent(struct stream *stream)
{
    struct stream_chunk *chunk = stream->next, **end = &stream->first;
    if (chunk == NULL)
        return;
    stream->last = NULL;
    if (stream->next_sent > 0)
        chunk = chunk->next;
    while (*end != chunk) {
        stream->last = *end;
        end = &(*end)->next;
    }
    *end = NULL;
    while (chunk != NULL) {
        struct stream_chunk *after = chunk->next;
        free(chunk);
        chunk = after;
    }
}

void stream_stop(struct stream *stream)
{
    drop_unsent(stream);
    stream->sending = STREAM_ENDED;
    stream->next = NULL;
    stream->queued = 0;
}

struct stream *stream_ready(const struct streams *streams)
{
    struct stream *stream;
    TAILQ_FOREACH(stream, streams, link)
    {
        if (!stream->blocked && (stream->next != NULL || stream->sending == STREAM_ENDING))
            return stream;
    }
    return NULL;
}

size_t stream_peek(const struct stream *stream, ngtcp2_vec vectors[STREAM_VECTORS], bool *fin)
{
    size_t count = 0;
    size_t skip = stream->next_sent;
    struct stream_chunk *chunk = stream->next;
    for (; chunk != NULL && count < STREAM_VECTORS; chunk = chunk->next) {
        vectors[count++] = (ngtcp2_vec){.base = chunk->data + skip, .len = chunk->len - skip};
        skip = 0;
    }
    *fin = chunk == NULL && stream->sending == STREAM_ENDING;
    return count;
}

void stream_sent(struct streams *streams, struct stream *stream, size_t len, bool fin)
{
    while (len > 0) {
        assert(stream->next != NULL);
        size_t left = stream->next->len - stream->next_sent;
        size_t step = len < left ? len : left;
        stream->next_sent += step;
        len -= step;
        if (stream->next_sent == stream->next->len) {
            stream->next = stream->next->next;
            stream->next_sent = 0;
        }
    }
    if (fin && stream->next == NULL)
        stream->sending = STREAM_ENDED;
    TAILQ_REMOVE(streams, stream, link);
    TAILQ_INSERT_TAIL(streams, stream, link);
}

void stream_acked(struct stream *stream, size_t len)
{
    stream->queued -= len < stream->queued ? len : stream->queued;
    while (len > 0 && stream->first != NULL) {
        size_t left = stream->first->len - stream->first_acked;
        if (len < left) {
            stream->first_acked += len;
            return;
        }
        len -= left;
        assert(stream->first != stream->next);
        drop_first_chunk(stream);
    }
}

void stream_unblock_all(struct streams *streams)
{
    struct stream *stream;
    TAILQ_FOREACH(stream, streams, link)
    {
        stream->blocked = false;
    }
}
