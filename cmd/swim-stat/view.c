#include "view.h"

#include "link/ask.h"
#include "link/loop.h"

#include <stdlib.h>
#include <string.h>

/* What the questions of one look share. */
struct look {
    const struct stat_options *options;
    struct stat_plan *plan;
    struct format_rows rows;
    struct why *why;
    struct why refusal; /* our own reason to end a question; ask_run knows only its error */
    bool found;
};

/* Of an open set of columns the node's answer is what tells which exist. */
static int check_columns(struct look *look, const struct record *record)
{
    const struct columns *columns = &look->plan->columns;
    for (size_t i = 0; look->plan->verb->columns == NULL && i < columns->count; i++) {
        if (record_find(record, columns->names[i]) == NULL)
            return why_set(&look->refusal, ERR_USAGE, "--columns: the node tells no '%s'",
                           columns->names[i]);
    }
    return 0;
}

/* Whether the user wants to see it. */
static bool is_wanted(struct look *look, const struct record *record)
{
    const struct verb *verb = look->plan->verb;
    const char *node = look->options->node;
    if (node != NULL) {
        const char *name = record_text(record, verb->name_key);
        if (name == NULL || strcmp(name, node) != 0)
            return false;
        look->found = true;
    }
    const char *state = record_text(record, "state");
    return look->plan->states.count == 0 ||
           (state != NULL && columns_have(&look->plan->states, state));
}

static int on_record(void *user, const struct record *record)
{
    struct look *look = user;
    int rc = condition_feed(&look->plan->condition, record);
    if (rc != 0)
        return rc;
    if (strcmp(record->event, look->plan->verb->event) != 0 || !is_wanted(look, record))
        return 0;
    rc = check_columns(look, record);
    return rc == 0 ? format_row(&look->rows, record) : rc;
}

static int ask(struct look *look, enum request_verb verb, const struct target *target,
               const struct hostport *hostport, uint64_t deadline)
{
    struct record request;
    struct ask_result result;
    uint64_t now = loop_now();
    record_init(&request, request_text(verb), 0);
    const struct ask_config config = {
        .identity = target->identity,
        .target = *hostport,
        .timeout_ns = deadline > now ? deadline - now : 1,
        .on_record = on_record,
        .user = look,
    };
    int rc = ask_run(&config, &request, &result, look->why);
    if (look->refusal.text[0] != '\0')
        *look->why = look->refusal;
    return rc;
}

static int ask_all(struct look *look, const struct target *target, uint64_t timeout_ns)
{
    const struct condition *condition = &look->plan->condition;
    enum request_verb shown = look->plan->verb->request;
    uint64_t deadline = duration_add(loop_now(), timeout_ns);
    struct hostport hostport;
    condition_begin(&look->plan->condition);
    int rc = target_locate(target, &hostport, look->why);
    if (rc == 0)
        rc = ask(look, shown, target, &hostport, deadline);
    if (rc == 0 && shown != REQUEST_MEMBERS && condition_needs_members(condition))
        rc = ask(look, REQUEST_MEMBERS, target, &hostport, deadline);
    if (rc == 0 && shown != REQUEST_INFO && condition_needs_info(condition))
        rc = ask(look, REQUEST_INFO, target, &hostport, deadline);
    return rc;
}

int view_take(struct view *view, const struct stat_options *options, struct stat_plan *plan,
              const struct target *target, uint64_t timeout_ns, struct why *why)
{
    struct view fresh = {.text = NULL};
    FILE *buffer = open_memstream(&fresh.text, &fresh.len);
    if (buffer == NULL)
        return ERR_NO_MEMORY;
    struct look look = {
        .options = options,
        .plan = plan,
        .rows = {.format = plan->format,
                 .out = buffer,
                 .columns = plan->columns.count > 0 ? &plan->columns : NULL,
                 .header = !options->no_header,
                 .color = format_wants_color(options->common.color, stdout),
                 .upright = plan->columns.count == 0},
        .why = why,
        .refusal = {""},
        .found = options->node == NULL || !plan->verb->must_exist,
    };
    int rc = ask_all(&look, target, timeout_ns);
    if (rc == 0)
        rc = format_end(&look.rows);
    format_free(&look.rows);
    if (fclose(buffer) != 0 && rc == 0)
        rc = ERR_NO_MEMORY;
    if (rc != 0) {
        free(fresh.text);
        return rc;
    }
    fresh.found = look.found;
    view_free(view);
    *view = fresh;
    return 0;
}

void view_free(struct view *view)
{
    free(view->text);
    *view = (struct view){.text = NULL};
}
