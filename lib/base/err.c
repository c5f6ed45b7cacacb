#include "base/err.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct err_row {
    const char *name, *text;
    enum exit_code exit;
};

static const struct err_row rows[] = {
#define X(SYMBOL, NAME, EXIT, TEXT) {NAME, TEXT, EXIT},
    ERR_LIST(X)
#undef X
};

static const struct err_row row_none = {"ok", "no error", EXIT_YES};
static const struct err_row row_unknown = {"bug", "an error without a name, please report it",
                                           EXIT_BUG};

static const struct err_row *row_of(int err)
{
    if (err == ERR_NONE)
        return &row_none;
    if (err > 0 || err < -(int)ERR_COUNT)
        return &row_unknown;
    return &rows[-1 - err];
}

const char *err_text(int err)
{
    return row_of(err)->text;
}

const char *err_name(int err)
{
    return row_of(err)->name;
}

enum exit_code err_exit(int err)
{
    return row_of(err)->exit;
}

/* Takes a text that may have been cut: ends it at a whole UTF-8 sequence, and keeps it one line,
 * since libraries put line feeds into what they report. */
static void why_take(struct why *why, const char *text)
{
    size_t len = strnlen(text, WHY_SIZE - 1);

    len = utf8_cut(text, len);
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];

        why->text[i] = byte < 0x20 || byte == 0x7f ? ' ' : text[i];
    }
    why->text[len] = '\0';
}

/* The arguments may point into why->text, so it is written last. A format that the C library
 * can't print leaves the bare format: better than losing the context. */
static void __attribute__((format(printf, 2, 0)))
why_print(struct why *why, const char *format, va_list args)
{
    char text[WHY_SIZE];

    why_take(why, vsnprintf(text, sizeof(text), format, args) < 0 ? format : text);
}

int why_set(struct why *why, int err, const char *format, ...)
{
    va_list args;

    if (why != NULL) {
        va_start(args, format);
        why_print(why, format, args);
        va_end(args);
    }
    return err;
}

int why_prefix(struct why *why, int err, const char *format, ...)
{
    char old[WHY_SIZE], joined[2 * WHY_SIZE + 2];
    va_list args;

    if (why == NULL)
        return err;
    memcpy(old, why->text, sizeof(old));
    va_start(args, format);
    why_print(why, format, args);
    va_end(args);
    if (old[0] != '\0') {
        size_t head = strlen(why->text), tail = strnlen(old, sizeof(old) - 1);

        memcpy(joined, why->text, head);
        memcpy(joined + head, ": ", 2);
        memcpy(joined + head + 2, old, tail);
        joined[head + 2 + tail] = '\0';
        why_take(why, joined);
    }
    return err;
}
