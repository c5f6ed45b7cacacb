#include "wire/value.h"

#include "base/addr.h"
#include "base/name.h"
#include "base/tags.h"
#include "wire/varint.h"

#include <assert.h>
#include <string.h>

#define HASH_LEN 8
#define V4_LEN 4
#define V6_LEN 16
#define PORT_LEN 2

static const void *value_at(const struct field *field, const void *base)
{
    return (const char *)base + field->offset;
}

static uint64_t number_get(const struct field *field, const void *base)
{
    const void *at = value_at(field, base);
    switch (field->kind) {
    case FIELD_BOOL:
        return *(const bool *)at;
    case FIELD_ENUM:
        return *(const unsigned *)at;
    default:
        return *(const uint64_t *)at;
    }
}

static void number_set(const struct field *field, void *base, uint64_t value)
{
    void *at = (char *)base + field->offset;
    switch (field->kind) {
    case FIELD_BOOL:
        *(bool *)at = value != 0;
        break;
    case FIELD_ENUM:
        *(unsigned *)at = (unsigned)value;
        break;
    default:
        *(uint64_t *)at = value;
        break;
    }
}

static bool number_is_zero(const struct field *field, const void *base)
{
    return number_get(field, base) == 0;
}

static bool number_is_valid(const struct field *field, const void *base)
{
    return number_get(field, base) <= field->bound;
}

static size_t number_size(const struct field *field, const void *base)
{
    return varint_size(number_get(field, base));
}

static void number_write(const struct field *field, const void *base, uint8_t *buf)
{
    uint64_t value = number_get(field, base);
    size_t n = varint_write(value, buf, varint_size(value));
    assert(n > 0);
    (void)n;
}

/* The bound is checked before the value is narrowed to an enumeration or a bool. */
static bool number_read(const struct field *field, void *base, struct bytes bytes)
{
    uint64_t value;
    size_t n = varint_read(bytes.data, bytes.len, &value);
    if (n == 0 || n != bytes.len || value > field->bound)
        return false;
    number_set(field, base, value);
    return true;
}

static void big_endian_write(uint64_t value, uint8_t *buf, size_t n)
{
    for (size_t i = n; i-- > 0; value >>= 8)
        buf[i] = (uint8_t)value;
}

static uint64_t big_endian_read(const uint8_t *buf, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | buf[i];
    return value;
}

static bool hash_is_valid(const struct field *field, const void *base)
{
    (void)field;
    (void)base;
    return true;
}

static size_t hash_size(const struct field *field, const void *base)
{
    (void)field;
    (void)base;
    return HASH_LEN;
}

static void hash_write(const struct field *field, const void *base, uint8_t *buf)
{
    big_endian_write(number_get(field, base), buf, HASH_LEN);
}

static bool hash_read(const struct field *field, void *base, struct bytes bytes)
{
    if (bytes.len != HASH_LEN)
        return false;
    number_set(field, base, big_endian_read(bytes.data, HASH_LEN));
    return true;
}

static bool name_is_zero(const struct field *field, const void *base)
{
    return name_is_empty(value_at(field, base));
}

static size_t name_size(const struct field *field, const void *base)
{
    const struct name *name = value_at(field, base);
    return strnlen(name->text, NAME_LEN_MAX);
}

/* A required name that is empty is the only invalid one that a struct name can hold. */
static bool name_is_valid(const struct field *field, const void *base)
{
    return !name_is_zero(field, base);
}

static void name_write(const struct field *field, const void *base, uint8_t *buf)
{
    const struct name *name = value_at(field, base);
    memcpy(buf, name->text, name_size(field, base));
}

static bool name_read(const struct field *field, void *base, struct bytes bytes)
{
    struct name *name = (void *)((char *)base + field->offset);
    return name_set(name, (const char *)bytes.data, bytes.len) == 0;
}

static size_t ip_len(const struct addr *addr)
{
    return addr->family == ADDR_V4 ? V4_LEN : V6_LEN;
}

static bool address_is_zero(const struct field *field, const void *base)
{
    return addr_is_none(value_at(field, base));
}

static bool address_is_valid(const struct field *field, const void *base)
{
    const struct addr *addr = value_at(field, base);
    return addr->family == ADDR_V4 || addr->family == ADDR_V6;
}

static size_t address_size(const struct field *field, const void *base)
{
    return ip_len(value_at(field, base)) + PORT_LEN;
}

