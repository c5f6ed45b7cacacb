#include "options.h"

#include "base/duration.h"
#include "base/limits.h"
#include "base/line.h"
#include "cli/format.h"
#include "cli/target.h"

#include <string.h>

static int check_reason(const char *text, struct why *why)
{
    size_t len = strlen(text);
    bool plain = line_is_utf8(text, len);
    for (size_t i = 0; i < len; i++)
        plain = plain && (unsigned char)text[i] >= ' ' && text[i] != 0x7f;
    if (len <= REASON_LEN_MAX && plain)
        return 0;
    return why_set(why, ERR_USAGE, "a reason is at most %d bytes of UTF-8 without control bytes",
                   REASON_LEN_MAX);
}

const struct opt leave_rows[] = {
    ROWS_COMMON,
    ROW_CONNECT(struct leave_options, connect),
    {.long_name = "format",
     .kind = OPT_CHOICE,
     .argument = "FORM",
     .default_text = "line",
     .choices = "line|json",
     .variable = "SWIM_FORMAT",
     .variable_choices = FORMAT_NAMES,
     .help = "form of the output",
     .offset = offsetof(struct leave_options, format)},
    {.long_name = "no-wait",
     .kind = OPT_FLAG,
     .help = "return once the node has begun to leave",
     .offset = offsetof(struct leave_options, no_wait)},
    {.long_name = "drain",
     .kind = OPT_DURATION,
     .argument = "D",
     .max = DURATION_MAX_S * NS_PER_S,
     .help = "tell the members at once, and answer for that long before it goes",
     .offset = offsetof(struct leave_options, drain_ns)},
    {.short_name = 'm',
     .long_name = "reason",
     .kind = OPT_TEXT,
     .argument = "REASON",
     .check = check_reason,
     .help = "the reason that the members are told",
     .offset = offsetof(struct leave_options, reason)},
    {.long_name = "force",
     .kind = OPT_NAME,
     .argument = "NODE",
     .help = "not the node asked leaves: this dead one is declared to have left",
     .offset = offsetof(struct leave_options, force)},
    {.long_name = "prune",
     .kind = OPT_FLAG,
     .help = "with --force: and is forgotten at once",
     .offset = offsetof(struct leave_options, prune)},
    {.long_name = "yes",
     .kind = OPT_FLAG,
     .help = "with --force: even if it lives",
     .offset = offsetof(struct leave_options, yes)},
    {.long_name = NULL},
};
