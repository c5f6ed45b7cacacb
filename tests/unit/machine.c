#include "tests/unit/machine.h"

#include "base/duration.h"
#include "base/rng.h"
#include "swim/check.h"
#include "swim/swim.h"
#include "wire/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE 7   /* m0 is ourselves */
#define RECENT 8   /* questions that may still be answered */
#define TICKS 1000 /* what is due at one moment is done in fewer */
#define TOOL 77

/* A member as the last look, or the events so far, have it. */
struct sight {
    bool there;
    enum member_state state;
    uint64_t incarnation, instance;
    struct addr addr;
};

struct question {
    uint64_t pseq;
    struct name peer;
};

struct machine {
    struct swim *core;
    struct rng rng; /* of the move under way */
    uint64_t now;
    struct name names[PEOPLE];
    struct sight seen[PEOPLE]; /* in the table, after the last step */
    bool told[PEOPLE];         /* the events so far say that it is there */
    enum member_state said[PEOPLE];
    uint64_t heard[PEOPLE]; /* the highest incarnation that any input named */
    uint64_t instance;
    size_t payload[PEOPLE]; /* of its link; 0: none */
    struct question asked[RECENT];
    size_t questions;
    bool left, stopped, asking; /* asking: the input under way may be answered */
    size_t events, refutes, joins, sends;
    struct message drawn, message;
    uint8_t packet[MESSAGE_MAX];
};

static void expect(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "machine: it does not hold that %s\n", what);
    abort();
}

static size_t machine_index(const struct machine *machine, const struct name *name)
{
    for (size_t i = 0; i < PEOPLE; i++)
        if (name_equal(&machine->names[i], name))
            return i;
    return PEOPLE;
}

struct machine *machine_new(uint64_t seed)
{
    struct machine *machine = calloc(1, sizeof(*machine));
    expect(machine, "there is memory");
    machine->now = NS_PER_S;
    for (size_t i = 0; i < PEOPLE; i++) {
        char text[] = {'m', (char)('0' + i)};
        (void)name_set(&machine->names[i], text, sizeof(text));
    }
    machine->instance = 1000;
    struct swim_config config = {
        .self = machine->names[0],
        .addr = {.family = ADDR_V4, .ip = {10, 0, 0, 1}, .port = 7436},
        .instance = machine->instance,
        .incarnation = 1,
        .profile = *profile_find("local"),
        .seed = seed,
        .probe_events = true,
    };
    machine->core = swim_new(&config, machine->now);
    expect(machine->core, "there is memory");
    machine->seen[0] = (struct sight){.there = true, .incarnation = 1};
    machine->told[0] = true;
    return machine;
}

void machine_free(struct machine *machine)
{
    swim_free(machine->core);
    free(machine);
}

/* What the events say of the members, told after one another, is what the table holds. */
static void machine_hear_event(struct machine *machine, const struct event *event)
{
    static const struct {
        enum event_kind kind;
        enum member_state state;
    } changes[] = {
        {EVENT_MEMBER_JOIN, MEMBER_ALIVE},      {EVENT_MEMBER_ALIVE, MEMBER_ALIVE},
        {EVENT_MEMBER_SUSPECT, MEMBER_SUSPECT}, {EVENT_MEMBER_DEAD, MEMBER_DEAD},
        {EVENT_MEMBER_LEAVE, MEMBER_LEFT},
    };
    machine->events += event->kind != EVENT_PROBE && event->kind != EVENT_PING_REQ;
    machine->refutes += event->kind == EVENT_REFUTE;
    machine->joins += event->kind == EVENT_JOINED;
    size_t who = machine_index(machine, &event->node);
    if (who == PEOPLE)
        return;
    if (event->kind == EVENT_MEMBER_JOIN)
        expect(!machine->told[who] || machine->said[who] == MEMBER_LEFT,
               "only who was unknown or left joins");
    if (event->kind == EVENT_MEMBER_UPDATE)
        expect(machine->told[who], "only a known member changes");
    if (event->kind == EVENT_MEMBER_REAP)
        machine->told[who] = false;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        if (changes[i].kind != event->kind)
            continue;
        machine->told[who] = true;
        machine->said[who] = changes[i].state;
    }
}

