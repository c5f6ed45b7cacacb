/**
 * Where things lie when nobody says so: the identity directory, the state directory, and the
 * address of the node that the tools talk to. The environment and the user's home are read here.
 */
#ifndef CLI_PATHS_H
#define CLI_PATHS_H

#include "base/addr.h"
#include "base/err.h"
#include "base/name.h"
#include "keys/identity.h"

#include <limits.h>

#define PATHS_SIZE PATH_MAX
#define PATHS_ADDR_FILE "node.addr" /* in a state directory: where to reach the node */

/** A path of one's own. */
struct path {
    char text[PATHS_SIZE];
};

/** Makes a path like printf. 0, or ERR_LIMIT if it is too long, named in `why`. */
int path_format(struct path *path, struct why *why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** `$VARIABLE/swim/…` of the XDG base directories, or below the home where it is unset or not
 *  absolute (both as that specification has it): `paths_config(p, "id", why)` is
 *  ~/.config/swim/id. ERR_USAGE when there is no home either. */
int paths_config(struct path *path, const char *below, struct why *why);
int paths_state_home(struct path *path, const char *below, struct why *why);

/**
 * The identity directory: `option` if not NULL (already option or SWIM_IDENTITY), else the first
 * readable of $CREDENTIALS_DIRECTORY, ~/.config/swim/id, /etc/swim/id, /etc/swim/monitor.
 * ERR_NO_IDENTITY tells the two commands that make one.
 */
int paths_identity(const char *option, struct path *path, struct why *why);

/** Finds the directory and loads it, at the time now. Errors of both; identity_free is due. */
int paths_load_identity(const char *option, struct identity **identity, struct why *why);

/** The state directory of the node `name`: `option` if not NULL (already option or SWIM_STATE),
 *  else /var/lib/swim for root, ~/.local/state/swim/NAME for others. It may not exist yet. */
int paths_state(const char *option, const struct name *name, struct path *path, struct why *why);

/**
 * The node that tools talk to: `option` if not NULL (already option or SWIM_CONNECT), else what
 * the node wrote to `node.addr` of SWIM_STATE or of /var/lib/swim, else 127.0.0.1:7436. ERR_USAGE
 * for a text that is no address, with its source.
 */
int paths_connect(const char *option, struct hostport *target, struct why *why);

/** Reads the address in `directory`/node.addr. ERR_NOT_FOUND, ERR_USAGE (no address in it),
 *  ERR_SYSTEM (unreadable). */
int paths_read_addr(const char *directory, struct hostport *target, struct why *why);

#endif
