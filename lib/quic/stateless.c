#include "quic/stateless.h"

#include "base/duration.h"
#include "quic/cid.h"
#include "quic/sockaddr.h"

#include <gnutls/crypto.h>
#include <string.h>

#define INITIAL_DATAGRAM_MIN 1200 /* RFC 9000 section 14.1 */
#define RESET_LEN 43              /* looks like a short packet of ours with a little in it */
#define RETRY_TOKEN_TTL (10 * NS_PER_S)
#define VERSION_GREASE 0x1a2a3a4aU /* reserved to exercise negotiation, section 15 */

static bool rate_take(struct rate *rate, uint64_t now)
{
    uint64_t second = now / NS_PER_S;
    if (rate->second != second) {
        rate->second = second;
        rate->used = 0;
    }
    if (rate->used >= rate->max)
        return false;
    rate->used++;
    return true;
}

int stateless_init(struct stateless *stateless, const struct identity *identity)
{
    *stateless = (struct stateless){
        .resets = {.max = RESETS_PER_S},
        .versions = {.max = VERSION_REPLIES_PER_S},
    };
    if (gnutls_rnd(GNUTLS_RND_KEY, stateless->retry_key, sizeof(stateless->retry_key)) != 0)
        return ERR_SYSTEM;
    return stateless_rekey(stateless, identity);
}

int stateless_rekey(struct stateless *stateless, const struct identity *identity)
{
    uint8_t key[IDENTITY_SECRET_LEN];
    int rc = identity_derive(identity, "stateless-reset", key);
    if (rc == 0)
        memcpy(stateless->reset_key, key, sizeof(key));
    return rc;
}

static bool read_cid(const uint8_t *data, size_t len, size_t *at, const uint8_t **cid,
                     size_t *cid_len)
{
    if (*at >= len)
        return false;
    *cid_len = data[(*at)++];
    if (len - *at < *cid_len)
        return false;
    *cid = data + *at;
    *at += *cid_len;
    return true;
}

bool packet_header_read(struct packet_header *header, const uint8_t *data, size_t len)
{
    *header = (struct packet_header){0};
    if (len < 1)
        return false;
    header->is_long = (data[0] & 0x80) != 0;
    if (!header->is_long) {
        header->dcid = data + 1;
        header->dcid_len = CID_LEN;
        return len >= 1 + CID_LEN;
    }
    if (len < 5)
        return false;
    header->version = (uint32_t)data[1] << 24 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 8 |
                      (uint32_t)data[4];
    size_t at = 5;
    return read_cid(data, len, &at, &header->dcid, &header->dcid_len) &&
           read_cid(data, len, &at, &header->scid, &header->scid_len);
}

int stateless_token(const struct stateless *stateless, const uint8_t *cid, size_t len,
                    uint8_t token[STATELESS_TOKEN_LEN])
{
    ngtcp2_cid id;
    ngtcp2_cid_init(&id, cid, len);
    int rc = ngtcp2_crypto_generate_stateless_reset_token(token, stateless->reset_key,
                                                          sizeof(stateless->reset_key), &id);
    return rc == 0 ? 0 : ERR_SYSTEM;
}

static void put_version(uint8_t *to, uint32_t version)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(version >> (24 - 8 * i));
}

/* Written by hand: the connection IDs of an unknown version may have 255 bytes. */
bool stateless_answer_version(struct stateless *stateless, uint64_t now, struct outbox *outbox,
                              const struct quic_path *path, const struct packet_header *header,
                              size_t len, struct quic_stats *stats)
{
    uint8_t answer[1 + 4 + 2 * (1 + 255) + 2 * 4];
    if (header->version == 0 || len < INITIAL_DATAGRAM_MIN)
        return false;
    if (!rate_take(&stateless->versions, now)) {
        stats->limited++;
        return false;
    }
    size_t at = 0;
    answer[at++] = 0xc0;
    put_version(answer + at, 0);
    at += 4;
    answer[at++] = (uint8_t)header->scid_len;
    memcpy(answer + at, header->scid, header->scid_len);
    at += header->scid_len;
    answer[at++] = (uint8_t)header->dcid_len;
    memcpy(answer + at, header->dcid, header->dcid_len);
    at += header->dcid_len;
    put_version(answer + at, VERSION_GREASE);
    put_version(answer + at + 4, NGTCP2_PROTO_VER_V1);
    at += 8;
    return outbox_push(outbox, path, answer, at);
}

