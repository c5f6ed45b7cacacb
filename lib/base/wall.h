/**
 * The wall clock: the only place that reads it. For what people read (lines, certificates);
 * no protocol decision rests on it.
 */
#ifndef BASE_WALL_H
#define BASE_WALL_H

#include <stdint.h>

#define WALL_TEXT_SIZE 32

/** Nanoseconds since 1970-01-01T00:00:00Z. */
uint64_t wall_now_ns(void);

/** RFC 3339 UTC with microseconds, "2026-11-01T12:00:00.000000Z". Returns `buf`, of
 *  WALL_TEXT_SIZE bytes. */
const char *wall_format(uint64_t wall_ns, char *buf);

/** The reverse; 0 or ERR_USAGE. Takes exactly what wall_format writes. */
int wall_parse(const char *text, uint64_t *wall_ns);

#endif
