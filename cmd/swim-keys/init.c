/* swim-keys init: a cluster's CA. */
#include "base/wall.h"
#include "certificates.h"
#include "cli/say.h"
#include "keys/ca.h"
#include "verb.h"

#include <stdio.h>

static void print_first(const char *path, const struct cert_facts *facts, void *user)
{
    char until[WALL_TEXT_SIZE];

    (void)path;
    printf("%s %s until=%s\n", (const char *)user, facts->uri, wall_format(facts->until_ns, until));
}

int verb_init(const struct keys_options *options, int count, char **operands)
{
    struct why why = {""};
    char *directory = count > 0 ? operands[0] : (char[]){VERB_CA_DEFAULT};

    if (options->cluster == NULL) {
        return say_error(why_set(&why, ERR_USAGE, "init: needs --cluster NAME"), &why);
    }
    int err = ca_init(directory, options->cluster, wall_now_ns(), &why);
    if (err == ERR_USAGE) {
        (void)why_prefix(&why, err, "--cluster");
    }
    if (err == ERR_EXISTS) {
        (void)why_set(&why, err, "%.400s; a CA is never overwritten", (const char *)why.text);
    }
    if (err == 0) {
        err = certificates_each(directory, CERTIFICATES_OF_CA, print_first, directory, &why);
    }
    return err == 0 ? EXIT_YES : say_error(err, &why);
}
