#include "base/wall.h"

#include "base/duration.h"
#include "base/err.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

uint64_t wall_now_ns(void)
{
    struct timespec now;
    int rc = clock_gettime(CLOCK_REALTIME, &now);

    assert(rc == 0 && now.tv_sec >= 0);
    (void)rc;
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

const char *wall_format(uint64_t wall_ns, char *buf)
{
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    unsigned micros = (unsigned)(wall_ns % NS_PER_S / NS_PER_US);
    struct tm utc;
    size_t len;

    gmtime_r(&seconds, &utc);
    len = strftime(buf, WALL_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(buf + len, WALL_TEXT_SIZE - len, ".%06uZ", micros);
    return buf;
}

/* The number of `count` digits at `*text`, which is advanced. False: a byte that is no digit. */
static bool take_digits(const char **text, int count, int *value)
{
    *value = 0;
    for (; count > 0; count--, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *value = *value * 10 + (**text - '0');
    }
    return true;
}

static bool take_char(const char **text, char expected)
{
    if (**text != expected)
        return false;
    (*text)++;
    return true;
}

int wall_parse(const char *text, uint64_t *wall_ns)
{
    struct tm utc = {0};
    const char *at = text;
    char back[WALL_TEXT_SIZE];
    uint64_t seconds, ns;
    int micros;
    time_t time;

    if (!take_digits(&at, 4, &utc.tm_year) || !take_char(&at, '-') ||
        !take_digits(&at, 2, &utc.tm_mon) || !take_char(&at, '-') ||
        !take_digits(&at, 2, &utc.tm_mday) || !take_char(&at, 'T') ||
        !take_digits(&at, 2, &utc.tm_hour) || !take_char(&at, ':') ||
        !take_digits(&at, 2, &utc.tm_min) || !take_char(&at, ':') ||
        !take_digits(&at, 2, &utc.tm_sec) || !take_char(&at, '.') ||
        !take_digits(&at, 6, &micros) || !take_char(&at, 'Z') || *at != '\0')
        return ERR_USAGE;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    time = timegm(&utc);
    if (time < 0 || (uint64_t)time >= UINT64_MAX / NS_PER_S)
        return ERR_USAGE;
    seconds = (uint64_t)time;
    ns = seconds * NS_PER_S + (uint64_t)micros * NS_PER_US;
    /* timegm moves a 30 February into March: what does not come back was no date */
    if (strcmp(wall_format(ns, back), text) != 0)
        return ERR_USAGE;
    *wall_ns = ns;
    return 0;
}
