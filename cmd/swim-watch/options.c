#include "options.h"

#include "cli/format.h"
#include "cli/target.h"

#include <ctype.h>
#include <string.h>

#define FIELD(NAME) offsetof(struct watch_options, NAME)

static int check_since(const char *text, struct why *why)
{
    const char *colon = strchr(text, ':');
    const char *number = colon ? colon + 1 : text;
    bool ok =
        *number != 0 && strspn(number, "0123456789") == strlen(number) && strlen(number) <= 16;
    if (colon)
        ok = ok && colon > text && colon - text <= 16 &&
             strspn(text, "0123456789abcdef") == (size_t)(colon - text);
    return ok ? 0
              : why_set(why, ERR_USAGE,
                        "'%s' is no SEQ and no INSTANCE:SEQ, as `sync` lines tell them", text);
}

const struct opt watch_rows[] = {
    ROWS_COMMON,
    ROW_CONNECT(struct watch_options, connect),
    {.long_name = "format",
     .kind = OPT_CHOICE,
     .argument = "FORM",
     .default_text = "line",
     .choices = "line|json",
     .variable = "SWIM_FORMAT",
     .variable_choices = FORMAT_NAMES,
     .help = "form of the output",
     .offset = FIELD(format)},
    {.short_name = 'E',
     .long_name = "event",
     .kind = OPT_LIST,
     .argument = "GLOB,..",
     .help = "only events whose name fits, may be repeated",
     .offset = FIELD(events)},
    {.short_name = 'T',
     .long_name = "tag",
     .kind = OPT_LIST,
     .argument = "KEY=VALUE",
     .help = "only events of members with that tag; the value may be a glob",
     .offset = FIELD(tags)},
    {.short_name = 'c',
     .long_name = "count",
     .kind = OPT_COUNT,
     .argument = "N",
     .min = 1,
     .help = "end after N lines behind the first sync",
     .offset = FIELD(count)},
    {.long_name = "until",
     .kind = OPT_TEXT,
     .argument = "COND",
     .help = "end when the condition is true of the members",
     .offset = FIELD(until)},
    {.long_name = "since",
     .kind = OPT_TEXT,
     .argument = "[INSTANCE:]SEQ",
     .check = check_since,
     .help = "go on after that event",
     .offset = FIELD(since)},
    {.long_name = "no-snapshot",
     .kind = OPT_FLAG,
     .help = "begin without the members",
     .offset = FIELD(no_snapshot)},
    {.long_name = "retry",
     .kind = OPT_FLAG,
     .help = "dial again when the node is lost",
     .offset = FIELD(retry)},
    {.short_name = 'x',
     .long_name = "exec",
     .kind = OPT_TEXT,
     .argument = "CMD",
     .help = "run CMD by the shell for each line, which is its standard input",
     .offset = FIELD(exec)},
    {.long_name = NULL},
};
