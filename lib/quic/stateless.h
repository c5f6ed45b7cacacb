/**
 * Answers that need no connection: version negotiation (RFC 9000 section 6, RFC 8999), stateless
 * reset (section 10.3) and Retry (section 8.1.2). Strangers cause them, so each is no larger than
 * what caused it, and bounded per second.
 */
#ifndef QUIC_STATELESS_H
#define QUIC_STATELESS_H

#include "base/limits.h"
#include "keys/identity.h"
#include "quic/compat.h"
#include "quic/endpoint.h"
#include "quic/outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATELESS_TOKEN_LEN NGTCP2_STATELESS_RESET_TOKENLEN
#define STATELESS_RESET_MIN (5 + STATELESS_TOKEN_LEN) /* the shortest that can be one */

/** What every version of QUIC says (RFC 8999); pointers into the packet. */
struct packet_header {
    bool is_long;
    uint32_t version; /* of a long header; 0: version negotiation */
    const uint8_t *dcid, *scid;
    size_t dcid_len, scid_len; /* up to 255 */
};

/** So many a second, and no more. */
struct rate {
    uint64_t second;
    unsigned used, max;
};

struct stateless {
    uint8_t reset_key[IDENTITY_SECRET_LEN];
    uint8_t retry_key[IDENTITY_SECRET_LEN];
    struct rate resets, versions;
};

/** Derives the reset key from the identity, draws the Retry key. 0, ERR_BAD_IDENTITY,
 *  ERR_SYSTEM. */
int stateless_init(struct stateless *stateless, const struct identity *identity);

/** Derives the reset key anew. 0 or ERR_BAD_IDENTITY, then nothing has changed. */
int stateless_rekey(struct stateless *stateless, const struct identity *identity);

/** Reads a header; a short one has a DCID of CID_LEN bytes. False: no QUIC. */
bool packet_header_read(struct packet_header *header, const uint8_t *data, size_t len);

/** The token of one of our connection IDs. 0 or ERR_SYSTEM. */
int stateless_token(const struct stateless *stateless, const uint8_t *cid, size_t len,
                    uint8_t token[STATELESS_TOKEN_LEN]);

/** Answers a packet of an unknown version. True: an answer is queued. */
bool stateless_answer_version(struct stateless *stateless, uint64_t now, struct outbox *outbox,
                              const struct quic_path *path, const struct packet_header *header,
                              size_t len, struct quic_stats *stats);

/** Answers a short-header packet of no connection of ours. */
bool stateless_answer_reset(struct stateless *stateless, uint64_t now, struct outbox *outbox,
                            const struct quic_path *path, const struct packet_header *header,
                            size_t len, struct quic_stats *stats);

/** Answers an Initial with a Retry. */
bool stateless_answer_retry(struct stateless *stateless, uint64_t now, struct outbox *outbox,
                            const struct quic_path *path, const ngtcp2_pkt_hd *header);

/** Refuses an Initial whose token is none of ours, with INVALID_TOKEN. */
bool stateless_refuse_token(struct outbox *outbox, const struct quic_path *path,
                            const ngtcp2_pkt_hd *header);

/** Whether the Initial carries a Retry token at all. */
bool stateless_has_retry_token(const ngtcp2_pkt_hd *header);

/** Checks it and tells the client's first DCID. */
bool stateless_check_token(const struct stateless *stateless, uint64_t now,
                           const struct quic_path *path, const ngtcp2_pkt_hd *header,
                           ngtcp2_cid *original);

#endif
