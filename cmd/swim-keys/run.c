#include "cli/program.h"
#include "cli/say.h"
#include "options.h"
#include "verb.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A verb, how many operands it takes, and which options it has a use for. */
struct verb {
    const char *name;
    int (*run)(const struct keys_options *options, int count, char **operands);
    int at_least, at_most;
    const char *operands;
    const char *options; /* "a|b": others are refused */
};

static const struct verb verbs[] = {
    {"init", verb_init, 0, 1, "[DIR]", "cluster"},
    {"issue", verb_issue, 1, INT_MAX, "NAME...", "ca|role|out|days"},
    {"renew", verb_renew, 1, INT_MAX, "IDDIR...", "ca|days"},
    {"show", verb_show, 1, INT_MAX, "DIR|FILE...", "format|json"},
    {"verify", verb_verify, 1, INT_MAX, "IDDIR...", "ca|format|json"},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

/* Says what is wrong, and all the verbs there are. */
static int refuse_verb(const char *what, const char *name)
{
    char list[128] = "";
    size_t used = 0;

    for (size_t i = 0; i < VERB_COUNT && used < sizeof(list); i++) {
        const int len =
            snprintf(list + used, sizeof(list) - used, "%s%s", i == 0 ? "" : ", ", verbs[i].name);
        used += len > 0 ? (size_t)len : 0;
    }
    say("%s%s; the verbs are %s", what, name, list);
    return EXIT_USAGE;
}

/* An option that the verb would ignore is a slip, and is told. */
static int check_options(const struct verb *verb, const struct common *common, struct why *why)
{
    for (const struct opt *row = keys_rows; row->long_name != NULL; row++) {
        if (!opt_is_choice(verb->options, row->long_name) &&
            opt_given(keys_rows, common->argc, common->argv, row->long_name)) {
            return why_set(why, ERR_USAGE, "%s: takes no --%s", verb->name, row->long_name);
        }
    }
    return 0;
}

static int check_count(const struct verb *verb, int count, char **operands, struct why *why)
{
    if (count < verb->at_least) {
        return why_set(why, ERR_USAGE, "%s: needs %s", verb->name, verb->operands);
    }
    if (count > verb->at_most) {
        return why_set(why, ERR_USAGE, "%s: takes %s only, not '%s'", verb->name, verb->operands,
                       operands[verb->at_most]);
    }
    return 0;
}

static int run_verb(const struct program *self, const void *config, int count, char **operands)
{
    const struct keys_options *options = config;
    struct why why = {""};

    (void)self;
    if (count == 0) {
        return refuse_verb("needs a verb", "");
    }
    const struct verb *verb = find_verb(operands[0]);
    if (verb == NULL) {
        return refuse_verb("no verb: ", operands[0]);
    }
    int err = check_count(verb, count - 1, operands + 1, &why);
    if (err == 0) {
        err = check_options(verb, &options->common, &why);
    }
    return err == 0 ? verb->run(options, count - 1, operands + 1) : say_error(err, &why);
}

static const char *const examples[] = {
    "swim-keys init --cluster demo ca",
    "swim-keys issue --ca ca -o id a b c",
    "swim-keys issue --ca ca -o id -r operator op",
    "swim-keys show id/a",
    "swim-keys verify --ca ca id/*",
    "swim-keys renew --ca ca id/a",
    NULL,
};

const struct program program = {
    .name = "swim-keys",
    .summary = "Makes and checks the identities of a cluster.",
    .operands = "init|issue|renew|show|verify [OPERAND]...",
    .rows = keys_rows,
    .config_size = sizeof(struct keys_options),
    .examples = examples,
    .run = run_verb,
};
