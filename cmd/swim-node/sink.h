/**
 * Where a node's events are written: standard output or a file. It never waits for a reader. What
 * can't be written at once waits in a buffer of bounded size; when that is full, events are dropped
 * and counted, and an `overflow` line says how many as soon as the output flows again. An output
 * that is closed is given up.
 */
#ifndef SWIM_NODE_SINK_H
#define SWIM_NODE_SINK_H

#include "base/err.h"
#include "base/record.h"
#include "cli/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 *      OFF      OPEN <---> FULL ----> GIVEN_UP
 *                 '----------------------^
 */
enum sink_state { SINK_OFF, SINK_OPEN, SINK_FULL, SINK_GIVEN_UP };

struct sink {
    enum sink_state state;
    enum format format;
    const char *where; /* as the user named it */
    int fd;
    bool own; /* fd is ours to close */
    char *buffer;
    size_t start, len; /* what waits: buffer[start .. start + len) */
    uint64_t dropped;  /* FULL: since when it was full */
    uint64_t dropped_seq;
};

/** Opens it: "stdout", "off", or a file that is appended to. 0, ERR_SYSTEM, ERR_NO_MEMORY. */
int sink_open(struct sink *sink, const char *where, enum format format, struct why *why);

/** Takes a record (its user is the sink): 0, or why it was dropped. */
int sink_take(void *user, const struct record *record);

/** Writes what waits, as far as it goes without waiting. */
void sink_flush(struct sink *sink);

/** When to flush again by `now`; NEVER: nothing waits. */
uint64_t sink_deadline(const struct sink *sink, uint64_t now);

/** Writes what waits while a reader takes it, then frees all. */
void sink_close(struct sink *sink);

#endif
