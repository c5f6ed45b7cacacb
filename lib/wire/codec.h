/**
 * Messages to bytes and back, by walking the schema. No allocation, no state.
 */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include "wire/msg.h"

/** Writes the whole packet (magic, version, type, fields, updates). Returns its length, or 0 if it
 *  does not fit in `size` bytes. The message must be within its bounds (asserted). */
size_t wire_encode(const struct message *message, uint8_t *buf, size_t size);

/** Reads a packet: all of it or nothing. Pointers in `message` point into `buf`. 0;
 *  ERR_MALFORMED, with `message->type` MESSAGE_UNKNOWN; or 0 with type MESSAGE_UNKNOWN for a
 *  well-formed packet of an unknown type. ERR_VERSION for another version's packet. */
int wire_decode(struct message *message, const uint8_t *buf, size_t len);

/** Bytes that this update takes inside a packet. */
size_t wire_update_size(const struct update *update);

/** Bytes that the packet takes without any updates. */
size_t wire_base_size(const struct message *message);

/** Writes the packet behind its length, as it stands on a stream. Returns bytes written, 0 if it
 *  does not fit. */
size_t wire_frame(const struct message *message, uint8_t *buf, size_t size);

/** Looks for a whole frame at the start of what a stream has delivered. Returns 1 and sets
 *  `*packet`, `*packet_len` and `*used` (the frame's length); 0 when more bytes are needed;
 *  ERR_MALFORMED when the length is over MESSAGE_MAX. */
int wire_unframe(const uint8_t *data, size_t len, const uint8_t **packet, size_t *packet_len,
                 size_t *used);

/** A canonical encoding of what the members must agree on: ties at equal incarnation and state are
 *  broken by comparing (instance, then these bytes). Returns < 0, 0, > 0. */
int wire_update_compare(const struct update *a, const struct update *b);

#endif
