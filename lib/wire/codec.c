#include "wire/codec.h"

#include "base/err.h"
#include "base/limits.h"
#include "wire/schema.h"
#include "wire/value.h"
#include "wire/varint.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define END_MARK 0

/* What an update's AGREED fields take at most, ids and lengths included. */
#define AGREED_MAX (TAG_PACKED_MAX + 64)

static uint64_t type_code(enum message_type type)
{
    static const uint64_t codes[MESSAGE_TYPE_COUNT] = {
#define X(SYMBOL, NAME, CODE, CARRIER, ROLES) [MESSAGE_##SYMBOL] = (CODE),
        MESSAGES(X)
#undef X
    };
    return codes[type];
}

static enum message_type type_from_code(uint64_t code)
{
    switch (code) {
#define X(SYMBOL, NAME, CODE, CARRIER, ROLES)                                                      \
    case CODE:                                                                                     \
        return MESSAGE_##SYMBOL;
        MESSAGES(X)
#undef X
    default:
        return MESSAGE_UNKNOWN;
    }
}

/* Writing: sizes first, so that what does not fit is known before the first byte. */

static bool is_written(const struct field *field, const void *base)
{
    return field->need == FIELD_REQUIRED || !value_is_zero(field, base);
}

static size_t item_size(uint64_t id, size_t len)
{
    return varint_size(id) + varint_size(len) + len;
}

static size_t item_head(uint64_t id, size_t len, uint8_t *buf, size_t size)
{
    size_t n = varint_write(id, buf, size);
    return n + varint_write(len, buf + n, size - n);
}

static size_t run_size(const struct schema *schema, const void *base)
{
    size_t size = 0;
    for (size_t i = 0; i < schema->count; i++) {
        const struct field *field = &schema->fields[i];
        if (is_written(field, base))
            size += item_size(field->id, value_size(field, base));
    }
    return size;
}

static size_t field_write(const struct field *field, const void *base, uint8_t *buf, size_t size)
{
    assert(value_is_valid(field, base));
    size_t len = value_size(field, base);
    assert(item_size(field->id, len) <= size);
    size_t used = item_head(field->id, len, buf, size);
    value_write(field, base, buf + used);
    return used + len;
}

static size_t run_write(const struct schema *schema, const void *base, uint8_t *buf, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < schema->count; i++) {
        const struct field *field = &schema->fields[i];
        if (is_written(field, base))
            used += field_write(field, base, buf + used, size - used);
    }
    return used;
}

static size_t update_write(const struct update *update, uint8_t *buf, size_t size)
{
    size_t len = run_size(schema_update(), update);
    size_t used = item_head(SCHEMA_UPDATE_ID, len, buf, size);
    return used + run_write(schema_update(), update, buf + used, size - used);
}

size_t wire_update_size(const struct update *update)
{
    return item_size(SCHEMA_UPDATE_ID, run_size(schema_update(), update));
}

size_t wire_base_size(const struct message *message)
{
    return 1 + varint_size(WIRE_VERSION) + varint_size(type_code(message->type)) +
           run_size(schema_message(message->type), message) + 1;
}

static size_t packet_size(const struct message *message)
{
    size_t total = wire_base_size(message);
    for (size_t i = 0; i < message->update_count; i++)
        total += wire_update_size(&message->updates[i]);
    return total;
}

size_t wire_encode(const struct message *message, uint8_t *buf, size_t size)
{
    assert(message->update_count <= UPDATES_PER_MESSAGE);
    size_t total = packet_size(message);
    if (total > size || total > MESSAGE_MAX)
        return 0;
    size_t used = 0;
    buf[used++] = WIRE_MAGIC;
    used += varint_write(WIRE_VERSION, buf + used, total - used);
    used += varint_write(type_code(message->type), buf + used, total - used);
    used += run_write(schema_message(message->type), message, buf + used, total - used);
    for (size_t i = 0; i < message->update_count; i++)
        used += update_write(&message->updates[i], buf + used, total - used);
    buf[used++] = END_MARK;
    assert(used == total);
    return used;
}

size_t wire_frame(const struct message *message, uint8_t *buf, size_t size)
{
    size_t head = varint_size(packet_size(message));
    if (head > size)
        return 0;
    size_t len = wire_encode(message, buf + head, size - head);
    if (len == 0)
        return 0;
    return varint_write(len, buf, head) + len;
}

int wire_update_compare(const struct update *a, const struct update *b)
{
    if (a->instance != b->instance)
        return a->instance < b->instance ? -1 : 1;
    const struct schema *schema = schema_update();
    const struct update *sides[2] = {a, b};
    uint8_t bytes[2][AGREED_MAX];
    size_t lens[2] = {0, 0};
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < schema->count; i++) {
            const struct field *field = &schema->fields[i];
            if (field->share == FIELD_AGREED && is_written(field, sides[side]))
                lens[side] += field_write(field, sides[side], bytes[side] + lens[side],
                                          AGREED_MAX - lens[side]);
        }
    }
    int order = memcmp(bytes[0], bytes[1], lens[0] < lens[1] ? lens[0] : lens[1]);
    if (order != 0)
        return order;
    return (lens[0] > lens[1]) - (lens[0] < lens[1]);
}

