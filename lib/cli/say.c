#include "cli/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void say(const char *format, ...)
{
    char line[SAY_SIZE];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(line, sizeof line, format, arguments) < 0)
        line[0] = '\0';
    va_end(arguments);
    for (char *c = line; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte < 0x20 || byte == 0x7f)
            *c = '?';
        else if (byte == 0xc2 && (unsigned char)c[1] >= 0x80 && (unsigned char)c[1] < 0xa0)
            c[1] = c[0] = '?'; /* the same as one of the above, to a terminal */
    }
    /* stderr is unbuffered, yet glibc writes one call as a whole. Where it fails there is nobody
     * left to tell. */
    (void)fprintf(stderr, "%s: %s\n", program_invocation_short_name, line);
}

/* Errors whose text only names the kind: once the context is known it adds nothing. */
static bool is_heading(int err)
{
    switch (err) {
    case ERR_SYSTEM:
    case ERR_USAGE:
    case ERR_RESOLVE:
    case ERR_EXISTS:
    case ERR_NO_IDENTITY:
    case ERR_KEY_EXPOSED:
    case ERR_BAD_IDENTITY:
        return true;
    default:
        return false;
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

const char *say_text(int err, const struct why *why, char *buf, size_t size)
{
    const char *text = err_text(err);
    if (why == NULL || why->text[0] == '\0')
        (void)snprintf(buf, size, "%s", text);
    else if (is_heading(err) || ends_with(why->text, text))
        (void)snprintf(buf, size, "%s", why->text);
    else
        (void)snprintf(buf, size, "%s: %s", why->text, text);
    return buf;
}

int say_error(int err, const struct why *why)
{
    char text[SAY_SIZE];
    say("%s", say_text(err, why, text, sizeof text));
    return (int)err_exit(err);
}
