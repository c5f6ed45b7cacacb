#include "node/flow.h"

#include "node/inside.h"

#include <string.h>

/* Outputs of the core. */

static void send_message(struct node *node, const struct swim_output *output)
{
    int rc;
    if (output->tool_link != 0)
        rc = peers_send_link(node->peers, node->now, output->tool_link, output->message);
    else
        rc = peers_send(node->peers, node->now, &output->peer, &output->addr, output->message,
                        output->reliable);
    if (rc != 0)
        node->lost++; /* like a packet that was lost: the core's timers see to it */
}

static void tell_event(struct node *node, const struct swim_output *output)
{
    const struct event *event = output->event;
    struct name name;
    node_events_emit(node->events, event);
    if (event->kind == EVENT_JOINED && event->peer != NULL &&
        name_set(&name, event->peer, strlen(event->peer)) == 0)
        seeds_on_joined(node->seeds, node->now, &name);
}

static void connect_peer(struct node *node, const struct swim_output *output)
{
    if (peers_dial(node->peers, node->now, &output->peer, &output->addr) != 0)
        node->lost++;
}

static void drop_peer(struct node *node, const struct swim_output *output)
{
    peers_drop(node->peers, node->now, &output->peer);
}

static void know_instance(struct node *node, const struct swim_output *output)
{
    peers_set_instance(node->peers, node->now, &output->peer, output->instance);
}

static void yield_name(struct node *node, const struct swim_output *output)
{
    (void)output;
    node->err = why_set(&node->why, ERR_CONFLICT, "%s", node->self.text);
}

static void (*const output_rules[])(struct node *node, const struct swim_output *output) = {
    [SWIM_SEND] = send_message, [SWIM_EVENT] = tell_event,    [SWIM_CONNECT] = connect_peer,
    [SWIM_DROP] = drop_peer,    [SWIM_KNOWN] = know_instance, [SWIM_YIELD] = yield_name,
};

int node_input(struct node *node, const struct swim_input *input)
{
    struct swim_output output;
    if (node->core == NULL)
        return ERR_NOT_NOW;
    int rc = swim_step(node->core, node->now, input);
    while (swim_next_output(node->core, &output))
        output_rules[output.kind](node, &output);
    return rc;
}

int node_command(struct node *node, enum swim_verb verb)
{
    const struct swim_input input = {.kind = SWIM_COMMAND, .verb = verb};
    return node_input(node, &input);
}

int flow_announce_leave(struct node *node)
{
    const struct swim_input leave = {
        .kind = SWIM_COMMAND,
        .verb = SWIM_LEAVE,
        .reason = {(const uint8_t *)node->reason, strlen(node->reason)},
    };
    int rc = node_input(node, &leave);
    node->announced = rc == 0;
    return rc;
}

/* Events of the peers. An input that the core refuses for want of memory is lost as a packet is. */

static void give(struct node *node, const struct swim_input *input)
{
    if (node_input(node, input) != 0)
        node->lost++;
}

/* Whether a dial was refused, and how, as far as the core tells them apart. */
static enum accusation cause_of(int reason)
{
    if (reason == ERR_REFUSED)
        return ACCUSATION_REFUSED;
    return reason == ERR_RESET || reason == ERR_CLOSED ? ACCUSATION_CLOSED : ACCUSATION_NONE;
}

static void give_link(struct node *node, const struct peers_event *event,
                      enum swim_link_change change)
{
    const struct swim_input input = {
        .kind = SWIM_LINK,
        .peer = event->name,
        .change = change,
        .instance = event->hello != NULL ? event->hello->instance : 0,
        .age_ms = event->hello != NULL ? event->hello->age_ms : 0,
        .addr = event->addr,
        .payload_max = event->payload_max,
        .cause = cause_of(event->reason),
    };
    if (!name_is_empty(&event->name))
        give(node, &input);
}

static void on_up(struct node *node, const struct peers_event *event)
{
    struct swim_member member;
    if (node->core != NULL && swim_member_find(node->core, &event->name, &member))
        peers_set_instance(node->peers, node->now, &event->name, member.instance);
    give_link(node, event, SWIM_LINK_UP);
    if (!seeds_on_up(node->seeds, node->now, &event->addr, &event->name))
        return;
    const struct swim_input join = {.kind = SWIM_COMMAND, .verb = SWIM_JOIN, .peer = event->name};
    int rc = node_input(node, &join);
    if (rc != 0)
        seeds_on_lost(node->seeds, node->now, &join.peer, rc);
}

