#include "base/duration.h"
#include "base/wall.h"
#include "cli/format.h"
#include "cli/program.h"
#include "cli/target.h"
#include "compare.h"
#include "options.h"
#include "survey.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_NS (5 * NS_PER_S)

/* Everybody there is to ask: the first is the node at --connect, the reference. */
struct crowd {
    struct witness *witnesses;
    size_t count;
    bool called; /* all whom the reference knows to live are in it */
};

static void crowd_free(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        witness_free(&crowd->witnesses[i]);
    free(crowd->witnesses);
}

static bool crowd_has(const struct crowd *crowd, const struct name *node)
{
    if (belief_is_live(opinion_find(&crowd->witnesses[0].opinion, node)) && crowd->called)
        return true;
    for (size_t i = 0; i < crowd->count; i++)
        if (name_equal(&crowd->witnesses[i].node, node))
            return true;
    return false;
}

static int crowd_add(struct crowd *crowd, const struct belief *belief)
{
    struct witness *grown =
        reallocarray(crowd->witnesses, crowd->count + 1, sizeof *crowd->witnesses);
    if (grown == NULL)
        return ERR_NO_MEMORY;
    crowd->witnesses = grown;
    struct witness *witness = &grown[crowd->count++];
    *witness = (struct witness){.state = WITNESS_WAITING, .node = belief->node};
    (void)snprintf(witness->addr, sizeof witness->addr, "%s", belief->addr);
    if (addr_split(belief->addr, PORT_DEFAULT, &witness->target) != 0)
        witness_fall_silent(witness, "resolve", err_name(ERR_RESOLVE));
    return 0;
}

/* Calls all whom the witness of that number holds for alive or suspect. */
static int crowd_call(struct crowd *crowd, size_t index)
{
    const struct opinion opinion = crowd->witnesses[index].opinion;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < opinion.count; i++)
        if (belief_is_live(&opinion.items[i]) && !crowd_has(crowd, &opinion.items[i].node))
            rc = crowd_add(crowd, &opinion.items[i]);
    crowd->called = true;
    return rc;
}

/* Those who could not be asked are a line each. */
static int tell_silent(const struct crowd *crowd, enum format format, size_t *silent)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < crowd->count; i++) {
        const struct witness *witness = &crowd->witnesses[i];
        if (witness->state != WITNESS_SILENT)
            continue;
        struct record record;
        record_init(&record, "unasked", wall_now_ns());
        record_add_name(&record, "node", &witness->node);
        record_add_text(&record, "addr", witness->addr);
        record_add_text(&record, "leg", witness->leg);
        record_add_text(&record, "reason", witness->reason);
        ++*silent;
        rc = format_write(format, &record, stdout);
    }
    return rc;
}

static int survey(const struct diff_options *options, const struct target *target,
                  struct crowd *crowd, struct why *why)
{
    struct hostport hostport;
    uint64_t timeout_ns = options->common.timeout_ns ? options->common.timeout_ns : TIMEOUT_NS;
    crowd->witnesses = calloc(1, sizeof *crowd->witnesses);
    if (crowd->witnesses == NULL)
        return ERR_NO_MEMORY;
    crowd->count = 1;
    int rc = target_locate(target, &hostport, why);
    if (rc == 0)
        rc = survey_reference(target->identity, &hostport, timeout_ns, &crowd->witnesses[0], why);
    /* Who is asked may know of more, as behind a split: they are asked too. */
    for (size_t heard = 0; rc == 0 && heard < crowd->count;) {
        size_t count = crowd->count;
        for (; rc == 0 && heard < count; heard++)
            rc = crowd_call(crowd, heard);
        if (rc == 0)
            rc = survey_ask(target->identity, crowd->witnesses[0].view, timeout_ns,
                            crowd->witnesses, crowd->count, why);
    }
    return rc;
}

/* Says what came of it; `*code` is the exit code. */
static int tell(const struct diff_options *options, const struct crowd *crowd, int *code)
{
    enum format format;
    size_t found = 0, silent = 0;
    if (!format_find(options->common.json ? "json" : options->format, &format))
        return ERR_BUG;
    int rc = compare_all(crowd->witnesses, crowd->count, format, stdout, &found);
    if (rc == 0)
        rc = tell_silent(crowd, format, &silent);
    *code = found > 0 || silent > 0 ? EXIT_NO : EXIT_YES;
    if (options->common.verbose && rc == 0)
        say("%zu members asked, %zu of them in vain, %zu disagreements, the view of %s is %s",
            crowd->count, silent, found, crowd->witnesses[0].node.text, crowd->witnesses[0].view);
    return rc;
}

static int run(const struct program *self, const void *config, int count, char **operands)
{
    const struct diff_options *options = config;
    struct crowd crowd = {.witnesses = NULL};
    struct target target;
    struct why why = {""};
    int code = EXIT_YES;
    (void)count;
    (void)operands;
    int rc = target_open(self, &options->common, options->connect, &target, &why);
    if (rc != 0)
        return say_error(rc, &why);
    rc = survey(options, &target, &crowd, &why);
    if (rc == 0)
        rc = tell(options, &crowd, &code);
    crowd_free(&crowd);
    target_close(&target);
    return rc == 0 ? code : say_error(rc, &why);
}

static const char *const examples[] = {
    "swim-diff || mail -s 'the members disagree' ops",
    "swim-diff -j | jq -r '.other // .node' | sort -u    # who sees it otherwise, or said nothing",
    NULL,
};

const struct program program = {
    .name = "swim-diff",
    .summary = "Asks every live member for its view and shows where they disagree.",
    .rows = diff_rows,
    .config_size = sizeof(struct diff_options),
    .examples = examples,
    .run = run,
};
