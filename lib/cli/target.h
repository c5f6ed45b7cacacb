/**
 * Whom a tool asks, and as who: what `--connect`, `-k` and `--dev` come to.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "base/addr.h"
#include "base/err.h"
#include "cli/program.h"
#include "keys/identity.h"

#include <stdbool.h>

/** The row of `--connect`; FIELD is a `const char *` of the program's config TYPE. */
#define ROW_CONNECT(TYPE, FIELD)                                                                   \
    {                                                                                              \
        .long_name = "connect", .kind = OPT_ADDRESS, .argument = "ADDR",                           \
        .variable = "SWIM_CONNECT", .help = "the node to ask", .offset = offsetof(TYPE, FIELD)     \
    }

struct target {
    struct identity *identity;
    const char *connect; /* as given, borrowed; NULL: search */
    bool dev;            /* search among the nodes of --dev */
    bool verbose;        /* say whom it asks, and as who */
};

/**
 * Loads the identity: with `--dev` the operator's of the throw-away cluster, unless -k was given;
 * else as paths_load_identity. `connect` is the field of ROW_CONNECT; with `--dev` it counts only
 * if it was given on the command line, for a variable is weaker than an option. On success
 * target_close is due.
 */
int target_open(const struct program *program, const struct common *common, const char *connect,
                struct target *target, struct why *why);

/** Where the node is by now: read anew at each call, since it may start later. ERR_UNREACHABLE: no
 *  node of `--dev` runs; ERR_USAGE. */
int target_locate(const struct target *target, struct hostport *hostport, struct why *why);

void target_close(struct target *target);

#endif
