#include "base/duration.h"
#include "base/event.h"
#include "base/line.h"
#include "base/wall.h"
#include "cli/condition.h"
#include "cli/format.h"
#include "cli/program.h"
#include "cli/target.h"
#include "exec.h"
#include "link/ask.h"
#include "link/loop.h"
#include "options.h"
#include "table.h"
#include "wire/request.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RETRY_NS (500 * NS_PER_MS)
#define KEEP_ALIVE_NS (2 * NS_PER_S) /* a process that is gone shows by its reset that soon */

/**
 * How the watch goes on. MEMBERS: lines of the snapshot come; after `sync` it is LIVE.
 *
 *      MEMBERS ---sync---> LIVE ---> DONE        DONE: told enough, or the node has left
 *         ^----gap---------'
 */
enum watch_state { WATCH_MEMBERS, WATCH_LIVE, WATCH_DONE };

struct watcher {
    const struct watch_options *options;
    enum format format;
    enum watch_state state;
    struct condition until;
    struct table table;
    char since[64]; /* where to go on after a loss; empty: from the start */
    char instance[20];
    uint64_t counted;
    bool met, left;
    struct why why;
};

static bool named(const struct record *record, const char *event)
{
    return strcmp(record->event, event) == 0;
}

/* Told whatever is filtered: without them a reader could not know what it has not seen. */
static bool is_mark(const struct record *record)
{
    return named(record, "sync") || named(record, "gap") || named(record, "watch-lost") ||
           named(record, event_name(EVENT_OVERFLOW));
}

static bool fits_globs(const char *list, const char *event)
{
    while (*list != 0) {
        char glob[128];
        size_t len = strcspn(list, ",");
        if (len < sizeof glob) {
            memcpy(glob, list, len);
            glob[len] = 0;
            if (fnmatch(glob, event, 0) == 0)
                return true;
        }
        list += len + (list[len] == ',');
    }
    return false;
}

static bool is_wanted(const struct watcher *watcher, const struct record *record)
{
    const struct watch_options *options = watcher->options;
    bool fits = options->events.count == 0;
    if (is_mark(record))
        return true;
    for (size_t i = 0; i < options->events.count && !fits; i++)
        fits = fits_globs(options->events.items[i], record->event);
    return fits && (options->tags.count == 0 || table_wants(&watcher->table, record));
}

static int show(struct watcher *watcher, const struct record *record)
{
    char line[LINE_MAX_BYTES + 1];
    int rc = format_write(watcher->format, record, stdout);
    if (rc != 0 || watcher->options->exec == NULL || is_mark(record))
        return rc;
    size_t len = line_format(record, line, sizeof line);
    return exec_for_line(watcher->options->exec, record, line, len, &watcher->why);
}

/* Where the stream stands: so that it can be gone on from there. */
static void note_place(struct watcher *watcher, const struct record *record)
{
    uint64_t seq;
    const char *instance = record_text(record, "instance");
    if (named(record, "gap"))
        watcher->state = WATCH_MEMBERS;
    if (named(record, "gap"))
        table_clear(&watcher->table);
    if (named(record, "sync") && instance != NULL) {
        snprintf(watcher->instance, sizeof watcher->instance, "%s", instance);
        watcher->state = WATCH_LIVE;
    }
    if (watcher->state == WATCH_LIVE && record_uint(record, "seq", &seq))
        snprintf(watcher->since, sizeof watcher->since, "%s:%llu", watcher->instance,
                 (unsigned long long)seq);
}

static bool is_over(struct watcher *watcher, const struct record *record, bool shown, bool live)
{
    const char *phase = record_text(record, "phase");
    if (named(record, event_name(EVENT_SHUTDOWN)) && phase != NULL && strcmp(phase, "done") == 0)
        watcher->left = true;
    if (watcher->options->until && watcher->state == WATCH_LIVE)
        watcher->met = watcher->met || table_holds(&watcher->table, &watcher->until);
    watcher->counted += shown && live;
    bool enough = watcher->options->count > 0 && watcher->counted >= watcher->options->count;
    return watcher->left || watcher->met || enough;
}

static int on_record(void *user, const struct record *record)
{
    struct watcher *watcher = user;
    bool live = watcher->state == WATCH_LIVE;
    note_place(watcher, record);
    int rc = table_take(&watcher->table, &watcher->options->tags, record);
    bool shown = rc == 0 && is_wanted(watcher, record);
    if (shown)
        rc = show(watcher, record);
    if (rc != 0)
        return rc;
    if (!is_over(watcher, record, shown, live))
        return 0;
    watcher->state = WATCH_DONE;
    return 1;
}

static int ask(struct watcher *watcher, const struct target *target, uint64_t deadline,
               struct why *why)
{
    struct record request;
    struct ask_result result;
    uint64_t now = loop_now();
    struct ask_config config = {
        .identity = target->identity,
        .timeout_ns = deadline == NEVER ? NEVER
                      : deadline > now  ? deadline - now
                                        : 1,
        .keep_alive_ns = KEEP_ALIVE_NS,
        .ends_with_stdout = true,
        .on_record = on_record,
        .user = watcher,
    };
    record_init(&request, request_text(REQUEST_WATCH), 0);
    if (watcher->since[0] != 0)
        record_add_text(&request, "since", watcher->since);
    if (watcher->options->no_snapshot)
        record_add_text(&request, "snapshot", "no");
    int rc = target_locate(target, &config.target, why);
    return rc == 0 ? ask_run(&config, &request, &result, why) : rc;
}

