#include "view.h"

#include "base/rng.h"
#include "link/loop.h"
#include "look.h"
#include "matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static bool shows_matrix(const struct look *look)
{
    return look->plan->verb->request == REQUEST_RTT && look->plan->format == FORMAT_TABLE &&
           look->options->columns == NULL && look->options->sort == NULL && matrix_fits(look);
}

static bool needs_members(const struct look *look)
{
    const struct stat_plan *plan = look->plan;
    return plan->verb->request == REQUEST_RTT || look->options->tags.count > 0 ||
           condition_needs_members(&plan->condition);
}

static bool needs_info(const struct look *look)
{
    const struct stat_plan *plan = look->plan;
    return plan->format == FORMAT_PROMETHEUS || condition_needs_info(&plan->condition) ||
           (plan->format == FORMAT_NAGIOS && checks_need_info(&plan->checks));
}

/* The members first: what is shown of others may depend on them. */
static int ask_all(struct look *look)
{
    enum request_verb shown = look->plan->verb->request;
    struct hostport hostport;
    condition_begin(&look->plan->condition);
    checks_begin(&look->plan->checks);
    int rc = target_locate(look->target, &hostport, look->why);
    if (rc == 0 && shown != REQUEST_MEMBERS && needs_members(look))
        rc = look_ask(look, REQUEST_MEMBERS, &hostport, look->deadline);
    if (rc == 0 && shown != REQUEST_INFO && needs_info(look))
        rc = look_ask(look, REQUEST_INFO, &hostport, look->deadline);
    if (rc == 0 && shown == REQUEST_RTT)
        return matrix_ask(look, &hostport);
    return rc == 0 ? look_ask(look, shown, &hostport, look->deadline) : rc;
}

static int draw(uint64_t bound, size_t *which, struct why *why)
{
    struct rng rng;
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        return why_set(why, ERR_SYSTEM, "getrandom: %s", strerror(errno));
    rng_seed(&rng, seed);
    *which = (size_t)rng_below(&rng, bound);
    return 0;
}

static int write_picked(struct look *look)
{
    const struct rowset *kept = &look->kept;
    size_t which = 0;
    if (kept->count == 0)
        return 0;
    /* While nobody has been measured, any of them is better than none to whoever wants to go on. */
    if (look->plan->pick == PICK_RTT && rowset_least(kept, "rtt_ms", &which))
        return look_write(look, kept->items[which]);
    int rc = draw(kept->count, &which, look->why);
    return rc == 0 ? look_write(look, kept->items[which]) : rc;
}

static int write_kept(struct look *look)
{
    if (look->plan->pick != PICK_ALL)
        return write_picked(look);
    int rc = rowset_sort(&look->kept, &look->plan->sort);
    for (size_t i = 0; rc == 0 && i < look->kept.count; i++)
        rc = look_write(look, look->kept.items[i]);
    return rc;
}

static int take(struct look *look)
{
    int rc = ask_all(look);
    if (rc == 0 && shows_matrix(look))
        return matrix_write(look);
    if (rc == 0)
        rc = write_kept(look);
    return rc == 0 ? format_end(&look->rows) : rc;
}

int view_take(struct view *view, const struct stat_options *options, struct stat_plan *plan,
              const struct target *target, bool header, uint64_t timeout_ns, struct why *why)
{
    struct view fresh = {.text = NULL};
    FILE *buffer = open_memstream(&fresh.text, &fresh.len);
    if (buffer == NULL)
        return ERR_NO_MEMORY;
    struct look look = {
        .options = options,
        .plan = plan,
        .target = target,
        .deadline = duration_add(loop_now(), timeout_ns),
        .why = why,
        .rows = {.format = plan->format,
                 .out = buffer,
                 .columns = plan->columns.count > 0 ? &plan->columns : NULL,
                 .header = header,
                 .color =
                     options->output == NULL && format_wants_color(options->common.color, stdout),
                 .upright = plan->columns.count == 0,
                 .checks = &plan->checks},
        .keep =
            plan->sort.count > 0 || plan->pick != PICK_ALL || plan->verb->request == REQUEST_RTT,
        .found = options->node == NULL || !plan->verb->must_exist,
        .complete = true,
    };
    int rc = take(&look);
    fresh.found = look.found;
    fresh.complete = look.complete;
    fresh.shown = look.shown;
    fresh.status = look.rows.status;
    look_free(&look);
    if (fclose(buffer) != 0 && rc == 0)
        rc = ERR_NO_MEMORY;
    if (rc != 0) {
        free(fresh.text);
        return rc;
    }
    view_free(view);
    *view = fresh;
    return 0;
}

void view_free(struct view *view)
{
    free(view->text);
    *view = (struct view){.text = NULL};
}
