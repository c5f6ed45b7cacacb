/**
 * swim-ping: probes nodes as ping(8) probes hosts, and shows what the connection pool did.
 */
#include "base/duration.h"
#include "cli/dev.h"
#include "cli/paths.h"
#include "cli/program.h"
#include "destination.h"
#include "link/loop.h"
#include "link/peers.h"
#include "link/pool.h"
#include "options.h"
#include "output.h"
#include "round.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>

struct run {
    const struct ping_options *options;
    struct loop *loop;
    struct peers *peers;
    struct destination *targets;
    size_t target_count;
    struct round *round;
    struct output output;
};

static void take_events(struct run *run, uint64_t now)
{
    struct peers_event event;
    while (peers_next_event(run->peers, now, &event)) {
        round_on_event(run->round, now, &event);
    }
}

static void on_packet(void *user)
{
    struct run *run = user;
    uint64_t now = loop_now();
    while (peers_receive(run->peers, now)) {
        take_events(run, now);
        now = loop_now(); /* an ack's round trip ends when it is read, not when the first was */
    }
}

static void on_interrupt(void *user, int signum)
{
    struct run *run = user;
    (void)signum;
    round_stop(run->round, loop_now());
}

static uint64_t on_idle(void *user)
{
    struct run *run = user;
    uint64_t now = loop_now();
    peers_tick(run->peers, now);
    take_events(run, now);
    round_step(run->round, now);
    take_events(run, now);
    peers_flush(run->peers, loop_now());
    if (round_is_done(run->round)) {
        loop_stop(run->loop);
    }
    uint64_t round_ns = round_deadline(run->round);
    uint64_t peers_ns = peers_deadline(run->peers);
    return round_ns < peers_ns ? round_ns : peers_ns;
}

/* The end. */

/* Of several results the first of these is the exit code. A target that has acked is fine, whatever
 * else was lost; but a name that does not resolve, a certificate refused or a full pool counts all
 * the same. EXIT_UNREACHABLE is never ours. */
static const enum exit_code always_counting[] = {EXIT_USAGE, EXIT_IDENTITY, EXIT_RESOURCE,
                                                 EXIT_FORBIDDEN};

static int exit_code(const struct run *run)
{
    for (size_t i = 0; i < sizeof(always_counting) / sizeof(always_counting[0]); i++) {
        for (size_t k = 0; k < run->target_count; k++) {
            if (destination_has_failed_by(&run->targets[k], always_counting[i])) {
                return (int)always_counting[i];
            }
        }
    }
    for (size_t k = 0; k < run->target_count; k++) {
        if (run->targets[k].stats.acks == 0) {
            return EXIT_NO;
        }
    }
    return EXIT_YES;
}

static int report(struct run *run)
{
    for (size_t i = 0; i < run->target_count; i++) {
        output_summary(&run->output, &run->targets[i]);
    }
    output_pool(&run->output, peers_pool_stats(run->peers));
    int code = exit_code(run);
    if (run->output.err < 0 && code == EXIT_YES) {
        code = say_error(run->output.err, NULL);
    }
    return code;
}

/* Why targets could not be looked up: their lines have only the name of the error. */
static void explain(const struct run *run)
{
    for (size_t i = 0; i < run->target_count; i++) {
        const struct destination *target = &run->targets[i];
        if (target->state == DESTINATION_NOT_FOUND) {
            struct why why = target->lookup_why;
            (void)say_error(why_prefix(&why, target->lookup_err, "%s", target->typed), &why);
        }
    }
}

/* The start. */

static int make_hello(struct msg_hello *hello)
{
    *hello = (struct msg_hello){.kind = HELLO_TOOL, .version = WIRE_VERSION};
    if (getrandom(&hello->instance, sizeof(hello->instance), 0) !=
        (ssize_t)sizeof(hello->instance)) {
        return ERR_SYSTEM;
    }
    return 0;
}

/* Any port of both families, or of IPv4 alone where the kernel has no IPv6. */
static int bind_anywhere(struct peers_config *config, struct peers **peers, struct why *why)
{
    static const char *const anywhere[] = {"[::]:0", "0.0.0.0:0"};
    int err = ERR_SYSTEM;
    for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]) && err == ERR_SYSTEM; i++) {
        err = addr_parse(anywhere[i], 0, &config->bind);
        if (err == 0) {
            err = peers_new(config, loop_now(), peers, why);
        }
    }
    return err;
}

static int open_peers(struct run *run, struct identity *identity, struct why *why)
{
    const struct ping_options *options = run->options;
    struct peers_config config;
    peers_config_default(&config);
    config.identity = identity;
    config.serve = false;
    config.pool_total = options->max_total;
    config.pool_per_peer = options->max_per_peer;
    if (options->max_per_peer == 0) {
        config.pool_per_peer = options->parallel > 0 ? options->parallel : POOL_MAX_PER_PEER;
    }
    config.connect_timeout_ns = options->wait_ns > 0 ? options->wait_ns : WAIT_DIAL_NS;
    int err = make_hello(&config.hello);
    return err < 0 ? err : bind_anywhere(&config, &run->peers, why);
}

