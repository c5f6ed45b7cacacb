#include "base/record.h"

#include "base/duration.h"
#include "base/line.h"
#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest number: the largest double has 309 digits before the point. */
#define NUMBER_SIZE 352
#define DECIMALS_MAX 9

void record_init(struct record *record, const char *event, uint64_t wall_ns)
{
    size_t len = strlen(event);

    record->wall_ns = wall_ns;
    record->count = 0;
    record->arena_used = 0;
    record->overflow = len >= sizeof(record->event);
    if (record->overflow)
        len = 0;
    memcpy(record->event, event, len);
    record->event[len] = '\0';
}

void record_copy(struct record *to, const struct record *from)
{
    if (to == from)
        return;
    to->wall_ns = from->wall_ns;
    memcpy(to->event, from->event, sizeof(to->event));
    to->count = from->count;
    to->arena_used = from->arena_used;
    to->overflow = from->overflow;
    memcpy(to->arena, from->arena, from->arena_used);
    for (size_t i = 0; i < from->count; i++) {
        const struct record_field *field = &from->fields[i];

        to->fields[i] = *field;
        to->fields[i].key = to->arena + (field->key - from->arena);
        to->fields[i].value = to->arena + (field->value - from->arena);
    }
}

/* Appends bytes to the arena; false if they don't fit. */
static bool store(struct record *record, const char *bytes, size_t len)
{
    if (len > sizeof(record->arena) - record->arena_used)
        return false;
    if (len > 0)
        memcpy(record->arena + record->arena_used, bytes, len);
    record->arena_used += len;
    return true;
}

/* Appends text, with U+FFFD for each byte that is none. */
static bool store_text(struct record *record, const char *text, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_sequence(text + i, len - i);
        if (n > 0 ? !store(record, text + i, n)
                  : !store(record, UTF8_REPLACEMENT, UTF8_REPLACEMENT_LEN))
            return false;
        n = n > 0 ? n : 1;
    }
    return true;
}

/* Adds a field whose key is `prefix` and `key`. A failure leaves the arena as it was. */
static void add(struct record *record, enum record_kind kind, const char *prefix, const char *key,
                size_t key_len, const char *value, size_t len)
{
    size_t start = record->arena_used, value_at;
    struct record_field *field;

    if (record->count == RECORD_FIELDS_MAX || !store(record, prefix, strlen(prefix)) ||
        !store(record, key, key_len) || !store(record, "", 1))
        goto full;
    /* an absent value is the NUL of its key, so that every pointer points into the arena */
    value_at = kind == RECORD_ABSENT ? record->arena_used - 1 : record->arena_used;
    if (kind != RECORD_ABSENT && (!store_text(record, value, len) || !store(record, "", 1)))
        goto full;
    field = &record->fields[record->count++];
    field->kind = kind;
    field->key = record->arena + start;
    field->value = record->arena + value_at;
    field->value_len = record->arena_used - 1 - value_at;
    return;
full:
    record->arena_used = start;
    record->overflow = true;
}

static void add_number(struct record *record, const char *key, const char *text, size_t len)
{
    assert(line_is_number(text, len));
    add(record, RECORD_NUMBER, "", key, strlen(key), text, len);
}

static void __attribute__((format(printf, 3, 4)))
add_printed(struct record *record, const char *key, const char *format, ...)
{
    char text[NUMBER_SIZE];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    assert(len > 0 && (size_t)len < sizeof(text));
    add_number(record, key, text, (size_t)len);
}

void record_add_absent(struct record *record, const char *key)
{
    add(record, RECORD_ABSENT, "", key, strlen(key), "", 0);
}

void record_add_uint(struct record *record, const char *key, uint64_t value)
{
    add_printed(record, key, "%" PRIu64, value);
}

void record_add_int(struct record *record, const char *key, int64_t value)
{
    add_printed(record, key, "%" PRId64, value);
}

/* Cuts what the shortest form does not have: zeros at the end of a fraction, its point, and the
 * sign of a zero. */
static size_t shorten(char *text, size_t len)
{
    if (memchr(text, '.', len) != NULL) {
        while (text[len - 1] == '0')
            len--;
        if (text[len - 1] == '.')
            len--;
    }
    if (len == 2 && text[0] == '-' && text[1] == '0') {
        text[0] = '0';
        len = 1;
    }
    return len;
}

void record_add_real(struct record *record, const char *key, double value, unsigned decimals)
{
    char text[NUMBER_SIZE];
    int len;

    if (!isfinite(value)) {
        record_add_absent(record, key); /* JSON has no infinity */
        return;
    }
    assert(decimals <= DECIMALS_MAX);
    len = snprintf(text, sizeof(text), "%.*f", (int)decimals, value);
    assert(len > 0 && (size_t)len < sizeof(text));
    add_number(record, key, text, shorten(text, (size_t)len));
}

void record_add_ms(struct record *record, const char *key, uint64_t ns)
{
    uint64_t us = ns / NS_PER_US + (ns % NS_PER_US >= NS_PER_US / 2);
    char text[NUMBER_SIZE];
    int len = snprintf(text, sizeof(text), "%" PRIu64 ".%03u", us / 1000, (unsigned)(us % 1000));

    add_number(record, key, text, shorten(text, (size_t)len));
}

void record_add_text(struct record *record, const char *key, const char *text)
{
    if (text == NULL)
        record_add_absent(record, key);
    else
        record_add_bytes(record, key, text, strlen(text));
}

void record_add_bytes(struct record *record, const char *key, const char *text, size_t len)
{
    add(record, RECORD_TEXT, "", key, strlen(key), text, len);
}

void record_add_hex(struct record *record, const char *key, uint64_t value)
{
    char text[17];

    snprintf(text, sizeof(text), "%016" PRIx64, value);
    record_add_bytes(record, key, text, 16);
}

void record_add_name(struct record *record, const char *key, const struct name *name)
{
    record_add_text(record, key, name_is_empty(name) ? NULL : name->text);
}

void record_add_addr(struct record *record, const char *key, const struct addr *addr)
{
    char text[ADDR_TEXT_SIZE];

    record_add_text(record, key, addr_is_none(addr) ? NULL : addr_format(addr, text));
}

void record_add_tags(struct record *record, struct tags tags)
{
    struct tag tag;

    for (size_t cursor = 0; tags_next(tags, &cursor, &tag);)
        add(record, RECORD_TEXT, "tag.", tag.key, tag.key_len, tag.value, tag.value_len);
}

void record_add_number_text(struct record *record, const char *key, const char *text, size_t len)
{
    add_number(record, key, text, len);
}

const struct record_field *record_find(const struct record *record, const char *key)
{
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->fields[i].key, key) == 0)
            return &record->fields[i];
    return NULL;
}

const char *record_text(const struct record *record, const char *key)
{
    const struct record_field *field = record_find(record, key);

    return field == NULL || field->kind == RECORD_ABSENT ? NULL : field->value;
}

bool record_uint(const struct record *record, const char *key, uint64_t *value)
{
    const struct record_field *field = record_find(record, key);
    uint64_t sum = 0;

    if (field == NULL || field->kind != RECORD_NUMBER)
        return false;
    for (const char *c = field->value; *c != '\0'; c++) {
        uint64_t digit = (uint64_t)(*c - '0');

        if (*c < '0' || *c > '9' || sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

bool record_real(const struct record *record, const char *key, double *value)
{
    const struct record_field *field = record_find(record, key);

    if (field == NULL || field->kind != RECORD_NUMBER)
        return false;
    *value = strtod(field->value, NULL);
    return true;
}
