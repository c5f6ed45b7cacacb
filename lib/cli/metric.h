/**
 * A number that a node's answer tells, by the name that scripts give it:
 *
 *     alive suspect dead left members      how many members are in that state, or at all
 *     node.NAME.KEY                        inc, age, rtt_ms or cert_days of one member
 *     cert_days                            the least of all members
 *     rtt_ms.p99                           a percentile over the live members (nearest rank)
 *     pool.total lhm …                     of the node's own report
 *
 * The records of an answer (`member`, `info`) are fed one by one; nothing of them is kept but
 * what the metric asks for.
 */
#ifndef CLI_METRIC_H
#define CLI_METRIC_H

#include "base/err.h"
#include "base/member_state.h"
#include "base/name.h"
#include "base/record.h"

#include <stdbool.h>
#include <stddef.h>

#define METRIC_TEXT_SIZE 160

enum metric_subject {
    METRIC_COUNT,      /* members in `state` */
    METRIC_STATE,      /* the number of the state of `node` */
    METRIC_NODE,       /* the number `key` of the member `node` */
    METRIC_LEAST,      /* the smallest `key` of all members that have one */
    METRIC_PERCENTILE, /* of `key` of the live members that have one */
    METRIC_INFO,       /* the number `key` of the node's own report */
};

struct metric {
    enum metric_subject subject;
    enum member_state state;
    struct name node;
    const char *key;
    double percent;

    bool known;     /* what the records said so far */
    double value;   /* not of METRIC_PERCENTILE: see metric_value */
    double *values; /* of METRIC_PERCENTILE */
    size_t count, room;
};

/** Takes a name. ERR_USAGE: nothing is called so, told in `why`. metric_free is due. */
int metric_parse(const char *text, struct metric *metric, struct why *why);

/** The state of the member that `len` bytes name. ERR_USAGE: no node name. */
int metric_of_state(const char *name, size_t len, struct metric *metric, struct why *why);

/** Whether it is about what `info` records tell; else about `member` records. */
bool metric_needs_info(const struct metric *metric);

/** Forgets what was fed, before the records of the next answer. */
void metric_begin(struct metric *metric);

/** Takes one record; an event that it does not ask for is passed over. 0 or ERR_NO_MEMORY. */
int metric_feed(struct metric *metric, const struct record *record);

/** Its value. False: the node does not know it. */
bool metric_value(struct metric *metric, double *value);

void metric_free(struct metric *metric);

#endif
