#include "base/utf8.h"

#include <stdbool.h>

/* RFC 3629 section 4: the second byte has a narrower range after E0, ED, F0 and F4, which is what
 * keeps out overlong forms, surrogates and code points beyond U+10FFFF. */
struct utf8_row {
    unsigned char first_min, first_max, second_min, second_max;
    unsigned char length;
};

static const struct utf8_row rows[] = {
    {0x01, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool in_range(char byte, unsigned char min, unsigned char max)
{
    return (unsigned char)byte >= min && (unsigned char)byte <= max;
}

static const struct utf8_row *row_of(char first)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (in_range(first, rows[i].first_min, rows[i].first_max))
            return &rows[i];
    return NULL;
}

/* How many of the row's bytes are there and right. */
static size_t row_match(const struct utf8_row *row, const char *text, size_t len)
{
    size_t n = 1;

    if (row->length == 1 || len < 2 || !in_range(text[1], row->second_min, row->second_max))
        return n;
    for (n = 2; n < row->length && n < len && in_range(text[n], 0x80, 0xbf); n++)
        continue;
    return n;
}

size_t utf8_sequence(const char *text, size_t len)
{
    const struct utf8_row *row = len == 0 ? NULL : row_of(text[0]);

    if (row == NULL || row_match(row, text, len) < row->length)
        return 0;
    return row->length;
}

size_t utf8_cut(const char *text, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        const struct utf8_row *row = row_of(text[len - back]);

        if (row == NULL)
            continue;
        if (back < row->length && row_match(row, text + len - back, back) == back)
            return len - back;
        return len;
    }
    return len;
}

size_t utf8_encode(uint32_t point, char buf[4])
{
    if (point < 0x80) {
        buf[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        buf[0] = (char)(0xc0 | (point >> 6));
        buf[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        buf[0] = (char)(0xe0 | (point >> 12));
        buf[1] = (char)(0x80 | ((point >> 6) & 0x3f));
        buf[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    buf[0] = (char)(0xf0 | (point >> 18));
    buf[1] = (char)(0x80 | ((point >> 12) & 0x3f));
    buf[2] = (char)(0x80 | ((point >> 6) & 0x3f));
    buf[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}
