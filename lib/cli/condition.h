/**
 * Conditions over what a node answers, as scripts state them: terms that must all be true.
 *
 *     alive>=5,suspect=0,node.web2=left,node.web2.inc>7,pool.total<=64,cert_days>14,rtt_ms.p99<5
 *
 * A bare number N is `alive>=N`. A term about something that the node does not know (a member that
 * is not there, a value that is absent) is not true, whatever its comparison.
 *
 * The records of an answer (`member`, `info`) are fed one by one; nothing of them is kept but
 * the values that the terms ask for.
 */
#ifndef CLI_CONDITION_H
#define CLI_CONDITION_H

#include "base/err.h"
#include "base/record.h"
#include "cli/metric.h"

#include <stdbool.h>
#include <stddef.h>

#define CONDITION_TERMS_MAX 32

enum condition_op { OP_EQUAL, OP_UNEQUAL, OP_LESS, OP_AT_MOST, OP_MORE, OP_AT_LEAST };

struct condition_term {
    struct metric metric;
    enum condition_op op;
    double limit;                /* of METRIC_STATE the number of a state */
    char text[METRIC_TEXT_SIZE]; /* as typed */
};

struct condition {
    struct condition_term terms[CONDITION_TERMS_MAX];
    size_t count;
};

/** Takes the text. ERR_USAGE with what is wrong with which term in `why`. */
int condition_parse(const char *text, struct condition *condition, struct why *why);

/** Whether any term is about what `info` records tell, or `member` records. */
bool condition_needs_info(const struct condition *condition);
bool condition_needs_members(const struct condition *condition);

/** Forgets all values, before the records of the next answer. */
void condition_begin(struct condition *condition);

/** Takes one record; events that no term asks for are passed over. 0 or ERR_NO_MEMORY. */
int condition_feed(struct condition *condition, const struct record *record);

/** Whether all terms are true of what was fed. If not, the first that is not, and its value, is in
 *  `why` (may be NULL). */
bool condition_holds(struct condition *condition, struct why *why);

/** Frees what was fed; of a parsed condition, or one whose count is 0. */
void condition_free(struct condition *condition);

#endif
