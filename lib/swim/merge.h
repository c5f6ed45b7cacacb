/**
 * The merge rule: what a record that is heard means to the one that is held. The same everywhere
 * and for everybody, so that the order in which news arrive does not matter:
 *
 *   higher incarnation wins; at equal incarnation left > dead > suspect > alive; at equal
 *   incarnation and state the larger record (instance, then bytes).
 *
 * After SWIM, section 4.2 ("alive", "suspect" and "confirm" override rules), with `left` added.
 */
#ifndef SWIM_MERGE_H
#define SWIM_MERGE_H

#include "wire/msg.h"

#include <stdbool.h>

struct swim;

enum verdict {
    VERDICT_KEEP,   /* what we hold stands */
    VERDICT_TAKE,   /* what was heard replaces it */
    VERDICT_REFUTE, /* it is about ourselves and not so */
    VERDICT_REPEAT, /* it is about ourselves and out of date: the teller missed our answer */
    VERDICT_REJECT_UNKNOWN, /* suspect, dead or left about a name that is not in the table */
    VERDICT_CLIMB,          /* it is about ourselves, not so, and too far above us for one step */
    VERDICT_REJECT_JUMP,    /* an incarnation that no honest history leads to */
};

/** What one holds, as far as the rule looks at it. */
struct merge_held {
    const struct update *record; /* NULL: the name is unknown */
    bool self;                   /* it is our own */
    bool joining;                /* and we are about to learn at a join where it stands */
};

/** Decides. Pure. `first_hand`: the subject itself says so, over its own certificate. */
enum verdict merge_decide(const struct merge_held *held, const struct update *heard,
                          bool first_hand);

/** Applies an update that `teller` told to the member table: the verdict carried out, news queued
 * for gossip, events emitted. */
void merge_apply(struct swim *swim, const struct name *teller, const struct update *heard);

#endif
