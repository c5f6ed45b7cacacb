#include "base/duration.h"
#include "cli/atomic.h"
#include "cli/program.h"
#include "cli/target.h"
#include "options.h"
#include "repeat.h"
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLEAR "\033[H\033[2J"

/* What a run needs everywhere. */
struct run {
    const struct stat_options *options;
    struct stat_plan plan;
    struct target target;
    struct view view;
};

/* To stdout or the file. A failure of stdout stays with it: program_main tells it. */
static int deliver(const struct run *run, const char *text, size_t len, struct why *why)
{
    if (run->options->output != NULL)
        return atomic_write(run->options->output, text, len, why);
    (void)fwrite(text, 1, len, stdout);
    return 0;
}

/* What a monitoring system reads of a node that can't be asked, so that no old values stay. */
static int deliver_down(const struct run *run, struct why *why)
{
    struct hostport hostport;
    const struct target silent = {.connect = run->target.connect, .dev = run->target.dev};
    char target[ADDR_TEXT_SIZE + sizeof hostport.host], *text = NULL;
    size_t len;
    if (target_locate(&silent, &hostport, why) == 0)
        (void)snprintf(target, sizeof target,
                       strchr(hostport.host, ':') != NULL ? "[%s]:%u" : "%s:%u", hostport.host,
                       (unsigned)hostport.port);
    else
        (void)snprintf(target, sizeof target, "none");
    FILE *buffer = open_memstream(&text, &len);
    if (buffer == NULL)
        return ERR_NO_MEMORY;
    format_prometheus_down(target, buffer);
    int rc = fclose(buffer) == 0 ? deliver(run, text, len, why) : (int)ERR_NO_MEMORY;
    free(text);
    return rc;
}

/* The node was not asked, or has not answered. */
static int fail(const struct run *run, int rc, const struct why *why)
{
    struct why other = {""};
    if (run->plan.format == FORMAT_NAGIOS) {
        char text[WHY_SIZE + 128];
        nagios_write(nagios_of_error(rc), say_text(rc, why, text, sizeof text), NULL, 0, stdout);
        return (int)nagios_of_error(rc);
    }
    if (run->plan.format == FORMAT_PROMETHEUS && rc != ERR_USAGE) {
        int undelivered = deliver_down(run, &other);
        if (undelivered != 0)
            (void)say_error(undelivered, &other);
    }
    return say_error(rc, why);
}

/* What was asked about is there. */
static bool is_there(const struct run *run, struct why *why)
{
    if (!run->view.found)
        why_set(why, 0, "no member is called %s", run->options->node);
    else if (run->options->nonempty && run->view.shown == 0)
        why_set(why, 0, "there is nothing to show");
    return why->text[0] == '\0';
}

/* A check of what is not there is no good one, whatever its limits. */
static int conclude_check(const struct run *run)
{
    struct why why = {""};
    if (!is_there(run, &why)) {
        nagios_write(NAGIOS_CRITICAL, why.text, NULL, 0, stdout);
        return NAGIOS_CRITICAL;
    }
    int rc = deliver(run, run->view.text, run->view.len, &why);
    return rc == 0 ? (int)run->view.status : fail(run, rc, &why);
}

/* Shows what was seen, and judges it. */
static int conclude(const struct run *run, bool holds, const struct why *why)
{
    struct why missing = {""}, failure = {""};
    if (run->plan.format == FORMAT_NAGIOS)
        return conclude_check(run);
    int rc = deliver(run, run->view.text, run->view.len, &failure);
    if (rc != 0)
        return say_error(rc, &failure);
    bool there = is_there(run, &missing);
    if (!there)
        say("%s", missing.text);
    if (!holds)
        say("%s%s", why->text, run->plan.wait ? " (the time is up)" : "");
    return holds && there && run->view.complete ? EXIT_YES : EXIT_NO;
}

static int ask_once(struct run *run)
{
    struct why why = {""};
    bool holds = true;
    int rc;
    if (run->plan.wait) {
        rc = repeat_until(&run->view, run->options, &run->plan, &run->target, &holds, &why);
    } else {
        rc = view_take(&run->view, run->options, &run->plan, &run->target, !run->options->no_header,
                       run->plan.timeout_ns, &why);
        holds = rc == 0 && condition_holds(&run->plan.condition, &why);
    }
    return rc != 0 ? fail(run, rc, &why) : conclude(run, holds, &why);
}

/* On a terminal each look takes the place of the one before; elsewhere the next block follows,
 * after an empty line where a reader could not tell them apart. */
static int separate(const struct run *run, bool first)
{
    bool table = run->plan.format == FORMAT_TABLE || run->plan.format == FORMAT_PROMETHEUS;
    if (run->options->output != NULL)
        return 0;
    if (table && isatty(STDOUT_FILENO) == 1)
        return fputs(CLEAR, stdout);
    return table && !first ? putchar('\n') : 0;
}

/* Until a signal ends it, stdout is closed, or the node is lost. */
static int watch(struct run *run)
{
    for (bool first = true;; first = false) {
        struct why why = {""};
        bool header = !run->options->no_header &&
                      (first || run->plan.format != FORMAT_CSV || run->options->output != NULL);
        int rc = view_take(&run->view, run->options, &run->plan, &run->target, header,
                           run->plan.timeout_ns, &why);
        if (rc != 0)
            return fail(run, rc, &why);
        if (separate(run, first) == EOF)
            return EXIT_RESOURCE;
        rc = deliver(run, run->view.text, run->view.len, &why);
        if (rc != 0)
            return say_error(rc, &why);
        if (fflush(stdout) != 0)
            return EXIT_RESOURCE; /* program_main tells why */
        repeat_pause(run->options->watch_ns);
    }
}

static int run(const struct program *self, const void *config, int count, char **operands)
{
    struct run run = {.options = config};
    struct why why = {""};
    int code, rc = stat_plan_make(run.options, count, operands, &run.plan, &why);
    if (rc == 0)
        rc = target_open(self, &run.options->common, run.options->connect, &run.target, &why);
    if (rc != 0)
        code = fail(&run, rc, &why);
    else
        code = run.plan.watch ? watch(&run) : ask_once(&run);
    view_free(&run.view);
    target_close(&run.target);
    stat_plan_free(&run.plan);
    return code;
}

static const char *const examples[] = {
    "swim-stat -s suspect,dead               # who is in trouble",
    "swim-stat -H -o node,tag.rack | sort    # columns for a script",
    "swim-stat --wait 'alive>=5' -t 10s      # exit 0 once five are alive",
    "swim-stat --expect 'suspect=0,dead=0'   # exit 1 if not",
    "swim-stat --pick rtt -H -o addr -T role=db           # the nearest database",
    "swim-stat --format nagios -c dead=0 -w alive=5:      # a check for Nagios",
    NULL,
};

const struct program program = {
    .name = "swim-stat",
    .summary = "Shows what a node knows: members, its connections, itself.",
    .operands = "[members|pool|health|rtt|info]",
    .rows = stat_rows,
    .config_size = sizeof(struct stat_options),
    .examples = examples,
    .on_refusal = nagios_on_refusal,
    .run = run,
};