static void machine_hear_send(struct machine *machine, const struct swim_output *output)
{
    static uint8_t packet[MESSAGE_MAX];
    static struct message again;
    const struct message *message = output->message;
    size_t len = wire_encode(message, packet, sizeof(packet));
    expect(len > 0 && wire_decode(&again, packet, len) == 0, "what is sent can be decoded");
    size_t who = machine_index(machine, &output->peer);
    size_t most = who < PEOPLE && machine->payload[who] ? machine->payload[who] : DATAGRAM_SAFE;
    if (message_carrier(message->type) == CARRIER_DATAGRAM && !output->reliable)
        expect(len <= most, "what goes in a datagram fits in it");
    expect(output->tool_link == 0 || message->update_count == 0 || message->type == MESSAGE_SYNC,
           "tools are told no gossip");
    machine->sends++;
    if (message->type == MESSAGE_PING || message->type == MESSAGE_PING_REQ ||
        message->type == MESSAGE_LEAVE || (message->type == MESSAGE_SYNC && !message->sync.reply))
        machine->asked[machine->questions++ % RECENT] =
            (struct question){message->ping.pseq, output->peer};
    if (!machine->stopped)
        return;
    bool answer = message->type == MESSAGE_ACK || message->type == MESSAGE_NACK ||
                  message->type == MESSAGE_LEAVE_ACK ||
                  (message->type == MESSAGE_SYNC && message->sync.reply);
    expect(answer && machine->asking, "who has stopped only answers, and only when asked");
}

static void machine_drain(struct machine *machine)
{
    struct swim_output output;
    machine->events = machine->refutes = machine->joins = machine->sends = 0;
    while (swim_next_output(machine->core, &output)) {
        if (output.kind == SWIM_SEND)
            machine_hear_send(machine, &output);
        else if (output.kind == SWIM_EVENT)
            machine_hear_event(machine, output.event);
        else if (output.kind == SWIM_CONNECT)
            expect(!machine->stopped, "who has stopped dials nobody");
    }
}

static void machine_look_at(struct machine *machine, size_t who, bool tags_set)
{
    struct sight before = machine->seen[who], now = {0};
    struct swim_member member;
    now.there = swim_member_find(machine->core, &machine->names[who], &member);
    if (now.there) {
        now.state = member.state;
        now.incarnation = member.incarnation;
        now.instance = member.instance;
        now.addr = member.addr;
    }
    machine->seen[who] = now;
    if (who == 0) {
        expect(now.there && now.instance == machine->instance, "we are who we are");
        uint64_t raised = now.incarnation - before.incarnation;
        expect(now.incarnation >= before.incarnation, "no incarnation goes back");
        expect(raised == 0 || machine->refutes > 0 || (tags_set && raised == 1),
               "only we raise our incarnation, to refute or with new tags");
        return;
    }
    bool recalled = now.there && now.state == MEMBER_LEFT && !machine->told[who];
    if (recalled) /* it is held as left again, which is no news */
        return;
    expect(now.there == machine->told[who], "the events tell who is there");
    if (!now.there)
        return;
    expect(now.state == machine->said[who], "the events tell every member's state");
    expect(now.incarnation <= machine->heard[who], "no incarnation is made up");
    if (!before.there)
        return;
    expect(now.incarnation >= before.incarnation, "no incarnation goes back");
    expect(now.incarnation > before.incarnation || now.state >= before.state,
           "nobody becomes better at the same incarnation");
}

static void machine_step(struct machine *machine, const struct swim_input *input)
{
    bool tags_set = input->kind == SWIM_COMMAND && input->verb == SWIM_SET_TAGS;
    machine->asking = input->kind == SWIM_MESSAGE;
    int err = swim_step(machine->core, machine->now, input);
    if (err == 0 && input->kind == SWIM_COMMAND && input->verb == SWIM_LEAVE)
        machine->left = true;
    machine_drain(machine);
    /* Stopping may itself say a last word to those who wait for us. */
    if (err == 0 && input->kind == SWIM_COMMAND && input->verb == SWIM_STOP_GOSSIP)
        machine->stopped = true;
    swim_check(machine->core);
    for (size_t i = 0; i < PEOPLE; i++)
        machine_look_at(machine, i, tags_set);
    if (machine->left)
        expect(machine->refutes == 0 && machine->joins == 0 &&
                   machine->seen[0].state == MEMBER_LEFT,
               "who leaves takes nothing back and joins nobody");
}

