#include "quic/events.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

static void append(struct events *events, struct event_node *node)
{
    node->next = NULL;
    if (events->last != NULL)
        events->last->next = node;
    else
        events->first = node;
    events->last = node;
}

int events_push(struct events *events, const struct quic_event *event)
{
    struct event_node *node = malloc(sizeof(*node) + event->len);
    if (node == NULL)
        return ERR_NO_MEMORY;
    node->owner = NULL;
    node->event = *event;
    if (event->len > 0) {
        uint8_t *data = (uint8_t *)(node + 1);
        memcpy(data, event->data, event->len);
        node->event.data = data;
    }
    append(events, node);
    return 0;
}

void events_push_last(struct events *events, struct event_node *node)
{
    append(events, node);
}

void events_drop(struct events *events, const struct quic_conn *conn)
{
    struct event_node **at = &events->first;
    events->last = NULL;
    while (*at != NULL) {
        struct event_node *node = *at;
        if (node->event.conn == conn && node->owner == NULL) {
            *at = node->next;
            free(node);
        } else {
            events->last = node;
            at = &node->next;
        }
    }
}

const struct event_node *events_pop(struct events *events)
{
    events_release(events);
    struct event_node *node = events->first;
    if (node == NULL)
        return NULL;
    events->first = node->next;
    if (events->first == NULL)
        events->last = NULL;
    events->current = node;
    return node;
}

void events_release(struct events *events)
{
    if (events->current != NULL && events->current->owner == NULL)
        free(events->current);
    events->current = NULL;
}

void events_free(struct events *events)
{
    while (events_pop(events) != NULL)
        ;
}
