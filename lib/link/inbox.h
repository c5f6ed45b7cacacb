/**
 * What a stream has delivered and nobody has taken yet: bytes in, whole frames or lines out.
 */
#ifndef LINK_INBOX_H
#define LINK_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zeroed it is empty. */
struct inbox {
    uint8_t *data;
    size_t start, end, capacity; /* what waits: data[start .. end) */
    bool fin;                    /* nothing more will come */
};

/** Adds bytes. 0; ERR_LIMIT when more than `max` would wait; ERR_NO_MEMORY; ERR_MALFORMED after the
 *  end of the stream. Pointers into it are void after that. */
int inbox_add(struct inbox *inbox, const uint8_t *data, size_t len, bool fin, size_t max);

/** Takes the next frame of wire/codec: 1 with the packet, which lives until the next inbox_add; 0:
 * not whole yet; ERR_MALFORMED, also for a stream that has ended inside a frame. */
int inbox_next_packet(struct inbox *inbox, const uint8_t **packet, size_t *len);

/** Takes the next line, LF included. As above; a line over `max` is ERR_LIMIT. */
int inbox_next_line(struct inbox *inbox, size_t max, const char **line, size_t *len);

/** Nothing waits. */
bool inbox_is_empty(const struct inbox *inbox);

void inbox_free(struct inbox *inbox);

#endif
