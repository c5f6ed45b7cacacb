#include "base/member_state.h"
#include "cli/format.h"

#include <stdlib.h>
#include <string.h>

/* The text form of Prometheus: all samples of a family together, each with the labels `cluster` and
 * `node` and without a time. Where the value comes from a text, it is 1 and the text is a label. */

#define UP_NAME "swim_up"
#define UP_HELP "Whether the node answered."
#define FAMILY_HEAD "# HELP %s %s\n# TYPE %s %s\n"
#define LABELS_MAX 4

struct label {
    const char *name, *key; /* of the record */
    const char *text;       /* or always this */
};

struct sample {
    const char *event, *key;
    double scale; /* 0: the value is 1, whatever the key says */
    struct label labels[LABELS_MAX];
};

struct family {
    const char *name, *type, *help;
    struct sample samples[MEMBER_STATE_COUNT + 1];
};

#define PEER                                                                                       \
    {                                                                                              \
        .name = "peer", .key = "node"                                                              \
    }
#define CONNECTION                                                                                 \
    {                                                                                              \
        {.name = "peer", .key = "peer"}, {.name = "addr", .key = "addr"},                          \
        {                                                                                          \
            .name = "dir", .key = "dir"                                                            \
        }                                                                                          \
    }

#define INFO(KEY)                                                                                  \
    {                                                                                              \
        {                                                                                          \
            .event = "info", .key = (KEY), .scale = 1                                              \
        }                                                                                          \
    }
#define INFO_BY(LABEL, TEXT, KEY)                                                                  \
    {                                                                                              \
        .event = "info", .key = (KEY), .scale = 1, .labels = { {.name = (LABEL), .text = (TEXT)} } \
    }
#define MEMBER(EVENT, KEY, SCALE)                                                                  \
    {                                                                                              \
        .event = (EVENT), .key = (KEY), .scale = (SCALE), .labels = { PEER }                       \
    }

#define MS 0.001
#define DAY 86400

static const struct family families[] = {
    {UP_NAME, "gauge", UP_HELP, {{.event = "info", .key = "node"}}},
    {"swim_members",
     "gauge",
     "Members by state, the node itself included.",
     {INFO_BY("state", "alive", "alive"), INFO_BY("state", "suspect", "suspect"),
      INFO_BY("state", "dead", "dead"), INFO_BY("state", "left", "left")}},
    {"swim_incarnation", "gauge", "Incarnation of the node.", INFO("inc")},
    {"swim_local_health", "gauge", "Local health multiplier; 0 is well.", INFO("lhm")},
    {"swim_uptime_seconds", "gauge", "How long the node has run.", INFO("uptime_s")},
    {"swim_pool_connections",
     "gauge",
     "Connections that the node dialled.",
     {INFO_BY("use", "in-use", "pool_in_use"), INFO_BY("use", "idle", "pool_idle")}},
    {"swim_pool_accepted", "gauge", "Connections that the node accepted.", INFO("pool_accepted")},
    {"swim_pool_opened_total", "counter", "Connections opened.", INFO("pool_opened")},
    {"swim_pool_reused_total", "counter", "Uses of a connection that stood.", INFO("pool_reused")},
    {"swim_pool_evicted_total", "counter", "Connections closed for want of room.",
     INFO("pool_evicted")},
    {"swim_events_total", "counter", "Events told.", INFO("events")},
    {"swim_events_dropped_total", "counter", "Events that a slow reader lost.", INFO("dropped")},
    {"swim_rejected_total", "counter", "Handshakes, messages and updates that were not believed.",
     INFO("rejected")},
    {"swim_garbage_total", "counter", "Packets that were no QUIC of ours.", INFO("garbage")},
    {"swim_unsent_total", "counter", "Messages that found no way out.", INFO("unsent")},
    {"swim_packets_total",
     "counter",
     "UDP packets.",
     {INFO_BY("direction", "in", "packets_in"), INFO_BY("direction", "out", "packets_out")}},
    {"swim_bytes_total",
     "counter",
     "Bytes of UDP payload.",
     {INFO_BY("direction", "in", "bytes_in"), INFO_BY("direction", "out", "bytes_out")}},
    {"swim_member_state",
     "gauge",
     "1 for the state that a member is in.",
     {{.event = "member", .key = "state", .labels = {PEER, {.name = "state", .key = "state"}}},
      {.event = "health", .key = "state", .labels = {PEER, {.name = "state", .key = "state"}}}}},
    {"swim_member_state_seconds",
     "gauge",
     "How long a member has been in its state.",
     {MEMBER("member", "age", 1)}},
    {"swim_member_incarnation", "gauge", "Incarnation of a member.", {MEMBER("member", "inc", 1)}},
    {"swim_member_rtt_seconds",
     "gauge",
     "Round trip of the last direct ping.",
     {MEMBER("member", "rtt_ms", MS), MEMBER("health", "rtt_ms", MS)}},
    {"swim_rtt_seconds",
     "gauge",
     "Round trip between two members, as the one it goes from has measured it.",
     {{.event = "rtt",
       .key = "rtt_ms",
       .scale = MS,
       .labels = {{.name = "from", .key = "node"}, {.name = "peer", .key = "peer"}}}}},
    {"swim_member_certificate_seconds",
     "gauge",
     "How long the certificate of a member is valid, in whole days.",
     {MEMBER("member", "cert_days", DAY)}},
    {"swim_member_phi",
     "gauge",
     "Suspicion level of the accrual failure detector.",
     {MEMBER("health", "phi", 1)}},
    {"swim_member_silence_seconds",
     "gauge",
     "How long ago a member was heard.",
     {MEMBER("health", "heard_ms", MS)}},
    {"swim_member_suspicion_seconds",
     "gauge",
     "Until a suspected member is declared dead.",
     {MEMBER("health", "suspicion_left_ms", MS)}},
    {"swim_connection_age_seconds",
     "gauge",
     "How long a connection has stood.",
     {{.event = "pool", .key = "age_ms", .scale = MS, .labels = CONNECTION}}},
    {"swim_connection_uses_total",
     "counter",
     "Messages for which a connection was taken.",
     {{.event = "pool", .key = "uses", .scale = 1, .labels = CONNECTION}}},
};

