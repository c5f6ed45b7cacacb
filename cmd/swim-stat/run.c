#include "base/duration.h"
#include "cli/program.h"
#include "cli/target.h"
#include "link/loop.h"
#include "options.h"
#include "view.h"

#include <stdio.h>
#include <time.h>

/* Between two looks of --wait: quick while a script waits for something that is about to come, then
 * no burden. A look at a silent host does not use up the whole time. */
#define PAUSE_MIN_NS (50 * NS_PER_MS)
#define PAUSE_MAX_NS (250 * NS_PER_MS)
#define LOOK_NS (2 * NS_PER_S)

static uint64_t min_ns(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void pause_for(uint64_t ns)
{
    /* Cut short by a signal it is merely a shorter pause. */
    nanosleep(&(struct timespec){(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)}, NULL);
}

/* A node that is not there yet, or about to go and perhaps to come again. */
static bool is_passing(int rc)
{
    return rc == ERR_UNREACHABLE || rc == ERR_NOT_NOW;
}

/* Looks until the condition holds or the time is up. 0 once it has been answered; `*holds` tells
 * how it ended. While nobody answers `why` is about that. */
static int look_until(struct view *view, const struct stat_options *options, struct stat_plan *plan,
                      const struct target *target, bool *holds, struct why *why)
{
    uint64_t deadline = duration_add(loop_now(), plan->timeout_ns), pause = PAUSE_MIN_NS;
    int answered = ERR_UNREACHABLE;
    for (*holds = false;;) {
        struct why lost = {""};
        uint64_t now = loop_now();
        uint64_t limit = now < deadline ? min_ns(deadline - now, LOOK_NS) : 1;
        int rc = view_take(view, options, plan, target, limit, &lost);
        if (rc == 0) {
            answered = 0;
            *why = (struct why){""};
            *holds = condition_holds(&plan->condition, why);
        } else if (!is_passing(rc)) {
            *why = lost;
            return rc;
        } else if (answered != 0) {
            answered = rc;
            *why = lost;
        }
        now = loop_now();
        if (*holds || now >= deadline)
            return answered;
        pause_for(min_ns(pause, deadline - now));
        if (loop_now() >= deadline)
            return answered; /* a look without time would only blur the reason */
        pause = min_ns(pause + pause / 2, PAUSE_MAX_NS);
    }
}

static int look_once(struct view *view, const struct stat_options *options, struct stat_plan *plan,
                     const struct target *target, bool *holds, struct why *why)
{
    int rc = view_take(view, options, plan, target, plan->timeout_ns, why);
    *holds = rc == 0 && condition_holds(&plan->condition, why);
    return rc;
}

/* Shows what was seen, and judges it. */
static int conclude(const struct stat_options *options, const struct stat_plan *plan,
                    const struct view *view, bool holds, const struct why *why)
{
    /* A failure stays with stdout: program_main tells it. */
    (void)fwrite(view->text, 1, view->len, stdout);
    if (!view->found)
        say("no member is called %s", options->node);
    if (!holds)
        say("%s%s", why->text, plan->wait ? " (the time is up)" : "");
    return holds && view->found ? EXIT_YES : EXIT_NO;
}

static int run(const struct program *self, const void *config, int count, char **operands)
{
    const struct stat_options *options = config;
    struct stat_plan plan;
    struct target target;
    struct why why = {""};
    int rc = stat_plan_make(options, count, operands, &plan, &why);
    if (rc == 0)
        rc = target_open(self, &options->common, options->connect, &target, &why);
    if (rc != 0)
        return say_error(rc, &why);
    struct view view = {.text = NULL};
    bool holds;
    rc = plan.wait ? look_until(&view, options, &plan, &target, &holds, &why)
                   : look_once(&view, options, &plan, &target, &holds, &why);
    int code = rc != 0 ? say_error(rc, &why) : conclude(options, &plan, &view, holds, &why);
    view_free(&view);
    target_close(&target);
    return code;
}

static const char *const examples[] = {
    "swim-stat -s suspect,dead               # who is in trouble",
    "swim-stat -H -o node,tag.rack | sort    # columns for a script",
    "swim-stat --wait 'alive>=5' -t 10s      # exit 0 once five are alive",
    "swim-stat --expect 'suspect=0,dead=0'   # exit 1 if not",
    NULL,
};

const struct program program = {
    .name = "swim-stat",
    .summary = "Shows what a node knows: members, its connections, itself.",
    .operands = "[members|pool|info]",
    .rows = stat_rows,
    .config_size = sizeof(struct stat_options),
    .examples = examples,
    .run = run,
};