static void address_write(const struct field *field, const void *base, uint8_t *buf)
{
    const struct addr *addr = value_at(field, base);
    memcpy(buf, addr->ip, ip_len(addr));
    big_endian_write(addr->port, buf + ip_len(addr), PORT_LEN);
}

static bool address_read(const struct field *field, void *base, struct bytes bytes)
{
    struct addr *addr = (void *)((char *)base + field->offset);
    memset(addr, 0, sizeof(*addr));
    if (bytes.len == V4_LEN + PORT_LEN)
        addr->family = ADDR_V4;
    else if (bytes.len == V6_LEN + PORT_LEN)
        addr->family = ADDR_V6;
    else
        return false;
    memcpy(addr->ip, bytes.data, ip_len(addr));
    addr->port = (uint16_t)big_endian_read(bytes.data + ip_len(addr), PORT_LEN);
    return true;
}

static bool tags_is_zero(const struct field *field, const void *base)
{
    const struct tags *tags = value_at(field, base);
    return tags->len == 0;
}

static bool tags_is_valid(const struct field *field, const void *base)
{
    const struct tags *tags = value_at(field, base);
    return tags->len <= field->bound && tags_valid(*tags);
}

static size_t tags_size(const struct field *field, const void *base)
{
    const struct tags *tags = value_at(field, base);
    return tags->len;
}

static void tags_write(const struct field *field, const void *base, uint8_t *buf)
{
    const struct tags *tags = value_at(field, base);
    if (tags->len > 0)
        memcpy(buf, tags->data, tags->len);
}

static bool tags_read(const struct field *field, void *base, struct bytes bytes)
{
    struct tags *tags = (void *)((char *)base + field->offset);
    *tags = (struct tags){bytes.data, bytes.len};
    return tags_is_valid(field, base);
}

static bool reason_is_zero(const struct field *field, const void *base)
{
    const struct bytes *reason = value_at(field, base);
    return reason->len == 0;
}

static bool reason_is_valid(const struct field *field, const void *base)
{
    const struct bytes *reason = value_at(field, base);
    return reason->len <= field->bound && message_reason_valid(*reason);
}

static size_t reason_size(const struct field *field, const void *base)
{
    const struct bytes *reason = value_at(field, base);
    return reason->len;
}

static void reason_write(const struct field *field, const void *base, uint8_t *buf)
{
    const struct bytes *reason = value_at(field, base);
    if (reason->len > 0)
        memcpy(buf, reason->data, reason->len);
}

static bool reason_read(const struct field *field, void *base, struct bytes bytes)
{
    struct bytes *reason = (void *)((char *)base + field->offset);
    *reason = bytes;
    return reason_is_valid(field, base);
}

static const struct kind {
    bool (*is_zero)(const struct field *, const void *);
    bool (*is_valid)(const struct field *, const void *);
    size_t (*size)(const struct field *, const void *);
    void (*write)(const struct field *, const void *, uint8_t *);
    bool (*read)(const struct field *, void *, struct bytes);
} kinds[FIELD_KIND_COUNT] = {
    [FIELD_UINT] = {number_is_zero, number_is_valid, number_size, number_write, number_read},
    [FIELD_ENUM] = {number_is_zero, number_is_valid, number_size, number_write, number_read},
    [FIELD_BOOL] = {number_is_zero, number_is_valid, number_size, number_write, number_read},
    [FIELD_HASH] = {number_is_zero, hash_is_valid, hash_size, hash_write, hash_read},
    [FIELD_NAME] = {name_is_zero, name_is_valid, name_size, name_write, name_read},
    [FIELD_ADDR] = {address_is_zero, address_is_valid, address_size, address_write, address_read},
    [FIELD_TAGS] = {tags_is_zero, tags_is_valid, tags_size, tags_write, tags_read},
    [FIELD_REASON] = {reason_is_zero, reason_is_valid, reason_size, reason_write, reason_read},
};

bool value_is_zero(const struct field *field, const void *base)
{
    return kinds[field->kind].is_zero(field, base);
}

bool value_is_valid(const struct field *field, const void *base)
{
    return kinds[field->kind].is_valid(field, base);
}

size_t value_size(const struct field *field, const void *base)
{
    return kinds[field->kind].size(field, base);
}

void value_write(const struct field *field, const void *base, uint8_t *buf)
{
    kinds[field->kind].write(field, base, buf);
}

bool value_read(const struct field *field, void *base, struct bytes bytes)
{
    return kinds[field->kind].read(field, base, bytes);
}
