/**
 * `--output FILE`: whoever reads the file sees the old content or the new, never a part.
 *
 * The new content goes to a file beside it, whose name never ends like the target's (a reader of
 * "*.prom" does not see it), is made durable, and takes the target's place. A target that is no
 * regular file, such as a device, can't be replaced and is written to.
 */
#ifndef CLI_ATOMIC_H
#define CLI_ATOMIC_H

#include "base/err.h"

#include <stddef.h>

/** Writes the file. An existing one keeps its mode and, where it is a symbolic link, its place; a
 *  new one gets 0666 less the umask. ERR_SYSTEM with path and reason in `why`: then the target is
 *  what it was, and no other file is left. */
int atomic_write(const char *path, const char *data, size_t len, struct why *why);

#endif
