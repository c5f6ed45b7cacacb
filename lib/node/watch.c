#include "node/watch.h"

#include "base/err.h"
#include "base/event.h"
#include "base/wall.h"
#include "node/inside.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where a reader wants to go on. */
struct since {
    bool given, of_instance;
    uint64_t instance, seq;
};

/* "SEQ" or "INSTANCE:SEQ", the instance in hexadecimal as `sync` tells it. */
static int parse_since(const char *text, struct since *since)
{
    const char *colon = strchr(text, ':');
    const char *number = colon ? colon + 1 : text;
    char *end;
    *since = (struct since){.given = true, .of_instance = colon != NULL};
    errno = 0;
    if (colon) {
        since->instance = strtoull(text, &end, 16);
        if (errno != 0 || end != colon || colon == text)
            return ERR_USAGE;
    }
    since->seq = strtoull(number, &end, 10);
    bool digit = *number >= '0' && *number <= '9';
    return errno == 0 && digit && *end == 0 ? 0 : ERR_USAGE;
}

static uint64_t last_seq(const struct node *node)
{
    return node_events_stats(node->events)->told;
}

static int tell(const struct node *node, uint64_t request, uint64_t seq, const struct event *event)
{
    struct record record;
    event_to_record(event, seq, wall_now_ns(), &record);
    return peers_answer(node->peers, request, &record);
}

static int tell_member(const struct node *node, uint64_t request, const struct swim_member *member)
{
    static const enum event_kind kinds[MEMBER_STATE_COUNT] = {
        [MEMBER_ALIVE] = EVENT_MEMBER_ALIVE,
        [MEMBER_SUSPECT] = EVENT_MEMBER_SUSPECT,
        [MEMBER_DEAD] = EVENT_MEMBER_DEAD,
        [MEMBER_LEFT] = EVENT_MEMBER_LEAVE,
    };
    char reason[REASON_LEN_MAX + 1] = "";
    struct event event;
    event_init(&event, kinds[member->state]);
    event.node = *member->name;
    event.addr = member->addr;
    event.inc = member->incarnation;
    event.tags = member->tags;
    event.by = member->by;
    if (member->accusation != ACCUSATION_NONE)
        event.reason = accusation_text(member->accusation);
    if (member->state == MEMBER_LEFT && member->reason.len > 0) {
        memcpy(reason, member->reason.data, member->reason.len);
        event.reason = reason;
    }
    return tell(node, request, last_seq(node), &event);
}

static int tell_snapshot(const struct node *node, uint64_t request)
{
    struct swim_member member;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < swim_member_count(node->core); i++) {
        swim_member_at(node->core, i, &member);
        rc = tell_member(node, request, &member);
    }
    return rc;
}

static int tell_sync(const struct node *node, uint64_t request, uint64_t seq)
{
    struct record record;
    record_init(&record, "sync", wall_now_ns());
    record_add_uint(&record, "seq", seq);
    record_add_hex(&record, "instance", node->instance);
    return peers_answer(node->peers, request, &record);
}

static int tell_gap(const struct node *node, uint64_t request, const char *reason)
{
    struct record record;
    record_init(&record, "gap", wall_now_ns());
    record_add_uint(&record, "seq", last_seq(node));
    record_add_text(&record, "reason", reason);
    return peers_answer(node->peers, request, &record);
}

/* The events after `seq`, as they were told. */
static int tell_missed(const struct node *node, uint64_t request, uint64_t seq)
{
    const char *line;
    size_t len;
    int rc = 0;
    for (seq++; rc == 0 && node_events_find(node->events, &seq, &line, &len); seq++)
        rc = peers_answer_line(node->peers, request, line, len);
    return rc;
}

static int begin(const struct node *node, uint64_t request, const struct since *since,
                 bool snapshot)
{
    uint64_t last = last_seq(node);
    uint64_t oldest = last > EVENTS_RING ? last - EVENTS_RING : 0; /* that can be gone on from */
    bool other = since->of_instance && since->instance != node->instance;
    bool lost = since->given && (since->seq < oldest || since->seq > last);
    int rc = 0;
    if (since->given && !other && !lost) {
        rc = tell_sync(node, request, since->seq);
        return rc == 0 ? tell_missed(node, request, since->seq) : rc;
    }
    if (since->given)
        rc = tell_gap(node, request, other ? "instance" : "ring");
    if (rc == 0 && (snapshot || since->given))
        rc = tell_snapshot(node, request);
    return rc == 0 ? tell_sync(node, request, last) : rc;
}

