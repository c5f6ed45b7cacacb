/**
 * swim-node: a cluster member, from its start to its end.
 */
#include "base/duration.h"
#include "cli/dev.h"
#include "cli/format.h"
#include "cli/paths.h"
#include "cli/program.h"
#include "cli/service.h"
#include "cmd/swim-node/options.h"
#include "cmd/swim-node/sink.h"
#include "link/loop.h"
#include "node/node.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define BIND_DEFAULT "[::]:7436"
#define BIND_V4 "0.0.0.0:7436" /* the same on a kernel without IPv6 */
#define BIND_DEV "127.0.0.1:0" /* several live on one host */

struct run {
    const struct node_options *options;
    struct identity *identity;
    struct dev_node dev;
    struct path state;
    struct tags_buffer tags;
    struct loop *loop;
    struct sink sink;
    struct node *node;
    unsigned signals;  /* that asked for the end */
    int forced_by;     /* the signal that forced it; 0: none */
    bool service_told; /* the service manager knows that we are ready */
    bool ready_told;   /* --ready-fd too */
};

/* Signals: the first one begins the end, the second one forces it. */

static void begin_end(struct run *run, int signum)
{
    struct why why = {""};
    int rc = service_stopping(&why);
    if (rc != 0)
        (void)say_error(rc, &why);
    bool leave = signum != SIGQUIT && strcmp(run->options->on_term, "leave") == 0;
    if (run->options->common.verbose)
        say("SIG%s: %s; a second signal ends at once", sigabbrev_np(signum),
            leave ? "leaving" : "stopping without a leave");
    if (leave)
        node_leave(run->node);
    else
        node_stop(run->node);
}

static void on_end(void *user, int signum)
{
    struct run *run = user;
    if (++run->signals == 1) {
        begin_end(run, signum);
    } else if (run->forced_by == 0) {
        run->forced_by = signum;
        node_force(run->node);
    }
}

/* Warnings are events; here is who says them to people. */
static int say_log(void *user, const struct record *record)
{
    (void)user;
    const char *text = record_text(record, "text");
    if (strcmp(record->event, "log") == 0 && text != NULL)
        say("%s", text);
    return 0;
}

/* Being ready. */

static bool is_ready(const struct run *run, const char *when_default)
{
    const char *when = run->options->ready_when != NULL ? run->options->ready_when : when_default;
    return strcmp(when, "listening") == 0 || node_has_joined(run->node);
}

static void tell_ready(const struct run *run, uint64_t fd)
{
    char text[ADDR_TEXT_SIZE];
    struct why why = {""};
    int rc = service_ready(fd, addr_format(node_advertised(run->node), text), &why);
    if (rc != 0) /* the events say the same: it runs on */
        (void)say_error(rc, &why);
}

/* The service manager is told when we listen, the reader of --ready-fd when we have joined too. */
static void check_ready(struct run *run)
{
    if (!run->service_told && is_ready(run, "listening")) {
        run->service_told = true;
        tell_ready(run, SERVICE_NO_FD);
    }
    if (!run->ready_told && is_ready(run, "joined")) {
        run->ready_told = true;
        if (run->options->ready_fd != SERVICE_NO_FD)
            tell_ready(run, run->options->ready_fd);
    }
}

static uint64_t on_idle(void *user)
{
    struct run *run = user;
    struct why why;
    int err;
    uint64_t deadline = node_wake(run->node);
    if (node_has_ended(run->node, &err, &why))
        loop_stop(run->loop);
    else if (!node_is_ending(run->node))
        check_ready(run);
    sink_flush(&run->sink);
    uint64_t retry = sink_deadline(&run->sink, loop_now());
    return deadline < retry ? deadline : retry;
}

/* From options to a node. */

static int read_address(const char *option, const char *text, struct addr *addr, struct why *why)
{
    if (addr_parse(text, PORT_DEFAULT, addr) == 0)
        return 0;
    return why_set(why, ERR_USAGE, "%s: '%s': a numeric address is wanted, not a name", option,
                   text);
}

static bool has_ipv6(void)
{
    return access("/proc/net/if_inet6", F_OK) == 0;
}

static int read_bind(const struct node_options *options, struct addr *bind, struct why *why)
{
    const char *text = has_ipv6() ? BIND_DEFAULT : BIND_V4;
    if (options->common.dev)
        text = BIND_DEV;
    if (options->bind != NULL)
        text = options->bind;
    int rc = read_address("--bind", text, bind, why);
    if (rc == 0 && options->common.dev && !addr_is_loopback(bind))
        rc = why_set(why, ERR_USAGE, "--bind %s: --dev stays on loopback", text);
    return rc;
}

static int read_tags(const struct opt_list *list, struct tags_buffer *tags, struct why *why)
{
    for (size_t i = 0; i < list->count; i++)
        if (tags_set_text(tags, list->items[i]) != 0)
            return why_set(why, ERR_USAGE, "--tag %s: more than %d tags, or %d bytes of them",
                           list->items[i], TAG_COUNT_MAX, TAG_BYTES_MAX);
    return 0;
}

static size_t list_dev(void *user, struct hostport *seeds, size_t max)
{
    const struct run *run = user;
    return dev_seeds(&run->dev.name, seeds, max);
}

static bool given(const struct node_options *options, const char *long_name)
{
    return opt_given(node_rows, options->common.argc, options->common.argv, long_name);
}

