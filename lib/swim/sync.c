#include "swim/sync.h"

#include "swim/core.h"

#include "base/duration.h"
#include "wire/codec.h"

/* The field `last` on the wire: its id, its length, its value. */
#define SYNC_LAST_SIZE 3

void sync_init(struct sync *sync)
{
    *sync = (struct sync){.next_ns = NEVER, .early_ns = {NEVER, NEVER}};
}

uint64_t sync_start(struct swim *swim, const struct name *with, bool join)
{
    const struct member *member = members_find(&swim->members, with);
    struct output_item *item = outputs_add(&swim->outputs, SWIM_SEND);
    item->peer = *with;
    if (member)
        item->addr = member->told.addr;
    item->send.type = MESSAGE_SYNC;
    item->send.pseq = core_next_pseq(swim);
    item->send.sync.join = join;
    return item->send.pseq;
}

/* Who joins asks first what is held of it, and who may be another's twin is not to be believed
 * before it knows: its record might win by chance, the incarnations being equal. */
static bool sync_hides_self(const struct swim *swim, const struct msg_sync *sync)
{
    return (sync->join && !sync->reply) || swim->conflict.state != CONFLICT_IDLE;
}

size_t sync_fill(struct swim *swim, struct message *message, size_t cursor)
{
    size_t size = wire_base_size(message) + SYNC_LAST_SIZE; /* it may still be added */
    for (; cursor < swim->members.count; cursor++) {
        const struct member *member = swim->members.sorted[cursor];
        if (member == swim->self && sync_hides_self(swim, &message->sync))
            continue;
        struct update *update = &message->updates[message->update_count];
        if (message->update_count == UPDATES_PER_MESSAGE)
            break;
        member_to_update(member, &swim->self->name, swim->now, update);
        size_t more = wire_update_size(update);
        if (size + more > MESSAGE_MAX)
            break;
        size += more;
        message->update_count++;
    }
    message->sync.last = cursor == swim->members.count;
    return cursor;
}

void sync_after_join(struct swim *swim)
{
    swim->sync.early_ns[0] = swim->now + swim->profile.period_ns;
    swim->sync.early_ns[1] = swim->now + 3 * swim->profile.period_ns;
}

void swim_on_sync(struct swim *swim, const struct swim_input *input)
{
    const struct msg_sync *sync = &input->message->sync;
    if (!sync->last)
        return;
    if (sync->reply) {
        if (input->tool_link == 0)
            join_on_reply(swim, &input->peer, sync->pseq);
        return;
    }
    struct output_send *send = output_send_back(swim, input, MESSAGE_SYNC);
    send->pseq = sync->pseq;
    send->sync.reply = true;
}

static bool sync_due(struct swim *swim)
{
    bool due = false;
    for (size_t i = 0; i < SYNC_EARLY; i++) {
        if (swim->sync.early_ns[i] <= swim->now) {
            swim->sync.early_ns[i] = NEVER;
            due = true;
        }
    }
    if (swim->sync.next_ns <= swim->now) {
        /* A fifth of jitter, or all nodes of a simultaneous start would do it at once. */
        uint64_t jitter = rng_below(&swim->rng, swim->profile.sync_ns / 5 + 1);
        swim->sync.next_ns =
            swim->now + swim->profile.sync_ns - swim->profile.sync_ns / 10 + jitter;
        due = true;
    }
    return due;
}

void sync_tick(struct swim *swim)
{
    if (swim->sync.stopped || outputs_room(&swim->outputs) < 2)
        return;
    if (swim->sync.next_ns == NEVER && swim->members.count > 1)
        swim->sync.next_ns = swim->now + rng_below(&swim->rng, swim->profile.sync_ns + 1);
    if (!sync_due(swim))
        return;
    struct member *with;
    if (targets_draw(&swim->targets, &swim->rng, NULL, 1, &with) == 1)
        (void)sync_start(swim, &with->name, false);
}

uint64_t sync_deadline(const struct swim *swim)
{
    if (swim->sync.stopped)
        return NEVER;
    uint64_t deadline = swim->sync.next_ns;
    for (size_t i = 0; i < SYNC_EARLY; i++)
        if (swim->sync.early_ns[i] < deadline)
            deadline = swim->sync.early_ns[i];
    return deadline;
}

void sync_stop(struct swim *swim)
{
    swim->sync.stopped = true;
}
