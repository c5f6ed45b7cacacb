/* swim-keys issue: identities, all of the names or none. */
#include "base/wall.h"
#include "cli/say.h"
#include "keys/ca.h"
#include "verb.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char *ca_of(const struct keys_options *options)
{
    return options->ca != NULL ? options->ca : VERB_CA_DEFAULT;
}

/* A name that is none, or given twice, is a slip of the whole line. */
static int check_names(int count, char **operands, struct why *why)
{
    for (int i = 0; i < count; i++) {
        struct name name;
        if (name_set(&name, operands[i], strlen(operands[i])) != 0) {
            return why_set(why, ERR_USAGE, "'%s' is no node name ([A-Za-z0-9][A-Za-z0-9._-]{0,63})",
                           operands[i]);
        }
        for (int j = 0; j < i; j++) {
            if (strcmp(operands[i], operands[j]) == 0) {
                return why_set(why, ERR_USAGE, "'%s' is named twice", operands[i]);
            }
        }
    }
    return 0;
}

static int check_vacant(const struct keys_options *options, int count, char **operands,
                        struct why *why)
{
    for (int i = 0; i < count; i++) {
        struct name name;
        int err = name_set(&name, operands[i], strlen(operands[i]));
        if (err == 0) {
            err = ca_check_vacant(options->out, &name, why);
        }
        if (err == ERR_EXISTS) {
            const struct why found = *why;
            return why_set(why, err, "%.200s; none issued; `swim-keys renew --ca %s %s/%s` it",
                           found.text, ca_of(options), options->out, operands[i]);
        }
        if (err != 0) {
            return err;
        }
    }
    return 0;
}

static int issue_one(const struct keys_options *options, const char *operand, struct why *why)
{
    struct spiffe spiffe = {.role = ROLE_MEMBER};
    char path[PATH_MAX];
    uint64_t until_ns = 0;
    int err = name_set(&spiffe.name, operand, strlen(operand));

    if (err == 0 && !role_parse(options->role, strlen(options->role), &spiffe.role)) {
        err = ERR_BUG; /* the option's choices are the roles */
    }
    if (err == 0) {
        err = ca_issue(ca_of(options), options->out, &spiffe, (unsigned)options->days,
                       wall_now_ns(), &until_ns, why);
    }
    if (err != 0) {
        return err;
    }
    (void)snprintf(path, sizeof(path), "%s/%s", options->out, operand);
    verb_print_made(path, &spiffe, until_ns);
    return 0;
}

int verb_issue(const struct keys_options *options, int count, char **operands)
{
    struct why why = {""};
    int err = check_names(count, operands, &why);

    if (err == 0) {
        err = check_vacant(options, count, operands, &why);
    }
    for (int i = 0; i < count && err == 0; i++) {
        err = issue_one(options, operands[i], &why);
    }
    return err == 0 ? EXIT_YES : say_error(err, &why);
}
