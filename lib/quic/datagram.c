#include "quic/datagram.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

struct datagram {
    struct datagram *next;
    size_t len;
    uint8_t data[];
};

int datagram_push(struct datagrams *queue, const uint8_t *data, size_t len)
{
    if (queue->count >= DATAGRAM_QUEUE_MAX)
        return ERR_LIMIT;
    struct datagram *datagram = malloc(sizeof(*datagram) + len);
    if (datagram == NULL)
        return ERR_NO_MEMORY;
    datagram->next = NULL;
    datagram->len = len;
    if (len > 0)
        memcpy(datagram->data, data, len);
    if (queue->last != NULL)
        queue->last->next = datagram;
    else
        queue->first = datagram;
    queue->last = datagram;
    queue->count++;
    return 0;
}

const uint8_t *datagram_peek(const struct datagrams *queue, size_t *len)
{
    if (queue->first == NULL)
        return NULL;
    *len = queue->first->len;
    return queue->first->data;
}

void datagram_pop(struct datagrams *queue)
{
    struct datagram *datagram = queue->first;
    queue->first = datagram->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->count--;
    free(datagram);
}

void datagram_free_all(struct datagrams *queue)
{
    while (queue->first != NULL)
        datagram_pop(queue);
}
