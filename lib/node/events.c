#include "node/events.h"

#include "base/duration.h"
#include "base/err.h"
#include "base/line.h"
#include "base/wall.h"

#include <stdlib.h>
#include <string.h>

/* A line of the ring; the event numbered n has place n % EVENTS_RING. */
struct kept {
    char *line; /* NULL: there was no memory for it */
    size_t len;
};

struct events {
    struct events_stats stats;
    struct {
        node_events_sink *take;
        void *user;
    } sinks[EVENTS_SINKS_MAX];
    size_t sink_count;
    bool closed;
    uint64_t second_ns; /* when the present second of limited events began */
    unsigned in_second;
    struct record record;
    char line[LINE_MAX_BYTES + 1];
    struct kept ring[EVENTS_RING];
};

struct events *node_events_new(void)
{
    return calloc(1, sizeof(struct events));
}

void node_events_free(struct events *events)
{
    if (events == NULL)
        return;
    for (size_t i = 0; i < EVENTS_RING; i++)
        free(events->ring[i].line);
    free(events);
}

int node_events_add_sink(struct events *events, node_events_sink *sink, void *user)
{
    if (events->sink_count == EVENTS_SINKS_MAX)
        return ERR_LIMIT;
    events->sinks[events->sink_count].take = sink;
    events->sinks[events->sink_count].user = user;
    events->sink_count++;
    return 0;
}

/* Without memory the place stays empty, and a reader sees the gap in the numbers. */
static void keep(struct events *events, uint64_t seq)
{
    struct kept *kept = &events->ring[seq % EVENTS_RING];
    free(kept->line);
    kept->len = line_format(&events->record, events->line, sizeof events->line);
    kept->line = kept->len > 0 ? malloc(kept->len + 1) : NULL;
    if (kept->line != NULL)
        memcpy(kept->line, events->line, kept->len + 1);
}

void node_events_emit(struct events *events, const struct event *event)
{
    if (events->closed && event->kind != EVENT_SHUTDOWN)
        return;
    uint64_t seq = ++events->stats.told;
    event_to_record(event, seq, wall_now_ns(), &events->record);
    keep(events, seq);
    for (size_t i = 0; i < events->sink_count; i++)
        if (events->sinks[i].take(events->sinks[i].user, &events->record) != 0)
            events->stats.dropped++;
}

void node_events_emit_limited(struct events *events, uint64_t now, const struct event *event)
{
    if (now - events->second_ns >= NS_PER_S) {
        events->second_ns = now;
        events->in_second = 0;
    }
    if (events->in_second == REJECTED_LINES_PER_S) {
        events->stats.limited++;
        return;
    }
    events->in_second++;
    node_events_emit(events, event);
}

void node_events_close(struct events *events)
{
    events->closed = true;
}

const struct events_stats *node_events_stats(const struct events *events)
{
    return &events->stats;
}

bool node_events_find(const struct events *events, uint64_t *seq, const char **line, size_t *len)
{
    uint64_t last = events->stats.told;
    uint64_t first = last > EVENTS_RING ? last - EVENTS_RING + 1 : 1;
    for (uint64_t i = *seq > first ? *seq : first; i <= last; i++) {
        const struct kept *kept = &events->ring[i % EVENTS_RING];
        if (kept->line == NULL)
            continue;
        *seq = i;
        *line = kept->line;
        *len = kept->len;
        return true;
    }
    return false;
}
