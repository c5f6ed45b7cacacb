/**
 * Requests of tools, answered: who may ask what stands in wire/request.h, what is answered in
 * report. Whoever asks for the leave gets the node's `shutdown` records as they come.
 */
#ifndef NODE_CONTROL_H
#define NODE_CONTROL_H

#include "base/limits.h"

#include <stddef.h>
#include <stdint.h>

struct node;
struct peers_event;
struct record;

/** Zeroed it is empty. */
struct control {
    uint64_t leaving[REQUESTS_MAX]; /* requests that wait for the end of the shutdown */
    size_t leaving_count;
    uint64_t unanswered; /* answers that their asker was not there to take */
};

/** Answers a PEERS_REQUEST. */
void node_control_on_request(struct node *node, const struct peers_event *event);

/** The asker of a PEERS_REQUEST_GONE is gone. */
void node_control_on_gone(struct control *control, uint64_t request);

/** A sink of the node's events (its user is the `struct node`): passes on what those who asked for
 *  the leave wait for, and ends their answers with phase=done. */
int node_control_take(void *user, const struct record *record);

#endif
