#include "node/control.h"

#include "base/duration.h"
#include "base/err.h"
#include "base/wall.h"
#include "node/inside.h"
#include "node/phases.h"
#include "node/report.h"
#include "wire/request.h"

#include <stdio.h>
#include <string.h>

static void count(struct control *control, int rc)
{
    if (rc != 0)
        control->unanswered++;
}

static void end(struct node *node, uint64_t request, int err, const char *text)
{
    count(&node->control, peers_answer_end(node->peers, request, err, text));
}

static void answer_report(struct node *node, const struct peers_event *event,
                          int (*report)(const struct node *node, uint64_t request))
{
    if (node->core == NULL) {
        end(node, event->request, ERR_NOT_NOW, "the node has left");
        return;
    }
    end(node, event->request, report(node, event->request), NULL);
}

static void answer_members(struct node *node, const struct peers_event *event)
{
    answer_report(node, event, report_members);
}

static void answer_pool(struct node *node, const struct peers_event *event)
{
    answer_report(node, event, report_pool);
}

static void answer_info(struct node *node, const struct peers_event *event)
{
    answer_report(node, event, report_info);
}

static void answer_health(struct node *node, const struct peers_event *event)
{
    answer_report(node, event, report_health);
}

static void answer_rtt(struct node *node, const struct peers_event *event)
{
    answer_report(node, event, report_rtt);
}

/* The member that the request is about. False: it is refused, and so answered. */
static bool find_node(struct node *node, const struct peers_event *event, struct name *name,
                      struct swim_member *member)
{
    char text[NAME_LEN_MAX + 80];
    const char *asked = record_text(event->record, "node");
    if (asked == NULL || name_set(name, asked, strlen(asked)) != 0) {
        (void)snprintf(text, sizeof text, "%s needs the name of a node", event->record->event);
        end(node, event->request, ERR_USAGE, text);
        return false;
    }
    if (node->core == NULL || !swim_member_find(node->core, name, member)) {
        (void)snprintf(text, sizeof text, "%s is unknown here", name->text);
        end(node, event->request, ERR_NOT_FOUND, text);
        return false;
    }
    return true;
}

/* The text of the end says how much of the chain is not kept any more. */
static void answer_why(struct node *node, const struct peers_event *event)
{
    char text[80];
    struct name name;
    struct swim_member member;
    if (!find_node(node, event, &name, &member))
        return;
    uint64_t forgotten = evidence_forgotten(swim_evidence(node->core, &name));
    (void)snprintf(text, sizeof text, "%llu older steps are not kept",
                   (unsigned long long)forgotten);
    end(node, event->request, report_why(node, event->request, &name), forgotten > 0 ? text : NULL);
}

/* Takes over what the asker says of the leave. False: it is refused, and so answered. */
static bool take_wishes(struct node *node, const struct peers_event *event, uint64_t *drain_ms)
{
    const char *reason = record_text(event->record, "reason");
    *drain_ms = 0;
    if (record_uint(event->record, "drain_ms", drain_ms) && *drain_ms > DURATION_MAX_S * 1000)
        *drain_ms = DURATION_MAX_S * 1000;
    if (reason == NULL || node->state != NODE_RUNNING || node->announced)
        return true;
    struct bytes text = {(const uint8_t *)reason, strlen(reason)};
    if (!message_reason_valid(text)) {
        end(node, event->request, ERR_USAGE, "the reason is too long or holds control bytes");
        return false;
    }
    memcpy(node->reason, reason, text.len + 1);
    return true;
}

/* The asker is told at once that the drain has begun, and how long it takes. False: it has not. */
static bool begin_drain(struct node *node, const struct peers_event *event, uint64_t drain_ms)
{
    struct record leaving;
    if (node->announced)
        return true; /* the drain that others have asked for goes on */
    int rc = node_drain(node, drain_ms * NS_PER_MS);
    if (rc != 0) {
        end(node, event->request, rc, NULL);
        return false;
    }
    record_init(&leaving, "leaving", wall_now_ns());
    record_add_name(&leaving, "node", &node->self);
    record_add_uint(&leaving, "drain_ms", drain_ms);
    count(&node->control, peers_answer(node->peers, event->request, &leaving));
    return true;
}

/* The asker is listed first, so that it sees every phase. A leave that others have asked for goes
 * on: what is left of it is told. */
