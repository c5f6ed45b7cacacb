/**
 * `--stdin`: fault rules that come while the server runs, one a line, in force from then on and
 * announced as `fault rule=…`; `clear` drops all. Blank lines and `#` comments are skipped; a line
 * that is no rule is told on standard error and changes nothing.
 */
#ifndef SWIM_QUIC_ECHO_RULE_INPUT_H
#define SWIM_QUIC_ECHO_RULE_INPUT_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>

struct rule_input {
    char line[FAULT_TEXT_MAX + 2];
    size_t len;
    bool too_long; /* the rest of this line is skipped */
};

/** Reads once what waits on `fd` and applies each whole line. False: its end has come (a last line
 *  without LF counts). */
bool rule_input_read(struct rule_input *input, int fd, struct faults *faults);

#endif
