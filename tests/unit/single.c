#include "tests/unit/single.h"

#include "swim/check.h"
#include "wire/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct name named(const char *text)
{
    struct name name;
    assert_int_equal(name_set(&name, text, strlen(text)), 0);
    return name;
}

struct name numbered(size_t i)
{
    char text[NAME_LEN_MAX];
    (void)snprintf(text, sizeof(text), "m%zu", i);
    return named(text);
}

struct single *single_new(const char *profile)
{
    struct single *single = calloc(1, sizeof(*single));
    assert_non_null(single);
    struct swim_config config = {
        .self = named("self"),
        .instance = 99,
        .incarnation = 1,
        .addr = {.family = ADDR_V4, .ip = {10, 0, 0, 9}, .port = 7436},
        .profile = *profile_find(profile),
        .seed = 1,
        .probe_events = true,
    };
    single->now = START_NS;
    single->core = swim_new(&config, single->now);
    assert_non_null(single->core);
    return single;
}

void single_free(struct single *single)
{
    swim_free(single->core);
    free(single);
}

static void take(struct single *single, const struct swim_output *output)
{
    static uint8_t packet[MESSAGE_MAX];
    assert_true(single->count < OUTPUTS_SEEN);
    struct seen *seen = &single->seen[single->count++];
    *seen = (struct seen){.kind = output->kind, .peer = output->peer};
    if (output->kind == SWIM_EVENT) {
        seen->event = output->event->kind;
        return;
    }
    if (output->kind != SWIM_SEND)
        return;
    assert_true(wire_encode(output->message, packet, sizeof(packet)) > 0); /* all must fit */
    seen->type = output->message->type;
    seen->update_count = output->message->update_count;
    for (size_t i = 0; i < seen->update_count; i++)
        seen->own += strcmp(output->message->updates[i].node.text, "self") == 0;
    if (seen->type == MESSAGE_PING)
        seen->pseq = output->message->ping.pseq;
    if (seen->type == MESSAGE_PING_REQ)
        seen->ping_req = output->message->ping_req;
    if (seen->type == MESSAGE_SYNC) {
        seen->pseq = output->message->sync.pseq;
        seen->last = output->message->sync.last;
    }
}

void step(struct single *single, const struct swim_input *input)
{
    struct swim_output output;
    single->err = swim_step(single->core, single->now, input);
    single->count = 0;
    while (swim_next_output(single->core, &output))
        take(single, &output);
    swim_check(single->core);
}

void tick(struct single *single)
{
    step(single, &(struct swim_input){.kind = SWIM_TICK});
}

void next_due(struct single *single)
{
    uint64_t due = swim_deadline(single->core);
    assert_true(due != NEVER);
    if (due > single->now)
        single->now = due;
    tick(single);
}

void hear(struct single *single, const char *peer, enum message_type type)
{
    single->message.type = type;
    step(single, &(struct swim_input){
                     .kind = SWIM_MESSAGE, .peer = named(peer), .message = &single->message});
    memset(&single->message, 0, offsetof(struct message, updates));
}

void link_changes(struct single *single, const char *peer, enum swim_link_change change)
{
    step(single, &(struct swim_input){.kind = SWIM_LINK,
                                      .peer = named(peer),
                                      .change = change,
                                      .payload_max = DATAGRAM_SAFE});
}

struct update record_of(struct name node, enum member_state state, uint64_t incarnation)
{
    return (struct update){
        .node = node,
        .state = state,
        .incarnation = incarnation,
        .instance = 7,
        .addr = {.family = ADDR_V4, .ip = {10, 0, 0, 1}, .port = 7436},
    };
}

void add_update(struct single *single, struct update update)
{
    single->message.updates[single->message.update_count++] = update;
}

void tell_all(struct single *single, size_t n, enum member_state state, uint64_t incarnation)
{
    for (size_t i = 0; i < n; i++) {
        add_update(single, record_of(numbered(i), state, incarnation));
        if (single->message.update_count == UPDATES_PER_MESSAGE || i + 1 == n)
            hear(single, "liar", MESSAGE_GOSSIP);
    }
}

void tell_one(struct single *single, const char *teller, struct update update)
{
    add_update(single, update);
    hear(single, teller, MESSAGE_GOSSIP);
}

struct swim_member member_of(const struct single *single, const char *name)
{
    struct swim_member found;
    struct name key = named(name);
    assert_true(swim_member_find(single->core, &key, &found));
    return found;
}

bool knows(const struct single *single, const char *name)
{
    struct swim_member found;
    struct name key = named(name);
    return swim_member_find(single->core, &key, &found);
}

size_t count_events(const struct single *single, enum event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < single->count; i++)
        count += single->seen[i].kind == SWIM_EVENT && single->seen[i].event == kind;
    return count;
}

const struct seen *sent(const struct single *single, enum message_type type, const char *peer)
{
    for (size_t i = 0; i < single->count; i++)
        if (single->seen[i].kind == SWIM_SEND && single->seen[i].type == type &&
            (!peer || strcmp(single->seen[i].peer.text, peer) == 0))
            return &single->seen[i];
    return NULL;
}

const struct seen *until_sent(struct single *single, enum message_type type, const char *peer)
{
    for (int i = 0; i < 10000; i++) {
        const struct seen *found = sent(single, type, peer);
        if (found)
            return found;
        next_due(single);
    }
    fail_msg("never sent");
    return NULL;
}

uint64_t join_through(struct single *single, const char *seed)
{
    step(single,
         &(struct swim_input){.kind = SWIM_COMMAND, .verb = SWIM_JOIN, .peer = named(seed)});
    const struct seen *sync = sent(single, MESSAGE_SYNC, seed);
    if (!sync)
        fail_msg("no sync");
    return sync ? sync->pseq : 0;
}