int format_prometheus_row(struct format_rows *rows, const struct record *record)
{
    if (rows->kept_count == rows->kept_room) {
        size_t room = rows->kept_room == 0 ? 64 : rows->kept_room * 2;
        struct record **kept = reallocarray(rows->kept, room, sizeof(struct record *));
        if (kept == NULL)
            return ERR_NO_MEMORY;
        rows->kept = kept;
        rows->kept_room = room;
    }
    struct record *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return ERR_NO_MEMORY;
    record_copy(copy, record);
    rows->kept[rows->kept_count++] = copy;
    return 0;
}

static void write_label(const char *name, const char *value, FILE *out)
{
    (void)fprintf(out, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            (void)fputs("\\n", out);
        else if (*value == '"' || *value == '\\')
            (void)fprintf(out, "\\%c", *value);
        else
            (void)putc(*value, out);
    }
    (void)putc('"', out);
}

static const char *text_or_none(const struct record *record, const char *key)
{
    const char *text = record_text(record, key);
    return text != NULL ? text : "";
}

/* Whether the record has the sample, and its value. */
static bool has_sample(const struct sample *sample, const struct record *record, double *value)
{
    *value = 1;
    if (strcmp(record->event, sample->event) != 0 || record_text(record, sample->key) == NULL)
        return false;
    if (sample->scale > 0 && !record_real(record, sample->key, value))
        return false;
    *value *= sample->scale > 0 ? sample->scale : 1;
    return true;
}

/* `info` is the node's own report: it names the cluster and the node. */
static void write_sample(const struct family *family, const struct sample *sample, double value,
                         const struct record *record, const struct record *info, FILE *out)
{
    (void)fprintf(out, "%s{", family->name);
    write_label("cluster", text_or_none(info, "cluster"), out);
    (void)putc(',', out);
    write_label("node", text_or_none(info, "node"), out);
    for (size_t i = 0; i < LABELS_MAX && sample->labels[i].name != NULL; i++) {
        const struct label *label = &sample->labels[i];
        (void)putc(',', out);
        write_label(label->name,
                    label->text != NULL ? label->text : text_or_none(record, label->key), out);
    }
    (void)fprintf(out, "} %.15g\n", value);
}

static void write_family(const struct family *family, const struct format_rows *rows,
                         const struct record *info)
{
    bool headed = false;
    for (size_t i = 0; i < rows->kept_count; i++) {
        for (const struct sample *sample = family->samples; sample->event != NULL; sample++) {
            double value;
            if (!has_sample(sample, rows->kept[i], &value))
                continue;
            if (!headed)
                (void)fprintf(rows->out, FAMILY_HEAD, family->name, family->help, family->name,
                              family->type);
            headed = true;
            write_sample(family, sample, value, rows->kept[i], info, rows->out);
        }
    }
}

int format_prometheus_end(struct format_rows *rows)
{
    const struct record *info = NULL;
    for (size_t i = 0; i < rows->kept_count; i++) {
        if (strcmp(rows->kept[i]->event, "info") == 0)
            info = rows->kept[i];
    }
    if (info == NULL)
        return ERR_BUG; /* whoever asks for this form asks the node for its report too */
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        write_family(&families[i], rows, info);
    return ferror(rows->out) ? ERR_SYSTEM : 0;
}

void format_prometheus_down(const char *target, FILE *out)
{
    (void)fprintf(out, FAMILY_HEAD, UP_NAME, UP_HELP, UP_NAME, "gauge");
    (void)fputs(UP_NAME "{", out);
    write_label("target", target, out);
    (void)fputs("} 0\n", out);
}