/* All that can be wrong before anybody is asked who we are. */
static int make_config(struct run *run, struct node_config *config, struct why *why)
{
    const struct node_options *options = run->options;
    *config = (struct node_config){
        .seeds = options->joins.items,
        .seed_count = options->joins.count,
        .more_seeds = options->common.dev ? list_dev : NULL,
        .more_user = run,
        .profile = options->profile,
        .probe_interval_ns = options->probe_interval_ns,
        .probe_timeout_ns = options->probe_timeout_ns,
        .gossip_interval_ns = options->gossip_interval_ns,
        .silence_floor_ns = options->silence_floor_ns,
        .reap_ns = options->reap_after_ns,
        .indirect = (unsigned)options->indirect,
        .no_indirect = options->indirect == 0 && given(options, "indirect"),
        .suspicion_mult = (unsigned)options->suspicion_mult,
        .pool_max = options->pool_max,
        .pool_per_peer = options->pool_per_peer,
        .accept_max = options->accept_max,
        .pool_idle_ns = options->pool_idle_ns,
        .leave_timeout_ns = options->leave_timeout_ns,
        .probe_events = options->events_all,
    };
    int rc = node_check_config(config, why);
    if (rc == 0)
        rc = read_bind(options, &config->bind, why);
    if (rc == 0 && options->advertise != NULL)
        rc = read_address("--advertise", options->advertise, &config->advertise, why);
    if (rc == 0 && options->common.dev && (given(options, "identity") || given(options, "state")))
        rc = why_set(why, ERR_USAGE, "--dev has an identity and a state directory of its own");
    if (rc == 0)
        rc = read_tags(&options->tags, &run->tags, why);
    config->tags = tags_view(&run->tags);
    return rc;
}

/* Who we are, and where our state lies. */
static int find_self(struct run *run, struct why *why)
{
    const struct node_options *options = run->options;
    bool dev = options->common.dev;
    int rc = dev ? dev_claim(&run->dev, why) : 0;
    if (rc == 0)
        rc = paths_load_identity(dev ? run->dev.identity.text : options->common.identity,
                                 &run->identity, why);
    if (rc != 0)
        return rc;
    const struct name *name = &identity_self(run->identity)->name;
    if (options->name != NULL && strcmp(options->name, name->text) != 0)
        return why_set(why, ERR_NAME_MISMATCH, "--name %s: the certificate is of '%s'",
                       options->name, name->text);
    return paths_state(dev ? run->dev.state.text : options->state, name, &run->state, why);
}

static int watch_signals(struct run *run)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGQUIT};
    int rc = signal(SIGPIPE, SIG_IGN) != SIG_ERR ? 0 : ERR_SYSTEM;
    for (size_t i = 0; rc == 0 && i < sizeof ends / sizeof *ends; i++)
        rc = loop_signal(run->loop, ends[i], on_end, run);
    return rc;
}

/* A signal that comes before the loop runs waits for it. */
static int make_node(struct run *run, const struct node_config *config, struct why *why)
{
    enum format format;
    const char *form = run->options->common.json ? "json" : run->options->format;
    run->loop = loop_new();
    if (run->loop == NULL || watch_signals(run) != 0)
        return why_set(why, ERR_NO_MEMORY, "event loop");
    if (!format_find(form, &format))
        return ERR_BUG;
    int rc = sink_open(&run->sink, run->options->events, format, why);
    if (rc == 0)
        rc = node_new(config, run->loop, &run->node, why);
    if (rc == 0)
        rc = node_add_sink(run->node, sink_take, &run->sink);
    if (rc == 0)
        rc = node_add_sink(run->node, say_log, NULL);
    if (rc == 0)
        rc = node_start(run->node, why);
    return rc;
}

static int live(struct run *run)
{
    struct why why = {""};
    int err;
    loop_set_idle(run->loop, on_idle, run);
    loop_run(run->loop);
    (void)node_has_ended(run->node, &err, &why);
    if (run->forced_by != 0)
        return EXIT_SIGNAL + run->forced_by;
    return err != 0 ? say_error(err, &why) : EXIT_YES;
}

static int run_node(const struct program *self, const void *config, int count, char **operands)
{
    (void)self;
    (void)count;
    (void)operands;
    struct run run = {.options = config, .dev = {.lock_fd = -1}};
    struct node_config node_config;
    struct why why = {""};
    int rc = service_check_ready_fd(run.options->ready_fd, &why);
    if (rc == 0)
        rc = make_config(&run, &node_config, &why);
    if (rc == 0)
        rc = find_self(&run, &why);
    node_config.identity = run.identity;
    node_config.state_directory = run.state.text;
    if (rc == 0)
        rc = make_node(&run, &node_config, &why);
    int code = rc != 0 ? say_error(rc, &why) : live(&run);
    node_free(run.node);
    sink_close(&run.sink);
    loop_free(run.loop);
    if (run.identity != NULL)
        identity_free(run.identity);
    dev_release(&run.dev);
    return code;
}

static const char *const examples[] = {
    "swim-node --dev                                  # a node to play with; start some",
    "swim-node -k /etc/swim/id -J 10.0.0.7            # a member of 10.0.0.7's cluster",
    "swim-node -J seed:7436 -T role=web -j | jq .     # its events as JSON",
    NULL,
};

const struct program program = {
    .name = "swim-node",
    .summary = "Is a member of a cluster, and prints what changes in it.",
    .rows = node_rows,
    .config_size = sizeof(struct node_options),
    .examples = examples,
    .run = run_node,
};
