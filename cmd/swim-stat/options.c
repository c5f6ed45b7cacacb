#include "options.h"

#include "base/duration.h"
#include "cli/tagmatch.h"
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
     .choices = "table|line|json|csv|prometheus|nagios",
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
    {.short_name = 'T',
     .long_name = "tag",
     .kind = OPT_LIST,
     .argument = "KEY[=VALUE]",
     .check = tagmatch_check,
     .help = "show only members with this tag, or KEY!=VALUE without",
     .offset = FIELD(tags)},
    {.short_name = 'n',
     .long_name = "node",
     .kind = OPT_NAME,
     .argument = "NODE",
     .help = "show only this member",
     .offset = FIELD(node)},
    {.short_name = 'r',
     .long_name = "sort",
     .kind = OPT_TEXT,
     .argument = "[-]COL,..",
     .help = "the least of this column first, with - the greatest",
     .offset = FIELD(sort)},
    {.short_name = 'e',
     .long_name = "nonempty",
     .kind = OPT_FLAG,
     .help = "exit 1 if there is nothing to show",
     .offset = FIELD(nonempty)},
    {.long_name = "pick",
     .kind = OPT_CHOICE,
     .argument = "HOW",
     .choices = "rtt|random",
     .help = "show one live member: the nearest, or any",
     .offset = FIELD(pick)},
    {.long_name = "output",
     .kind = OPT_TEXT,
     .argument = "FILE",
     .help = "write to this file, as a whole or not at all",
     .offset = FIELD(output)},
    {.long_name = "watch",
     .kind = OPT_DURATION,
     .argument = "D",
     .argument_optional = true,
     .default_text = "2s",
     .min = 10 * NS_PER_MS,
     .help = "look again each D",
     .offset = FIELD(watch_ns)},
    {.long_name = "wait",
     .kind = OPT_TEXT,
     .argument = "COND",
     .help = "ask until this is true, at most -t (30s)",
     .offset = FIELD(wait)},
    {.long_name = "for",
     .kind = OPT_DURATION,
     .argument = "D",
     .help = "of --wait: until it has been true for so long",
     .offset = FIELD(for_ns)},
    {.long_name = "expect",
     .kind = OPT_TEXT,
     .argument = "COND",
     .help = "ask once, exit 1 if this is not true",
     .offset = FIELD(expect)},
    {.short_name = 'w',
     .long_name = "warning",
     .kind = OPT_LIST,
     .argument = "M=RANGE",
     .help = "of nagios: a warning if M is not in RANGE",
     .offset = FIELD(warning)},
    {.short_name = 'c',
     .long_name = "critical",
     .kind = OPT_LIST,
     .argument = "M=RANGE",
     .help = "of nagios: critical if M is not in RANGE",
     .offset = FIELD(critical)},
    {.long_name = NULL},
};

#define STATES "alive|suspect|dead|left"

static const struct verb verbs[] = {
    {.name = "members",
     .request = REQUEST_MEMBERS,
     .event = "member",
     .columns = "state|node|addr|inc|age|rtt_ms|tags|by|reason|cert_days",
     .shown = "state,node,addr,inc,age,rtt_ms,tags,by,reason,cert_days",
     .states = STATES,
     .name_key = "node",
     .must_exist = true,
     .can_pick = true},
    {.name = "pool",
     .request = REQUEST_POOL,
     .event = "pool",
     .columns = "peer|addr|dir|state|age_ms|uses",
     .shown = "peer,dir,state,age_ms,uses",
     .states = "connecting|idle|in-use",
     .name_key = "peer"},
    {.name = "health",
     .request = REQUEST_HEALTH,
     .event = "health",
     .columns = "node|state|phi|rtt_ms|heard_ms|suspicion_left_ms|lhm",
     .shown = "node,state,phi,rtt_ms,heard_ms,suspicion_left_ms,lhm",
     .states = STATES,
     .name_key = "node",
     .must_exist = true,
     .can_pick = true},
    {.name = "rtt",
     .request = REQUEST_RTT,
     .event = "rtt",
     .columns = "node|peer|state|rtt_ms",
     .shown = "node,peer,state,rtt_ms",
     .states = STATES,
     .name_key = "node",
     .peer_key = "peer",
     .must_exist = true},
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
    return why_set(why, ERR_USAGE, "'%s' is no subcommand (members, pool, health, rtt, info)",
                   operands[0]);
}

static int read_states(const struct stat_options *options, struct stat_plan *plan, struct why *why)
{
    const struct verb *verb = plan->verb;
    if (options->node != NULL && verb->name_key == NULL)
        return why_set(why, ERR_USAGE, "--node: %s is about the node asked alone", verb->name);
    if (options->tags.count > 0 && verb->name_key == NULL)
        return why_set(why, ERR_USAGE, "--tag: %s is about the node asked alone", verb->name);
    if (options->states == NULL)
        return 0;
    if (verb->states == NULL)
        return why_set(why, ERR_USAGE, "--status: %s has no states", verb->name);
    int rc = columns_parse(options->states, verb->states, &plan->states, why);
    return rc == 0 ? 0 : why_prefix(why, rc, "--status");
}

/* Which columns, where that is not left to the form. */
static int read_columns(const struct stat_options *options, struct stat_plan *plan, struct why *why)
{
    const char *list = options->columns;
    bool tabular = plan->format == FORMAT_TABLE || plan->format == FORMAT_CSV;
    if (list == NULL && tabular)
        list = plan->verb->shown;
    if (list == NULL)
        return 0;
    int rc = columns_parse(list, plan->verb->columns, &plan->columns, why);
    return rc == 0 ? 0 : why_prefix(why, rc, "--columns");
}

