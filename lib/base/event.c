#include "base/event.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* The type of a key: what its field is in C, and how it is added to a record. */
enum key_type { NAME, ADDRESS, COUNT, OPT_COUNT, MS, TEXT, OPT_TEXT, TAG_SET, KEY_TYPE_COUNT };

#define FIELD_NAME struct name
#define FIELD_ADDRESS struct addr
#define FIELD_COUNT uint64_t
#define FIELD_OPT_COUNT uint64_t
#define FIELD_MS uint64_t
#define FIELD_TEXT const char *
#define FIELD_OPT_TEXT const char *
#define FIELD_TAG_SET struct tags

struct key_row {
    const char *name;
    enum key_type type;
    size_t offset;
};

/* A key whose field has another type than the list says does not compile. */
static const struct key_row key_rows[KEY_COUNT] = {
#define X(SYMBOL, NAME, TYPE, FIELD)                                                               \
    [KEY_##SYMBOL] = {NAME, TYPE,                                                                  \
                      _Generic(((struct event *)NULL)->FIELD, FIELD_##TYPE                         \
                               : offsetof(struct event, FIELD))},
    EVENT_KEYS(X)
#undef X
};

struct event_row {
    const char *name;
    enum event_key keys[EVENT_KEYS_MAX]; /* KEY_NONE behind the last */
};

static const struct event_row event_rows[EVENT_KIND_COUNT] = {
#define X(SYMBOL, NAME, ...) [EVENT_##SYMBOL] = {NAME, {__VA_ARGS__}},
    EVENTS(X)
#undef X
};

static void add_name(struct record *record, const char *key, const void *field)
{
    record_add_name(record, key, field);
}

static void add_address(struct record *record, const char *key, const void *field)
{
    record_add_addr(record, key, field);
}

static void add_opt_count(struct record *record, const char *key, const void *field)
{
    uint64_t count = *(const uint64_t *)field;

    if (count != EVENT_ABSENT)
        record_add_uint(record, key, count);
}

static void add_count(struct record *record, const char *key, const void *field)
{
    uint64_t count = *(const uint64_t *)field;

    if (count == EVENT_ABSENT)
        record_add_absent(record, key);
    else
        record_add_uint(record, key, count);
}

static void add_ms(struct record *record, const char *key, const void *field)
{
    uint64_t ns = *(const uint64_t *)field;

    if (ns == EVENT_ABSENT)
        record_add_absent(record, key);
    else
        record_add_ms(record, key, ns);
}

static void add_text(struct record *record, const char *key, const void *field)
{
    record_add_text(record, key, *(const char *const *)field);
}

static void add_opt_text(struct record *record, const char *key, const void *field)
{
    const char *text = *(const char *const *)field;

    if (text != NULL)
        record_add_text(record, key, text);
}

static void add_tag_set(struct record *record, const char *key, const void *field)
{
    (void)key; /* record_add_tags names each tag itself */
    record_add_tags(record, *(const struct tags *)field);
}

typedef void add_function(struct record *record, const char *key, const void *field);

static add_function *const add_functions[KEY_TYPE_COUNT] = {
    [NAME] = add_name,           [ADDRESS] = add_address,
    [COUNT] = add_count,         [MS] = add_ms,
    [OPT_COUNT] = add_opt_count, [TEXT] = add_text,
    [OPT_TEXT] = add_opt_text,   [TAG_SET] = add_tag_set,
};

/* Whether a field of this type is absent by another value than all bytes zero. */
static bool is_counted(enum key_type type)
{
    return type == COUNT || type == OPT_COUNT || type == MS;
}

void event_init(struct event *event, enum event_kind kind)
{
    const uint64_t absent = EVENT_ABSENT;

    *event = (struct event){.kind = kind};
    for (size_t key = KEY_NONE + 1; key < KEY_COUNT; key++)
        if (is_counted(key_rows[key].type))
            memcpy((char *)event + key_rows[key].offset, &absent, sizeof(absent));
}

const char *event_name(enum event_kind kind)
{
    assert(kind < EVENT_KIND_COUNT);
    return event_rows[kind].name;
}

bool event_parse(const char *text, size_t len, enum event_kind *kind)
{
    for (enum event_kind i = 0; i < EVENT_KIND_COUNT; i++) {
        if (strlen(event_rows[i].name) == len && memcmp(event_rows[i].name, text, len) == 0) {
            *kind = i;
            return true;
        }
    }
    return false;
}

size_t event_keys(enum event_kind kind, enum event_key keys[EVENT_KEYS_MAX])
{
    size_t count = 0;

    assert(kind < EVENT_KIND_COUNT);
    while (count < EVENT_KEYS_MAX && event_rows[kind].keys[count] != KEY_NONE) {
        keys[count] = event_rows[kind].keys[count];
        count++;
    }
    return count;
}

const char *event_key_name(enum event_key key)
{
    assert(key > KEY_NONE && key < KEY_COUNT);
    return key_rows[key].name;
}

void event_to_record(const struct event *event, uint64_t seq, uint64_t wall_ns,
                     struct record *record)
{
    enum event_key keys[EVENT_KEYS_MAX];
    size_t count = event_keys(event->kind, keys);

    record_init(record, event_name(event->kind), wall_ns);
    add_opt_count(record, "seq", &seq);
    for (size_t i = 0; i < count; i++) {
        const struct key_row *row = &key_rows[keys[i]];

        add_functions[row->type](record, row->name, (const char *)event + row->offset);
    }
}
