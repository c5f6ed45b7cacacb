#include "link/syncs.h"

#include "base/duration.h"
#include "base/err.h"

#include <string.h>

#define COUNT (2 * (size_t)SYNCS_PER_LINK)
#define INBOX_MAX (4 * (size_t)MESSAGE_MAX) /* one that overtook the hello waits */

static void end(struct sync *sync)
{
    inbox_free(&sync->inbox);
    memset(sync, 0, sizeof *sync);
}

void syncs_free(struct syncs *syncs)
{
    for (size_t i = 0; i < COUNT; i++)
        end(&syncs->of[i]);
}

static struct sync *of_stream(struct syncs *syncs, int64_t stream)
{
    for (size_t i = 0; i < COUNT; i++)
        if (syncs->of[i].used && syncs->of[i].stream == stream)
            return &syncs->of[i];
    return NULL;
}

/* Its place, or COUNT. */
static size_t of_pseq(const struct syncs *syncs, bool ours, uint64_t pseq)
{
    size_t i = 0;
    while (i < COUNT && !(syncs->of[i].used && syncs->of[i].numbered && syncs->of[i].ours == ours &&
                          syncs->of[i].pseq == pseq))
        i++;
    return i;
}

static struct sync *free_place(struct syncs *syncs, bool ours)
{
    struct sync *half = ours ? syncs->of : syncs->of + SYNCS_PER_LINK;
    for (size_t i = 0; i < SYNCS_PER_LINK; i++)
        if (!half[i].used)
            return &half[i];
    return NULL;
}

/* Both directions have ended, and all that came was taken. */
static bool is_over(const struct sync *sync)
{
    return sync->sent_last && sync->got_last && sync->inbox.fin && inbox_is_empty(&sync->inbox);
}

void syncs_settle(struct syncs *syncs)
{
    for (size_t i = 0; i < COUNT; i++)
        if (syncs->of[i].used && is_over(&syncs->of[i]))
            end(&syncs->of[i]);
}

/* Out. */

static int open_stream(struct syncs *syncs, struct quic_conn *conn, uint64_t pseq,
                       struct sync **opened)
{
    int64_t stream;
    struct sync *sync = free_place(syncs, true);
    if (!sync)
        return ERR_LIMIT;
    int rc = quic_stream_open(conn, true, &stream);
    if (rc != 0)
        return rc;
    *sync =
        (struct sync){.used = true, .ours = true, .numbered = true, .stream = stream, .pseq = pseq};
    *opened = sync;
    return 0;
}

static int write_chunk(struct sync *sync, uint64_t now, struct quic_conn *conn, bool last,
                       const uint8_t *frame, size_t len)
{
    if (sync->sent_last)
        return ERR_NOT_FOUND;
    int rc = quic_stream_write(conn, sync->stream, frame, len, last);
    if (rc != 0)
        return rc;
    sync->active_ns = now;
    sync->sent_last = last;
    return 0;
}

int syncs_ask(struct syncs *syncs, uint64_t now, struct quic_conn *conn, uint64_t pseq, bool last,
              const uint8_t *frame, size_t len)
{
    size_t place = of_pseq(syncs, true, pseq);
    struct sync *sync = place < COUNT ? &syncs->of[place] : NULL;
    int rc = sync ? 0 : open_stream(syncs, conn, pseq, &sync);
    return rc == 0 ? write_chunk(sync, now, conn, last, frame, len) : rc;
}

int syncs_reply(struct syncs *syncs, uint64_t now, struct quic_conn *conn, uint64_t pseq, bool last,
                const uint8_t *frame, size_t len)
{
    size_t place = of_pseq(syncs, false, pseq);
    if (place == COUNT)
        return ERR_NOT_FOUND;
    return write_chunk(&syncs->of[place], now, conn, last, frame, len);
}

bool syncs_is_sending(const struct syncs *syncs, bool ours, uint64_t pseq)
{
    size_t place = of_pseq(syncs, ours, pseq);
    return place < COUNT && !syncs->of[place].sent_last;
}

/* In. */

bool syncs_knows(const struct syncs *syncs, int64_t stream)
{
    for (size_t i = 0; i < COUNT; i++)
        if (syncs->of[i].used && syncs->of[i].stream == stream)
            return true;
    return false;
}

int syncs_take(struct syncs *syncs, uint64_t now, int64_t stream, bool theirs, const uint8_t *data,
               size_t len, bool fin)
{
    syncs_settle(syncs);
    struct sync *sync = of_stream(syncs, stream);
    if (!sync && !theirs)
        return 0; /* one that we have given up */
    if (!sync) {
        sync = free_place(syncs, false);
        if (!sync)
            return ERR_LIMIT;
        *sync = (struct sync){.used = true, .stream = stream};
    }
    sync->active_ns = now;
    int rc = inbox_add(&sync->inbox, data, len, fin, INBOX_MAX);
    bool short_of_last = fin && inbox_is_empty(&sync->inbox) && !sync->got_last;
    return rc == 0 && short_of_last ? ERR_MALFORMED : rc;
}

int syncs_next(struct syncs *syncs, struct sync **sync, const uint8_t **packet, size_t *len)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < COUNT; i++) {
        *sync = &syncs->of[i];
        if ((*sync)->used)
            rc = inbox_next_packet(&(*sync)->inbox, packet, len);
    }
    return rc;
}

int syncs_check(struct sync *sync, const struct message *message)
{
    if (message->type != MESSAGE_SYNC || message->sync.reply != sync->ours || sync->got_last)
        return ERR_MALFORMED;
    if (sync->numbered && sync->pseq != message->sync.pseq)
        return ERR_MALFORMED;
    sync->numbered = true;
    sync->pseq = message->sync.pseq;
    sync->got_last = message->sync.last;
    bool ended = sync->inbox.fin && inbox_is_empty(&sync->inbox);
    return ended && !sync->got_last ? ERR_MALFORMED : 0;
}

void syncs_on_gone(struct syncs *syncs, int64_t stream)
{
    struct sync *sync = of_stream(syncs, stream);
    if (sync)
        end(sync);
}

/* Time. */

void syncs_expire(struct syncs *syncs, uint64_t before, struct quic_conn *conn)
{
    for (size_t i = 0; i < COUNT; i++) {
        struct sync *sync = &syncs->of[i];
        if (!sync->used || sync->active_ns > before)
            continue;
        if (conn)
            quic_stream_abandon(conn, sync->stream);
        end(sync);
    }
}

uint64_t syncs_oldest(const struct syncs *syncs)
{
    uint64_t oldest = NEVER;
    for (size_t i = 0; i < COUNT; i++) {
        const struct sync *sync = &syncs->of[i];
        if (sync->used && !is_over(sync) && sync->active_ns < oldest)
            oldest = sync->active_ns;
    }
    return oldest;
}
