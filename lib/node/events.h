/**
 * What a node tells: each event gets a number and the wall time, becomes a record, is kept in a
 * ring for readers that come later, and goes to every sink. The number rises by one with each, so
 * that a reader sees what it has missed.
 */
#ifndef NODE_EVENTS_H
#define NODE_EVENTS_H

#include "base/event.h"
#include "base/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENTS_SINKS_MAX 8

struct events;

/** Takes a record at once, without waiting: 0, or an error that says why this sink dropped it
 *  (counted). The record is valid for the call only. */
typedef int node_events_sink(void *user, const struct record *record);

/** Empty, without sinks. NULL: out of memory. */
struct events *node_events_new(void);

/** NULL is allowed. */
void node_events_free(struct events *events);

/** Adds a sink, called in order of adding. ERR_LIMIT. */
int node_events_add_sink(struct events *events, node_events_sink *sink, void *user);

/** Numbers an event and tells it. */
void node_events_emit(struct events *events, const struct event *event);

/** The same for what strangers can cause at will (`peer-rejected`): at most REJECTED_LINES_PER_S a
 *  second, the rest is only counted. `now` is of the monotonic clock. */
void node_events_emit_limited(struct events *events, uint64_t now, const struct event *event);

/** From now on nothing is told but `shutdown`: the last phase of a shutdown. */
void node_events_close(struct events *events);

struct events_stats {
    uint64_t told;    /* also the number of the last one */
    uint64_t dropped; /* by a sink, once for each sink */
    uint64_t limited; /* over the rate of node_events_emit_limited */
};

const struct events_stats *node_events_stats(const struct events *events);

/** Reads the ring: the first event numbered `*seq` or higher that is still there, as a line with
 *  its LF; `*seq` becomes its number. False: there is none. The line is valid until the next emit.
 */
bool node_events_find(const struct events *events, uint64_t *seq, const char **line, size_t *len);

#endif
