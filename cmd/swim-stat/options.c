#include "options.h"

#include "base/duration.h"
#include "cli/target.h"

#include <string.h>

#define TIMEOUT_NS (5 * NS_PER_S)
#define TIMEOUT_WAIT_NS (30 * NS_PER_S)

#define FIELD(NAME) offsetof(struct stat_options, NAME)

const struct opt stat_rows[] = {
    ROWS_COMMON,
    ROW_CONNECT(struct stat_options, connect),
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
    {.short_name = 'o',
     .long_name = "columns",
     .kind = OPT_TEXT,
     .argument = "COL,..",
     .help = "show these columns, in this order",
     .offset = FIELD(columns)},
    {.short_name = 's',
     .long_name = "status",
     .kind = OPT_TEXT,
     .argument = "STATE,..",
     .help = "show only what is in one of these states",
     .offset = FIELD(states)},
    {.short_name = 'n',
     .long_name = "node",
     .kind = OPT_NAME,
     .argument = "NODE",
     .help = "show only this member",
     .offset = FIELD(node)},
    {.long_name = "wait",
     .kind = OPT_TEXT,
     .argument = "COND",
     .help = "ask until this is true, at most -t (30s)",
     .offset = FIELD(wait)},
    {.long_name = "expect",
     .kind = OPT_TEXT,
     .argument = "COND",
     .help = "ask once, exit 1 if this is not true",
     .offset = FIELD(expect)},
    {.long_name = NULL},
};

static const struct verb verbs[] = {
    {.name = "members",
     .request = REQUEST_MEMBERS,
     .event = "member",
     .columns = "state|node|addr|inc|age|rtt_ms|tags|by|reason|cert_days",
     .shown = "state,node,addr,inc,age,rtt_ms,tags,by,reason,cert_days",
     .states = "alive|suspect|dead|left",
     .name_key = "node",
     .must_exist = true},
    {.name = "pool",
     .request = REQUEST_POOL,
     .event = "pool",
     .columns = "peer|addr|dir|state|age_ms|uses",
     .shown = "peer,dir,state,age_ms,uses",
     .states = "connecting|idle|in-use",
     .name_key = "peer"},
    {.name = "info", .request = REQUEST_INFO, .event = "info"},
};

static int find_verb(int count, char **operands, const struct verb **verb, struct why *why)
{
    *verb = &verbs[0];
    if (count == 0)
        return 0;
    if (count > 1)
        return why_set(why, ERR_USAGE, "one subcommand, not '%s' too", operands[1]);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, operands[0]) == 0) {
            *verb = &verbs[i];
            return 0;
        }
    }
    return why_set(why, ERR_USAGE, "'%s' is no subcommand (members, pool, info)", operands[0]);
}

static int read_states(const struct stat_options *options, struct stat_plan *plan, struct why *why)
{
    const struct verb *verb = plan->verb;
    if (options->node != NULL && verb->name_key == NULL)
        return why_set(why, ERR_USAGE, "--node: %s is about the node asked alone", verb->name);
    if (options->states == NULL)
        return 0;
    if (verb->states == NULL)
        return why_set(why, ERR_USAGE, "--status: %s has no states", verb->name);
    int rc = columns_parse(options->states, verb->states, &plan->states, why);
    return rc == 0 ? 0 : why_prefix(why, rc, "--status");
}

static int read_columns(const struct stat_options *options, struct stat_plan *plan, struct why *why)
{
    const char *list = options->columns;
    if (list == NULL && plan->format == FORMAT_TABLE)
        list = plan->verb->shown;
    if (list == NULL)
        return 0;
    int rc = columns_parse(list, plan->verb->columns, &plan->columns, why);
    return rc == 0 ? 0 : why_prefix(why, rc, "--columns");
}

static int read_condition(const struct stat_options *options, struct stat_plan *plan,
                          struct why *why)
{
    const char *text = options->wait != NULL ? options->wait : options->expect;
    if (options->wait != NULL && options->expect != NULL)
        return why_set(why, ERR_USAGE, "--wait and --expect exclude each other");
    plan->wait = options->wait != NULL;
    if (text == NULL)
        return 0;
    int rc = condition_parse(text, &plan->condition, why);
    return rc == 0 ? 0 : why_prefix(why, rc, plan->wait ? "--wait" : "--expect");
}

int stat_plan_make(const struct stat_options *options, int count, char **operands,
                   struct stat_plan *plan, struct why *why)
{
    plan->columns.count = plan->states.count = plan->condition.count = 0;
    int rc = find_verb(count, operands, &plan->verb, why);
    if (rc == 0 && !format_find(options->common.json ? "json" : options->format, &plan->format))
        rc = ERR_BUG;
    if (rc == 0)
        rc = read_states(options, plan, why);
    if (rc == 0)
        rc = read_columns(options, plan, why);
    if (rc == 0)
        rc = read_condition(options, plan, why);
    plan->timeout_ns = options->common.timeout_ns;
    if (plan->timeout_ns == 0)
        plan->timeout_ns = plan->wait ? TIMEOUT_WAIT_NS : TIMEOUT_NS;
    return rc;
}
