#include "base/duration.h"
#include "cli/format.h"
#include "cli/program.h"
#include "cli/target.h"
#include "link/ask.h"
#include "options.h"
#include "wire/request.h"

#include <string.h>

#define TIMEOUT_NS (30 * NS_PER_S)

/* What the node has told of its shutdown so far. */
struct progress {
    const struct leave_options *options;
    enum format format;
    bool done;   /* phase=done came: whatever happens to the connection, it has left */
    bool failed; /* a phase timed out or failed */
};

static int on_record(void *user, const struct record *record)
{
    struct progress *progress = user;
    if (strcmp(record->event, "leaving") == 0)
        return format_write(progress->format, record, stdout);
    if (strcmp(record->event, "shutdown") != 0)
        return 0;
    const char *phase = record_text(record, "phase"), *rc = record_text(record, "rc");
    if (phase == NULL || rc == NULL)
        return ERR_MALFORMED;
    progress->done = progress->done || strcmp(phase, "done") == 0;
    progress->failed = progress->failed || strcmp(rc, "ok") != 0;
    if (progress->options->no_wait)
        return 1;
    return format_write(progress->format, record, stdout);
}

static int leave(const struct leave_options *options, const struct target *target,
                 struct progress *progress, struct why *why)
{
    struct record request;
    struct ask_result result;
    struct ask_config config = {
        .identity = target->identity,
        .timeout_ns = options->common.timeout_ns,
        .on_record = on_record,
        .user = progress,
    };
    if (config.timeout_ns == 0)
        config.timeout_ns = TIMEOUT_NS;
    config.timeout_ns = duration_add(config.timeout_ns, options->drain_ns);
    record_init(&request, request_text(options->force ? REQUEST_FORCE : REQUEST_LEAVE), 0);
    if (options->force)
        record_add_text(&request, "node", options->force);
    if (options->prune)
        record_add_text(&request, "prune", "yes");
    if (options->yes)
        record_add_text(&request, "sure", "yes");
    if (options->no_wait)
        record_add_text(&request, "wait", "no");
    if (options->reason)
        record_add_text(&request, "reason", options->reason);
    if (options->drain_ns > 0) /* rounded up: a short drain is one too */
        record_add_uint(&request, "drain_ms", (options->drain_ns + NS_PER_MS - 1) / NS_PER_MS);
    int rc = target_locate(target, &config.target, why);
    return rc == 0 ? ask_run(&config, &request, &result, why) : rc;
}

static int conclude(const struct progress *progress, int rc, const struct why *why)
{
    if (progress->done)
        return progress->failed ? EXIT_NO : EXIT_YES;
    if (rc != 0)
        return say_error(rc, why);
    if (progress->options->no_wait || progress->options->force)
        return EXIT_YES;
    say("the node ended its answer before phase=done");
    return EXIT_NO;
}

static bool fits_together(const struct leave_options *options, struct why *why)
{
    bool own = options->drain_ns > 0 || options->no_wait || options->reason;
    if (options->force && own)
        (void)why_set(why, ERR_USAGE,
                      "--force takes no --drain, --no-wait or --reason: nobody waits there");
    else if (!options->force && (options->prune || options->yes))
        (void)why_set(why, ERR_USAGE, "--%s goes with --force NODE",
                      options->prune ? "prune" : "yes");
    return why->text[0] == 0;
}

static int run(const struct program *self, const void *config, int count, char **operands)
{
    const struct leave_options *options = config;
    struct progress progress = {.options = options};
    struct target target;
    struct why why = {""};
    (void)count;
    (void)operands;
    if (!fits_together(options, &why))
        return say_error(ERR_USAGE, &why);
    if (!format_find(options->common.json ? "json" : options->format, &progress.format))
        return say_error(ERR_BUG, NULL);
    int rc = target_open(self, &options->common, options->connect, &target, &why);
    if (rc != 0)
        return say_error(rc, &why);
    rc = leave(options, &target, &progress, &why);
    target_close(&target);
    return conclude(&progress, rc, &why);
}

static const char *const examples[] = {
    "swim-leave --connect 10.0.0.7:7436    # exit 0: it has left cleanly",
    "swim-leave -t 5s -j | jq .phase       # its phases, as they end",
    "swim-leave --drain 30s -m 'kernel'    # told now, gone in half a minute",
    "swim-leave --force web3               # web3 is dead and will not come back",
    NULL,
};

const struct program program = {
    .name = "swim-leave",
    .summary = "Makes a node leave its cluster, and waits until it is gone.",
    .rows = leave_rows,
    .config_size = sizeof(struct leave_options),
    .examples = examples,
    .run = run,
};
