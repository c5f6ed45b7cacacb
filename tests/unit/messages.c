#include "tests/unit/messages.h"

#include "wire/codec.h"
#include "wire/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEN(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static uint64_t draw_number(struct rng *rng, uint64_t bound)
{
    switch (rng_below(rng, 4)) {
    case 0:
        return 0;
    case 1:
        return bound;
    case 2:
        return rng_below(rng, bound < 64 ? bound + 1 : 64);
    default:
        return rng_below(rng, bound) + rng_below(rng, 2);
    }
}

static void draw_name(struct rng *rng, struct name *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    char text[NAME_LEN_MAX];
    size_t len = 1 + (size_t)rng_below(rng, rng_below(rng, 3) == 0 ? NAME_LEN_MAX : 8);
    for (size_t i = 0; i < len; i++)
        text[i] = letters[rng_below(rng, i == 0 ? 62 : 65)];
    assert_int_equal(name_set(name, text, len), 0);
}

static void draw_addr(struct rng *rng, struct addr *addr)
{
    memset(addr, 0, sizeof(*addr));
    if (rng_below(rng, 3) == 0)
        return;
    addr->family = rng_below(rng, 2) == 0 ? ADDR_V4 : ADDR_V6;
    for (size_t i = 0; i < (addr->family == ADDR_V4 ? 4 : 16); i++)
        addr->ip[i] = (uint8_t)rng_next(rng);
    addr->port = (uint16_t)rng_next(rng);
}

static void draw_reason(struct rng *rng, struct bytes *reason, struct messages_arena *arena)
{
    assert_true(arena->reasons < LEN(arena->reason));
    uint8_t *text = arena->reason[arena->reasons++];
    size_t len = (size_t)draw_number(rng, REASON_LEN_MAX);
    for (size_t i = 0; i < len; i++)
        text[i] = (uint8_t)(0x20 + rng_below(rng, 0x7f - 0x20));
    *reason = (struct bytes){text, len};
}

static void draw_field(struct rng *rng, const struct field *f, void *base,
                       struct messages_arena *arena)
{
    void *at = (char *)base + f->offset;
    switch (f->kind) {
    case FIELD_UINT:
        *(uint64_t *)at = draw_number(rng, f->bound);
        break;
    case FIELD_HASH:
        *(uint64_t *)at = rng_next(rng);
        break;
    case FIELD_ENUM:
        *(unsigned *)at = (unsigned)draw_number(rng, f->bound);
        break;
    case FIELD_BOOL:
        *(bool *)at = rng_below(rng, 2) == 1;
        break;
    case FIELD_NAME:
        if (f->need == FIELD_REQUIRED || rng_below(rng, 2) == 1)
            draw_name(rng, at);
        break;
    case FIELD_ADDR:
        draw_addr(rng, at);
        break;
    case FIELD_TAGS:
        *(struct tags *)at = tags_view(&arena->tags[rng_below(rng, MESSAGES_TAGS)]);
        break;
    case FIELD_REASON:
        draw_reason(rng, at, arena);
        break;
    case FIELD_KIND_COUNT:
        fail();
    }
}

static void draw_run(struct rng *rng, const struct schema *schema, void *base,
                     struct messages_arena *arena)
{
    for (size_t i = 0; i < schema->count; i++)
        draw_field(rng, &schema->fields[i], base, arena);
}

void messages_draw(struct rng *rng, enum message_type type, size_t updates, struct message *message,
                   struct messages_arena *arena)
{
    memset(message, 0, sizeof(*message));
    memset(arena, 0, sizeof(*arena));
    assert_int_equal(tags_set_text(&arena->tags[1], "role=db"), 0);
    assert_int_equal(tags_set_text(&arena->tags[2], "role=db"), 0);
    assert_int_equal(tags_set_text(&arena->tags[2], "zone=eu-1"), 0);
    assert_int_equal(tags_set_text(&arena->tags[3], "empty="), 0);
    message->type = type;
    draw_run(rng, schema_message(type), message, arena);
    for (size_t i = 0; i < updates; i++)
        draw_run(rng, schema_update(), &message->updates[i], arena);
    message->update_count = updates;
}