/* Does all that is due by now. */
static void machine_settle(struct machine *machine)
{
    const struct swim_input tick = {.kind = SWIM_TICK};
    int ticks = 0;
    do {
        expect(ticks++ < TICKS, "what is due gets done");
        machine_step(machine, &tick);
    } while (swim_deadline(machine->core) <= machine->now);
}

static void machine_wait(struct machine *machine, unsigned how)
{
    uint64_t deadline = swim_deadline(machine->core);
    uint64_t few_ms = rng_below(&machine->rng, 300) * NS_PER_MS;
    uint64_t then = machine->now;
    if (how < 4)
        then += rng_below(&machine->rng, 20) * NS_PER_MS;
    else if (how < 12 && deadline != NEVER)
        then = deadline > then ? deadline : then;
    else if (how < 14)
        then += few_ms;
    else if (how < 15)
        then += rng_below(&machine->rng, 5) * NS_PER_S;
    else
        then += rng_below(&machine->rng, 90) * NS_PER_S;
    machine->now = then;
}

static uint64_t machine_draw_incarnation(struct machine *machine, size_t who)
{
    uint64_t held = machine->seen[who].there ? machine->seen[who].incarnation : 1;
    switch (rng_below(&machine->rng, 16)) {
    case 0:
        return rng_below(&machine->rng, INCARNATION_MAX + 1);
    case 1:
        return INCARNATION_MAX - rng_below(&machine->rng, 2);
    case 2:
        return held < INCARNATION_MAX - INCARNATION_JUMP
                   ? held + INCARNATION_JUMP + rng_below(&machine->rng, 2)
                   : held;
    default:
        held += rng_below(&machine->rng, 4);
        held = held > 2 ? held - 2 : held;
        return held < INCARNATION_MAX ? held : INCARNATION_MAX;
    }
}

static void machine_draw_update(struct machine *machine, struct update *update)
{
    static const uint8_t tags[] = {3, 'k', 'e', 'y', 0, 1, 'v'};
    static const uint8_t reason[] = "maintenance";
    struct rng *rng = &machine->rng;
    size_t who = (size_t)rng_below(rng, PEOPLE);
    *update = (struct update){
        .node = machine->names[who],
        .incarnation = machine_draw_incarnation(machine, who),
        .state = (enum member_state)rng_below(rng, MEMBER_STATE_COUNT),
        .instance = who == 0 && rng_below(rng, 2) ? machine->instance : 1 + rng_below(rng, 2),
        .addr = {.family = ADDR_V4, .ip = {10, 0, 0, (uint8_t)(who + 1)}, .port = 7436},
    };
    update->addr.port = (uint16_t)(update->addr.port + rng_below(rng, 2));
    if (rng_below(rng, 3) == 0)
        update->tags = (struct tags){tags, sizeof(tags)};
    if (update->state == MEMBER_ALIVE)
        return;
    update->by = machine->names[rng_below(rng, PEOPLE)];
    update->accusation = (enum accusation)rng_below(rng, ACCUSATION_COUNT);
    if (update->state == MEMBER_SUSPECT)
        return;
    update->age_ms = rng_below(rng, 4) ? rng_below(rng, 1000) : rng_below(rng, MESSAGE_MS_MAX + 1);
    update->prune = rng_below(rng, 8) == 0;
    if (rng_below(rng, 2))
        update->reason = (struct bytes){reason, sizeof(reason) - 1};
}

