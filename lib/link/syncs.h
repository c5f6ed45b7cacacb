/**
 * The push/pulls of one link, each on a bidirectional stream of its own: the asker's chunks, FIN
 * after the one marked `last`; then the other's chunks back and its FIN.
 */
#ifndef LINK_SYNCS_H
#define LINK_SYNCS_H

#include "base/limits.h"
#include "link/inbox.h"
#include "quic/conn.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One push/pull. */
struct sync {
    bool used, ours; /* ours: we asked */
    bool numbered;   /* pseq is known: from our ask, or from the first chunk that came */
    bool sent_last, got_last;
    int64_t stream;
    uint64_t pseq;
    uint64_t active_ns;
    struct inbox inbox;
};

/** All of a link: the first half are those that we asked, so that neither side can keep the other
 * from asking. Zeroed it is empty. */
struct syncs {
    struct sync of[2 * SYNCS_PER_LINK];
};

/** Sends a chunk of an ask of ours; the first one opens the stream. 0; ERR_LIMIT: too many at once;
 *  ERR_NOT_FOUND: that one had its last chunk; errors of quic_stream_open and quic_stream_write. */
int syncs_ask(struct syncs *syncs, uint64_t now, struct quic_conn *conn, uint64_t pseq, bool last,
              const uint8_t *frame, size_t len);

/** Sends a chunk back. ERR_NOT_FOUND: nobody waits for one of that number. */
int syncs_reply(struct syncs *syncs, uint64_t now, struct quic_conn *conn, uint64_t pseq, bool last,
                const uint8_t *frame, size_t len);

/** Whether chunks of that number are still to come from us: of our ask, or of our reply. */
bool syncs_is_sending(const struct syncs *syncs, bool ours, uint64_t pseq);

/** Whether that stream is one of a push/pull that goes on. */
bool syncs_knows(const struct syncs *syncs, int64_t stream);

/** Takes in what a stream has delivered; `theirs`: the peer has opened it. 0; ERR_MALFORMED;
 * ERR_LIMIT: more at once than there may be; ERR_NO_MEMORY. */
int syncs_take(struct syncs *syncs, uint64_t now, int64_t stream, bool theirs, const uint8_t *data,
               size_t len, bool fin);

/** The next packet that has come in any of them: 1, 0 or ERR_MALFORMED. It lives until the next
 * call of syncs_take or syncs_settle. `*sync` is where it came. */
int syncs_next(struct syncs *syncs, struct sync **sync, const uint8_t **packet, size_t *len);

/** Whether a message may stand there: an ask in the peer's, a reply in ours, one number in each,
 * nothing after the last. 0 (noted) or ERR_MALFORMED. */
int syncs_check(struct sync *sync, const struct message *message);

/** Forgets those that are over in both directions. */
void syncs_settle(struct syncs *syncs);

/** The peer has given up that stream. */
void syncs_on_gone(struct syncs *syncs, int64_t stream);

/** Gives up those without progress since `before`; `conn` NULL: the connection is dead. */
void syncs_expire(struct syncs *syncs, uint64_t before, struct quic_conn *conn);

/** The oldest progress of those that are not over; NEVER: there is none. */
uint64_t syncs_oldest(const struct syncs *syncs);

void syncs_free(struct syncs *syncs);

#endif
