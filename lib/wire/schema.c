#include "wire/schema.h"

#include "base/limits.h"
#include "wire/varint.h"

#include <assert.h>

/* The _Generic has no default: a row whose kind does not fit the member's type does not compile.
 * An enumeration is an unsigned here, which is how lib/wire/value.c reads it. */
#define OFFSET(STRUCT, MEMBER, TYPE)                                                               \
    (offsetof(STRUCT, MEMBER) + 0 * sizeof(_Generic(((STRUCT *)0)->MEMBER, TYPE : 0)))

#define ROW(ID, KIND, STRUCT, MEMBER, TYPE, BOUND, NEED, SHARE)                                    \
    {                                                                                              \
        .id = (ID), .kind = FIELD_##KIND, .need = FIELD_##NEED, .share = FIELD_##SHARE,            \
        .offset = OFFSET(STRUCT, MEMBER, TYPE), .bound = (BOUND),                                  \
    }

#define TYPE_UINT uint64_t
#define TYPE_ENUM unsigned
#define TYPE_BOOL bool
#define TYPE_HASH uint64_t
#define TYPE_NAME struct name
#define TYPE_ADDR struct addr
#define TYPE_TAGS struct tags
#define TYPE_REASON struct bytes

/* A field of a message, a field of an update. */
#define M(ID, KIND, MEMBER, BOUND, NEED)                                                           \
    ROW(ID, KIND, struct message, MEMBER, TYPE_##KIND, BOUND, NEED, TOLD)
#define U(ID, KIND, MEMBER, BOUND, NEED, SHARE)                                                    \
    ROW(ID, KIND, struct update, MEMBER, TYPE_##KIND, BOUND, NEED, SHARE)

#define FIELDS(...)                                                                                \
    .fields = (const struct field[]){__VA_ARGS__},                                                 \
    .count = sizeof((const struct field[]){__VA_ARGS__}) / sizeof(struct field)

#define NAME_BYTES NAME_LEN_MAX
#define ADDR_BYTES 18
#define HASH_BYTES 8

/* clang-format off */
static const struct schema update_schema = {"update", FIELDS(
    U(1,  NAME,   node,        NAME_BYTES,             REQUIRED, TOLD),
    U(2,  UINT,   incarnation, INCARNATION_MAX,        OPTIONAL, TOLD),
    U(3,  ENUM,   state,       MEMBER_STATE_COUNT - 1, OPTIONAL, TOLD),
    U(4,  HASH,   instance,    HASH_BYTES,             OPTIONAL, AGREED),
    U(5,  ADDR,   addr,        ADDR_BYTES,             OPTIONAL, AGREED),
    U(6,  TAGS,   tags,        TAG_PACKED_MAX,         OPTIONAL, AGREED),
    U(7,  NAME,   by,          NAME_BYTES,             OPTIONAL, TOLD),
    U(8,  ENUM,   accusation,  ACCUSATION_COUNT - 1,   OPTIONAL, TOLD),
    U(9,  UINT,   age_ms,      MESSAGE_MS_MAX,         OPTIONAL, TOLD),
    U(10, REASON, reason,      REASON_LEN_MAX,         OPTIONAL, TOLD),
    U(11, BOOL,   prune,       1,                      OPTIONAL, TOLD))};

static const struct schema hello_schema = {"hello", FIELDS(
    M(1, ENUM, hello.kind,        HELLO_TOOL,      OPTIONAL),
    M(2, HASH, hello.instance,    HASH_BYTES,      REQUIRED),
    M(3, UINT, hello.incarnation, INCARNATION_MAX, OPTIONAL),
    M(4, UINT, hello.age_ms,      MESSAGE_MS_MAX,  OPTIONAL),
    M(5, UINT, hello.version,     VARINT_MAX,      OPTIONAL),
    M(6, ADDR, hello.addr,        ADDR_BYTES,      OPTIONAL),
    M(7, UINT, hello.period_ms,   MESSAGE_MS_MAX,  OPTIONAL),
    M(8, UINT, hello.degree,      MEMBERS_MAX,     OPTIONAL))};

static const struct schema ping_schema = {"ping", FIELDS(
    M(1, UINT, ping.pseq, VARINT_MAX, REQUIRED))};

static const struct schema ack_schema = {"ack", FIELDS(
    M(1, UINT, ack.pseq,        VARINT_MAX,      REQUIRED),
    M(2, UINT, ack.incarnation, INCARNATION_MAX, OPTIONAL),
    M(3, UINT, ack.rtt_us,      MESSAGE_US_MAX,  OPTIONAL))};

static const struct schema ping_req_schema = {"ping-req", FIELDS(
    M(1, UINT, ping_req.pseq,    VARINT_MAX,     REQUIRED),
    M(2, NAME, ping_req.node,    NAME_BYTES,     REQUIRED),
    M(3, ADDR, ping_req.addr,    ADDR_BYTES,     OPTIONAL),
    M(4, UINT, ping_req.wait_ms, MESSAGE_MS_MAX, OPTIONAL))};

static const struct schema nack_schema = {"nack", FIELDS(
    M(1, UINT, nack.pseq, VARINT_MAX, REQUIRED))};

static const struct schema gossip_schema = {"gossip", NULL, 0};

static const struct schema leave_schema = {"leave", FIELDS(
    M(1, UINT,   leave.pseq,        VARINT_MAX,      REQUIRED),
    M(2, UINT,   leave.incarnation, INCARNATION_MAX, OPTIONAL),
    M(3, REASON, leave.reason,      REASON_LEN_MAX,  OPTIONAL))};

static const struct schema leave_ack_schema = {"leave-ack", FIELDS(
    M(1, UINT, leave_ack.pseq, VARINT_MAX, REQUIRED))};

static const struct schema sync_schema = {"sync", FIELDS(
    M(1, UINT, sync.pseq,  VARINT_MAX, REQUIRED),
    M(2, BOOL, sync.reply, 1,          OPTIONAL),
    M(3, BOOL, sync.join,  1,          OPTIONAL),
    M(4, BOOL, sync.last,  1,          OPTIONAL))};
/* clang-format on */

static const struct schema *const schemas[MESSAGE_TYPE_COUNT] = {
#define X(SYMBOL, NAME, CODE, CARRIER, ROLES) [MESSAGE_##SYMBOL] = &NAME##_schema,
    MESSAGES(X)
#undef X
};

const struct schema *schema_message(enum message_type type)
{
    assert(type > MESSAGE_UNKNOWN && type < MESSAGE_TYPE_COUNT);
    return schemas[type];
}

const struct schema *schema_update(void)
{
    return &update_schema;
}
