#include "swim/core.h"

#include "base/duration.h"
#include "base/err.h"
#include "swim/merge.h"
#include "swim/stall.h"
#include "swim/suspicion.h"
#include "swim/view.h"
#include "wire/codec.h"

#include <assert.h>
#include <stdlib.h>

/* What one update may lead to: an event, a refutation, a drop, an instance, a telling. */
#define OUTPUTS_PER_UPDATE 6
/* What the timers may need together: their loops stop when there is no more room. */
#define OUTPUTS_PER_TICK 256

/* By so much a queued record may still grow: its age, as a field with a number of eight bytes, in
 * an update that takes a longer length for it. */
#define UPDATE_GROWTH 12

static int core_add_self(struct swim *swim, const struct swim_config *config)
{
    bool ok;
    struct member *self = members_add(&swim->members, &config->self, swim->now);
    if (!self)
        return ERR_NO_MEMORY;
    self->told.addr = config->addr;
    self->told.instance = config->instance;
    self->told.incarnation = config->incarnation;
    self->told.since_ns = swim->now;
    self->told.tags = members_blob(config->tags.data, config->tags.len, &ok);
    swim->self = self;
    return ok ? 0 : ERR_NO_MEMORY;
}

struct swim *swim_new(const struct swim_config *config, uint64_t now)
{
    assert(config->instance != 0 && config->incarnation <= INCARNATION_MAX);
    struct swim *swim = calloc(1, sizeof(*swim));
    if (!swim)
        return NULL;
    swim->profile = config->profile;
    swim->probe_events = config->probe_events;
    swim->now = swim->born_ns = now;
    rng_seed(&swim->rng, config->seed);
    members_init(&swim->members);
    heap_init(&swim->suspicions);
    targets_init(&swim->targets);
    probes_init(&swim->probes);
    updates_init(&swim->updates);
    updates_init(&swim->bulky);
    sync_init(&swim->sync);
    checker_init(&swim->checker, now);
    partition_init(&swim->partition);
    if (outputs_init(&swim->outputs) != 0 || core_add_self(swim, config) != 0) {
        swim_free(swim);
        return NULL;
    }
    return swim;
}

void swim_free(struct swim *swim)
{
    if (!swim)
        return;
    outputs_free(&swim->outputs);
    targets_free(&swim->targets);
    tombstones_free(&swim->tombstones);
    heap_free(&swim->suspicions);
    members_free(&swim->members);
    free(swim);
}

uint64_t core_next_pseq(struct swim *swim)
{
    return ++swim->pseq;
}

void core_heard(struct swim *swim, struct member *member)
{
    member->heard_ns = swim->now;
    suspicion_update(swim, member);
}

void core_forget(struct swim *swim, struct member *member)
{
    assert(member != swim->self && !member_is_live(member));
    swim->dead_count -= member->shown == MEMBER_DEAD;
    swim->left_count -= member->shown == MEMBER_LEFT;
    partition_on_reap(swim, member);
    probes_forget(swim, member);
    probes_forget_helper(swim, member);
    suspicion_stop(swim, member);
    updates_remove(&member->update);
    targets_remove(&swim->targets, member);
    members_remove(&swim->members, member);
}

void core_queue_update(struct swim *swim, struct member *member, enum update_priority priority)
{
    struct update update;
    member_to_update(member, &swim->self->name, swim->now, &update);
    size_t size = wire_update_size(&update);
    struct message gossip = {.type = MESSAGE_GOSSIP};
    bool bulky = size + wire_base_size(&gossip) + UPDATE_GROWTH > DATAGRAM_SAFE;
    updates_add(bulky ? &swim->bulky : &swim->updates, &member->update, priority);
}

static void core_message(struct swim *swim, const struct swim_input *input)
{
    static void (*const rules[MESSAGE_TYPE_COUNT])(struct swim *, const struct swim_input *) = {
#define X(SYMBOL, NAME, CODE, CARRIER, ROLES) [MESSAGE_##SYMBOL] = swim_on_##NAME,
        MESSAGES(X)
#undef X
    };
    const struct message *message = input->message;
    if (message->type == MESSAGE_UNKNOWN) {
        swim->counters.unknown_messages++;
        return;
    }
    struct member *member = NULL;
    if (input->tool_link == 0) {
        member = members_find(&swim->members, &input->peer);
        if (member) {
            core_heard(swim, member);
            phi_heard(&member->phi, swim->now);
        }
        for (size_t i = 0; i < message->update_count; i++)
            merge_apply(swim, &input->peer, &message->updates[i]);
        member = members_find(&swim->members, &input->peer);
        if (member && !member->linked) { /* its link came up before it was in the table */
            member->linked = true;
            member->payload_max = DATAGRAM_SAFE;
        }
    }
    rules[message->type](swim, input);
    if (member && member != swim->self)
        gossip_tell(swim, member, message->type);
}

void swim_on_hello(struct swim *swim, const struct swim_input *input)
{
    (void)input; /* a link's first message: its content comes with the link, this one is a
                    repetition */
    swim->counters.unknown_messages++;
}

