#include "repeat.h"

#include "base/duration.h"
#include "link/loop.h"

#include <time.h>

/* Between two looks of --wait: quick while a script waits for something that is about to come, then
 * no burden. A look at a silent host does not use up the whole time. */
#define PAUSE_MIN_NS (50 * NS_PER_MS)
#define PAUSE_MAX_NS (250 * NS_PER_MS)
#define LOOK_NS (2 * NS_PER_S)

/* What the looks of --wait have seen. */
struct wait {
    uint64_t deadline;
    uint64_t since; /* the look from which on the condition was true without a break; NEVER: none */
    int answered;   /* 0 once somebody has */
};

static uint64_t min_ns(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void repeat_pause(uint64_t ns)
{
    /* Cut short by a signal it is merely a shorter pause. */
    nanosleep(&(struct timespec){(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)}, NULL);
}

/* A node that is not there yet, or about to go and perhaps to come again. */
static bool is_passing(int rc)
{
    return rc == ERR_UNREACHABLE || rc == ERR_NOT_NOW;
}

/* One look. 0, also when nobody answers but may yet; else the error that ends it all. */
static int look(struct wait *wait, struct view *view, const struct stat_options *options,
                struct stat_plan *plan, const struct target *target, struct why *why)
{
    struct why lost = {""};
    uint64_t now = loop_now();
    uint64_t limit = now < wait->deadline ? min_ns(wait->deadline - now, LOOK_NS) : 1;
    int rc = view_take(view, options, plan, target, !options->no_header, limit, &lost);
    if (rc == 0) {
        wait->answered = 0;
        *why = (struct why){""};
        if (!condition_holds(&plan->condition, why))
            wait->since = NEVER;
        else if (wait->since == NEVER)
            wait->since = now;
        return 0;
    }
    wait->since = NEVER;
    if (!is_passing(rc)) {
        *why = lost;
        return rc;
    }
    if (wait->answered != 0) {
        wait->answered = rc;
        *why = lost;
    }
    return 0;
}

int repeat_until(struct view *view, const struct stat_options *options, struct stat_plan *plan,
                 const struct target *target, bool *holds, struct why *why)
{
    struct wait wait = {
        .deadline = duration_add(loop_now(), plan->timeout_ns),
        .since = NEVER,
        .answered = ERR_UNREACHABLE,
    };
    uint64_t pause = PAUSE_MIN_NS;
    for (;;) {
        int rc = look(&wait, view, options, plan, target, why);
        uint64_t now = loop_now();
        if (rc != 0)
            return rc;
        *holds = wait.since != NEVER && now - wait.since >= options->for_ns;
        if (*holds || now >= wait.deadline)
            break;
        repeat_pause(min_ns(pause, wait.deadline - now));
        if (loop_now() >= wait.deadline)
            break; /* a look without time would only blur the reason */
        pause = min_ns(pause + pause / 2, PAUSE_MAX_NS);
    }
    if (!*holds && wait.since != NEVER)
        why_set(why, 0, "it was true, but not for so long");
    return wait.answered;
}
