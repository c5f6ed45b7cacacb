#include "output.h"

#include "base/duration.h"
#include "base/wall.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

#define VIA_DIRECT "direct"

static double to_ms(double ns)
{
    return ns / (double)NS_PER_MS;
}

static const char *via_text(const struct outcome *outcome)
{
    return outcome->via != NULL ? outcome->via : VIA_DIRECT;
}

static const char *conn_text(const struct outcome *outcome)
{
    return outcome->fresh ? "new" : "reused";
}

/* The records: the same facts as the text, under the keys of event lines. */

static void write_record(struct output *output, const struct record *record)
{
    int err = format_write(output->format, record, stdout);
    if (err < 0 && output->err == 0) {
        output->err = err;
    }
}

static void begin_record(struct record *record, const char *event, const struct destination *target)
{
    record_init(record, event, wall_now_ns());
    record_add_name(record, "node", &target->name);
    if (target->state == DESTINATION_FOUND) {
        record_add_addr(record, "addr", destination_addr(target));
    } else {
        record_add_absent(record, "addr");
    }
}

static void record_outcome(struct output *output, const struct destination *target,
                           const struct outcome *outcome)
{
    struct record record;
    begin_record(&record, outcome->acked ? "ack" : "no-ack", target);
    if (outcome->acked) {
        record_add_uint(&record, "inc", outcome->inc);
    }
    record_add_text(&record, "target", target->typed);
    record_add_uint(&record, "pseq", outcome->pseq);
    record_add_text(&record, "via", via_text(outcome));
    if (outcome->acked) {
        record_add_text(&record, "conn", conn_text(outcome));
        record_add_ms(&record, "rtt_ms", outcome->rtt_ns);
        if (outcome->fresh) {
            record_add_ms(&record, "handshake_ms", outcome->handshake_ns);
        } else {
            record_add_absent(&record, "handshake_ms");
        }
    } else {
        record_add_text(&record, "leg", outcome->leg);
        record_add_text(&record, "reason", err_name(outcome->reason));
        if (outcome->reason == ERR_POOL_FULL) {
            record_add_uint(&record, "current", outcome->current);
            record_add_uint(&record, "max", outcome->max);
        }
    }
    write_record(output, &record);
}

static void add_rtt(struct record *record, const struct stats *stats, const char *key, double ns)
{
    if (stats->acks > 0) {
        record_add_real(record, key, to_ms(ns), 3);
    } else {
        record_add_absent(record, key);
    }
}

static void record_summary(struct output *output, const struct destination *target)
{
    const struct stats *stats = &target->stats;
    struct record record;
    begin_record(&record, "ping-stats", target);
    record_add_text(&record, "target", target->typed);
    record_add_uint(&record, "pings", stats->pings);
    record_add_uint(&record, "acks", stats->acks);
    record_add_uint(&record, "dup", stats->duplicates);
    record_add_real(&record, "loss", stats_loss_percent(stats), 2);
    record_add_ms(&record, "time_ms", target->ended_ns - target->started_ns);
    add_rtt(&record, stats, "rtt_ms.min", (double)stats->min_ns);
    add_rtt(&record, stats, "rtt_ms.avg", stats->mean_ns);
    add_rtt(&record, stats, "rtt_ms.max", (double)stats->max_ns);
    add_rtt(&record, stats, "rtt_ms.mdev", stats_mdev_ns(stats));
    write_record(output, &record);
}

static void record_pool(struct output *output, const struct pool_stats *stats)
{
    struct record record;
    record_init(&record, "pool", wall_now_ns());
    record_add_uint(&record, "opened", stats->opened);
    record_add_uint(&record, "reused", stats->reused);
    record_add_uint(&record, "evicted", stats->evicted);
    record_add_uint(&record, "total", stats->total);
    record_add_uint(&record, "in-use", stats->in_use);
    record_add_uint(&record, "idle", stats->idle);
    write_record(output, &record);
}

/* The text. */

static void print_time(const struct output *output)
{
    if (output->timestamps) {
        char text[WALL_TEXT_SIZE];
        printf("%s ", wall_format(wall_now_ns(), text));
    }
}