static void machine_draw_content(struct machine *machine, struct swim_input *input)
{
    struct message *message = &machine->drawn;
    struct rng *rng = &machine->rng;
    struct question asked = machine->asked[rng_below(rng, RECENT)];
    if (rng_below(rng, 4))
        input->peer = name_is_empty(&asked.peer) ? input->peer : asked.peer;
    switch (message->type) {
    case MESSAGE_PING_REQ:
        message->ping_req = (struct msg_ping_req){
            .pseq = rng_below(rng, 100),
            .node = machine->names[rng_below(rng, PEOPLE)],
            .wait_ms = rng_below(rng, 3) ? rng_below(rng, 1000) : MESSAGE_MS_MAX,
        };
        break;
    case MESSAGE_LEAVE:
        message->leave = (struct msg_leave){.pseq = rng_below(rng, 100)};
        message->leave.incarnation =
            machine_draw_incarnation(machine, machine_index(machine, &input->peer));
        break;
    case MESSAGE_SYNC:
        message->sync = (struct msg_sync){
            .pseq = asked.pseq,
            .reply = rng_below(rng, 2) == 1,
            .join = rng_below(rng, 2) == 1,
            .last = rng_below(rng, 4) > 0,
        };
        break;
    default:
        message->ping.pseq = asked.pseq; /* which every other message begins with */
        break;
    }
}

static void machine_note_heard(struct machine *machine, const struct name *name,
                               uint64_t incarnation)
{
    uint64_t *heard = &machine->heard[machine_index(machine, name)];
    if (incarnation > *heard)
        *heard = incarnation;
}

/* Whatever it was, hearing it again and again is no news any more. The first time through, one of
 * its updates may have made room for an earlier one: a suspect that was not known yet. */
static void machine_repeat(struct machine *machine, const struct swim_input *input)
{
    struct sight before[PEOPLE];
    for (size_t i = 0; i < input->message->update_count; i++)
        machine_step(machine, input);
    memcpy(before, machine->seen, sizeof(before));
    machine_step(machine, input);
    expect(machine->events == 0, "what is heard again and again is told once");
    for (size_t i = 0; i < PEOPLE; i++)
        expect(before[i].there == machine->seen[i].there &&
                   before[i].state == machine->seen[i].state &&
                   before[i].incarnation == machine->seen[i].incarnation &&
                   before[i].instance == machine->seen[i].instance &&
                   addr_equal(&before[i].addr, &machine->seen[i].addr),
               "what is heard again and again changes nothing");
}

/* Draws a message and its teller, and has it travel. */
static void machine_draw_message(struct machine *machine, enum message_type type,
                                 struct swim_input *input)
{
    struct message *drawn = &machine->drawn;
    memset(drawn, 0, sizeof(*drawn));
    drawn->type = type;
    if (type != MESSAGE_HELLO)
        machine_draw_content(machine, input);
    if (type != MESSAGE_LEAVE && type != MESSAGE_LEAVE_ACK)
        drawn->update_count = (size_t)rng_below(&machine->rng, 6);
    for (size_t i = 0; i < drawn->update_count; i++) {
        struct update *update = &drawn->updates[i];
        machine_draw_update(machine, update);
        machine_note_heard(machine, &update->node, update->incarnation);
    }
    if (type == MESSAGE_LEAVE)
        machine_note_heard(machine, &input->peer, drawn->leave.incarnation);
    size_t len = wire_encode(drawn, machine->packet, sizeof(machine->packet));
    expect(len > 0 && wire_decode(&machine->message, machine->packet, len) == 0,
           "what is drawn can travel");
}

static void machine_message(struct machine *machine, enum message_type type, unsigned who)
{
    struct swim_input input = {.kind = SWIM_MESSAGE, .message = &machine->message};
    struct swim_info before, after;
    input.peer = machine->names[who % PEOPLE];
    if (type == MESSAGE_UNKNOWN)
        memset(&machine->message, 0, sizeof(machine->message));
    else
        machine_draw_message(machine, type, &input);
    if (rng_below(&machine->rng, 6) == 0)
        input.tool_link = TOOL;
    machine_settle(machine);
    swim_info(machine->core, &before);
    machine_step(machine, &input);
    swim_info(machine->core, &after);
    if (input.tool_link != 0)
        expect(machine->events == 0 && before.view == after.view &&
                   memcmp(before.counts, after.counts, sizeof(before.counts)) == 0,
               "a tool's word changes nothing");
    if (type == MESSAGE_GOSSIP)
        machine_repeat(machine, &input);
}

