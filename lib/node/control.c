#include "node/control.h"

#include "base/err.h"
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

/* The asker is listed first, so that it sees every phase. A leave that others have asked for goes
 * on: what is left of it is told. */
static void answer_leave(struct node *node, const struct peers_event *event)
{
    struct control *control = &node->control;
    const char *wait = record_text(event->record, "wait");
    if (node->state != NODE_RUNNING && node->state != NODE_ENDING) {
        end(node, event->request, ERR_NOT_NOW, "the node has left");
        return;
    }
    if (wait != NULL && strcmp(wait, "no") == 0)
        end(node, event->request, 0, NULL);
    else if (control->leaving_count < REQUESTS_MAX)
        control->leaving[control->leaving_count++] = event->request;
    else
        end(node, event->request, ERR_LIMIT, "too many wait for the leave");
    node_end(node, PHASE_LEAVE);
}

static void (*const answers[REQUEST_COUNT])(struct node *node, const struct peers_event *event) = {
    [REQUEST_MEMBERS] = answer_members,
    [REQUEST_POOL] = answer_pool,
    [REQUEST_INFO] = answer_info,
    [REQUEST_LEAVE] = answer_leave,
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
