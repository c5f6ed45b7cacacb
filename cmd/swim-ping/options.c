#include "options.h"

#include "cli/format.h"
#include "cli/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(NAME) offsetof(struct ping_options, NAME)
#define PLACES_MAX 1024 /* connections of one peer; the pool's slots are a bound of their own */

#define ALL "all"

/* A whole number from 1 on, or "all" as 0. */
static int parse_min_acks(const char *text, uint64_t *count, struct why *why)
{
    char *end = NULL;
    *count = 0;
    if (strcmp(text, ALL) == 0) {
        return 0;
    }
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value == 0) {
        return why_set(why, ERR_USAGE, "'%s' is neither a number from 1 on nor '%s'", text, ALL);
    }
    *count = value;
    return 0;
}

static int check_min_acks(const char *text, struct why *why)
{
    uint64_t count = 0;
    return parse_min_acks(text, &count, why);
}

const struct opt ping_rows[] = {
    ROWS_COMMON,
    {.short_name = 'c',
     .long_name = "count",
     .kind = OPT_COUNT,
     .argument = "N",
     .default_text = "1",
     .min = 1,
     .help = "pings to each target",
     .offset = FIELD(count)},
    {.short_name = 'l',
     .long_name = "loop",
     .kind = OPT_FLAG,
     .help = "ping until stopped",
     .offset = FIELD(loop)},
    {.short_name = 'i',
     .long_name = "interval",
     .kind = OPT_DURATION,
     .argument = "D",
     .default_text = "1s",
     .help = "between two pings to one target",
     .offset = FIELD(interval_ns)},
    {.short_name = 'W',
     .long_name = "wait",
     .kind = OPT_DURATION,
     .argument = "D",
     .min = 1,
     .help = "how long a ping waits for its ack (5s where it dials, else 1s)",
     .offset = FIELD(wait_ns)},
    {.short_name = 'w',
     .long_name = "deadline",
     .kind = OPT_DURATION,
     .argument = "D",
     .min = 1,
     .help = "end after D, whatever is left to do; -t is the same",
     .offset = FIELD(deadline_ns)},
    {.short_name = 'x',
     .long_name = "min-acks",
     .kind = OPT_TEXT,
     .argument = "N",
     .default_text = "1",
     .check = check_min_acks,
     .help = "acks that make a target fine; 'all': no loss",
     .offset = FIELD(min_acks)},
    {.short_name = 'o',
     .long_name = "once",
     .kind = OPT_FLAG,
     .help = "a target is done at its first ack",
     .offset = FIELD(once)},
    {.short_name = 'a',
     .long_name = "alive",
     .kind = OPT_FLAG,
     .help = "print the targets that acked, and nothing else",
     .offset = FIELD(alive)},
    {.short_name = 'u',
     .long_name = "unreachable",
     .kind = OPT_FLAG,
     .help = "print the targets that did not, and nothing else",
     .offset = FIELD(unreachable)},
    {.short_name = 'q',
     .long_name = "quiet",
     .kind = OPT_FLAG,
     .help = "summaries only",
     .offset = FIELD(quiet)},
    {.short_name = 'D',
     .long_name = "timestamps",
     .kind = OPT_FLAG,
     .help = "the time before each line of a ping",
     .offset = FIELD(timestamps)},
    {.short_name = '4',
     .long_name = "ipv4",
     .kind = OPT_FLAG,
     .help = "IPv4 addresses only",
     .offset = FIELD(ipv4)},
    {.short_name = '6',
     .long_name = "ipv6",
     .kind = OPT_FLAG,
     .help = "IPv6 addresses only",
     .offset = FIELD(ipv6)},
    {.short_name = 'f',
     .long_name = "file",
     .kind = OPT_TEXT,
     .argument = "FILE",
     .help = "targets from FILE too, one a line; '-': standard input",
     .offset = FIELD(file)},
    ROW_CONNECT(struct ping_options, connect),
    {.long_name = "via",
     .kind = OPT_LIST,
     .argument = "NODE",
     .help = "let NODE ping for us; several are asked in turn",
     .offset = FIELD(via)},
    {.long_name = "new-conn",
     .kind = OPT_FLAG,
     .help = "a new connection for each ping",
     .offset = FIELD(new_conn)},
    {.long_name = "sweep",
     .kind = OPT_FLAG,
     .help = "a few targets at a time, the others wait (so with -f and @)",
     .offset = FIELD(sweep)},
    {.long_name = "parallel",
     .kind = OPT_COUNT,
     .argument = "N",
     .min = 1,
     .max = PLACES_MAX,
     .help = "N pings to each target at once, each over a connection of its own",
     .offset = FIELD(parallel)},
    {.long_name = "max-per-peer",
     .kind = OPT_COUNT,
     .argument = "N",
     .min = 1,
     .max = PLACES_MAX,
     .help = "connections to one peer (1, with --parallel as many as that)",
     .offset = FIELD(max_per_peer)},
    {.long_name = "max-total",
     .kind = OPT_COUNT,
     .argument = "N",
     .default_text = "50",
     .min = 1,
     .max = PLACES_MAX,
     .help = "connections in all",
     .offset = FIELD(max_total)},
    {.long_name = "format",
     .kind = OPT_CHOICE,
     .argument = "FORM",
     .default_text = "text",
     .choices = "text|line|json|nagios",
     .variable = "SWIM_FORMAT",
     .variable_choices = FORMAT_NAMES,
     .help = "how results are shown",
     .offset = FIELD(format)},
    {.long_name = "warn",
     .kind = OPT_LIST,
     .argument = "M=RANGE",
     .help = "of nagios: a warning if M (rtt_ms or loss) is not in RANGE",
     .offset = FIELD(warn)},
    {.long_name = "crit",
     .kind = OPT_LIST,
     .argument = "M=RANGE",
     .help = "of nagios: critical if M is not in RANGE",
     .offset = FIELD(crit)},
    {.long_name = NULL},
};