static void answer_leave(struct node *node, const struct peers_event *event)
{
    struct control *control = &node->control;
    const char *wait = record_text(event->record, "wait");
    uint64_t drain_ms;
    if (node->state != NODE_RUNNING && node->state != NODE_ENDING) {
        end(node, event->request, ERR_NOT_NOW, "the node has left");
        return;
    }
    if (!take_wishes(node, event, &drain_ms))
        return;
    bool drain = drain_ms > 0 && node->state == NODE_RUNNING;
    if (drain && !begin_drain(node, event, drain_ms))
        return;
    if (wait != NULL && strcmp(wait, "no") == 0)
        end(node, event->request, 0, NULL);
    else if (control->leaving_count < REQUESTS_MAX)
        control->leaving[control->leaving_count++] = event->request;
    else
        end(node, event->request, ERR_LIMIT, "too many wait for the leave");
    if (!drain)
        node_end(node, PHASE_LEAVE);
}

static bool is_yes(const struct record *record, const char *key)
{
    const char *value = record_text(record, key);
    return value != NULL && strcmp(value, "yes") == 0;
}

/* Somebody else is declared to have left; a live one only by an asker who says that he knows. */
static void answer_force(struct node *node, const struct peers_event *event)
{
    char text[NAME_LEN_MAX + 80];
    struct swim_member member;
    struct swim_input force = {.kind = SWIM_COMMAND, .verb = SWIM_FORCE};
    if (!find_node(node, event, &force.peer, &member))
        return;
    bool live = member.state == MEMBER_ALIVE || member.state == MEMBER_SUSPECT;
    if (live && !is_yes(event->record, "sure")) {
        (void)snprintf(text, sizeof text, "%s is %s: it is forced out only with --yes",
                       force.peer.text, member_state_text(member.state));
        end(node, event->request, ERR_NOT_NOW, text);
        return;
    }
    if (is_yes(event->record, "prune"))
        force.verb = SWIM_PRUNE;
    int rc = node_input(node, &force);
    end(node, event->request, rc, rc == ERR_NOT_NOW ? "a node can't force itself out" : NULL);
}

static void (*const answers[REQUEST_COUNT])(struct node *node, const struct peers_event *event) = {
    [REQUEST_MEMBERS] = answer_members, [REQUEST_POOL] = answer_pool,
    [REQUEST_HEALTH] = answer_health,   [REQUEST_RTT] = answer_rtt,
    [REQUEST_INFO] = answer_info,       [REQUEST_WATCH] = node_watch_on_request,
    [REQUEST_WHY] = answer_why,         [REQUEST_LEAVE] = answer_leave,
    [REQUEST_FORCE] = answer_force,
};

void node_control_on_request(struct node *node, const struct peers_event *event)
{
    char text[128];
    enum request_verb verb;
    const char *asked = event->record->event;
    if (!request_parse(asked, strlen(asked), &verb)) {
        (void)snprintf(text, sizeof text, "this node knows no request '%s'", asked);
        end(node, event->request, ERR_NOT_FOUND, text);
        return;
    }
    if (!event->own && !role_in(request_roles(verb), event->role)) {
        (void)snprintf(text, sizeof text, "the role %s may not ask for '%s'",
                       role_text(event->role), asked);
        end(node, event->request, ERR_FORBIDDEN, text);
        return;
    }
    answers[verb](node, event);
}

void node_control_on_gone(struct control *control, uint64_t request)
{
    for (size_t i = control->leaving_count; i-- > 0;)
        if (control->leaving[i] == request)
            control->leaving[i] = control->leaving[--control->leaving_count];
}

int node_control_take(void *user, const struct record *record)
{
    struct node *node = user;
    struct control *control = &node->control;
    if (strcmp(record->event, event_name(EVENT_SHUTDOWN)) != 0)
        return 0;
    for (size_t i = 0; i < control->leaving_count; i++)
        count(control, peers_answer(node->peers, control->leaving[i], record));
    const char *phase = record_text(record, "phase");
    if (phase == NULL || strcmp(phase, "done") != 0)
        return 0;
    for (size_t i = 0; i < control->leaving_count; i++)
        end(node, control->leaving[i], 0, NULL);
    control->leaving_count = 0;
    return 0;
}
