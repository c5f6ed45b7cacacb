#include "options.h"

#include "cli/format.h"
#include "keys/ca.h"

#define FIELD(NAME) offsetof(struct keys_options, NAME)

#define TEXT_OF(NUMBER) TEXT_OF_EXPANDED(NUMBER)
#define TEXT_OF_EXPANDED(NUMBER) #NUMBER

const struct opt keys_rows[] = {
    ROW_HELP,
    ROW_VERSION,
    ROW_JSON,
    {.long_name = "cluster",
     .kind = OPT_TEXT,
     .argument = "NAME",
     .help = "init: the cluster that the CA is for",
     .offset = FIELD(cluster)},
    {.long_name = "ca",
     .kind = OPT_TEXT,
     .argument = "DIR",
     .help = "issue, renew: the CA's directory (.); verify: a CA's directory or file",
     .offset = FIELD(ca)},
    {.short_name = 'r',
     .long_name = "role",
     .kind = OPT_CHOICE,
     .argument = "ROLE",
     .default_text = "member",
     .choices = "member|monitor|operator",
     .help = "issue: what it may do",
     .offset = FIELD(role)},
    {.short_name = 'o',
     .long_name = "out",
     .kind = OPT_TEXT,
     .argument = "OUT",
     .default_text = ".",
     .help = "issue: where the directories NAME are made",
     .offset = FIELD(out)},
    {.long_name = "days",
     .kind = OPT_COUNT,
     .argument = "N",
     .default_text = TEXT_OF(CA_LEAF_DAYS),
     .min = 1,
     .max = CA_DAYS,
     .help = "issue, renew: how long it is valid",
     .offset = FIELD(days)},
    {.long_name = "format",
     .kind = OPT_CHOICE,
     .argument = "FORMAT",
     .default_text = "text",
     .choices = "text|line|json",
     .variable = "SWIM_FORMAT",
     .variable_choices = FORMAT_NAMES,
     .help = "show, verify: the form of the results",
     .offset = FIELD(format)},
    {.long_name = NULL},
};
