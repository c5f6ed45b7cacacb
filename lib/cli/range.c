#include "cli/range.h"

#include "base/line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* `len` bytes as a number, or `otherwise` if there are none. */
static int read_end(const char *text, size_t len, double otherwise, double *value)
{
    char number[RANGE_TEXT_SIZE];
    *value = otherwise;
    if (len == 0)
        return 0;
    if (!line_is_number(text, len))
        return ERR_USAGE;
    memcpy(number, text, len);
    number[len] = '\0';
    *value = strtod(number, NULL);
    return 0;
}

int range_parse(const char *text, struct range *range, struct why *why)
{
    size_t size = strlen(text) + 1;
    if (size > sizeof range->text)
        return why_set(why, ERR_USAGE, "the range '%.20s…' is too long", text);
    *range = (struct range){.inside = text[0] == '@'};
    memcpy(range->text, text, size);
    const char *start = text + (range->inside ? 1 : 0), *colon = strchr(start, ':');
    const char *end = colon != NULL ? colon + 1 : start;
    size_t start_len = colon != NULL ? (size_t)(colon - start) : 0;
    int rc = 0;
    if (colon == NULL && end[0] == '\0')
        rc = ERR_USAGE;
    else if (start_len == 1 && start[0] == '~')
        range->from = -INFINITY;
    else
        rc = read_end(start, start_len, 0, &range->from);
    if (rc == 0)
        rc = read_end(end, strlen(end), INFINITY, &range->to);
    if (rc != 0)
        return why_set(why, rc, "'%s' is no range (like 10, 10:, ~:10, 10:20, @10:20)", text);
    if (range->from > range->to)
        return why_set(why, ERR_USAGE, "the range '%s' ends before it starts", text);
    return 0;
}

bool range_alerts(const struct range *range, double value)
{
    bool within = value >= range->from && value <= range->to;
    return within == range->inside;
}