static int tell_lost(struct watcher *watcher, const char *event, const struct why *why)
{
    struct record record;
    record_init(&record, event, wall_now_ns());
    record_add_text(&record, "reason", why->text);
    return format_write(watcher->format, &record, stdout);
}

static void pause_for(uint64_t ns)
{
    struct timespec span = {.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
    (void)nanosleep(&span, NULL);
}

static bool is_loss(int rc)
{
    return err_exit(rc) == EXIT_UNREACHABLE || rc == ERR_NOT_NOW;
}

/* Watches until there is enough, the time is up, or the node is lost for good. */
static int watch(struct watcher *watcher, const struct target *target, struct why *why)
{
    uint64_t limit = watcher->options->common.timeout_ns;
    uint64_t deadline = limit ? duration_add(loop_now(), limit) : NEVER;
    for (;;) {
        why->text[0] = 0;
        int rc = ask(watcher, target, deadline, why);
        bool begun = watcher->instance[0] != 0;
        if (watcher->state == WATCH_DONE || loop_now() >= deadline)
            return 0;
        if (!is_loss(rc) || !(watcher->options->retry || begun))
            return rc;
        if (!watcher->options->retry) {
            (void)tell_lost(watcher, "watch-lost", why);
            return rc;
        }
        if (begun && watcher->state == WATCH_LIVE) {
            rc = tell_lost(watcher, "gap", why);
            if (rc != 0)
                return rc;
            watcher->state = WATCH_MEMBERS;
        }
        pause_for(RETRY_NS);
    }
}

/* The first term that the events can't answer: they tell states and incarnations, nothing else, so
 * it would never be true. NULL: none. */
static const struct condition_term *never_true(const struct condition *until)
{
    for (size_t i = 0; i < until->count; i++) {
        const struct metric *metric = &until->terms[i].metric;
        bool told = metric->subject == METRIC_COUNT || metric->subject == METRIC_STATE ||
                    (metric->subject == METRIC_NODE && strcmp(metric->key, "inc") == 0);
        if (!told)
            return &until->terms[i];
    }
    return NULL;
}

static int check(const struct watch_options *options, struct watcher *watcher, struct why *why)
{
    for (size_t i = 0; i < options->tags.count; i++) {
        const char *equals = strchr(options->tags.items[i], '=');
        if (equals == NULL ||
            !name_is_tag_key(options->tags.items[i], (size_t)(equals - options->tags.items[i])))
            return why_set(why, ERR_USAGE, "--tag: '%s' is no KEY=VALUE", options->tags.items[i]);
    }
    if (options->until == NULL)
        return 0;
    int rc = condition_parse(options->until, &watcher->until, why);
    if (rc != 0)
        return why_prefix(why, rc, "--until");
    const struct condition_term *term = never_true(&watcher->until);
    if (term != NULL)
        rc = why_set(why, ERR_USAGE, "--until: '%s' is not about members' states or incarnations",
                     term->text);
    return rc;
}

static int run(const struct program *self, const void *config, int count, char **operands)
{
    static struct watcher watcher; /* large: lines and a condition */
    struct target target;
    struct why why = {""};
    watcher = (struct watcher){.options = config};
    (void)count;
    (void)operands;
    const struct watch_options *options = config;
    if (!format_find(options->common.json ? "json" : options->format, &watcher.format))
        return say_error(ERR_BUG, NULL);
    if (options->since)
        snprintf(watcher.since, sizeof watcher.since, "%s", options->since);
    int rc = check(options, &watcher, &why);
    if (rc == 0)
        rc = target_open(self, &options->common, options->connect, &target, &why);
    if (rc != 0)
        return say_error(rc, &why);
    rc = watch(&watcher, &target, &why);
    target_close(&target);
    table_free(&watcher.table);
    if (watcher.why.text[0] != 0)
        why = watcher.why;
    if (rc == ERR_CLOSED)
        return EXIT_YES; /* whoever read it has seen enough */
    if (rc != 0)
        return say_error(rc, &why);
    return options->until && !watcher.met ? EXIT_NO : EXIT_YES;
}

static const char *const examples[] = {
    "swim-watch -E 'member-*' -x 'mail -s \"$SWIM_EVENT $SWIM_NODE\" ops'",
    "swim-watch --until 'node.web2=left' -t 1m    # exit 0 as soon as it has left",
    "swim-watch --no-snapshot -j | jq -r .event",
    NULL,
};

const struct program program = {
    .name = "swim-watch",
    .summary = "Shows what happens in a cluster, as it happens.",
    .rows = watch_rows,
    .config_size = sizeof(struct watch_options),
    .examples = examples,
    .run = run,
};