/* "b (127.0.0.1:7436)", or the target as typed before its name is known. */
static void print_who(const struct destination *target)
{
    if (name_is_empty(&target->name)) {
        printf("%s", target->typed);
    } else {
        char addr[ADDR_TEXT_SIZE];
        printf("%s (%s)", target->name.text, addr_format(destination_addr(target), addr));
    }
}

static void print_outcome(const struct output *output, const struct destination *target,
                          const struct outcome *outcome)
{
    print_time(output);
    printf("%s from ", outcome->acked ? "ack" : "no ack");
    print_who(target);
    if (outcome->acked) {
        printf(": pseq=%llu inc=%llu via=%s conn=%s time=%.3f ms",
               (unsigned long long)outcome->pseq, (unsigned long long)outcome->inc,
               via_text(outcome), conn_text(outcome), to_ms((double)outcome->rtt_ns));
        if (outcome->fresh) {
            printf(" handshake=%.1f ms", to_ms((double)outcome->handshake_ns));
        }
    } else {
        printf(": pseq=%llu", (unsigned long long)outcome->pseq);
        if (outcome->via != NULL) {
            printf(" via=%s", outcome->via);
        }
        printf(" leg=%s reason=%s", outcome->leg, err_name(outcome->reason));
        if (outcome->reason == ERR_POOL_FULL) {
            printf(" current=%llu max=%llu", (unsigned long long)outcome->current,
                   (unsigned long long)outcome->max);
        }
    }
    printf("\n");
}

/* At most two decimals, none that say nothing: 50%, 33.33%. */
static const char *format_percent(double percent, char *buf, size_t size)
{
    int len = snprintf(buf, size, "%.2f", percent);
    for (; len > 0 && buf[len - 1] == '0' && strchr(buf, '.') != NULL; len--) {
        buf[len - 1] = '\0';
    }
    if (len > 0 && buf[len - 1] == '.') {
        buf[len - 1] = '\0';
    }
    return buf;
}

static void print_summary(const struct destination *target)
{
    const struct stats *stats = &target->stats;
    char percent[16];
    printf("--- %s ping statistics ---\n", destination_label(target));
    printf("%llu pings, %llu acks, %s%% loss, time %llu ms", (unsigned long long)stats->pings,
           (unsigned long long)stats->acks,
           format_percent(stats_loss_percent(stats), percent, sizeof(percent)),
           (unsigned long long)((target->ended_ns - target->started_ns) / NS_PER_MS));
    if (stats->duplicates > 0) {
        printf(", dup=%llu", (unsigned long long)stats->duplicates);
    }
    printf("\n");
    if (stats->acks > 0) {
        printf("rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n", to_ms((double)stats->min_ns),
               to_ms(stats->mean_ns), to_ms((double)stats->max_ns), to_ms(stats_mdev_ns(stats)));
    }
}

static void print_pool(const struct pool_stats *stats)
{
    printf("pool: opened=%llu reused=%llu evicted=%llu total=%zu in-use=%zu idle=%zu\n",
           (unsigned long long)stats->opened, (unsigned long long)stats->reused,
           (unsigned long long)stats->evicted, stats->total, stats->in_use, stats->idle);
}

void output_outcome(struct output *output, const struct destination *target,
                    const struct outcome *outcome)
{
    if (output->verbose && !outcome->acked) {
        say("%s: ping %llu: %s", target->typed, (unsigned long long)outcome->pseq,
            err_text(outcome->reason));
    }
    if (output->quiet) {
        return;
    }
    if (output->text) {
        print_outcome(output, target, outcome);
    } else {
        record_outcome(output, target, outcome);
    }
}

void output_target(struct output *output, const struct destination *target)
{
    if (output->text) {
        printf("%s\n", target->typed);
    } else {
        record_summary(output, target);
    }
}

void output_summary(struct output *output, const struct destination *target)
{
    if (output->text) {
        print_summary(target);
    } else {
        record_summary(output, target);
    }
}

void output_pool(struct output *output, const struct pool_stats *stats)
{
    if (output->text) {
        print_pool(stats);
    } else {
        record_pool(output, stats);
    }
}