static int exclusive(bool one, bool other, const char *names, struct why *why)
{
    return one && other ? why_set(why, ERR_USAGE, "%s exclude each other", names) : 0;
}

static int check_pairs(const struct ping_options *options, struct why *why)
{
    const struct common *common = &options->common;
    bool counted = opt_given(ping_rows, common->argc, common->argv, "count");
    int err = exclusive(options->loop, counted, "--loop and --count", why);
    if (err == 0) {
        err = exclusive(options->alive, options->unreachable, "--alive and --unreachable", why);
    }
    if (err == 0) {
        err = exclusive(options->ipv4, options->ipv6, "--ipv4 and --ipv6", why);
    }
    return err;
}

/* A check is one line about all, at its end, and its limits are its own. */
static int check_nagios(const struct ping_options *options, struct ping_plan *plan, struct why *why)
{
    const struct common *common = &options->common;
    bool limited = options->warn.count + options->crit.count > 0;
    plan->nagios = !common->json && strcmp(options->format, "nagios") == 0;
    if (!plan->nagios && limited) {
        return why_set(why, ERR_USAGE, "--warn and --crit: only with --format nagios");
    }
    if (plan->nagios && (options->loop || options->alive || options->unreachable ||
                         opt_given(ping_rows, common->argc, common->argv, "min-acks"))) {
        return why_set(why, ERR_USAGE, "--format nagios: not with -l, -a, -u or -x");
    }
    return verdict_limits_make(&options->warn, &options->crit, &plan->limits, why);
}

int ping_plan_make(const struct ping_options *options, struct ping_plan *plan, struct why *why)
{
    int err = check_nagios(options, plan, why);
    if (err == 0) {
        err = check_pairs(options, why);
    }
    if (err == 0) {
        err = parse_min_acks(options->min_acks, &plan->min_acks, why);
    }
    if (err < 0) {
        return err;
    }
    plan->count = options->loop ? NEVER : options->count;
    plan->family = ADDR_NONE;
    if (options->ipv4 || options->ipv6) {
        plan->family = options->ipv4 ? ADDR_V4 : ADDR_V6;
    }
    uint64_t most = options->once ? 1 : plan->count;
    if (plan->min_acks > most) {
        return why_set(why, ERR_USAGE, "--min-acks %s: there will be %llu", options->min_acks,
                       (unsigned long long)most);
    }
    return 0;
}
