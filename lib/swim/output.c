#include "swim/output.h"

#include "base/err.h"
#include "swim/core.h"

#include <assert.h>
#include <stdlib.h>

#define OUTPUTS_FIRST 64

int outputs_init(struct outputs *outputs)
{
    outputs->items = NULL;
    outputs->first = outputs->count = outputs->capacity = 0;
    return outputs_reserve(outputs, OUTPUTS_FIRST);
}

void outputs_free(struct outputs *outputs)
{
    free(outputs->items);
    outputs->items = NULL;
    outputs->first = outputs->count = outputs->capacity = 0;
}

int outputs_reserve(struct outputs *outputs, size_t more)
{
    if (outputs_room(outputs) >= more)
        return 0;
    assert(outputs->count + more <= OUTPUTS_MAX);
    size_t capacity = outputs->capacity ? outputs->capacity : OUTPUTS_FIRST;
    while (capacity < outputs->count + more)
        capacity *= 2;
    struct output_item *items = realloc(outputs->items, capacity * sizeof(struct output_item));
    if (!items)
        return ERR_NO_MEMORY;
    outputs->items = items;
    outputs->capacity = capacity;
    return 0;
}

size_t outputs_room(const struct outputs *outputs)
{
    return outputs->capacity - outputs->count;
}

struct output_item *outputs_add(struct outputs *outputs, enum swim_output_kind kind)
{
    assert(outputs_room(outputs) > 0);
    struct output_item *item = &outputs->items[outputs->count++];
    *item = (struct output_item){.kind = kind};
    return item;
}

struct output_send *output_send_to(struct swim *swim, const struct member *member,
                                   enum message_type type)
{
    struct output_item *item = outputs_add(&swim->outputs, SWIM_SEND);
    item->peer = member->name;
    item->addr = member->told.addr;
    item->send.type = type;
    return &item->send;
}

struct output_send *output_send_back(struct swim *swim, const struct swim_input *input,
                                     enum message_type type)
{
    struct output_item *item = outputs_add(&swim->outputs, SWIM_SEND);
    const struct member *member = members_find(&swim->members, &input->peer);
    item->peer = input->peer;
    item->tool_link = input->tool_link;
    if (member)
        item->addr = member->told.addr;
    item->send.type = type;
    return &item->send;
}

struct event *output_event(struct swim *swim, enum event_kind kind, const struct member *member)
{
    struct output_item *item = outputs_add(&swim->outputs, SWIM_EVENT);
    event_init(&item->event, kind);
    if (member) {
        item->event.node = member->name;
        item->event.addr = member->told.addr;
        item->event.inc = member->told.incarnation;
        item->event.tags = member_tags(member);
    }
    return &item->event;
}

/* Fills the message of a send. True: a further chunk of the same send follows. */
static bool output_fill(struct swim *swim, struct output_item *item, struct message *message)
{
    struct output_send *send = &item->send;
    message->type = send->type;
    message->update_count = 0;
    switch (send->type) {
    case MESSAGE_PING:
        message->ping.pseq = send->pseq;
        break;
    case MESSAGE_ACK:
        message->ack = send->ack;
        break;
    case MESSAGE_PING_REQ:
        message->ping_req = send->ping_req;
        break;
    case MESSAGE_NACK:
        message->nack.pseq = send->pseq;
        break;
    case MESSAGE_LEAVE:
        message->leave = send->leave;
        return false;
    case MESSAGE_LEAVE_ACK:
        message->leave_ack.pseq = send->pseq;
        return false;
    case MESSAGE_SYNC:
        message->sync = (struct msg_sync){
            .pseq = send->pseq, .reply = send->sync.reply, .join = send->sync.join};
        send->sync.cursor = sync_fill(swim, message, send->sync.cursor);
        return !message->sync.last;
    default:
        message->gossip.unused = 0;
        break;
    }
    if (item->tool_link == 0)
        gossip_fill(swim, message, &item->peer, send, item->reliable);
    return false;
}

bool swim_next_output(struct swim *swim, struct swim_output *output)
{
    struct outputs *outputs = &swim->outputs;
    if (outputs->first == outputs->count) {
        outputs->first = outputs->count = 0;
        return false;
    }
    struct output_item *item = &outputs->items[outputs->first];
    *output = (struct swim_output){
        .kind = item->kind,
        .peer = item->peer,
        .addr = item->addr,
        .tool_link = item->tool_link,
        .instance = item->instance,
        .reliable = item->reliable,
    };
    bool more = false;
    if (item->kind == SWIM_SEND) {
        more = output_fill(swim, item, &outputs->message);
        output->message = &outputs->message;
    } else if (item->kind == SWIM_EVENT) {
        outputs->event = item->event;
        output->event = &outputs->event;
    }
    if (!more)
        outputs->first++;
    return true;
}
