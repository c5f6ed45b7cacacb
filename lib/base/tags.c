#include "base/tags.h"

#include "base/err.h"
#include "base/name.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

/* key length (1), value length (2) */
#define KEY_HEAD 1
#define VALUE_HEAD 2

struct tags tags_view(const struct tags_buffer *buffer)
{
    return (struct tags){buffer->data, buffer->len};
}

/* Reads the tag at `*cursor`. False if its bytes are not all there. */
static bool read_tag(struct tags tags, size_t *cursor, struct tag *tag)
{
    size_t at = *cursor, left = tags.len - *cursor;

    if (left < KEY_HEAD)
        return false;
    tag->key_len = tags.data[at];
    at += KEY_HEAD;
    left -= KEY_HEAD;
    if (left < tag->key_len + VALUE_HEAD)
        return false;
    tag->key = (const char *)tags.data + at;
    at += tag->key_len;
    tag->value_len = (size_t)tags.data[at] << 8 | tags.data[at + 1];
    at += VALUE_HEAD;
    left -= tag->key_len + VALUE_HEAD;
    if (left < tag->value_len)
        return false;
    tag->value = (const char *)tags.data + at;
    *cursor = at + tag->value_len;
    return true;
}

bool tags_next(struct tags tags, size_t *cursor, struct tag *tag)
{
    bool there;

    if (*cursor >= tags.len)
        return false;
    there = read_tag(tags, cursor, tag);
    assert(there);
    return there;
}

static int compare_keys(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    if (order != 0 || a_len == b_len)
        return order;
    return a_len < b_len ? -1 : 1;
}

bool tags_find(struct tags tags, const char *key, size_t key_len, struct tag *tag)
{
    for (size_t cursor = 0; tags_next(tags, &cursor, tag);)
        if (compare_keys(tag->key, tag->key_len, key, key_len) == 0)
            return true;
    return false;
}

static bool is_value(const char *text, size_t len)
{
    if (len > TAG_VALUE_MAX)
        return false;
    for (size_t i = 0; i < len;) {
        size_t n = utf8_sequence(text + i, len - i);

        if (n == 0 || (unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
        i += n;
    }
    return true;
}

bool tags_valid(struct tags tags)
{
    struct tag tag, last = {0};
    size_t count = 0, bytes = 0;

    for (size_t cursor = 0; cursor < tags.len;) {
        if (!read_tag(tags, &cursor, &tag) || !name_is_tag_key(tag.key, tag.key_len) ||
            !is_value(tag.value, tag.value_len))
            return false;
        if (count > 0 && compare_keys(last.key, last.key_len, tag.key, tag.key_len) >= 0)
            return false;
        bytes += tag.key_len + tag.value_len;
        if (++count > TAG_COUNT_MAX || bytes > TAG_BYTES_MAX)
            return false;
        last = tag;
    }
    return true;
}

static void append(struct tags_buffer *buffer, const struct tag *tag)
{
    uint8_t *at = buffer->data + buffer->len;

    assert(buffer->len + KEY_HEAD + tag->key_len + VALUE_HEAD + tag->value_len <= TAG_PACKED_MAX);
    *at++ = (uint8_t)tag->key_len;
    memcpy(at, tag->key, tag->key_len);
    at += tag->key_len;
    *at++ = (uint8_t)(tag->value_len >> 8);
    *at++ = (uint8_t)(tag->value_len & 0xff);
    if (tag->value_len > 0)
        memcpy(at, tag->value, tag->value_len);
    buffer->len += KEY_HEAD + tag->key_len + VALUE_HEAD + tag->value_len;
}

/* Whether the set still keeps its bounds when `fresh` takes the place of its key's tag. */
static bool fits(struct tags tags, const struct tag *fresh)
{
    size_t count = 1, bytes = fresh->key_len + fresh->value_len;
    struct tag tag;

    for (size_t cursor = 0; tags_next(tags, &cursor, &tag);) {
        if (compare_keys(tag.key, tag.key_len, fresh->key, fresh->key_len) == 0)
            continue;
        count++;
        bytes += tag.key_len + tag.value_len;
    }
    return count <= TAG_COUNT_MAX && bytes <= TAG_BYTES_MAX;
}

int tags_set(struct tags_buffer *buffer, const char *key, size_t key_len, const char *value,
             size_t value_len)
{
    struct tag fresh = {key, value, key_len, value_len}, tag;
    struct tags_buffer made;
    bool placed = false;

    if (!name_is_tag_key(key, key_len) || !is_value(value, value_len))
        return ERR_USAGE;
    if (!fits(tags_view(buffer), &fresh))
        return ERR_LIMIT;
    made.len = 0;
    for (size_t cursor = 0; tags_next(tags_view(buffer), &cursor, &tag);) {
        int order = compare_keys(tag.key, tag.key_len, key, key_len);

        if (order >= 0 && !placed) {
            append(&made, &fresh);
            placed = true;
        }
        if (order != 0)
            append(&made, &tag);
    }
    if (!placed)
        append(&made, &fresh);
    tags_copy(buffer, tags_view(&made));
    return 0;
}

int tags_set_text(struct tags_buffer *buffer, const char *text)
{
    const char *equals = strchr(text, '=');

    if (equals == NULL)
        return ERR_USAGE;
    return tags_set(buffer, text, (size_t)(equals - text), equals + 1, strlen(equals + 1));
}

bool tags_remove(struct tags_buffer *buffer, const char *key, size_t key_len)
{
    struct tag tag;

    for (size_t cursor = 0, start = 0; tags_next(tags_view(buffer), &cursor, &tag);
         start = cursor) {
        if (compare_keys(tag.key, tag.key_len, key, key_len) != 0)
            continue;
        memmove(buffer->data + start, buffer->data + cursor, buffer->len - cursor);
        buffer->len -= cursor - start;
        return true;
    }
    return false;
}

void tags_copy(struct tags_buffer *buffer, struct tags tags)
{
    assert(tags.len <= TAG_PACKED_MAX);
    if (tags.len > 0)
        memmove(buffer->data, tags.data, tags.len);
    buffer->len = tags.len;
}

bool tags_equal(struct tags a, struct tags b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
