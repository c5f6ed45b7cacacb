/**
 * What swim-keys can do: one file and one row of run.c per verb. Each returns the exit code and
 * has said on standard error what went wrong.
 */
#ifndef SWIM_KEYS_VERB_H
#define SWIM_KEYS_VERB_H

#include "base/record.h"
#include "keys/spiffe.h"
#include "options.h"

#include <stdint.h>

#define VERB_CA_DEFAULT "." /* of --ca */

int verb_init(const struct keys_options *options, int count, char **operands);
int verb_issue(const struct keys_options *options, int count, char **operands);
int verb_renew(const struct keys_options *options, int count, char **operands);
int verb_show(const struct keys_options *options, int count, char **operands);
int verb_verify(const struct keys_options *options, int count, char **operands);

/** Prints "PATH URI until=TIME", what issue and renew have made. */
void verb_print_made(const char *path, const struct spiffe *spiffe, uint64_t until_ns);

/** Writes a record as --format (line or json) says. 0, or an error that has been told. */
int verb_write(const struct keys_options *options, const struct record *record);

/** Whether --format or -j ask for records rather than text. */
bool verb_wants_records(const struct keys_options *options);

/** Of two exit codes the one that tells more: 2, 4, 6, 5, 3, 1, 0. */
int verb_worse(int a, int b);

#endif