static void refuse(struct node *node, uint64_t request, int err, const char *text)
{
    if (peers_answer_end(node->peers, request, err, text) != 0)
        node->control.unanswered++;
}

void node_watch_on_request(struct node *node, const struct peers_event *event)
{
    struct watch *watch = &node->watchers;
    struct since since = {.given = false};
    const char *text = record_text(event->record, "since");
    const char *snapshot = record_text(event->record, "snapshot");
    if (text != NULL && parse_since(text, &since) != 0) {
        refuse(node, event->request, ERR_USAGE, "since is SEQ or INSTANCE:SEQ");
        return;
    }
    if (node->core == NULL || node->state != NODE_RUNNING) {
        refuse(node, event->request, ERR_NOT_NOW, "the node is leaving");
        return;
    }
    if (watch->count == REQUESTS_MAX) {
        refuse(node, event->request, ERR_LIMIT, "too many watch this node");
        return;
    }
    int rc = begin(node, event->request, &since, snapshot == NULL || strcmp(snapshot, "no") != 0);
    if (rc != 0)
        refuse(node, event->request, rc, NULL);
    else
        watch->items[watch->count++] =
            (struct watcher){.request = event->request, .passed = last_seq(node)};
}

void node_watch_on_gone(struct watch *watch, uint64_t request)
{
    for (size_t i = watch->count; i-- > 0;)
        if (watch->items[i].request == request)
            watch->items[i] = watch->items[--watch->count];
}

/* One that has caught up to half is told first what it has lost. */
static int pass_on(struct node *node, struct watcher *watcher, uint64_t seq, const char *line,
                   size_t len)
{
    size_t behind = peers_answer_queued(node->peers, watcher->request);
    if (behind > (watcher->dropped > 0 ? WATCH_BEHIND_MAX / 2 : WATCH_BEHIND_MAX)) {
        watcher->dropped++;
        return 0;
    }
    if (watcher->dropped > 0) {
        struct event overflow;
        event_init(&overflow, EVENT_OVERFLOW);
        overflow.dropped = watcher->dropped;
        watcher->dropped = 0;
        int rc = tell(node, watcher->request, seq, &overflow);
        if (rc != 0)
            return rc;
    }
    return peers_answer_line(node->peers, watcher->request, line, len);
}

/* All events that the reader has not been given; what the ring has lost, it has lost. */
static int catch_up(struct node *node, struct watcher *watcher)
{
    const char *line;
    size_t len;
    int rc = 0;
    for (uint64_t seq = watcher->passed + 1;
         rc == 0 && node_events_find(node->events, &seq, &line, &len); seq++) {
        watcher->dropped += seq - watcher->passed - 1;
        watcher->passed = seq;
        rc = pass_on(node, watcher, seq, line, len);
    }
    return rc;
}

static void pass_all(struct node *node)
{
    struct watch *watch = &node->watchers;
    for (size_t i = watch->count; i-- > 0;)
        if (catch_up(node, &watch->items[i]) != 0)
            watch->items[i] = watch->items[--watch->count]; /* it has gone */
    watch->waiting = false;
    watch->gather_ns = duration_add(node->now, WATCH_GATHER_NS);
}

static void end_all(struct node *node)
{
    struct watch *watch = &node->watchers;
    while (watch->count > 0)
        refuse(node, watch->items[--watch->count].request, 0, NULL);
}

int node_watch_take(void *user, const struct record *record)
{
    struct node *node = user;
    struct watch *watch = &node->watchers;
    uint64_t seq;
    if (watch->count == 0)
        return 0;
    if (!record_uint(record, "seq", &seq))
        return ERR_NO_MEMORY;
    if (!watch->waiting)
        watch->first = seq;
    watch->waiting = true;
    bool ending = strcmp(record->event, event_name(EVENT_SHUTDOWN)) == 0;
    bool many = seq - watch->first >= EVENTS_RING / 2; /* before the ring loses them */
    if (ending || many || node->now >= watch->gather_ns)
        pass_all(node);
    const char *phase = record_text(record, "phase");
    if (ending && phase != NULL && strcmp(phase, "done") == 0)
        end_all(node);
    return 0;
}

void node_watch_tick(struct node *node)
{
    if (node_watch_deadline(&node->watchers) <= node->now)
        pass_all(node);
}

uint64_t node_watch_deadline(const struct watch *watch)
{
    return watch->waiting && watch->count > 0 ? watch->gather_ns : NEVER;
}
