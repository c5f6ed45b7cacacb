/**
 * The text of `--help`, made of a program's own table.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/program.h"

#include <stdio.h>

/** Writes usage line, summary, options, examples. Write errors stay with `out`. */
void help_write(const struct program *program, FILE *out);

#endif
