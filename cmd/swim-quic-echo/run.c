/**
 * swim-quic-echo: a server that answers SWIM messages and misbehaves on request.
 */
#include "base/duration.h"
#include "cli/dev.h"
#include "cli/paths.h"
#include "cli/program.h"
#include "cli/service.h"
#include "echo.h"
#include "link/loop.h"
#include "options.h"
#include "output.h"
#include "rule_input.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

struct run {
    const struct echo_options *options;
    struct loop *loop;
    struct echo *echo;
    struct rule_input input;
    int input_watch;
    uint64_t end_ns; /* --exit-after */
};

static void print_stats(const struct echo *echo)
{
    struct echo_counters counters;
    echo_count(echo, &counters);
    output_stats(&counters);
}

static void on_packet(void *user)
{
    struct run *run = user;
    echo_receive(run->echo, loop_now());
}

static void on_input(void *user)
{
    struct run *run = user;
    if (!rule_input_read(&run->input, STDIN_FILENO, echo_faults(run->echo))) {
        loop_unwatch(run->loop, run->input_watch);
    }
}

static void on_end(void *user, int signum)
{
    struct run *run = user;
    (void)signum;
    loop_stop(run->loop);
}

static void on_stats(void *user, int signum)
{
    const struct run *run = user;
    (void)signum;
    print_stats(run->echo);
}

static uint64_t on_idle(void *user)
{
    struct run *run = user;
    uint64_t now = loop_now();
    uint64_t deadline = echo_wake(run->echo, now);
    if (echo_is_done(run->echo) || now >= run->end_ns) {
        loop_stop(run->loop);
    }
    return deadline < run->end_ns ? deadline : run->end_ns;
}

/* Everything that wakes the loop. 0 or ERR_NO_MEMORY. */
static int watch_all(struct run *run)
{
    int err = loop_watch(run->loop, echo_fd(run->echo), on_packet, run);
    if (err >= 0 && run->options->read_stdin) {
        err = run->input_watch = loop_watch(run->loop, STDIN_FILENO, on_input, run);
    }
    static const int ends[] = {SIGTERM, SIGINT};
    for (size_t i = 0; err >= 0 && i < sizeof(ends) / sizeof(ends[0]); i++) {
        err = loop_signal(run->loop, ends[i], on_end, run);
    }
    if (err >= 0) {
        err = loop_signal(run->loop, SIGUSR1, on_stats, run);
    }
    loop_set_idle(run->loop, on_idle, run);
    return err < 0 ? err : 0;
}

/* What is not told here is not fatal: the lines on standard output say the same. */
static void announce(const struct run *run, const struct name *self)
{
    const struct addr *addr = echo_addr(run->echo);
    char text[ADDR_TEXT_SIZE];
    struct why why = {0};
    output_listening(self, addr);
    int err = service_ready(run->options->ready_fd, addr_format(addr, text), &why);
    if (err < 0) {
        (void)say_error(err, &why);
    }
}

static int finish(struct run *run)
{
    struct why why = {0};
    int err = service_stopping(&why);
    if (err < 0) {
        (void)say_error(err, &why);
    }
    echo_close(run->echo, loop_now());
    print_stats(run->echo);
    const struct fault_rule *unfired = faults_unfired(echo_faults(run->echo));
    if (unfired != NULL) {
        say("the rule '%s' never fired", unfired->text);
        return EXIT_NO;
    }
    return EXIT_YES;
}

static int serve(struct run *run, const struct name *self)
{
    run->loop = loop_new();
    if (run->loop == NULL) {
        return say_error(ERR_NO_MEMORY, NULL);
    }
    int err = watch_all(run);
    int code = EXIT_YES;
    if (err < 0) {
        code = say_error(err, NULL);
    } else {
        announce(run, self);
        uint64_t after_ns = run->options->exit_after_ns;
        run->end_ns = after_ns > 0 ? duration_add(loop_now(), after_ns) : NEVER;
        loop_run(run->loop);
        code = finish(run);
    }
    loop_free(run->loop);
    return code;
}

static int add_rules(struct faults *faults, const struct opt_list *rules, struct why *why)
{
    for (size_t i = 0; i < rules->count; i++) {
        int err = faults_add(faults, rules->items[i], why);
        if (err < 0) {
            return why_prefix(why, err, "--fault '%s'", rules->items[i]);
        }
    }
    return 0;
}

/* The name asserted by -n, and the role of a member: others would not take an ack's nack, sync or
 * leave-ack from anybody else. */
static int check_identity(const struct echo_options *options, const struct spiffe *self,
                          struct why *why)
{
    if (options->name != NULL && strcmp(options->name, self->name.text) != 0) {
        return why_set(why, ERR_NAME_MISMATCH, "--name %s: the certificate is of '%s'",
                       options->name, self->name.text);
    }
    if (self->role != ROLE_MEMBER) {
        return why_set(why, ERR_BAD_IDENTITY, "'%s' is a %s: only a member can answer as one",
                       self->name.text, role_text(self->role));
    }
    return 0;
}

static int run_as(const struct echo_options *options, struct identity *identity)
{
    struct why why = {0};
    struct run run = {.options = options};
    const struct spiffe *self = identity_self(identity);
    struct echo_config config = {
        .identity = identity,
        .seed = options->seed,
        .count = options->count,
        .verbose = options->common.verbose,
    };
    int err = check_identity(options, self, &why);
    if (err == 0 && addr_parse(options->bind, PORT_DEFAULT, &config.bind) < 0) {
        err = why_set(&why, ERR_USAGE, "--bind '%s': an address is wanted, not a name",
                      options->bind);
    }
    if (err == 0) {
        err = echo_new(&config, &run.echo, &why);
    }
    if (err < 0) {
        return say_error(err, &why);
    }
    err = add_rules(echo_faults(run.echo), &options->faults, &why);
    int code = err < 0 ? say_error(err, &why) : serve(&run, &self->name);
    echo_free(run.echo);
    return code;
}

static int run_echo(const struct program *self, const void *config, int count, char **operands)
{
    (void)self;
    (void)count;
    (void)operands;
    const struct echo_options *options = config;
    struct why why = {0};
    struct identity *identity = NULL;
    struct dev_node dev = {.lock_fd = -1};
    int err = service_check_ready_fd(options->ready_fd, &why);
    if (err == 0 && options->common.dev) {
        err = dev_claim(&dev, &why);
    }
    if (err == 0) {
        err = paths_load_identity(
            options->common.dev ? dev.identity.text : options->common.identity, &identity, &why);
    }
    int code = err < 0 ? say_error(err, &why) : run_as(options, identity);
    if (identity != NULL) {
        identity_free(identity);
    }
    if (dev.lock_fd >= 0) {
        dev_release(&dev);
    }
    return code;
}

static const char *const examples[] = {
    "swim-quic-echo -k id/b -b 127.0.0.1:0",
    "swim-quic-echo -k id/b --fault 'ping#2:no-ack' --fault 'ping:delay=20ms~5ms'",
    NULL,
};

const struct program program = {
    .name = "swim-quic-echo",
    .summary = "answer SWIM messages over QUIC, and misbehave where a test wants it",
    .rows = echo_rows,
    .config_size = sizeof(struct echo_options),
    .examples = examples,
    .run = run_echo,
};
