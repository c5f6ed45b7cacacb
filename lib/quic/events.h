/**
 * The events of an endpoint, oldest first, each with a copy of its data.
 */
#ifndef QUIC_EVENTS_H
#define QUIC_EVENTS_H

#include "quic/endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One event that waits. The last one of a connection lives inside it (`owner`), so that no lack of
 *  memory can hide an end. */
struct event_node {
    struct event_node *next;
    struct quic_conn *owner; /* NULL: allocated */
    struct quic_event event; /* `data` points behind the node */
};

struct events {
    struct event_node *first, *last, *current;
};

/** Queues a copy of `event` and its data. 0 or ERR_NO_MEMORY. */
int events_push(struct events *events, const struct quic_event *event);

/** Queues a node that is part of its owner. */
void events_push_last(struct events *events, struct event_node *node);

/** Removes what is queued for `conn`. */
void events_drop(struct events *events, const struct quic_conn *conn);

/** Takes the oldest, valid until the next pop or release; NULL: none. */
const struct event_node *events_pop(struct events *events);

/** Frees what was popped last. */
void events_release(struct events *events);

void events_free(struct events *events);

#endif
