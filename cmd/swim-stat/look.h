/**
 * What the questions of one look share: which records of their answers are shown, and what is
 * kept of the others.
 */
#ifndef SWIM_STAT_LOOK_H
#define SWIM_STAT_LOOK_H

#include "base/addr.h"
#include "base/err.h"
#include "cli/target.h"
#include "options.h"
#include "rowset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A live member, which may be asked for its own view. */
struct teller {
    struct name name;
    struct addr addr;
    bool first; /* the node that was asked for the members */
    bool asked; /* its view is wanted */
};

struct look {
    const struct stat_options *options;
    struct stat_plan *plan;
    const struct target *target;
    uint64_t deadline; /* of all its questions */
    struct why *why;
    struct why refusal; /* our own reason to end a question; ask_run knows only its error */

    struct format_rows rows;
    struct rowset kept; /* of rows that have to wait for each other */
    bool keep;
    struct name *fitting; /* whose tags fit, in order of name; only where another record needs it */
    size_t fitting_count;
    struct teller *tellers; /* of `rtt`: the live members */
    size_t teller_count;
    bool first_told; /* the first member of an answer is the node asked */
    bool found;      /* --node is known, or was not asked for */
    bool complete;   /* everybody who was to be asked has answered */
    size_t shown;
};

/** Asks one node; its records are filtered, counted and shown or kept. As ask_run; ERR_USAGE for a
 *  column that the node does not tell. */
int look_ask(struct look *look, enum request_verb verb, const struct hostport *hostport,
             uint64_t deadline);

/** Takes one record that is to be shown if the options want it. 0, or as format_row. */
int look_show(struct look *look, const struct record *record);

/** Writes one record in the form asked for. */
int look_write(struct look *look, const struct record *record);

/** Whether a member's tags are those of --tag; after the members were asked for. */
bool look_fits(struct look *look, const char *name);

void look_free(struct look *look);

#endif