static int read_order(const struct stat_options *options, struct stat_plan *plan, struct why *why)
{
    const struct verb *verb = plan->verb;
    if (options->pick != NULL && !verb->can_pick)
        return why_set(why, ERR_USAGE, "--pick: of members or health, not of %s", verb->name);
    if (options->pick != NULL)
        plan->pick = strcmp(options->pick, "rtt") == 0 ? PICK_RTT : PICK_RANDOM;
    if (options->sort == NULL)
        return 0;
    int rc = columns_parse(options->sort, NULL, &plan->sort, why);
    for (size_t i = 0; rc == 0 && i < plan->sort.count; i++) {
        struct columns checked; /* by the same rules as any column */
        const char *name = plan->sort.names[i];
        rc = columns_parse(name[0] == '-' ? name + 1 : name, verb->columns, &checked, why);
    }
    return rc == 0 ? 0 : why_prefix(why, rc, "--sort");
}

static int read_condition(const struct stat_options *options, struct stat_plan *plan,
                          struct why *why)
{
    const char *text = options->wait != NULL ? options->wait : options->expect;
    if (options->wait != NULL && options->expect != NULL)
        return why_set(why, ERR_USAGE, "--wait and --expect exclude each other");
    if (options->for_ns > 0 && options->wait == NULL)
        return why_set(why, ERR_USAGE, "--for: only with --wait");
    plan->wait = options->wait != NULL;
    if (text == NULL)
        return 0;
    int rc = condition_parse(text, &plan->condition, why);
    return rc == 0 ? 0 : why_prefix(why, rc, plan->wait ? "--wait" : "--expect");
}

/* What has no meaning in a form of fixed content, or beside another way to ask. */
static int refuse_mixtures(const struct stat_options *options, const struct stat_plan *plan,
                           struct why *why)
{
    bool nagios = plan->format == FORMAT_NAGIOS,
         fixed = nagios || plan->format == FORMAT_PROMETHEUS;
    bool judged = plan->condition.count > 0;
    const struct {
        bool wrong;
        const char *what;
    } mixtures[] = {
        {!nagios && options->warning.count > 0, "--warning: only with --format nagios"},
        {!nagios && options->critical.count > 0, "--critical: only with --format nagios"},
        {nagios && plan->verb->request != REQUEST_MEMBERS, "--format nagios: of members alone"},
        {nagios && judged, "--format nagios: its limits are -w and -c, not --wait or --expect"},
        {nagios && plan->watch, "--format nagios: one line, not with --watch"},
        {nagios && options->states != NULL, "--format nagios: not with --status"},
        {fixed && options->columns != NULL, "--columns: this form has none"},
        {fixed && options->sort != NULL, "--sort: this form has its own order"},
        {fixed && options->pick != NULL, "--pick: not in this form"},
        {judged && plan->watch, "--watch: not with --wait or --expect"},
        {options->pick != NULL && options->sort != NULL, "--pick and --sort exclude each other"},
    };
    for (size_t i = 0; i < sizeof mixtures / sizeof *mixtures; i++) {
        if (mixtures[i].wrong)
            return why_set(why, ERR_USAGE, "%s", mixtures[i].what);
    }
    return 0;
}

static int read_checks(const struct stat_options *options, struct stat_plan *plan, struct why *why)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < options->warning.count; i++) {
        rc = checks_add(&plan->checks, options->warning.items[i], false, why);
        rc = rc == 0 ? 0 : why_prefix(why, rc, "--warning");
    }
    for (size_t i = 0; rc == 0 && i < options->critical.count; i++) {
        rc = checks_add(&plan->checks, options->critical.items[i], true, why);
        rc = rc == 0 ? 0 : why_prefix(why, rc, "--critical");
    }
    if (rc == 0 && options->warning.count + options->critical.count == 0)
        rc = checks_add_default(&plan->checks, why);
    return rc;
}

static int read_times(const struct stat_options *options, struct stat_plan *plan, struct why *why)
{
    plan->timeout_ns = options->common.timeout_ns;
    if (plan->timeout_ns == 0)
        plan->timeout_ns = plan->wait ? TIMEOUT_WAIT_NS : TIMEOUT_NS;
    if (options->for_ns >= plan->timeout_ns)
        return why_set(why, ERR_USAGE, "--for: not shorter than the time for all, --timeout");
    return 0;
}

int stat_plan_make(const struct stat_options *options, int count, char **operands,
                   struct stat_plan *plan, struct why *why)
{
    const struct common *common = &options->common;
    plan->columns.count = plan->states.count = plan->sort.count = plan->condition.count = 0;
    plan->pick = PICK_ALL;
    checks_init(&plan->checks);
    if (!format_find(common->json ? "json" : options->format, &plan->format))
        return ERR_BUG;
    int rc = find_verb(count, operands, &plan->verb, why);
    plan->watch = opt_given(stat_rows, common->argc, common->argv, "watch");
    if (rc == 0)
        rc = read_states(options, plan, why);
    if (rc == 0)
        rc = read_columns(options, plan, why);
    if (rc == 0)
        rc = read_order(options, plan, why);
    if (rc == 0)
        rc = read_condition(options, plan, why);
    if (rc == 0)
        rc = refuse_mixtures(options, plan, why);
    if (rc == 0)
        rc = read_checks(options, plan, why);
    if (rc == 0)
        rc = read_times(options, plan, why);
    return rc;
}

void stat_plan_free(struct stat_plan *plan)
{
    condition_free(&plan->condition);
    checks_free(&plan->checks);
}
