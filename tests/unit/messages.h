/**
 * Random messages for tests, compared and checked by walking the schema, without the codec.
 */
#ifndef TESTS_UNIT_MESSAGES_H
#define TESTS_UNIT_MESSAGES_H

#include "base/rng.h"
#include "base/tags.h"
#include "wire/msg.h"

#include <stddef.h>
#include <stdint.h>

#define MESSAGES_TAGS 4

/** What a drawn message's views point into. */
struct messages_arena {
    uint8_t reason[UPDATES_PER_MESSAGE + 1][REASON_LEN_MAX];
    size_t reasons;
    struct tags_buffer tags[MESSAGES_TAGS];
};

/** Draws a message of that type: each field of its schema, often at an edge of its bounds, and
 *  `updates` updates. It is valid as long as `arena` is. */
void messages_draw(struct rng *rng, enum message_type type, size_t updates, struct message *message,
                   struct messages_arena *arena);

/** Fails the test unless all fields and updates are equal. */
void messages_expect_same(const struct message *a, const struct message *b);

/** Decodes from memory of exactly that size, so that a sanitizer sees each byte read beyond it.
 *  Fails the test if any field that comes out is out of bounds, or anything comes out of what is
 *  refused. Returns what wire_decode does; views in the message are dead on return. */
int messages_decode(const uint8_t *buf, size_t len, struct message *message);

#endif
