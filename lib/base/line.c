#include "base/line.h"

#include "base/err.h"
#include "base/utf8.h"
#include "base/wall.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TIME_LEN 27 /* 2026-11-01T12:00:00.000000Z */

/* ---- what may stand where ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && is_digit(text[n]))
        n++;
    return n;
}

/* RFC 8259 section 6. */
bool line_is_number(const char *text, size_t len)
{
    size_t at = len > 0 && text[0] == '-' ? 1 : 0;
    size_t digits = count_digits(text + at, len - at);

    if (digits == 0 || (digits > 1 && text[at] == '0'))
        return false;
    at += digits;
    if (at < len && text[at] == '.') {
        digits = count_digits(text + at + 1, len - at - 1);
        if (digits == 0)
            return false;
        at += 1 + digits;
    }
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < len && (text[at] == '+' || text[at] == '-'))
            at++;
        digits = count_digits(text + at, len - at);
        if (digits == 0)
            return false;
        at += digits;
    }
    return at == len;
}

bool line_is_utf8(const char *text, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_sequence(text + i, len - i);
        if (n == 0)
            return false;
    }
    return true;
}

/* Whether a control character starts here: C0, DEL, or C1 (two bytes, C2 80 to C2 9F), which a
 * terminal obeys as well. */
static bool is_control(const char *text, size_t len)
{
    unsigned char first = (unsigned char)text[0];

    if (first == 0xc2)
        return len > 1 && (unsigned char)text[1] < 0xa0;
    return first < 0x20 || first == 0x7f;
}

static bool is_bare(const char *text, size_t len)
{
    if (len == 0 || (len == 1 && text[0] == '-') || line_is_number(text, len))
        return false;
    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_sequence(text + i, len - i);
        if (n == 0 || is_control(text + i, len - i) || strchr(" \"\\=", text[i]) != NULL)
            return false;
    }
    return true;
}

/* A word of lower-case letters, digits and `others`, a letter first. */
static bool is_word(const char *text, size_t len, const char *others)
{
    if (len == 0 || text[0] < 'a' || text[0] > 'z')
        return false;
    for (size_t i = 1; i < len; i++)
        if (!(text[i] >= 'a' && text[i] <= 'z') && !is_digit(text[i]) &&
            (text[i] == '\0' || strchr(others, text[i]) == NULL))
            return false;
    return true;
}

static bool is_event(const char *text, size_t len)
{
    return is_word(text, len, "-");
}

static bool is_key(const char *text, size_t len)
{
    return is_word(text, len, "-_.");
}

/* ---- writing ---- */

/* What is written so far; `full` once something did not fit, and nothing is written then. */
struct out {
    char *buf;
    size_t size, used;
    bool full;
};

static void put(struct out *out, const char *text, size_t len)
{
    if (out->full || len > out->size - out->used) {
        out->full = true;
        return;
    }
    memcpy(out->buf + out->used, text, len);
    out->used += len;
}

static void put_escape(struct out *out, unsigned point)
{
    char escape[7];

    snprintf(escape, sizeof(escape), "\\u%04x", point & 0xffffU);
    put(out, escape, 6);
}

/* Writes the character at the start of the text as a JSON string holds it; returns its bytes. */
static size_t put_char(struct out *out, const char *text, size_t len)
{
    size_t n = utf8_sequence(text, len);
    unsigned char first = (unsigned char)text[0];

    if (n == 0) {
        put(out, UTF8_REPLACEMENT, UTF8_REPLACEMENT_LEN);
        return 1;
    }
    if (first == '"' || first == '\\') {
        put(out, "\\", 1);
        put(out, text, 1);
    } else if (first == '\n') {
        put(out, "\\n", 2);
    } else if (first == '\t') {
        put(out, "\\t", 2);
    } else if (is_control(text, len)) {
        put_escape(out, n == 2 ? (unsigned char)text[1] : first);
    } else if (first == ' ') {
        put_escape(out, first);
    } else {
        put(out, text, n);
    }
    return n;
}

static void put_text(struct out *out, const char *text, size_t len)
{
    if (is_bare(text, len)) {
        put(out, text, len);
        return;
    }
    put(out, "\"", 1);
    for (size_t i = 0; i < len;)
        i += put_char(out, text + i, len - i);
    put(out, "\"", 1);
}

static void put_field(struct out *out, const struct record_field *field)
{
    put(out, " ", 1);
    put(out, field->key, strlen(field->key));
    put(out, "=", 1);
    switch (field->kind) {
    case RECORD_ABSENT:
        put(out, "-", 1);
        break;
    case RECORD_NUMBER:
        put(out, field->value, field->value_len);
        break;
    case RECORD_TEXT:
        put_text(out, field->value, field->value_len);
        break;
    }
}

/* Ends what is written with a NUL, which has its place in `buf` kept free. */
static size_t finish(struct out *out)
{
    if (out->full)
        return 0;
    out->buf[out->used] = '\0';
    return out->used;
}

size_t line_format(const struct record *record, char *buf, size_t size)
{
    struct out out = {.buf = buf};
    char time[WALL_TEXT_SIZE];

    if (size == 0 || record->overflow || !is_event(record->event, strlen(record->event)))
        return 0;
    out.size = size - 1 < LINE_MAX_BYTES ? size - 1 : LINE_MAX_BYTES;
    wall_format(record->wall_ns, time);
    put(&out, time, strlen(time));
    put(&out, " ", 1);
    put(&out, record->event, strlen(record->event));
    for (size_t i = 0; i < record->count; i++) {
        if (!is_key(record->fields[i].key, strlen(record->fields[i].key)))
            return 0;
        put_field(&out, &record->fields[i]);
    }
    put(&out, "\n", 1);
    return finish(&out);
}

