#include "options.h"

#include "cli/format.h"
#include "cli/target.h"

#define FIELD(NAME) offsetof(struct diff_options, NAME)

const struct opt diff_rows[] = {
    ROWS_COMMON,
    ROW_CONNECT(struct diff_options, connect),
    {.long_name = "format",
     .kind = OPT_CHOICE,
     .argument = "FORM",
     .default_text = "line",
     .choices = "line|json",
     .variable = "SWIM_FORMAT",
     .variable_choices = FORMAT_NAMES,
     .help = "form of the output",
     .offset = FIELD(format)},
    {.long_name = NULL},
};
