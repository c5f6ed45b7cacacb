/**
 * What swim-stat can be asked for, and how.
 */
#ifndef SWIM_STAT_OPTIONS_H
#define SWIM_STAT_OPTIONS_H

#include "cli/checks.h"
#include "cli/columns.h"
#include "cli/condition.h"
#include "cli/format.h"
#include "cli/program.h"
#include "wire/request.h"

/** The options as typed. */
struct stat_options {
    struct common common;
    const char *connect, *format, *columns, *states, *node, *sort, *pick, *output, *wait, *expect;
    struct opt_list tags, warning, critical;
    uint64_t watch_ns, for_ns;
    bool no_header, nonempty;
};

extern const struct opt stat_rows[];

/** A subcommand: a request to the node, and the records of its answer. */
struct verb {
    const char *name;
    enum request_verb request;
    const char *event;    /* of the records of the answer */
    const char *columns;  /* "a|b|c", what -o may name; NULL: whatever the node tells */
    const char *shown;    /* "a,b,c", of a table without -o; NULL: all that the node tells */
    const char *states;   /* "a|b|c", what -s may name; NULL: it has none */
    const char *name_key; /* what -n and -T are about; NULL: nothing */
    const char *peer_key; /* what -T is about too; NULL: nothing */
    bool must_exist;      /* -n of an unknown name is answered by no */
    bool can_pick;        /* it has members with a round trip, one of which may be picked */
};

enum pick { PICK_ALL, PICK_RANDOM, PICK_RTT };

/** The options as meant. */
struct stat_plan {
    const struct verb *verb;
    enum format format;
    struct columns columns, states; /* count 0: not given */
    struct columns sort;            /* names with a leading "-": the greatest first */
    enum pick pick;
    struct condition condition; /* count 0: none */
    struct checks checks;       /* of nagios */
    bool wait;                  /* until the condition holds, without a break for `for_ns` */
    bool watch;                 /* again each watch_ns */
    uint64_t timeout_ns;
};

/** Reads the options and the operands. ERR_USAGE. The plan must not be copied; stat_plan_free is
 *  due whatever this returns. */
int stat_plan_make(const struct stat_options *options, int count, char **operands,
                   struct stat_plan *plan, struct why *why);

void stat_plan_free(struct stat_plan *plan);

#endif