static void machine_link(struct machine *machine, unsigned who)
{
    static const size_t payloads[] = {DATAGRAM_SAFE, 1407, 1163 + 8};
    struct swim_input input = {.kind = SWIM_LINK, .peer = machine->names[who % PEOPLE]};
    input.change = (enum swim_link_change)rng_below(&machine->rng, SWIM_LINK_HINT + 1);
    input.payload_max = payloads[rng_below(&machine->rng, 3)];
    input.instance = 1 + rng_below(&machine->rng, 2);
    input.age_ms = rng_below(&machine->rng, 100000);
    input.addr = (struct addr){.family = ADDR_V4, .ip = {10, 0, 0, 1}, .port = 7437};
    struct swim_member member;
    bool known = swim_member_find(machine->core, &input.peer, &member);
    if (known && input.change == SWIM_LINK_UP)
        machine->payload[who % PEOPLE] = input.payload_max;
    else if (input.change != SWIM_LINK_HINT)
        machine->payload[who % PEOPLE] = 0;
    machine_step(machine, &input);
}

static void machine_command(struct machine *machine, unsigned which, unsigned who)
{
    static const enum swim_verb verbs[] = {
        SWIM_JOIN,  SWIM_JOIN,     SWIM_JOIN,        SWIM_JOIN,  SWIM_SET_TAGS, SWIM_SET_TAGS,
        SWIM_FORCE, SWIM_SET_TAGS, SWIM_PRUNE,       SWIM_FORCE, SWIM_PRUNE,    SWIM_STOP_CHECKER,
        SWIM_LEAVE, SWIM_LEAVE,    SWIM_STOP_GOSSIP, SWIM_JOIN,
    };
    struct swim_input input = {.kind = SWIM_COMMAND, .peer = machine->names[who % PEOPLE]};
    struct tags_buffer tags = {.len = 0};
    char value[TAG_VALUE_MAX];
    input.verb = verbs[which % (sizeof(verbs) / sizeof(verbs[0]))];
    if (input.verb == SWIM_SET_TAGS) {
        memset(value, 'x', sizeof(value));
        size_t count = (size_t)rng_below(&machine->rng, 8); /* seven fill two datagrams */
        for (size_t i = 0; i < count; i++) {
            char key = (char)('a' + i);
            expect(tags_set(&tags, &key, 1, value, sizeof(value)) == 0, "tags fit");
        }
        input.tags = tags_view(&tags);
    }
    machine_step(machine, &input);
}

/* Moves by their first byte: half are messages that carry news. */
enum move_kind { MOVE_GOSSIP, MOVE_MESSAGE, MOVE_LINK, MOVE_COMMAND, MOVE_TICK };

static enum move_kind move_kind(const uint8_t *move)
{
    static const enum move_kind kinds[16] = {
        MOVE_GOSSIP,  MOVE_GOSSIP,  MOVE_GOSSIP, MOVE_GOSSIP, MOVE_MESSAGE, MOVE_MESSAGE,
        MOVE_MESSAGE, MOVE_MESSAGE, MOVE_LINK,   MOVE_LINK,   MOVE_LINK,    MOVE_COMMAND,
        MOVE_TICK,    MOVE_TICK,    MOVE_TICK,   MOVE_TICK,
    };
    return kinds[move[0] % 16];
}

void machine_move(struct machine *machine, const uint8_t move[MOVE_BYTES])
{
    uint64_t seed = 0;
    for (int i = 4; i < MOVE_BYTES; i++)
        seed = seed << 8 | move[i];
    rng_seed(&machine->rng, seed);
    machine_wait(machine, move[3] % 16);
    switch (move_kind(move)) {
    case MOVE_GOSSIP:
        machine_message(machine, MESSAGE_GOSSIP, move[1]);
        break;
    case MOVE_MESSAGE:
        machine_message(machine, (enum message_type)(move[2] % MESSAGE_TYPE_COUNT), move[1]);
        break;
    case MOVE_LINK:
        machine_link(machine, move[1]);
        break;
    case MOVE_COMMAND:
        machine_command(machine, move[2], move[1]);
        break;
    case MOVE_TICK:
        break;
    }
    machine_settle(machine);
}

const char *machine_describe(const uint8_t move[MOVE_BYTES])
{
    switch (move_kind(move)) {
    case MOVE_GOSSIP:
        return "gossip";
    case MOVE_MESSAGE:
        return message_name((enum message_type)(move[2] % MESSAGE_TYPE_COUNT));
    case MOVE_LINK:
        return "a link";
    case MOVE_COMMAND:
        return "a command";
    default:
        return "time";
    }
}
