#include "base/duration.h"
#include "base/name.h"
#include "cli/format.h"
#include "cli/program.h"
#include "cli/target.h"
#include "link/ask.h"
#include "options.h"
#include "wire/request.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_NS (5 * NS_PER_S)
#define COLUMNS "age_ms,step,node,by,via,pseq,rc,reason,inc,rtt_ms"

/* What has been told so far: steps go out as they come, the member's present state is the end. */
struct story {
    struct format_rows rows;
    size_t steps;
    bool ended;           /* the present state has come */
    struct record member; /* it */
};

static int on_record(void *user, const struct record *record)
{
    struct story *story = user;
    if (strcmp(record->event, "evidence") == 0) {
        story->steps++;
        return format_row(&story->rows, record);
    }
    if (strcmp(record->event, "member") != 0)
        return 0; /* of a later version */
    story->ended = true;
    record_copy(&story->member, record);
    return story->rows.format == FORMAT_TABLE ? 0 : format_row(&story->rows, record);
}

static const char *text_of(const struct record *record, const char *key)
{
    const char *text = record_text(record, key);
    return text != NULL ? text : "-";
}

/* The last line below a table; the other forms have the record itself. */
static int tell_state(const struct record *member)
{
    int n = printf("%s is %s, inc=%s, for %s s", text_of(member, "node"), text_of(member, "state"),
                   text_of(member, "inc"), text_of(member, "age"));
    if (n >= 0 && record_text(member, "by") != NULL)
        n = printf(", by=%s", text_of(member, "by"));
    if (n >= 0 && record_text(member, "reason") != NULL)
        n = printf(", reason=%s", text_of(member, "reason"));
    return n < 0 || putchar('\n') == EOF ? ERR_SYSTEM : 0;
}

static int ask(struct story *story, const struct why_options *options, const char *node,
               const struct target *target, struct ask_result *result, struct why *why)
{
    struct record request;
    struct ask_config config = {
        .identity = target->identity,
        .timeout_ns = options->common.timeout_ns ? options->common.timeout_ns : TIMEOUT_NS,
        .on_record = on_record,
        .user = story,
    };
    record_init(&request, request_text(REQUEST_WHY), 0);
    record_add_text(&request, "node", node);
    int rc = target_locate(target, &config.target, why);
    if (rc == 0)
        rc = ask_run(&config, &request, result, why);
    if (rc == 0 && !story->ended)
        rc = why_set(why, ERR_MALFORMED, "the node told no present state of %s", node);
    return rc;
}

static int tell(const struct why_options *options, const char *node, const struct target *target,
                struct why *why)
{
    static struct story story; /* large: columns and a record */
    struct ask_result result;
    story.rows = (struct format_rows){.out = stdout, .header = !options->no_header};
    if (!format_find(options->common.json ? "json" : options->format, &story.rows.format))
        return ERR_BUG;
    static struct columns columns;
    int rc = columns_parse(COLUMNS, NULL, &columns, why);
    if (story.rows.format == FORMAT_TABLE)
        story.rows.columns = &columns;
    if (rc == 0)
        rc = ask(&story, options, node, target, &result, why);
    if (rc == 0 && story.steps > 0)
        rc = format_end(&story.rows);
    format_free(&story.rows);
    if (rc == 0 && story.rows.format == FORMAT_TABLE)
        rc = tell_state(&story.member);
    const char *text = rc == 0 ? record_text(&result.end, "text") : NULL;
    if (text != NULL)
        say("%s", text);
    else if (rc == 0 && story.steps == 0 && options->common.verbose)
        say("nothing has happened to %s since it is known there", node);
    return rc;
}

static int run(const struct program *self, const void *config, int count, char **operands)
{
    const struct why_options *options = config;
    struct target target;
    struct name node;
    struct why why = {""};
    int rc = 0;
    if (count != 1)
        rc = why_set(&why, ERR_USAGE, "one NODE is asked about, not %d", count);
    else if (name_set(&node, operands[0], strlen(operands[0])) != 0)
        rc = why_set(&why, ERR_USAGE, "'%s' is no name of a node", operands[0]);
    if (rc == 0)
        rc = target_open(self, &options->common, options->connect, &target, &why);
    if (rc != 0)
        return say_error(rc, &why);
    rc = tell(options, node.text, &target, &why);
    target_close(&target);
    return rc == 0 ? EXIT_YES : say_error(rc, &why);
}

static const char *const examples[] = {
    "swim-why web3                            # who accused it, and what led to that",
    "swim-why -j web3 | jq -r 'select(.step == \"accused\") | .by'",
    NULL,
};

const struct program program = {
    .name = "swim-why",
    .summary = "Shows the evidence behind a member's present state.",
    .operands = "NODE",
    .rows = why_rows,
    .config_size = sizeof(struct why_options),
    .examples = examples,
    .run = run,
};
