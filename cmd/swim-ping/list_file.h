/**
 * A file of targets: one a line; blank lines, `#` comments (from the start of a word on), spaces
 * around and CRLF are all fine.
 */
#ifndef SWIM_PING_LIST_FILE_H
#define SWIM_PING_LIST_FILE_H

#include "base/err.h"

/** Hands each target to `add`. `path` "-" is standard input. 0; ERR_USAGE: a file that can't be
 * read, or what `add` refused, both named in `why`, a line by its number; ERR_NO_MEMORY. */
int list_file_read(const char *path, int (*add)(void *user, const char *text, struct why *why),
                   void *user, struct why *why);

#endif
