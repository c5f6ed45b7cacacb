/**
 * Running a command for a line: by the shell, the line on its standard input, its fields in the
 * environment.
 */
#ifndef SWIM_WATCH_EXEC_H
#define SWIM_WATCH_EXEC_H

#include "base/err.h"
#include "base/record.h"

/** Runs `command` and waits for its end. In its environment: SWIM_EVENT and, where the line has
 * them, SWIM_NODE, SWIM_ADDR, SWIM_SEQ. A command that fails is no error of ours: its status is
 * told on standard error. 0 or ERR_SYSTEM. */
int exec_for_line(const char *command, const struct record *record, const char *line, size_t len,
                  struct why *why);

#endif
