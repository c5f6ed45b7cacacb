/**
 * swim-ping: probes nodes as ping(8) probes hosts, and shows what the connection pool did.
 */
#include "base/duration.h"
#include "cli/program.h"
#include "cli/target.h"
#include "destinations.h"
#include "link/loop.h"
#include "link/peers.h"
#include "link/pool.h"
#include "list_file.h"
#include "options.h"
#include "output.h"
#include "round.h"

#include <signal.h>
#include <string.h>
#include <sys/random.h>

/* How long the node is waited for that is asked for members. */
#define ASK_NS (5 * NS_PER_S)

struct run {
    const struct ping_options *options;
    struct ping_plan plan;
    uint64_t deadline_ns; /* of all */
    struct target node;   /* whom to ask for members, and as who */
    struct destinations targets;
    struct loop *loop;
    struct peers *peers;
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
    now = loop_now(); /* other work may have gone before the sending */
    round_note_sent(run->round, now);
    peers_flush(run->peers, now);
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

static bool has_failed_by(const struct run *run, enum exit_code code)
{
    for (size_t i = 0; i < run->targets.count; i++) {
        if (destination_has_failed_by(&run->targets.items[i], code)) {
            return true;
        }
    }
    return run->targets.asked_err < 0 && err_exit(run->targets.asked_err) == code;
}

static bool is_fine(const struct run *run, const struct destination *target)
{
    const struct stats *stats = &target->stats;
    uint64_t all = stats->pings > 0 ? stats->pings : 1;
    return stats->acks >= (run->plan.min_acks > 0 ? run->plan.min_acks : all);
}

static int exit_code(const struct run *run)
{
    for (size_t i = 0; i < sizeof(always_counting) / sizeof(always_counting[0]); i++) {
        if (has_failed_by(run, always_counting[i])) {
            return (int)always_counting[i];
        }
    }
    size_t cursor = 0;
    if (destinations_next_empty(&run->targets, &cursor) != NULL) {
        return EXIT_NO;
    }
    for (size_t i = 0; i < run->targets.count; i++) {
        if (!is_fine(run, &run->targets.items[i])) {
            return EXIT_NO;
        }
    }
    return EXIT_YES;
}

/* -a and -u: these targets, and nothing else. */
static void report_chosen(struct run *run)
{
    for (size_t i = 0; i < run->targets.count; i++) {
        const struct destination *target = &run->targets.items[i];
        if ((target->stats.acks > 0) == run->options->alive) {
            output_target(&run->output, target);
        }
    }
}

static void report_all(struct run *run)
{
    for (size_t i = 0; i < run->targets.count; i++) {
        output_summary(&run->output, &run->targets.items[i]);
    }
    output_pool(&run->output, peers_pool_stats(run->peers));
}

static int report_nagios(struct run *run)
{
    enum nagios_status status;
    int err = verdict_write(&run->plan.limits, &run->targets, stdout, &status);
    return err < 0 ? say_error(err, NULL) : (int)status;
}

/* What kept it from pinging at all, in the form asked for. */
static int fail(const struct run *run, int err, const struct why *why)
{
    char text[SAY_SIZE];
    if (!run->plan.nagios) {
        return say_error(err, why);
    }
    nagios_write(nagios_of_error(err), say_text(err, why, text, sizeof(text)), NULL, 0, stdout);
    return (int)nagios_of_error(err);
}

static int report(struct run *run)
{
    if (run->plan.nagios) {
        return report_nagios(run);
    }
    if (run->options->alive || run->options->unreachable) {
        report_chosen(run);
    } else {
        report_all(run);
    }
    int code = exit_code(run);
    if (run->output.err < 0 && code == EXIT_YES) {
        code = say_error(run->output.err, NULL);
    }
    return code;
}

/* Why targets could not be looked up: their lines have only the name of the error. */
static void explain_missing(const struct destination *target)
{
    if (target->state == DESTINATION_NOT_FOUND && target->lookup_why.text[0] != '\0') {
        struct why why = target->lookup_why;
        (void)say_error(why_prefix(&why, target->lookup_err, "%s", target->typed), &why);
    }
}

static void explain(const struct run *run)
{
    for (size_t i = 0; i < run->targets.count; i++) {
        explain_missing(&run->targets.items[i]);
    }
    for (size_t i = 0; i < run->targets.helper_count; i++) {
        explain_missing(&run->targets.helpers[i]);
    }
    size_t cursor = 0;
    const char *empty = NULL;
    while (run->targets.asked_err == 0 &&
           (empty = destinations_next_empty(&run->targets, &cursor)) != NULL) {
        say("%s: no member is meant by it", empty);
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

/* Any port of both families, or of IPv4 alone where that is all that is wanted or the kernel has no
 * IPv6. */
static int bind_anywhere(struct peers_config *config, enum addr_family family, struct peers **peers,
                         struct why *why)
{
    static const char *const anywhere[] = {"[::]:0", "0.0.0.0:0"};
    int err = ERR_SYSTEM;
    for (size_t i = family == ADDR_V4 ? 1 : 0;
         i < sizeof(anywhere) / sizeof(anywhere[0]) && err == ERR_SYSTEM; i++) {
        err = addr_parse(anywhere[i], 0, &config->bind);
        if (err == 0) {
            err = peers_new(config, loop_now(), peers, why);
        }
    }
    return err;
}

/* As many as --parallel wants; a helper serves the pings of all targets. */
static uint64_t per_peer(const struct run *run)
{
    const struct ping_options *options = run->options;
    if (options->max_per_peer > 0) {
        return options->max_per_peer;
    }
    if (run->targets.helper_count > 0) {
        return options->max_total;
    }
    return options->parallel > 0 ? options->parallel : POOL_MAX_PER_PEER;
}

static int open_peers(struct run *run, struct why *why)
{
    const struct ping_options *options = run->options;
    struct peers_config config;
    peers_config_default(&config);
    config.identity = run->node.identity;
    config.serve = false;
    config.pool_total = options->max_total;
    config.pool_per_peer = per_peer(run);
    config.connect_timeout_ns = options->wait_ns > 0 ? options->wait_ns : WAIT_DIAL_NS;
    int err = make_hello(&config.hello);
    return err < 0 ? err : bind_anywhere(&config, run->plan.family, &run->peers, why);
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

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_sweep(const struct run *run)
{
    return run->options->sweep || run->options->file != NULL ||
           destinations_are_many(&run->targets);
}

/* In a sweep nobody finds the pool full: there are places only for as many as it has room for. */
static void fit_into_pool(const struct run *run, struct round_config *config)
{
    uint64_t room = run->options->max_total;
    config->ping.close_last = true;
    if (config->parallel > 0) {
        config->parallel = least(config->parallel, least(per_peer(run), room));
    }
    if (config->ping.helper_count > 0) {
        room = least(room, per_peer(run));
    }
    uint64_t each = config->parallel > 0 ? least(config->parallel, config->ping.count) : 1;
    config->window = (size_t)(room / each);
}

static int open_round(struct run *run)
{
    const struct ping_options *options = run->options;
    struct round_config config = {
        .ping =
            {
                .peers = run->peers,
                .output = &run->output,
                .count = run->plan.count,
                .interval_ns = options->interval_ns,
                .wait_ns = options->wait_ns,
                .helpers = run->targets.helpers,
                .helper_count = run->targets.helper_count,
                .once = options->once,
                .new_conn = options->new_conn,
            },
        .loop = run->loop,
        .targets = run->targets.items,
        .target_count = run->targets.count,
        .window = run->targets.count,
        .parallel = options->parallel,
        .deadline_ns = run->deadline_ns,
    };
    if (is_sweep(run)) {
        fit_into_pool(run, &config);
    }
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
    int err = open_round(run);
    if (err == 0) {
        err = watch_all(run);
    }
    if (err < 0) {
        return fail(run, err, NULL);
    }
    loop_run(run->loop);
    if (!run->plan.nagios) {
        explain(run);
    }
    int code = report(run);
    peers_close_all(run->peers, loop_now());
    peers_flush(run->peers, loop_now());
    return code;
}

static int run_pings(struct run *run)
{
    struct why why = {0};
    run->loop = loop_new();
    int err = run->loop == NULL ? ERR_NO_MEMORY : open_peers(run, &why);
    int code = err < 0 ? fail(run, err, &why) : ping_all(run);
    if (run->round != NULL) {
        round_free(run->round);
    }
    if (run->peers != NULL) {
        peers_free(run->peers);
    }
    return code;
}

/* Targets. */

static int add_target(void *user, const char *text, struct why *why)
{
    return destinations_want(user, text, why);
}

static int want_targets(struct run *run, char **operands, struct why *why)
{
    const struct ping_options *options = run->options;
    int err = 0;
    for (size_t i = 0; i < options->via.count && err == 0; i++) {
        err = destinations_want_helper(&run->targets, options->via.items[i], why);
    }
    for (char **operand = operands; *operand != NULL && err == 0; operand++) {
        err = destinations_want(&run->targets, *operand, why);
    }
    if (err == 0 && options->file != NULL) {
        err = list_file_read(options->file, add_target, &run->targets, why);
    }
    if (err == 0) {
        err = destinations_check(&run->targets, why);
    }
    return err;
}

/* What could not be asked is told here, once; the names that hang on it are not found. */
static int find_targets(struct run *run, struct why *why)
{
    if (destinations_must_ask(&run->targets)) {
        struct why asked = {0};
        uint64_t now = loop_now();
        uint64_t left_ns = run->deadline_ns > now ? run->deadline_ns - now : 1;
        int err = destinations_ask(&run->targets, &run->node, least(left_ns, ASK_NS), &asked);
        if (err < 0 && !run->plan.nagios) {
            (void)say_error(err, &asked);
        }
    }
    return destinations_settle(&run->targets, why);
}

static int run_as(struct run *run)
{
    struct why why = {0};
    int err = find_targets(run, &why);
    int code = err < 0 ? fail(run, err, &why) : run_pings(run);
    destinations_free(&run->targets);
    if (run->loop != NULL) {
        loop_free(run->loop);
    }
    return code;
}

static void choose_format(const struct ping_options *options, struct output *output)
{
    const char *name = options->common.json ? "json" : options->format;
    bool nagios = !options->common.json && strcmp(name, "nagios") == 0;
    output->quiet = options->quiet || options->alive || options->unreachable || nagios;
    output->timestamps = options->timestamps;
    output->verbose = options->common.verbose;
    output->text = !format_find(name, &output->format);
}

static int prepare(struct run *run, const struct program *self, char **operands, struct why *why)
{
    const struct ping_options *options = run->options;
    int err = ping_plan_make(options, &run->plan, why);
    run->targets.family = run->plan.family;
    if (err == 0) {
        err = want_targets(run, operands, why);
    }
    if (err == 0) {
        err = target_open(self, &options->common, options->connect, &run->node, why);
    }
    return err;
}

static int run_ping(const struct program *self, const void *config, int count, char **operands)
{
    (void)count;
    const struct ping_options *options = config;
    struct run run = {.options = options, .deadline_ns = all_ends_at(options, loop_now())};
    struct why why = {0};
    choose_format(options, &run.output);
    int err = prepare(&run, self, operands, &why);
    if (err < 0) {
        destinations_free(&run.targets);
        return fail(&run, err, &why);
    }
    int code = run_as(&run);
    target_close(&run.node);
    return code;
}

static const char *const examples[] = {
    "swim-ping -k id/mon 127.0.0.1:7436",
    "swim-ping -c 10 -i 20ms web1@10.0.0.1:7436 web2@10.0.0.2:7436",
    "swim-ping -q --format json db.example.net:7436 | jq .rtt_ms.avg",
    "swim-ping -u @all                   # members that do not answer",
    "swim-ping --via web1 web2           # does web1 reach web2?",
    NULL,
};

const struct program program = {
    .name = "swim-ping",
    .summary = "ping nodes over QUIC: round trips, losses, and what the connection pool did",
    .operands = "[TARGET]...",
    .rows = ping_rows,
    .config_size = sizeof(struct ping_options),
    .examples = examples,
    .on_refusal = nagios_on_refusal,
    .run = run_ping,
};
