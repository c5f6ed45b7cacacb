/**
 * Every bound of the project, with its reason. What depends on each other is asserted here.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <assert.h>

/* Names (the contract of the commands). */
#define NAME_LEN_MAX 64    /* a node's, [A-Za-z0-9][A-Za-z0-9._-]{0,63} */
#define CLUSTER_LEN_MAX 63 /* [a-z0-9][a-z0-9._-]{0,62} */
#define HOST_LEN_MAX 253   /* a DNS name, RFC 1035 section 2.3.4 */
#define PORT_DEFAULT 7436

/* Tags: a node's whole set fits in two datagrams, so that a join stays cheap. */
#define TAG_KEY_MAX 32
#define TAG_VALUE_MAX 256
#define TAG_COUNT_MAX 32
#define TAG_BYTES_MAX 2048                                 /* keys and values together */
#define TAG_PACKED_MAX (TAG_BYTES_MAX + TAG_COUNT_MAX * 3) /* a length byte and two per tag */

/* Lines: what one read of a pipe (PIPE_BUF is 4,096) can't hold is still one write of a file. */
#define LINE_MAX_BYTES 16384
#define RECORD_FIELDS_MAX 96

/* Incarnations: every JSON tool reads 2^53 - 1 whole; the jumps keep a forged number from
 * pushing a node beyond refuting. */
#define INCARNATION_MAX ((UINT64_C(1) << 53) - 1)
#define INCARNATION_JUMP (UINT64_C(1) << 20)
#define INCARNATION_FIRST_SIGHT (UINT64_C(1) << 52)

/* Messages. A datagram is at most what one UDP payload of 1,500 - 40 - 8 carries; a chunk of
 * state on a stream is bounded so that the reader's buffer is. */
#define DATAGRAM_MAX 1452
#define DATAGRAM_SAFE 1163 /* before path MTU discovery ends, 16-byte connection IDs */
#define MESSAGE_MAX 16384  /* a message on a stream, the largest there is */
#define UPDATES_PER_MESSAGE 64
#define REASON_LEN_MAX 128 /* the text of swim-leave -m */
#define REQUEST_MAX LINE_MAX_BYTES

/* The core. */
#define MEMBERS_MAX 4096
#define EVENTS_RING 1000 /* of a running node, for readers that resume */
#define OUTPUTS_MAX 8192 /* of one step of the core: a down peer's updates and the answers */
#define ASKS_MAX 256     /* ping-reqs that we try for others at once */
#define INDIRECT_MAX 16  /* helpers of one probe */
#define SUSPICION_MULT_MAX 100
#define LEAVE_PEERS_MAX 256 /* warm peers that are told a leave directly */
#define LEAVE_DIALS 3       /* live members dialled for a leave when fewer are warm */

/* Connections. */
#define POOL_MAX_TOTAL 50
#define POOL_MAX_PER_PEER 1
#define POOL_SLOTS_MAX 4096
#define ACCEPT_MAX 1024
#define LINK_QUEUE_MAX 64       /* messages that wait for one handshake */
#define SYNCS_PER_LINK 8        /* push/pulls at once over one connection */
#define REQUESTS_MAX 256        /* control requests being answered or watched */
#define REJECTED_LINES_PER_S 10 /* the rest is counted */
#define RESETS_PER_S 100        /* stateless resets, a reflection bound (RFC 9000 section 10.3) */
#define VERSION_REPLIES_PER_S 100
#define CID_LEN 16

static_assert(TAG_PACKED_MAX + 512 < MESSAGE_MAX, "one record with all its tags fits in a chunk");
static_assert(LINK_QUEUE_MAX >= 4, "a ping, a ping-req, a gossip and a leave wait for one dial");

#endif
