/**
 * What each message is made of: a table per type, one row per field, which the codec walks. A
 * field is a row here and a member of its struct in msg.h, nothing else.
 *
 * Ids are never used again for something else. A value that is zero (a number 0, false, no name, no
 * address, no bytes) is left out unless it is required; what is absent is zero.
 */
#ifndef WIRE_SCHEMA_H
#define WIRE_SCHEMA_H

#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How a value stands in its struct, and on the wire. */
enum field_kind {
    FIELD_UINT,   /* uint64_t: varint, at most `bound` */
    FIELD_ENUM,   /* an enum: varint, at most `bound` */
    FIELD_BOOL,   /* bool: varint, 0 or 1 */
    FIELD_HASH,   /* uint64_t of which all 64 bits count: 8 bytes, big-endian */
    FIELD_NAME,   /* struct name: its bytes */
    FIELD_ADDR,   /* struct addr: 4 or 16 bytes of IP, then the port in 2, big-endian */
    FIELD_TAGS,   /* struct tags: packed, as base/tags.h says */
    FIELD_REASON, /* struct bytes: text for people, at most `bound` bytes */
    FIELD_KIND_COUNT
};

enum field_need { FIELD_OPTIONAL, FIELD_REQUIRED };

/** Whether all members must hold the same value at the same incarnation: what ties are broken by.
 *  TOLD differs between those who tell it, or is equal anyway when a tie is to be broken. */
enum field_share { FIELD_TOLD, FIELD_AGREED };

struct field {
    uint8_t id; /* 1 to 63, so that it takes one byte */
    enum field_kind kind;
    enum field_need need;
    enum field_share share;
    size_t offset;  /* in struct message or struct update */
    uint64_t bound; /* largest number, or most bytes */
};

struct schema {
    const char *name; /* in rx/tx lines */
    const struct field *fields;
    size_t count;
};

/** The id of an update in every message. It repeats, up to UPDATES_PER_MESSAGE times; its value is
 *  the run of the fields of schema_update. */
#define SCHEMA_UPDATE_ID 15

/** The schema of a known type (asserted). Offsets count from the start of struct message. */
const struct schema *schema_message(enum message_type type);

/** Offsets count from the start of struct update. */
const struct schema *schema_update(void);

#endif