static void on_down(struct node *node, const struct peers_event *event)
{
    give_link(node, event, SWIM_LINK_DOWN);
    seeds_on_lost(node->seeds, node->now, &event->name, event->reason);
}

static void on_failed(struct node *node, const struct peers_event *event)
{
    give_link(node, event, SWIM_LINK_FAILED);
    seeds_on_failed(node->seeds, node->now, &event->addr, event->leg, event->reason);
}

static void on_hint(struct node *node, const struct peers_event *event)
{
    give_link(node, event, SWIM_LINK_HINT);
}

static void on_message(struct node *node, const struct peers_event *event)
{
    const struct swim_input input = {
        .kind = SWIM_MESSAGE,
        .peer = event->name,
        .message = event->message,
        .tool_link = event->link,
    };
    give(node, &input);
}

static void on_request(struct node *node, const struct peers_event *event)
{
    node_control_on_request(node, event);
}

static void on_request_gone(struct node *node, const struct peers_event *event)
{
    node_control_on_gone(&node->control, event->request);
    node_watch_on_gone(&node->watchers, event->request);
}

static void tell_peer(struct node *node, const struct peers_event *peers, enum event_kind kind,
                      const char *reason)
{
    struct event event;
    event_init(&event, kind);
    event.node = peers->name;
    event.addr = peers->addr;
    event.dir = peers->dialled ? "out" : "in";
    event.conn = peers->resumed ? "resumed" : "new";
    event.reason = reason;
    event.current = peers->current;
    event.max = peers->max;
    if (kind == EVENT_PEER_REJECTED)
        node_events_emit_limited(node->events, node->now, &event);
    else
        node_events_emit(node->events, &event);
}

static void on_opened(struct node *node, const struct peers_event *event)
{
    if (certificates_note(&node->certificates, &event->name, event->cert_until_ns) != 0)
        node->lost++; /* a report lacks its date */
    tell_peer(node, event, EVENT_POOL_OPEN, NULL);
}

/* It has met the process that keeps its name, through what we told it. */
static void tell_conflict(struct node *node, const struct peers_event *peers)
{
    struct event event;
    struct swim_member member;
    if (node->core == NULL || !swim_member_find(node->core, &peers->name, &member))
        return;
    event_init(&event, EVENT_CONFLICT);
    event.node = peers->name;
    event.addr = member.addr;
    event.inc = member.incarnation;
    event.other = peers->addr;
    node_events_emit(node->events, &event);
}

static void on_closed(struct node *node, const struct peers_event *event)
{
    tell_peer(node, event, EVENT_POOL_CLOSE, event->why_closed);
    if (strcmp(event->why_closed, err_name(ERR_CONFLICT)) == 0)
        tell_conflict(node, event);
}

static void on_full(struct node *node, const struct peers_event *event)
{
    tell_peer(node, event, EVENT_POOL_FULL, NULL);
}

static void on_rejected(struct node *node, const struct peers_event *event)
{
    tell_peer(node, event, EVENT_PEER_REJECTED, err_name(event->reason));
}

/* Leases are of tools. */
static void on_lease(struct node *node, const struct peers_event *event)
{
    (void)node;
    (void)event;
}

static void (*const event_rules[])(struct node *node, const struct peers_event *event) = {
    [PEERS_UP] = on_up,
    [PEERS_DOWN] = on_down,
    [PEERS_HINT] = on_hint,
    [PEERS_FAILED] = on_failed,
    [PEERS_MESSAGE] = on_message,
    [PEERS_REQUEST] = on_request,
    [PEERS_REQUEST_GONE] = on_request_gone,
    [PEERS_REJECTED] = on_rejected,
    [PEERS_OPENED] = on_opened,
    [PEERS_CLOSED] = on_closed,
    [PEERS_FULL] = on_full,
    [PEERS_READY] = on_lease,
    [PEERS_LOST] = on_lease,
};

void flow_take_events(struct node *node)
{
    struct peers_event event;
    while (peers_next_event(node->peers, node->now, &event))
        event_rules[event.kind](node, &event);
}