size_t line_format_value(const char *text, size_t len, char *buf, size_t size)
{
    struct out out = {.buf = buf};

    if (size == 0)
        return 0;
    out.size = size - 1;
    put_text(&out, text, len);
    return finish(&out);
}

/* ---- reading ---- */

static bool take_hex(const char *text, size_t len, uint32_t *value)
{
    if (len < 4)
        return false;
    *value = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = text[i];

        *value <<= 4;
        if (is_digit(c))
            *value |= (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *value |= (uint32_t)(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            *value |= (uint32_t)(c - 'A' + 10);
        else
            return false;
    }
    return true;
}

/* Reads what stands after `\u`: four digits, or ten bytes for a surrogate pair (RFC 8259
 * section 7). Returns the bytes read; 0 for half a pair, and for NUL, which no value holds. */
static size_t take_point(const char *text, size_t len, uint32_t *point)
{
    uint32_t low;

    if (!take_hex(text, len, point) || *point == 0 || (*point >= 0xdc00 && *point <= 0xdfff))
        return 0;
    if (*point < 0xd800 || *point > 0xdbff)
        return 4;
    if (len < 10 || text[4] != '\\' || text[5] != 'u' || !take_hex(text + 6, len - 6, &low) ||
        low < 0xdc00 || low > 0xdfff)
        return 0;
    *point = 0x10000 + ((*point - 0xd800) << 10) + (low - 0xdc00);
    return 10;
}

/* Reads an escape, its backslash at `text`, and puts what it means. Returns its bytes, or 0. */
static size_t take_escape(const char *text, size_t len, struct out *out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter;
    uint32_t point;
    char bytes[4];
    size_t n;

    if (len < 2 || text[1] == '\0')
        return 0;
    if (text[1] == 'u') {
        n = take_point(text + 2, len - 2, &point);
        if (n == 0)
            return 0;
        put(out, bytes, utf8_encode(point, bytes));
        return 2 + n;
    }
    letter = strchr(letters, text[1]);
    if (letter == NULL)
        return 0;
    put(out, meanings + (letter - letters), 1);
    return 2;
}

/* Reads a whole JSON string, quotes included. */
static bool take_string(const char *text, size_t len, struct out *out)
{
    size_t end = len - 1; /* where the closing quote has to be */

    if (len < 2 || text[end] != '"')
        return false;
    for (size_t i = 1, n; i < end; i += n) {
        if (text[i] == '\\') {
            n = take_escape(text + i, end - i, out);
        } else {
            n = utf8_sequence(text + i, end - i);
            if (text[i] == '"' || (unsigned char)text[i] < 0x20)
                return false;
            put(out, text + i, n);
        }
        if (n == 0)
            return false;
    }
    return !out->full;
}

static bool take_value(const char *key, const char *text, size_t len, struct record *record)
{
    char buf[LINE_MAX_BYTES];
    struct out out = {.buf = buf, .size = sizeof(buf)};

    if (len == 1 && text[0] == '-') {
        record_add_absent(record, key);
    } else if (line_is_number(text, len)) {
        record_add_number_text(record, key, text, len);
    } else if (len > 0 && text[0] == '"') {
        if (!take_string(text, len, &out))
            return false;
        record_add_bytes(record, key, buf, out.used);
    } else if (is_bare(text, len)) {
        record_add_bytes(record, key, text, len);
    } else {
        return false;
    }
    return !record->overflow;
}

static bool take_field(const char *text, size_t len, struct record *record)
{
    const char *equals = memchr(text, '=', len);
    char key[LINE_MAX_BYTES];
    size_t key_len;

    if (equals == NULL)
        return false;
    key_len = (size_t)(equals - text);
    if (key_len >= sizeof(key) || !is_key(text, key_len))
        return false;
    memcpy(key, text, key_len);
    key[key_len] = '\0';
    if (record_find(record, key) != NULL)
        return false; /* JSON can't hold a key twice */
    return take_value(key, equals + 1, len - key_len - 1, record);
}

/* The length of the token at the start of the text. */
static size_t token_len(const char *text, size_t len)
{
    const char *space = memchr(text, ' ', len);

    return space == NULL ? len : (size_t)(space - text);
}

/* Reads the time and the event, and leaves `*at` behind them. */
static bool take_head(const char *text, size_t len, struct record *record, size_t *at)
{
    char time[TIME_LEN + 1] = {0}, event[sizeof(record->event)] = {0};
    size_t event_len;
    uint64_t wall_ns;

    if (len <= TIME_LEN || text[TIME_LEN] != ' ')
        return false;
    memcpy(time, text, TIME_LEN);
    if (wall_parse(time, &wall_ns) != 0)
        return false;
    *at = TIME_LEN + 1;
    event_len = token_len(text + *at, len - *at);
    if (event_len >= sizeof(event) || !is_event(text + *at, event_len))
        return false;
    memcpy(event, text + *at, event_len);
    record_init(record, event, wall_ns);
    *at += event_len;
    return true;
}

static bool take_line(const char *text, size_t len, struct record *record)
{
    size_t at, n;

    if (!take_head(text, len, record, &at))
        return false;
    for (; at < len; at += n) {
        at++; /* the space */
        n = token_len(text + at, len - at);
        if (!take_field(text + at, n, record))
            return false;
    }
    return true;
}

int line_parse(const char *text, size_t len, struct record *record)
{
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len < LINE_MAX_BYTES && take_line(text, len, record))
        return 0;
    record_init(record, "", 0);
    return ERR_MALFORMED;
}
