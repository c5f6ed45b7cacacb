/**
 * Joining through a seed: first learn what the cluster holds, our own name included, then announce
 * ourselves above it. So a restarted node takes its name back at once.
 */
#ifndef SWIM_JOIN_H
#define SWIM_JOIN_H

#include "base/name.h"

#include <stdbool.h>
#include <stdint.h>

struct swim;

#define JOINS_MAX 8 /* seeds that are asked at once */

/** First syncs under way, by their sequence numbers. */
struct join {
    bool announced; /* a join has ended well: the cluster knows us */
    struct {
        struct name seed; /* empty: free */
        uint64_t pseq;
        bool answered; /* only the check for another process of our name is awaited
                        */
    } items[JOINS_MAX];
};

/** Syncs with `seed`, whose link is up. ERR_LIMIT: too many at once. */
int join_start(struct swim *swim, const struct name *seed);

/** Whether our first join is under way: what the cluster holds of our name is about to be learnt.
 */
bool join_is_first(const struct swim *swim);

/** The last chunk of an answer has been merged: if it was a join's, we announce ourselves. */
void join_on_reply(struct swim *swim, const struct name *seed, uint64_t pseq);

/** The check for another process under our name has ended: joins that waited
 * for it go on. */
void join_resume(struct swim *swim);

/** The link to a seed is gone: its join has failed. */
void join_forget(struct swim *swim, const struct name *seed);

/** We leave or stop: no answer that still comes leads anywhere. */
void join_stop(struct swim *swim);

#endif
