#include "options.h"

#include "cli/format.h"
#include "cli/target.h"

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
    {.long_name = NULL},
};
