#include "base/duration.h"

#include "base/err.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DURATION_MAX_NS (DURATION_MAX_S * NS_PER_S)

struct unit {
    const char *name;
    uint64_t ns;
};

/* From the largest to the smallest. */
static const struct unit units[] = {
    {"d", 86400 * NS_PER_S}, {"h", 3600 * NS_PER_S}, {"m", 60 * NS_PER_S},
    {"s", NS_PER_S},         {"ms", NS_PER_MS},
};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The unit named by the whole of `name`, or NULL. No name means seconds. */
static const struct unit *find_unit(const char *name)
{
    if (*name == '\0')
        name = "s";
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

/* The whole part, `len` digits, in nanoseconds. False: too large. */
static bool read_whole(const char *text, size_t len, uint64_t unit_ns, uint64_t *ns)
{
    uint64_t whole = 0;

    for (size_t i = 0; i < len; i++) {
        whole = whole * 10 + (uint64_t)(text[i] - '0');
        if (whole > DURATION_MAX_NS / unit_ns)
            return false;
    }
    *ns = whole * unit_ns;
    return true;
}

/* Adds the digits after the point. False: one of them means less than a nanosecond. */
static bool read_fraction(const char *text, size_t len, uint64_t unit_ns, uint64_t *ns)
{
    for (size_t i = 0; i < len; i++) {
        if (unit_ns % 10 != 0 && text[i] != '0')
            return false;
        if (unit_ns % 10 == 0)
            unit_ns /= 10;
        *ns += (uint64_t)(text[i] - '0') * unit_ns;
    }
    return true;
}

int duration_parse(const char *text, uint64_t *ns)
{
    size_t whole = 0, fraction = 0;
    const char *end, *digits;
    const struct unit *unit;
    uint64_t sum;

    while (is_digit(text[whole]))
        whole++;
    end = digits = text + whole;
    if (*end == '.') {
        digits = end + 1;
        while (is_digit(digits[fraction]))
            fraction++;
        if (fraction == 0)
            return ERR_USAGE;
        end = digits + fraction;
    }
    if (whole + fraction == 0)
        return ERR_USAGE;
    unit = find_unit(end);
    if (unit == NULL || !read_whole(text, whole, unit->ns, &sum) ||
        !read_fraction(digits, fraction, unit->ns, &sum) || sum > DURATION_MAX_NS)
        return ERR_USAGE;
    *ns = sum;
    return 0;
}

/* Writes `ns` in this unit. False if its decimals would not end where duration_parse reads. */
static bool format_in(uint64_t ns, const struct unit *unit, char buf[DURATION_TEXT_SIZE])
{
    uint64_t rest = ns % unit->ns, step = unit->ns;
    int len =
        snprintf(buf, DURATION_TEXT_SIZE, "%" PRIu64 "%s", ns / unit->ns, rest == 0 ? "" : ".");
    size_t used = (size_t)len;

    while (rest != 0) {
        if (step % 10 != 0 || used + 4 > DURATION_TEXT_SIZE)
            return false;
        step /= 10;
        buf[used++] = (char)('0' + rest / step);
        rest %= step;
    }
    memcpy(buf + used, unit->name, strlen(unit->name) + 1);
    return true;
}

const char *duration_format(uint64_t ns, char *buf)
{
    char text[DURATION_TEXT_SIZE];
    bool found = false;

    if (ns == 0)
        return memcpy(buf, "0", 2);
    /* a unit above the value would write 0.2s for 200ms; milliseconds take what is below them */
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (ns < units[i].ns && i + 1 < UNIT_COUNT)
            continue;
        if (format_in(ns, &units[i], text) && (!found || strlen(text) < strlen(buf))) {
            memcpy(buf, text, sizeof(text));
            found = true;
        }
    }
    return buf;
}

uint64_t duration_add(uint64_t a, uint64_t b)
{
    return a > NEVER - b ? NEVER : a + b;
}
