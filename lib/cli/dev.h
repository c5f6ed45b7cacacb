/**
 * `--dev`: the throw-away cluster of one user on loopback, all of it below
 * $XDG_STATE_HOME/swim/dev (~/.local/state/swim/dev):
 *
 *     lock             held while anything below is made or claimed
 *     ca/              the CA, made once
 *     op/              the operator identity of the tools
 *     dev1/id/         a node's identity      dev1/state/   its state directory, with node.addr
 *     dev2/ …          a node holds a lock on its directory for as long as it lives
 *
 * Any number of programs may start at once: whoever makes something holds the lock and puts it in
 * place as a whole.
 */
#ifndef CLI_DEV_H
#define CLI_DEV_H

#include "base/addr.h"
#include "base/err.h"
#include "base/name.h"
#include "cli/paths.h"

#include <stddef.h>
#include <stdint.h>

#define DEV_CLUSTER "dev"
#define DEV_NODES_MAX 512 /* names tried; more processes than that are no throw-away cluster */
/** An identity with less than this left is renewed when it is next used. */
#define DEV_RENEW_S 86400

/** A claimed name. */
struct dev_node {
    struct name name;
    struct path identity, state; /* directories; both exist */
    int lock_fd;                 /* keeps the claim; closed by dev_release or the end of process */
};

/**
 * Takes the next free name: its identity is made where missing, an address that a dead process
 * left behind is removed. The lock outlives a fork and not an exec. 0; ERR_LIMIT (all names are
 * taken); ERR_USAGE (no home); ERR_SYSTEM and the errors of keys/ca.h. On success dev_release is
 * due.
 */
int dev_claim(struct dev_node *node, struct why *why);
void dev_release(struct dev_node *node);

/** The addresses of the other claimed names, as their nodes have written them by now; read anew at
 *  each call. Returns how many, at most `max`. */
size_t dev_seeds(const struct name *self, struct hostport *seeds, size_t max);

/** The operator identity's directory, made where missing. Errors as of dev_claim. */
int dev_operator(struct path *identity, struct why *why);

/** The address of the first live node (the lowest number whose lock is held and that listens).
 *  ERR_UNREACHABLE: there is none, with how to start one in `why`. */
int dev_first(struct hostport *node, struct why *why);

#endif
