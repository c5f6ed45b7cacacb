/**
 * Readers of the event stream: the members first, then `sync`, then each event as it comes. A
 * reader that is too slow loses events and is told how many; the node never waits for one.
 *
 * An event after some quiet is passed on at once; those that follow closely wait a little for each
 * other, for what a reader costs is packets.
 */
#ifndef NODE_WATCH_H
#define NODE_WATCH_H

#include "base/duration.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;
struct peers_event;
struct record;

/* What a reader may be behind, in bytes, before events are dropped for it: about as many lines as
 * the ring keeps for those who come back. */
#define WATCH_BEHIND_MAX ((size_t)128 * 1024)

/* How long events wait for each other at most: people do not see it, scripts do not wait for it. */
#define WATCH_GATHER_NS (50 * NS_PER_MS)

struct watcher {
    uint64_t request;
    uint64_t passed;  /* number of the last event that it was given, or has lost */
    uint64_t dropped; /* since it was last told */
};

/** Zeroed it is empty. */
struct watch {
    struct watcher items[REQUESTS_MAX];
    size_t count;
    bool waiting;       /* events wait to be passed on, */
    uint64_t first;     /* the first of them of that number, */
    uint64_t gather_ns; /* until then */
};

/** Answers a `watch` request, which stays open. `since=SEQ` or `since=INSTANCE:SEQ` resumes after
 * that event; what can't be resumed is told by a `gap` record, and begins with the members again.
 *  `snapshot=no`: without the members. */
void node_watch_on_request(struct node *node, const struct peers_event *event);

/** The asker of a PEERS_REQUEST_GONE is gone. */
void node_watch_on_gone(struct watch *watch, uint64_t request);

/** A sink of the node's events (its user is the `struct node`): passes each on to all readers, now
 * or by node_watch_tick, and ends their answers with phase=done. */
int node_watch_take(void *user, const struct record *record);

/** Passes on what has waited long enough. */
void node_watch_tick(struct node *node);

/** When that is due; NEVER: nothing waits. */
uint64_t node_watch_deadline(const struct watch *watch);

#endif