static void core_link(struct swim *swim, const struct swim_input *input)
{
    struct member *member = members_find(&swim->members, &input->peer);
    if (input->change == SWIM_LINK_DOWN || input->change == SWIM_LINK_FAILED)
        join_forget(swim, &input->peer);
    if (member == swim->self) {
        if (input->change == SWIM_LINK_UP)
            conflict_linked(swim, input);
        else if (input->change == SWIM_LINK_FAILED)
            conflict_unlinked(swim);
        return;
    }
    if (!member)
        return;
    switch (input->change) {
    case SWIM_LINK_UP:
        member->linked = true;
        member->payload_max = input->payload_max;
        probe_linked(swim, member);
        heal_linked(swim, member);
        break;
    case SWIM_LINK_DOWN:
        member->linked = false;
        probe_lost_link(swim, member);
        break;
    case SWIM_LINK_FAILED:
        member->linked = false;
        probe_unlinked(swim, member, input->cause);
        break;
    case SWIM_LINK_HINT:
        probe_hint(swim, member, input->cause);
        break;
    }
}

static int core_set_tags(struct swim *swim, struct tags tags)
{
    bool ok;
    struct member *self = swim->self;
    if (tags_equal(member_tags(self), tags))
        return 0;
    struct blob *blob = members_blob(tags.data, tags.len, &ok);
    if (!ok)
        return ERR_NO_MEMORY;
    if (self->told.incarnation == INCARNATION_MAX) {
        free(blob);
        return ERR_LIMIT;
    }
    members_retire(&swim->members, self->told.tags);
    self->told.tags = blob;
    self->told.incarnation++;
    output_event(swim, EVENT_MEMBER_UPDATE, self);
    core_queue_update(swim, self, UPDATE_HIGH);
    return 0;
}

/* From then on the core only answers. */
static void core_stop(struct swim *swim)
{
    probes_stop(swim);
    pingreq_stop(swim);
    gossip_stop(swim);
    sync_stop(swim);
    join_stop(swim);
}

static int core_command(struct swim *swim, const struct swim_input *input)
{
    if (input->verb == SWIM_STOP_GOSSIP) {
        core_stop(swim);
        return 0;
    }
    if (input->verb == SWIM_STOP_CHECKER) {
        checker_stop(swim);
        return 0;
    }
    if (swim->leave.started || swim->gossip.stopped)
        return ERR_NOT_NOW; /* nobody would hear of it any more */
    switch (input->verb) {
    case SWIM_JOIN:
        return join_start(swim, &input->peer);
    case SWIM_LEAVE:
        return leave_start(swim, input->reason);
    case SWIM_FORCE:
    case SWIM_PRUNE:
        return reap_force(swim, &input->peer, input->verb == SWIM_PRUNE);
    case SWIM_SET_TAGS:
        return core_set_tags(swim, input->tags);
    default:
        return ERR_USAGE;
    }
}

static size_t core_outputs_needed(const struct swim *swim, const struct swim_input *input)
{
    size_t need = OUTPUTS_PER_TICK;
    if (input->kind == SWIM_MESSAGE)
        need += OUTPUTS_PER_UPDATE * (input->message->update_count + 4);
    if (input->kind == SWIM_COMMAND) {
        size_t told = swim->targets.count < LEAVE_PEERS_MAX ? swim->targets.count : LEAVE_PEERS_MAX;
        need += told + (size_t)PROBES_MAX * INDIRECT_MAX + (size_t)2 * ASKS_MAX;
    }
    return need;
}

static void core_tick(struct swim *swim)
{
    conflict_tick(swim);
    suspicion_tick(swim);
    partition_tick(swim);
    reap_tick(swim);
    pingreq_tick(swim);
    probes_tick(swim);
    checker_tick(swim);
    heal_tick(swim);
    sync_tick(swim);
    leave_tick(swim);
    gossip_tick(swim);
}

int swim_step(struct swim *swim, uint64_t now, const struct swim_input *input)
{
    assert(now >= swim->now);
    assert(swim->outputs.first == swim->outputs.count);
    int err = outputs_reserve(&swim->outputs, core_outputs_needed(swim, input));
    if (err != 0)
        return err;
    members_sweep(&swim->members);
    stall_check(swim, now);
    swim->now = now;
    if (input->kind == SWIM_MESSAGE)
        core_message(swim, input);
    else if (input->kind == SWIM_LINK)
        core_link(swim, input);
    else if (input->kind == SWIM_COMMAND)
        err = core_command(swim, input);
    core_tick(swim);
    return err;
}

uint64_t swim_deadline(const struct swim *swim)
{
    uint64_t deadlines[] = {
        conflict_deadline(swim), suspicion_deadline(swim), partition_deadline(swim),
        reap_deadline(swim),     pingreq_deadline(swim),   probes_deadline(swim),
        checker_deadline(swim),  heal_deadline(swim),      sync_deadline(swim),
        leave_deadline(swim),    gossip_deadline(swim),
    };
    uint64_t earliest = NEVER;
    for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++)
        if (deadlines[i] < earliest)
            earliest = deadlines[i];
    return earliest;
}
