#include "swim/gossip.h"

#include "swim/core.h"

#include "base/duration.h"
#include "wire/codec.h"

#include <stddef.h>

#define FANOUT_MAX 16

static struct member *gossip_entry_member(const struct update_entry *entry)
{
    return (struct member *)(void *)((char *)(uintptr_t)entry - offsetof(struct member, update));
}

/* Adds the member's record if it fits into `*room` bytes. */
static bool gossip_put(struct swim *swim, struct message *message, const struct member *member,
                       size_t *room)
{
    if (message->update_count == UPDATES_PER_MESSAGE)
        return false;
    struct update *update = &message->updates[message->update_count];
    member_to_update(member, &swim->self->name, swim->now, update);
    size_t size = wire_update_size(update);
    if (size > *room)
        return false;
    *room -= size;
    message->update_count++;
    return true;
}

static size_t gossip_room(const struct message *message, const struct member *to, bool reliable)
{
    size_t most = reliable ? MESSAGE_MAX : to && to->linked ? to->payload_max : DATAGRAM_SAFE;
    size_t base = wire_base_size(message);
    return most > base ? most - base : 0;
}

void gossip_fill(struct swim *swim, struct message *message, const struct name *to,
                 const struct output_send *send, bool reliable)
{
    struct member *receiver = members_find(&swim->members, to);
    size_t room = gossip_room(message, receiver, reliable);
    if (receiver && receiver->shown != MEMBER_ALIVE) {
        if (gossip_put(swim, message, receiver, &room))
            receiver->told_ns = swim->now;
    }
    if (send->tell && send->tell != receiver)
        (void)gossip_put(swim, message, send->tell, &room);
    struct updates *updates = send->bulky ? &swim->bulky : &swim->updates;
    unsigned budget = updates_budget(swim->profile.suspicion_mult, swim->members.count);
    struct update_entry *sent[UPDATES_PER_MESSAGE + 1];
    size_t count = 0;
    for (struct update_entry *entry = updates_first(updates); entry;
         entry = updates_after(updates, entry)) {
        const struct member *subject = gossip_entry_member(entry);
        /* The receiver knows itself, or was told above: that counts as sent, or news that concern
         * only the last other member would wait for ever. */
        if (subject == receiver || subject == send->tell ||
            gossip_put(swim, message, subject, &room))
            sent[count++] = entry;
        else if (message->update_count == UPDATES_PER_MESSAGE || room < NAME_LEN_MAX)
            break;
    }
    for (size_t i = 0; i < count; i++)
        updates_sent(sent[i], budget);
}

void gossip_tell(struct swim *swim, struct member *member, enum message_type type)
{
    if (member->shown == MEMBER_ALIVE || type == MESSAGE_PING || swim->gossip.stopped)
        return; /* the ack of a ping tells it */
    if (member->told_ns != 0 && swim->now < member->told_ns + swim->profile.timeout_ns)
        return;
    member->told_ns = swim->now;
    output_send_to(swim, member, MESSAGE_GOSSIP);
}

static void gossip_send(struct swim *swim, const struct member *to, bool bulky)
{
    struct output_send *send = output_send_to(swim, to, MESSAGE_GOSSIP);
    send->bulky = bulky;
    swim->outputs.items[swim->outputs.count - 1].reliable = bulky;
}

uint64_t gossip_deadline(const struct swim *swim)
{
    if (swim->gossip.stopped || swim->updates.count + swim->bulky.count == 0)
        return NEVER;
    return swim->gossip.last_ns + swim->profile.gossip_ns;
}

void gossip_tick(struct swim *swim)
{
    if (gossip_deadline(swim) > swim->now || outputs_room(&swim->outputs) < 2 * FANOUT_MAX)
        return;
    swim->gossip.last_ns = swim->now;
    struct member *drawn[FANOUT_MAX];
    size_t want =
        swim->profile.gossip_fanout < FANOUT_MAX ? swim->profile.gossip_fanout : FANOUT_MAX;
    size_t count = targets_draw(&swim->targets, &swim->rng, NULL, want, drawn);
    for (size_t i = 0; i < count; i++) {
        if (swim->updates.count > 0)
            gossip_send(swim, drawn[i], false);
        if (swim->bulky.count > 0)
            gossip_send(swim, drawn[i], true);
    }
    if (count == 0) { /* nobody to tell: whoever joins gets it all by sync */
        while (swim->updates.count > 0)
            updates_remove(updates_first(&swim->updates));
        while (swim->bulky.count > 0)
            updates_remove(updates_first(&swim->bulky));
    }
}

void gossip_stop(struct swim *swim)
{
    swim->gossip.stopped = true;
}

/* All that a gossip message says was merged before its rule is called. */
void swim_on_gossip(struct swim *swim, const struct swim_input *input)
{
    (void)swim;
    (void)input;
}
