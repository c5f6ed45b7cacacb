#include "link/inbox.h"

#include "base/err.h"
#include "wire/codec.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 512

/* Room for `len` more bytes, moving what waits to the front first. */
static int make_room(struct inbox *inbox, size_t len)
{
    size_t waits = inbox->end - inbox->start;
    if (inbox->start > 0) {
        memmove(inbox->data, inbox->data + inbox->start, waits);
        inbox->start = 0;
        inbox->end = waits;
    }
    if (inbox->capacity - waits >= len)
        return 0;
    size_t capacity = inbox->capacity ? inbox->capacity : FIRST_CAPACITY;
    while (capacity - waits < len)
        capacity *= 2;
    uint8_t *data = realloc(inbox->data, capacity);
    if (!data)
        return ERR_NO_MEMORY;
    inbox->data = data;
    inbox->capacity = capacity;
    return 0;
}

int inbox_add(struct inbox *inbox, const uint8_t *data, size_t len, bool fin, size_t max)
{
    if (inbox->fin)
        return ERR_MALFORMED;
    if (len > max || inbox->end - inbox->start > max - len)
        return ERR_LIMIT;
    if (len > 0) {
        int rc = make_room(inbox, len);
        if (rc != 0)
            return rc;
        memcpy(inbox->data + inbox->end, data, len);
        inbox->end += len;
    }
    inbox->fin = fin;
    return 0;
}

int inbox_next_packet(struct inbox *inbox, const uint8_t **packet, size_t *len)
{
    if (inbox_is_empty(inbox))
        return 0;
    size_t used = 0;
    int rc =
        wire_unframe(inbox->data + inbox->start, inbox->end - inbox->start, packet, len, &used);
    if (rc == 1)
        inbox->start += used;
    return rc == 0 && inbox->fin ? ERR_MALFORMED : rc;
}

int inbox_next_line(struct inbox *inbox, size_t max, const char **line, size_t *len)
{
    if (inbox_is_empty(inbox))
        return 0;
    size_t waits = inbox->end - inbox->start;
    const uint8_t *begin = inbox->data + inbox->start;
    const uint8_t *lf = memchr(begin, '\n', waits);
    size_t length = lf ? (size_t)(lf - begin) + 1 : waits;
    if (length > max)
        return ERR_LIMIT;
    if (!lf)
        return inbox->fin ? ERR_MALFORMED : 0;
    *line = (const char *)begin;
    *len = length;
    inbox->start += length;
    return 1;
}

bool inbox_is_empty(const struct inbox *inbox)
{
    return inbox->start == inbox->end;
}

void inbox_free(struct inbox *inbox)
{
    free(inbox->data);
    memset(inbox, 0, sizeof *inbox);
}
