#include "cli/metric.h"

#include "base/line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODE_PREFIX "node."
#define PERCENTILE_PREFIX "rtt_ms.p"

/* What has a name of its own besides the states: metric, and key in the node's records. */
static const struct {
    const char *metric, *key;
    enum metric_subject subject;
} metrics[] = {
    {"cert_days", "cert_days", METRIC_LEAST},      {"members", "members", METRIC_INFO},
    {"pool.total", "pool_total", METRIC_INFO},     {"pool.in_use", "pool_in_use", METRIC_INFO},
    {"pool.idle", "pool_idle", METRIC_INFO},       {"pool.accepted", "pool_accepted", METRIC_INFO},
    {"pool.opened", "pool_opened", METRIC_INFO},   {"pool.reused", "pool_reused", METRIC_INFO},
    {"pool.evicted", "pool_evicted", METRIC_INFO}, {"lhm", "lhm", METRIC_INFO},
    {"dropped", "dropped", METRIC_INFO},           {"rejected", "rejected", METRIC_INFO},
};

/* Numbers of a member, behind its name. */
static const char *const member_keys[] = {"inc", "age", "rtt_ms", "cert_days"};

/* ---- parsing ---- */

static int read_name(const char *name, size_t len, struct metric *metric, struct why *why)
{
    if (name_set(&metric->node, name, len) != 0)
        return why_set(why, ERR_USAGE, "'%.*s' is no node name", (int)len, name);
    return 0;
}

int metric_of_state(const char *name, size_t len, struct metric *metric, struct why *why)
{
    *metric = (struct metric){.subject = METRIC_STATE};
    return read_name(name, len, metric, why);
}

/* NAME.KEY; a name may hold dots. */
static int read_node(const char *text, struct metric *metric, struct why *why)
{
    const char *dot = strrchr(text, '.');
    for (size_t i = 0; dot != NULL && i < sizeof member_keys / sizeof *member_keys; i++) {
        if (strcmp(dot + 1, member_keys[i]) == 0)
            metric->key = member_keys[i];
    }
    if (metric->key == NULL)
        return why_set(why, ERR_USAGE,
                       "the name is not followed by .inc, .age, .rtt_ms or .cert_days");
    metric->subject = METRIC_NODE;
    return read_name(text, (size_t)(dot - text), metric, why);
}

static int read_percentile(const char *text, struct metric *metric, struct why *why)
{
    metric->percent = line_is_number(text, strlen(text)) ? strtod(text, NULL) : 0;
    if (!(metric->percent > 0 && metric->percent <= 100))
        return why_set(why, ERR_USAGE, "'p%s' is no percentile (p1 to p100)", text);
    metric->subject = METRIC_PERCENTILE;
    metric->key = "rtt_ms";
    return 0;
}

int metric_parse(const char *text, struct metric *metric, struct why *why)
{
    *metric = (struct metric){.subject = METRIC_COUNT};
    if (member_state_parse(text, strlen(text), &metric->state))
        return 0;
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        if (strcmp(metrics[i].metric, text) != 0)
            continue;
        metric->subject = metrics[i].subject;
        metric->key = metrics[i].key;
        return 0;
    }
    if (strncmp(text, NODE_PREFIX, strlen(NODE_PREFIX)) == 0)
        return read_node(text + strlen(NODE_PREFIX), metric, why);
    if (strncmp(text, PERCENTILE_PREFIX, strlen(PERCENTILE_PREFIX)) == 0)
        return read_percentile(text + strlen(PERCENTILE_PREFIX), metric, why);
    return why_set(why, ERR_USAGE, "nothing is called '%s'", text);
}

/* ---- feeding ---- */

bool metric_needs_info(const struct metric *metric)
{
    return metric->subject == METRIC_INFO;
}

void metric_begin(struct metric *metric)
{
    metric->known = metric->subject == METRIC_COUNT; /* no record of a state: there are none */
    metric->value = 0;
    metric->count = 0;
}

static void take_number(struct metric *metric, const struct record *record)
{
    double value;
    if (!record_real(record, metric->key, &value))
        return;
    if (metric->subject != METRIC_LEAST || !metric->known || value < metric->value)
        metric->value = value;
    metric->known = true;
}

static int take_value(struct metric *metric, const struct record *record)
{
    double value;
    if (!record_real(record, metric->key, &value))
        return 0;
    if (metric->count == metric->room) {
        size_t room = metric->room == 0 ? 64 : metric->room * 2;
        double *values = reallocarray(metric->values, room, sizeof *values);
        if (values == NULL)
            return ERR_NO_MEMORY;
        metric->values = values;
        metric->room = room;
    }
    metric->values[metric->count++] = value;
    metric->known = true;
    return 0;
}

static int feed_member(struct metric *metric, const struct record *record)
{
    const char *name = record_text(record, "node"), *text = record_text(record, "state");
    enum member_state state;
    bool same = name != NULL && strcmp(name, metric->node.text) == 0;
    bool stated = text != NULL && member_state_parse(text, strlen(text), &state);
    switch (metric->subject) {
    case METRIC_COUNT:
        metric->value += stated && state == metric->state ? 1 : 0;
        break;
    case METRIC_STATE:
        if (same && stated) {
            metric->known = true;
            metric->value = state;
        }
        break;
    case METRIC_NODE:
        if (same)
            take_number(metric, record);
        break;
    case METRIC_LEAST:
        take_number(metric, record);
        break;
    case METRIC_PERCENTILE:
        return stated && state == MEMBER_ALIVE ? take_value(metric, record) : 0;
    case METRIC_INFO:
        break;
    }
    return 0;
}

int metric_feed(struct metric *metric, const struct record *record)
{
    if (strcmp(record->event, "member") == 0)
        return feed_member(metric, record);
    if (metric->subject == METRIC_INFO && strcmp(record->event, "info") == 0)
        take_number(metric, record);
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const double *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

bool metric_value(struct metric *metric, double *value)
{
    if (!metric->known)
        return false;
    *value = metric->value;
    if (metric->subject != METRIC_PERCENTILE)
        return true;
    qsort(metric->values, metric->count, sizeof *metric->values, by_value);
    size_t rank = (size_t)ceil(metric->percent / 100 * (double)metric->count);
    if (rank > metric->count)
        rank = metric->count;
    *value = metric->values[rank > 0 ? rank - 1 : 0];
    return true;
}

void metric_free(struct metric *metric)
{
    free(metric->values);
    metric->values = NULL;
    metric->count = metric->room = 0;
    metric->known = false;
}