static void expect_equal(const struct schema *schema, const void *a, const void *b)
{
    for (size_t i = 0; i < schema->count; i++) {
        const void *left = (const char *)a + schema->fields[i].offset;
        const void *right = (const char *)b + schema->fields[i].offset;
        switch (schema->fields[i].kind) {
        case FIELD_UINT:
        case FIELD_HASH:
            assert_true(*(const uint64_t *)left == *(const uint64_t *)right);
            break;
        case FIELD_ENUM:
            assert_int_equal(*(const unsigned *)left, *(const unsigned *)right);
            break;
        case FIELD_BOOL:
            assert_int_equal(*(const bool *)left, *(const bool *)right);
            break;
        case FIELD_NAME:
            assert_memory_equal(left, right, sizeof(struct name));
            break;
        case FIELD_ADDR:
            assert_true(addr_equal(left, right));
            break;
        case FIELD_TAGS:
            assert_true(tags_equal(*(const struct tags *)left, *(const struct tags *)right));
            break;
        case FIELD_REASON: {
            const struct bytes *x = left, *y = right;
            assert_int_equal(x->len, y->len);
            assert_true(x->len == 0 || memcmp(x->data, y->data, x->len) == 0);
            break;
        }
        case FIELD_KIND_COUNT:
            fail();
        }
    }
}

void messages_expect_same(const struct message *a, const struct message *b)
{
    assert_int_equal(a->type, b->type);
    expect_equal(schema_message(a->type), a, b);
    assert_int_equal(a->update_count, b->update_count);
    for (size_t i = 0; i < a->update_count; i++)
        expect_equal(schema_update(), &a->updates[i], &b->updates[i]);
}

static void expect_inside(struct bytes view, uint64_t bound, struct bytes packet)
{
    assert_true(view.len <= bound);
    if (view.len > 0) {
        assert_true(view.data > packet.data);
        assert_true(view.data + view.len < packet.data + packet.len);
    }
}

static void expect_in_bounds(const struct schema *schema, const void *base, struct bytes packet)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct field *f = &schema->fields[i];
        const void *at = (const char *)base + f->offset;
        const struct name *name = at;
        const struct addr *addr = at;
        const struct tags *tags = at;
        const struct bytes *reason = at;
        struct name again;
        switch (f->kind) {
        case FIELD_UINT:
            assert_true(*(const uint64_t *)at <= f->bound);
            break;
        case FIELD_ENUM:
            assert_true(*(const unsigned *)at <= f->bound);
            break;
        case FIELD_NAME:
            if (f->need == FIELD_REQUIRED || !name_is_empty(name))
                assert_int_equal(name_set(&again, name->text, strlen(name->text)), 0);
            break;
        case FIELD_ADDR:
            assert_true(addr->family == ADDR_NONE || addr->family == ADDR_V4 ||
                        addr->family == ADDR_V6);
            break;
        case FIELD_TAGS:
            expect_inside((struct bytes){tags->data, tags->len}, f->bound, packet);
            assert_true(tags_valid(*tags));
            break;
        case FIELD_REASON:
            expect_inside(*reason, f->bound, packet);
            assert_true(message_reason_valid(*reason));
            break;
        case FIELD_BOOL:
        case FIELD_HASH:
        case FIELD_KIND_COUNT:
            break;
        }
    }
}

int messages_decode(const uint8_t *buf, size_t len, struct message *message)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);
    assert_non_null(exact);
    memcpy(exact, buf, len);
    int err = wire_decode(message, exact, len);
    if (err == 0 && message->type != MESSAGE_UNKNOWN) {
        struct bytes packet = {exact, len};
        uint8_t again[MESSAGE_MAX];
        expect_in_bounds(schema_message(message->type), message, packet);
        assert_true(message->update_count <= UPDATES_PER_MESSAGE);
        for (size_t i = 0; i < message->update_count; i++)
            expect_in_bounds(schema_update(), &message->updates[i], packet);
        assert_in_range(wire_encode(message, again, sizeof(again)), 1, len);
    } else {
        assert_int_equal(message->type, MESSAGE_UNKNOWN);
        assert_int_equal(message->update_count, 0);
    }
    free(exact);
    return err;
}