/* Always shorter than what caused it, or two endpoints that have both forgotten would answer each
 * other for ever (RFC 9000 section 10.3.3). Short ones halve the distance to the shortest possible,
 * not by the single byte that the RFC suggests: such a chain then is five packets, not twenty. */
static size_t reset_size(size_t cause)
{
    if (cause > RESET_LEN)
        return RESET_LEN;
    return STATELESS_RESET_MIN + (cause - 1 - STATELESS_RESET_MIN) / 2;
}

bool stateless_answer_reset(struct stateless *stateless, uint64_t now, struct outbox *outbox,
                            const struct quic_path *path, const struct packet_header *header,
                            size_t len, struct quic_stats *stats)
{
    uint8_t answer[RESET_LEN];
    if (len <= STATELESS_RESET_MIN)
        return false;
    if (!rate_take(&stateless->resets, now)) {
        stats->limited++;
        return false;
    }
    size_t size = reset_size(len);
    if (gnutls_rnd(GNUTLS_RND_NONCE, answer, size) != 0)
        return false;
    answer[0] = (uint8_t)((answer[0] & 0x3f) | 0x40);
    uint8_t *token = answer + size - STATELESS_TOKEN_LEN;
    if (stateless_token(stateless, header->dcid, header->dcid_len, token) != 0)
        return false;
    return outbox_push(outbox, path, answer, size);
}

bool stateless_answer_retry(struct stateless *stateless, uint64_t now, struct outbox *outbox,
                            const struct quic_path *path, const ngtcp2_pkt_hd *header)
{
    uint8_t token[NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN];
    uint8_t answer[256];
    ngtcp2_cid scid = {.datalen = CID_LEN};
    union sockaddr_any remote;
    socklen_t remote_len = sockaddr_from_addr(&remote, &path->remote);
    if (gnutls_rnd(GNUTLS_RND_NONCE, scid.data, CID_LEN) != 0)
        return false;
    ngtcp2_ssize token_len = ngtcp2_crypto_generate_retry_token(
        token, stateless->retry_key, sizeof(stateless->retry_key), header->version, &remote.sa,
        remote_len, &scid, &header->dcid, now);
    if (token_len < 0)
        return false;
    ngtcp2_ssize len =
        ngtcp2_crypto_write_retry(answer, sizeof(answer), header->version, &header->scid, &scid,
                                  &header->dcid, token, (size_t)token_len);
    return len > 0 && outbox_push(outbox, path, answer, (size_t)len);
}

bool stateless_refuse_token(struct outbox *outbox, const struct quic_path *path,
                            const ngtcp2_pkt_hd *header)
{
    uint8_t answer[256];
    ngtcp2_ssize len =
        ngtcp2_crypto_write_connection_close(answer, sizeof(answer), header->version, &header->scid,
                                             &header->dcid, NGTCP2_INVALID_TOKEN, NULL, 0);
    return len > 0 && outbox_push(outbox, path, answer, (size_t)len);
}

bool stateless_has_retry_token(const ngtcp2_pkt_hd *header)
{
    const uint8_t *token;
    size_t len = compat_header_token(header, &token);
    return len > 0 && token[0] == NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY;
}

bool stateless_check_token(const struct stateless *stateless, uint64_t now,
                           const struct quic_path *path, const ngtcp2_pkt_hd *header,
                           ngtcp2_cid *original)
{
    const uint8_t *token;
    size_t len = compat_header_token(header, &token);
    union sockaddr_any remote;
    socklen_t remote_len = sockaddr_from_addr(&remote, &path->remote);
    return ngtcp2_crypto_verify_retry_token(
               original, token, len, stateless->retry_key, sizeof(stateless->retry_key),
               header->version, &remote.sa, remote_len, &header->dcid, RETRY_TOKEN_TTL, now) == 0;
}
