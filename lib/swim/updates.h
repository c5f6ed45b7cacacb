/**
 * The queue of updates waiting to be gossiped. At most one per member (the record itself is read
 * when a message is filled, so a newer one replaces the queued one by itself). Order: four
 * priorities, inside each the fewest-sent first (SWIM, section 4.1), inside that the oldest.
 */
#ifndef SWIM_UPDATES_H
#define SWIM_UPDATES_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum update_priority {
    UPDATE_CRITICAL, /* refutations, leave, dead */
    UPDATE_HIGH,     /* suspect, tags */
    UPDATE_MEDIUM,   /* alive, join */
    UPDATE_LOW,      /* the rest */
    UPDATE_PRIORITIES
};

/* mult * ceil(log10(n + 1)) at its largest: log10(4097) rounds up to 4. */
#define UPDATES_BUDGET_MAX (SUSPICION_MULT_MAX * 4)

/** A member's place in the queue, embedded in it. Zeroed: not queued. */
struct update_entry {
    struct update_entry *previous, *next;
    struct updates *queue; /* NULL: not queued */
    enum update_priority priority;
    unsigned sent;
};

struct update_list {
    struct update_entry *first, *last;
};

struct updates {
    struct update_list lists[UPDATE_PRIORITIES][UPDATES_BUDGET_MAX];
    size_t count;
    unsigned lowest[UPDATE_PRIORITIES];  /* no list below holds anything: where a search starts */
    unsigned highest[UPDATE_PRIORITIES]; /* nor above */
};

void updates_init(struct updates *updates);

/** Queues the entry as not yet sent. One that waits already (in whichever queue) starts anew. */
void updates_add(struct updates *updates, struct update_entry *entry,
                 enum update_priority priority);

/** Takes it out; nothing happens if it does not wait. */
void updates_remove(struct update_entry *entry);

/** How often each update is sent: mult * ceil(log10(n + 1)) for n members (SWIM, section 4.1: a
 *  multiple of the logarithm reaches everybody with high probability), at least 1. */
unsigned updates_budget(unsigned mult, size_t n);

/** The first entry in order, or the one after `entry`; NULL at the end. The queue must not change
 *  between. */
struct update_entry *updates_first(const struct updates *updates);
struct update_entry *updates_after(const struct updates *updates, const struct update_entry *entry);

/** Counts one sending; at `budget` it leaves the queue. */
void updates_sent(struct update_entry *entry, unsigned budget);

#endif
