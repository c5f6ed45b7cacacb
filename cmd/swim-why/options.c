#include "options.h"

#include "cli/format.h"
#include "cli/target.h"

#define FIELD(NAME) offsetof(struct why_options, NAME)

const struct opt why_rows[] = {
    ROWS_COMMON,
    ROW_CONNECT(struct why_options, connect),
    {.long_name = "format",
     .kind = OPT_CHOICE,
     .argument = "FORM",
     .default_text = "table",
     .choices = "table|line|json",
     .variable = "SWIM_FORMAT",
     .variable_choices = FORMAT_NAMES,
     .help = "form of the output",
     .offset = FIELD(format)},
    {.short_name = 'H',
     .long_name = "no-header",
     .kind = OPT_FLAG,
     .help = "no names of columns",
     .offset = FIELD(no_header)},
    {.long_name = NULL},
};
