#include "verdict.h"

#include "base/duration.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_SIZE (POOL_KEY_SIZE + 16)
#define TEXT_SIZE 1024
#define METRICS 2 /* of a target: its round trip and its loss */

/* ---- limits ---- */

static int add_limit(const char *text, bool critical, struct verdict_limits *limits,
                     struct why *why)
{
    const char *equals = strchr(text, '=');
    size_t len = equals != NULL ? (size_t)(equals - text) : 0;
    struct verdict_limit *limit = NULL;
    if (equals != NULL && len == strlen("rtt_ms") && strncmp(text, "rtt_ms", len) == 0)
        limit = &limits->rtt_ms;
    else if (equals != NULL && len == strlen("loss") && strncmp(text, "loss", len) == 0)
        limit = &limits->loss;
    if (limit == NULL)
        return why_set(why, ERR_USAGE, "'%s' is neither rtt_ms=RANGE nor loss=RANGE", text);
    bool *has = critical ? &limit->has_crit : &limit->has_warn;
    if (*has)
        return why_set(why, ERR_USAGE, "'%s': there is such a limit already", text);
    *has = true;
    return range_parse(equals + 1, critical ? &limit->crit : &limit->warn, why);
}

static int add_limits(const struct opt_list *list, bool critical, struct verdict_limits *limits,
                      struct why *why)
{
    int err = 0;
    for (size_t i = 0; err == 0 && i < list->count; i++)
        err = add_limit(list->items[i], critical, limits, why);
    return err == 0 ? 0 : why_prefix(why, err, critical ? "--crit" : "--warn");
}

int verdict_limits_make(const struct opt_list *warn, const struct opt_list *crit,
                        struct verdict_limits *limits, struct why *why)
{
    memset(limits, 0, sizeof(*limits));
    if (warn->count + crit->count == 0) {
        int err = add_limit("loss=0", false, limits, why);
        return err == 0 ? add_limit("loss=@100:", true, limits, why) : err;
    }
    int err = add_limits(warn, false, limits, why);
    return err == 0 ? add_limits(crit, true, limits, why) : err;
}

/* ---- the line ---- */

static void append(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(char *text, const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(text);
    va_start(arguments, format);
    (void)vsnprintf(text + used, TEXT_SIZE - used, format, arguments);
    va_end(arguments);
}

/* "rtt_ms", or "web1.rtt_ms" where there are several targets: without what a label must not hold.
 */
static void make_label(const struct destinations *targets, const struct destination *target,
                       const char *metric, char *label)
{
    if (targets->count == 1)
        (void)snprintf(label, LABEL_SIZE, "%s", metric);
    else
        (void)snprintf(label, LABEL_SIZE, "%s.%s", target->typed, metric);
    for (char *c = label; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || strchr("'=|;", *c) != NULL)
            *c = '_';
    }
}

static struct nagios_value make_value(const char *label, const struct verdict_limit *limit)
{
    return (struct nagios_value){
        .label = label,
        .warn = limit->has_warn ? &limit->warn : NULL,
        .crit = limit->has_crit ? &limit->crit : NULL,
        .min = "0",
        .max = "",
    };
}

static bool is_unjudged(const struct destination *target)
{
    static const enum exit_code codes[] = {EXIT_USAGE, EXIT_IDENTITY, EXIT_RESOURCE,
                                           EXIT_FORBIDDEN};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (destination_has_failed_by(target, codes[i]))
            return true;
    }
    return false;
}

/* Fills in the values of one target, and judges it. */
static enum nagios_status judge(const struct destination *target, struct nagios_value *values)
{
    const struct stats *stats = &target->stats;
    struct nagios_value *rtt = &values[0], *loss = &values[1];
    loss->known = true;
    loss->value = stats->acks > 0 ? stats_loss_percent(stats) : 100;
    rtt->known = true;
    rtt->value = stats->acks > 0 ? stats->mean_ns / (double)NS_PER_MS : INFINITY;
    enum nagios_status status = nagios_worse(nagios_judge(rtt), nagios_judge(loss));
    rtt->known = stats->acks > 0;
    return is_unjudged(target) ? NAGIOS_UNKNOWN : status;
}

static void tell_one(const struct destination *target, char *text)
{
    const struct stats *stats = &target->stats;
    append(text, "%s: %llu of %llu acked", destination_label(target),
           (unsigned long long)stats->acks, (unsigned long long)stats->pings);
    if (stats->acks > 0)
        append(text, ", rtt %.3f ms", stats->mean_ns / (double)NS_PER_MS);
}

/* How many acked, and whom it is about. */
static void tell_several(const struct destinations *targets, const enum nagios_status *statuses,
                         char *text)
{
    size_t acked = 0, told = 0;
    for (size_t i = 0; i < targets->count; i++)
        acked += targets->items[i].stats.acks > 0;
    append(text, "%zu of %zu targets acked", acked, targets->count);
    for (size_t i = 0; i < targets->count; i++) {
        if (statuses[i] != NAGIOS_OK)
            append(text, "%s%s", told++ == 0 ? ": see " : " ", targets->items[i].typed);
    }
}

static void tell_empty(const struct destinations *targets, enum nagios_status *status, char *text)
{
    size_t cursor = 0;
    if (targets->asked_err < 0) {
        *status = nagios_worse(*status, nagios_of_error(targets->asked_err));
        append(text, "%sthe members could not be asked for: %s", text[0] == '\0' ? "" : ", ",
               err_text(targets->asked_err));
        return;
    }
    for (const char *empty; (empty = destinations_next_empty(targets, &cursor)) != NULL;) {
        *status = nagios_worse(*status, NAGIOS_CRITICAL);
        append(text, "%sno member is meant by %s", text[0] == '\0' ? "" : ", ", empty);
    }
}

int verdict_write(const struct verdict_limits *limits, const struct destinations *targets,
                  FILE *out, enum nagios_status *status)
{
    size_t count = targets->count;
    struct nagios_value *values = calloc(count * METRICS + 1, sizeof(*values));
    char(*labels)[LABEL_SIZE] = calloc(count * METRICS + 1, sizeof(*labels));
    enum nagios_status *statuses = calloc(count + 1, sizeof(*statuses));
    char text[TEXT_SIZE] = "";
    int err = values == NULL || labels == NULL || statuses == NULL ? ERR_NO_MEMORY : 0;
    *status = NAGIOS_OK;
    for (size_t i = 0; err == 0 && i < count; i++) {
        const struct destination *target = &targets->items[i];
        size_t at = i * METRICS;
        make_label(targets, target, "rtt_ms", labels[at]);
        make_label(targets, target, "loss", labels[at + 1]);
        values[at] = make_value(labels[at], &limits->rtt_ms);
        values[at + 1] = make_value(labels[at + 1], &limits->loss);
        values[at + 1].max = "100";
        statuses[i] = judge(target, &values[at]);
        *status = nagios_worse(*status, statuses[i]);
    }
    if (err == 0) {
        if (count == 1)
            tell_one(&targets->items[0], text);
        else if (count > 1)
            tell_several(targets, statuses, text);
        tell_empty(targets, status, text);
        nagios_write(*status, text, values, count * METRICS, out);
    }
    free(values);
    free(labels);
    free(statuses);
    return err;
}