/* Reading: each step takes from the front of `rest` or refuses. */

static bool number_take(struct bytes *rest, uint64_t *value)
{
    size_t n = varint_read(rest->data, rest->len, value);
    rest->data += n;
    rest->len -= n;
    return n > 0;
}

static bool item_take(struct bytes *rest, uint64_t *id, struct bytes *value)
{
    uint64_t len;
    if (!number_take(rest, id) || *id == END_MARK || !number_take(rest, &len) || len > rest->len)
        return false;
    *value = (struct bytes){rest->data, (size_t)len};
    rest->data += len;
    rest->len -= (size_t)len;
    return true;
}

/* Sets the field of that id, which must not have been seen; an unknown id is skipped. */
static bool field_read(const struct schema *schema, void *base, uint64_t id, struct bytes value,
                       uint64_t *seen)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (schema->fields[i].id != id)
            continue;
        if ((*seen >> id & 1) != 0)
            return false;
        *seen |= UINT64_C(1) << id;
        return value_read(&schema->fields[i], base, value);
    }
    return true;
}

static bool required_seen(const struct schema *schema, uint64_t seen)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct field *field = &schema->fields[i];
        if (field->need == FIELD_REQUIRED && (seen >> field->id & 1) == 0)
            return false;
    }
    return true;
}

static bool update_read(struct update *update, struct bytes rest)
{
    uint64_t seen = 0, id;
    struct bytes value;
    memset(update, 0, sizeof(*update));
    while (rest.len > 0) {
        if (!item_take(&rest, &id, &value) ||
            !field_read(schema_update(), update, id, value, &seen))
            return false;
    }
    return required_seen(schema_update(), seen);
}

static bool message_read(struct message *message, struct bytes rest)
{
    const struct schema *schema = schema_message(message->type);
    uint64_t seen = 0, id;
    struct bytes value;
    while (rest.len > 0) {
        if (!item_take(&rest, &id, &value))
            return false;
        if (id == SCHEMA_UPDATE_ID) {
            if (message->update_count == UPDATES_PER_MESSAGE ||
                !update_read(&message->updates[message->update_count], value))
                return false;
            message->update_count++;
        } else if (!field_read(schema, message, id, value, &seen)) {
            return false;
        }
    }
    return required_seen(schema, seen);
}

/* A packet of a later type: nothing of it is understood, but it must be a run of fields. */
static bool unknown_read(struct bytes rest)
{
    uint64_t id;
    struct bytes value;
    while (rest.len > 0) {
        if (!item_take(&rest, &id, &value))
            return false;
    }
    return true;
}

static void message_clear(struct message *message)
{
    memset(message, 0, offsetof(struct message, updates));
}

/* The head, and what lies between it and the end mark. */
static int packet_open(const uint8_t *buf, size_t len, uint64_t *code, struct bytes *body)
{
    uint64_t version;
    struct bytes rest = {buf, len};
    if (len == 0 || len > MESSAGE_MAX || buf[0] != WIRE_MAGIC)
        return ERR_MALFORMED;
    rest.data++;
    rest.len--;
    if (!number_take(&rest, &version))
        return ERR_MALFORMED;
    if (version != WIRE_VERSION)
        return ERR_VERSION;
    if (!number_take(&rest, code) || rest.len == 0 || rest.data[rest.len - 1] != END_MARK)
        return ERR_MALFORMED;
    *body = (struct bytes){rest.data, rest.len - 1};
    return 0;
}

int wire_decode(struct message *message, const uint8_t *buf, size_t len)
{
    uint64_t code;
    struct bytes body;
    message_clear(message);
    int err = packet_open(buf, len, &code, &body);
    if (err != 0)
        return err;
    message->type = type_from_code(code);
    bool ok = message->type == MESSAGE_UNKNOWN ? unknown_read(body) : message_read(message, body);
    if (!ok) {
        message_clear(message);
        return ERR_MALFORMED;
    }
    return 0;
}

int wire_unframe(const uint8_t *data, size_t len, const uint8_t **packet, size_t *packet_len,
                 size_t *used)
{
    uint64_t size;
    size_t head = varint_read(data, len, &size);
    if (head == 0)
        return 0;
    if (size > MESSAGE_MAX)
        return ERR_MALFORMED;
    if (size > len - head)
        return 0;
    *packet = data + head;
    *packet_len = (size_t)size;
    *used = head + (size_t)size;
    return 1;
}
