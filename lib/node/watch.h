/**
 * Readers of the event stream: the members first, then `sync`, then each event as it comes. A
 * reader that is too slow loses events and is told how many; the node never waits for one.
 */
#ifndef NODE_WATCH_H
#define NODE_WATCH_H

#include "base/limits.h"

#include <stddef.h>
#include <stdint.h>

struct node;
struct peers_event;
struct record;

/* What a reader may be behind, in bytes, before events are dropped for it: about as many lines as
 * the ring keeps for those who come back. */
#define WATCH_BEHIND_MAX ((size_t)128 * 1024)

struct watcher {
    uint64_t request;
    uint64_t dropped; /* since it was last told */
};

/** Zeroed it is empty. */
struct watch {
    struct watcher items[REQUESTS_MAX];
    size_t count;
};

/** Answers a `watch` request, which stays open. `since=SEQ` or `since=INSTANCE:SEQ` resumes after
 * that event; what can't be resumed is told by a `gap` record, and begins with the members again.
 *  `snapshot=no`: without the members. */
void node_watch_on_request(struct node *node, const struct peers_event *event);

/** The asker of a PEERS_REQUEST_GONE is gone. */
void node_watch_on_gone(struct watch *watch, uint64_t request);

/** A sink of the node's events (its user is the `struct node`): passes each on to all readers, and
 * ends their answers with phase=done. */
int node_watch_take(void *user, const struct record *record);

#endif