static uint64_t all_ends_at(const struct ping_options *options, uint64_t now)
{
    uint64_t limit_ns = NEVER;
    if (options->deadline_ns > 0) {
        limit_ns = options->deadline_ns;
    }
    if (options->common.timeout_ns > 0 && options->common.timeout_ns < limit_ns) {
        limit_ns = options->common.timeout_ns;
    }
    return duration_add(now, limit_ns);
}

static int open_round(struct run *run)
{
    const struct ping_options *options = run->options;
    const struct round_config config = {
        .ping =
            {
                .peers = run->peers,
                .output = &run->output,
                .count = options->count,
                .interval_ns = options->interval_ns,
                .wait_ns = options->wait_ns,
            },
        .targets = run->targets,
        .target_count = run->target_count,
        .parallel = options->parallel,
        .deadline_ns = all_ends_at(options, loop_now()),
    };
    run->round = round_new(&config);
    return run->round == NULL ? ERR_NO_MEMORY : 0;
}

static int watch_all(struct run *run)
{
    int err = loop_watch(run->loop, peers_fd(run->peers), on_packet, run);
    if (err >= 0) {
        err = loop_signal(run->loop, SIGINT, on_interrupt, run);
    }
    loop_set_idle(run->loop, on_idle, run);
    return err < 0 ? err : 0;
}

static int ping_all(struct run *run)
{
    for (size_t i = 0; i < run->target_count; i++) {
        destination_look_up(&run->targets[i], run->loop);
    }
    int err = open_round(run);
    if (err == 0) {
        err = watch_all(run);
    }
    if (err < 0) {
        return say_error(err, NULL);
    }
    loop_run(run->loop);
    explain(run);
    int code = report(run);
    peers_close_all(run->peers, loop_now());
    peers_flush(run->peers, loop_now());
    return code;
}

static int run_with(struct run *run, struct identity *identity)
{
    struct why why = {0};
    run->loop = loop_new();
    int err = run->loop == NULL ? ERR_NO_MEMORY : open_peers(run, identity, &why);
    int code = err < 0 ? say_error(err, &why) : ping_all(run);
    for (size_t i = 0; i < run->target_count; i++) {
        destination_release(&run->targets[i]);
    }
    if (run->round != NULL) {
        round_free(run->round);
    }
    if (run->peers != NULL) {
        peers_free(run->peers);
    }
    if (run->loop != NULL) {
        loop_free(run->loop);
    }
    return code;
}

static int load_identity(const struct common *common, struct identity **identity, struct why *why)
{
    struct path operator;
    const char *directory = common->identity;
    if (common->dev) {
        int err = dev_operator(&operator, why);
        if (err < 0) {
            return err;
        }
        directory = operator.text;
    }
    return paths_load_identity(directory, identity, why);
}

static int parse_targets(struct run *run, char **operands, struct why *why)
{
    if (run->target_count == 0) {
        return why_set(why, ERR_USAGE, "no target: give HOST:PORT or NAME@HOST:PORT");
    }
    run->targets = calloc(run->target_count, sizeof(*run->targets));
    if (run->targets == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < run->target_count; i++) {
        int err = destination_parse(operands[i], &run->targets[i], why);
        if (err < 0) {
            return err;
        }
    }
    return 0;
}

static void choose_format(const struct ping_options *options, struct output *output)
{
    const char *name = options->common.json ? "json" : options->format;
    output->quiet = options->quiet;
    output->timestamps = options->timestamps;
    output->verbose = options->common.verbose;
    output->text = !format_find(name, &output->format);
}

static int run_ping(const struct program *self, const void *config, int count, char **operands)
{
    (void)self;
    const struct ping_options *options = config;
    struct run run = {.options = options, .target_count = (size_t)count};
    struct identity *identity = NULL;
    struct why why = {0};
    choose_format(options, &run.output);
    int err = parse_targets(&run, operands, &why);
    if (err == 0) {
        err = load_identity(&options->common, &identity, &why);
    }
    int code = err < 0 ? say_error(err, &why) : run_with(&run, identity);
    if (identity != NULL) {
        identity_free(identity);
    }
    free(run.targets);
    return code;
}

static const char *const examples[] = {
    "swim-ping -k id/mon 127.0.0.1:7436",
    "swim-ping -c 10 -i 20ms web1@10.0.0.1:7436 web2@10.0.0.2:7436",
    "swim-ping -q --format json db.example.net:7436 | jq .rtt_ms.avg",
    NULL,
};

const struct program program = {
    .name = "swim-ping",
    .summary = "ping nodes over QUIC: round trips, losses, and what the connection pool did",
    .operands = "TARGET...",
    .rows = ping_rows,
    .config_size = sizeof(struct ping_options),
    .examples = examples,
    .run = run_ping,
};
