/* One core driven by hand, step by step: what peers that lie, die at the wrong moment or ask too
 * much can do to it. */
#include "base/duration.h"
#include "swim/check.h"
#include "swim/core.h"
#include "swim/swim.h"
#include "wire/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START_NS NS_PER_S
#define OUTPUTS_SEEN 1024

/* What one step handed back: enough of it to look at. */
struct seen {
    enum swim_output_kind kind;
    enum message_type type;
    enum event_kind event;
    struct name peer;
    struct msg_ping_req ping_req;
    uint64_t pseq;
    size_t update_count;
    bool last;
};

struct bench {
    struct swim *core;
    uint64_t now;
    struct message message; /* what is told next */
    struct seen seen[OUTPUTS_SEEN];
    size_t count;
    int err; /* of the last step */
};

static struct name named(const char *text)
{
    struct name name;
    assert_int_equal(name_set(&name, text, strlen(text)), 0);
    return name;
}

static struct name numbered(size_t i)
{
    char text[NAME_LEN_MAX];
    (void)snprintf(text, sizeof(text), "m%zu", i);
    return named(text);
}

static struct bench *bench_new(const char *profile)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    struct swim_config config = {
        .self = named("self"),
        .instance = 99,
        .incarnation = 1,
        .addr = {.family = ADDR_V4, .ip = {10, 0, 0, 9}, .port = 7436},
        .profile = *profile_find(profile),
        .seed = 1,
        .probe_events = true,
    };
    bench->now = START_NS;
    bench->core = swim_new(&config, bench->now);
    assert_non_null(bench->core);
    return bench;
}

static void bench_free(struct bench *bench)
{
    swim_free(bench->core);
    free(bench);
}

static void take(struct bench *bench, const struct swim_output *output)
{
    static uint8_t packet[MESSAGE_MAX];
    assert_true(bench->count < OUTPUTS_SEEN);
    struct seen *seen = &bench->seen[bench->count++];
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
    if (seen->type == MESSAGE_PING)
        seen->pseq = output->message->ping.pseq;
    if (seen->type == MESSAGE_PING_REQ)
        seen->ping_req = output->message->ping_req;
    if (seen->type == MESSAGE_SYNC) {
        seen->pseq = output->message->sync.pseq;
        seen->last = output->message->sync.last;
    }
}

static void step(struct bench *bench, const struct swim_input *input)
{
    struct swim_output output;
    bench->err = swim_step(bench->core, bench->now, input);
    bench->count = 0;
    while (swim_next_output(bench->core, &output))
        take(bench, &output);
    swim_check(bench->core);
}

static void tick(struct bench *bench)
{
    step(bench, &(struct swim_input){.kind = SWIM_TICK});
}

/* The next deadline, in time. */
static void next(struct bench *bench)
{
    uint64_t due = swim_deadline(bench->core);
    assert_true(due != NEVER);
    if (due > bench->now)
        bench->now = due;
    tick(bench);
}

/* What stands in `bench->message` arrives. */
static void hear(struct bench *bench, const char *peer, enum message_type type)
{
    bench->message.type = type;
    step(bench, &(struct swim_input){
                    .kind = SWIM_MESSAGE, .peer = named(peer), .message = &bench->message});
    memset(&bench->message, 0, offsetof(struct message, updates));
}

static void link_changes(struct bench *bench, const char *peer, enum swim_link_change change)
{
    step(bench, &(struct swim_input){.kind = SWIM_LINK,
                                     .peer = named(peer),
                                     .change = change,
                                     .payload_max = DATAGRAM_SAFE});
}

static struct update record(struct name node, enum member_state state, uint64_t incarnation)
{
    return (struct update){
        .node = node,
        .state = state,
        .incarnation = incarnation,
        .instance = 7,
        .addr = {.family = ADDR_V4, .ip = {10, 0, 0, 1}, .port = 7436},
    };
}

static void add_update(struct bench *bench, struct update update)
{
    bench->message.updates[bench->message.update_count++] = update;
}

/* The liar tells of members m0 … m(n-1). */
static void tell_all(struct bench *bench, size_t n, enum member_state state, uint64_t incarnation)
{
    for (size_t i = 0; i < n; i++) {
        add_update(bench, record(numbered(i), state, incarnation));
        if (bench->message.update_count == UPDATES_PER_MESSAGE || i + 1 == n)
            hear(bench, "liar", MESSAGE_GOSSIP);
    }
}

static void tell_one(struct bench *bench, const char *teller, struct update update)
{
    add_update(bench, update);
    hear(bench, teller, MESSAGE_GOSSIP);
}

static struct swim_member member(const struct bench *bench, const char *name)
{
    struct swim_member found;
    struct name key = named(name);
    assert_true(swim_member_find(bench->core, &key, &found));
    return found;
}

static bool knows(const struct bench *bench, const char *name)
{
    struct swim_member found;
    struct name key = named(name);
    return swim_member_find(bench->core, &key, &found);
}

static size_t count_events(const struct bench *bench, enum event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < bench->count; i++)
        count += bench->seen[i].kind == SWIM_EVENT && bench->seen[i].event == kind;
    return count;
}

static const struct seen *sent(const struct bench *bench, enum message_type type, const char *peer)
{
    for (size_t i = 0; i < bench->count; i++)
        if (bench->seen[i].kind == SWIM_SEND && bench->seen[i].type == type &&
            (!peer || strcmp(bench->seen[i].peer.text, peer) == 0))
            return &bench->seen[i];
    return NULL;
}

/* Runs in time until a message of that type goes out. */
static const struct seen *until_sent(struct bench *bench, enum message_type type, const char *peer)
{
    for (int i = 0; i < 10000; i++) {
        const struct seen *found = sent(bench, type, peer);
        if (found)
            return found;
        next(bench);
    }
    fail_msg("never sent");
    return NULL;
}

/* Hundreds of suspicions end in one tick, some of members that are being probed: no more comes out
 * than there is room for, the rest in the next tick, and nobody takes that for a stall. */
static void test_mass_death_in_one_tick(void **state)
{
    (void)state;
    enum { MEMBERS = 400 };
    for (unsigned helpers = 3; helpers <= INDIRECT_MAX; helpers += 13) {
        struct bench *bench = bench_new("lan");
        bench->core->profile.indirect = helpers;
        tell_all(bench, MEMBERS, MEMBER_ALIVE, 1);
        bench->core->gossip.last_ns = 1; /* long ago, as in a cluster that was idle */
        for (size_t i = 0; i < PROBES_MAX; i++)
            link_changes(bench, numbered(i).text, SWIM_LINK_HINT);
        tell_all(bench, MEMBERS, MEMBER_SUSPECT, 1);
        /* Late, but not so late that it is a stall: all of them are due at once, and those probes
         * have just asked their helpers. */
        uint64_t due = heap_deadline(&bench->core->suspicions);
        for (size_t i = 0; i < PROBES_MAX; i++) {
            struct probe *probe = &bench->core->probes.items[i];
            probe->state = PROBE_INDIRECT;
            probe->repeat_ns = NEVER;
            probe->timeout_ns = probe->end_ns = due + NS_PER_S;
            probe->asked.count = targets_draw(&bench->core->targets, &bench->core->rng,
                                              probe->target, helpers, probe->asked.helpers);
        }
        bench->core->probes.next_ns = due + NS_PER_S;
        while (bench->now < due)
            next(bench);
        size_t dead = count_events(bench, EVENT_MEMBER_DEAD);
        while (bench->core->suspicions.count > 0) {
            next(bench);
            dead += count_events(bench, EVENT_MEMBER_DEAD);
            assert_int_equal(count_events(bench, EVENT_STALL), 0);
        }
        assert_int_equal(dead, MEMBERS);
        bench_free(bench);
    }
}

/* The helper of a probe is said to be long dead: it is forgotten while its answer is awaited. */
static void test_helper_is_reaped_while_asked(void **state)
{
    (void)state;
    struct bench *bench = bench_new("wan");
    tell_all(bench, 3, MEMBER_ALIVE, 1);
    struct seen asked = *until_sent(bench, MESSAGE_PING_REQ, NULL);
    struct update old = record(asked.peer, MEMBER_DEAD, 1);
    old.age_ms = MESSAGE_MS_MAX;
    tell_one(bench, "liar", old);
    for (int i = 0; i < 1000 && knows(bench, asked.peer.text); i++)
        next(bench);
    assert_false(knows(bench, asked.peer.text));
    for (int i = 0; i < 1000 && member(bench, asked.ping_req.node.text).state == MEMBER_ALIVE; i++)
        next(bench);
    assert_int_equal(member(bench, asked.ping_req.node.text).state, MEMBER_SUSPECT);
    bench_free(bench);
}

/* A dial fails in the very step in which its probe would end: helpers are given no time, not a
 * negative one. */
static void test_dial_fails_when_the_probe_is_over(void **state)
{
    (void)state;
    struct bench *bench = bench_new("local");
    bench->core->profile.period_ns = 40 * NS_PER_MS;
    bench->core->profile.timeout_ns = 30 * NS_PER_MS;
    tell_all(bench, 2, MEMBER_ALIVE, 1);
    struct name target = until_sent(bench, MESSAGE_PING, NULL)->peer;
    bench->now += 90 * NS_PER_MS; /* late, yet no stall */
    link_changes(bench, target.text, SWIM_LINK_FAILED);
    assert_int_equal(count_events(bench, EVENT_STALL), 0);
    bench_free(bench);
}

/* Two forged steps, each as high as is believed, and the subject hears of the second only. It must
 * get above them in the end, whatever others were made to hold. */
static void test_forged_steps_are_climbed(void **state)
{
    (void)state;
    struct bench *bench = bench_new("local");
    tell_all(bench, 2, MEMBER_ALIVE, 1);
    uint64_t forged = 1 + 3 * INCARNATION_JUMP;
    for (int i = 0; i < 10 && member(bench, "self").incarnation <= forged; i++) {
        for (int again = 0; again < 2; again++) {
            uint64_t before = member(bench, "self").incarnation;
            tell_one(bench, "m0", record(named("self"), MEMBER_SUSPECT, forged));
            /* No step is too high for those who hold the record before. */
            assert_true(member(bench, "self").incarnation <= before + INCARNATION_JUMP + 1);
        }
        bench->now += bench->core->profile.period_ns;
    }
    assert_true(member(bench, "self").incarnation > forged);
    bench_free(bench);
}

/* A node whose name was pushed up before it restarted learns that at its join, and speaks above. */
static void test_restart_below_a_forged_incarnation(void **state)
{
    (void)state;
    struct bench *bench = bench_new("local");
    step(bench, &(struct swim_input){.kind = SWIM_COMMAND, .verb = SWIM_JOIN, .peer = named("m0")});
    const struct seen *sync = sent(bench, MESSAGE_SYNC, "m0");
    assert_non_null(sync);
    uint64_t pushed = 2 + 40 * INCARNATION_JUMP;
    bench->message.sync = (struct msg_sync){.pseq = sync->pseq, .reply = true, .last = true};
    add_update(bench, record(named("m0"), MEMBER_ALIVE, 1));
    add_update(bench, record(named("self"), MEMBER_DEAD, pushed));
    hear(bench, "m0", MESSAGE_SYNC);
    assert_int_equal(count_events(bench, EVENT_JOINED), 1);
    assert_true(member(bench, "self").incarnation > pushed);
    bench_free(bench);
}

/* What a tool says, even under a member's certificate, changes nothing. */
static void test_tools_are_not_believed(void **state)
{
    (void)state;
    struct bench *bench = bench_new("local");
    tell_all(bench, 2, MEMBER_ALIVE, 1);
    bench->message.type = MESSAGE_LEAVE;
    bench->message.leave = (struct msg_leave){.pseq = 1, .incarnation = 1};
    step(bench, &(struct swim_input){.kind = SWIM_MESSAGE,
                                     .peer = named("m0"),
                                     .tool_link = 5,
                                     .message = &bench->message});
    assert_int_equal(member(bench, "m0").state, MEMBER_ALIVE);
    assert_null(sent(bench, MESSAGE_LEAVE_ACK, NULL));
    bench->message = (struct message){.type = MESSAGE_PING, .ping = {.pseq = 3}};
    step(bench, &(struct swim_input){.kind = SWIM_MESSAGE,
                                     .peer = named("m0"),
                                     .tool_link = 5,
                                     .message = &bench->message});
    assert_non_null(sent(bench, MESSAGE_ACK, NULL));
    bench_free(bench);
}

/* The last chunk of a table may be filled to its last byte. */
static void test_sync_chunks_of_every_size(void **state)
{
    (void)state;
    enum { LAST_TAG_MAX = 240 };
    struct bench *bench = bench_new("lan");
    struct tags_buffer tags[8] = {{.len = 0}};
    char value[TAG_VALUE_MAX];
    memset(value, 'x', sizeof(value));
    uint64_t incarnation = 1;
    /* Eight records of about 2 kB; the last grows by a byte a round, across the bound. */
    for (size_t i = 0; i < 8; i++)
        for (char key = 'a'; key < 'h'; key++)
            assert_int_equal(tags_set(&tags[i], &key, 1, value, sizeof(value)), 0);
    for (size_t round = 0; round < 8 * LAST_TAG_MAX; round++) {
        size_t whole = round / LAST_TAG_MAX;
        const char key = 'z';
        assert_int_equal(tags_set(&tags[whole], &key, 1, value, round % LAST_TAG_MAX + 1), 0);
        incarnation++;
        for (size_t i = 0; i < 8; i++) {
            struct update update = record(numbered(i), MEMBER_ALIVE, incarnation);
            update.tags = tags_view(&tags[i]);
            tell_one(bench, "m0", update);
        }
        bench->message.sync = (struct msg_sync){.pseq = round + 1, .last = true};
        hear(bench, "m0", MESSAGE_SYNC); /* `take` encodes every chunk */
        size_t told = 0;
        bool last = false;
        for (size_t i = 0; i < bench->count; i++)
            if (bench->seen[i].kind == SWIM_SEND && bench->seen[i].type == MESSAGE_SYNC &&
                bench->seen[i].pseq == round + 1) {
                told += bench->seen[i].update_count;
                last = bench->seen[i].last;
            }
        assert_int_equal(told, 9);
        assert_true(last);
    }
    bench_free(bench);
}

/* One asker fills its own share of the table of asks, not everybody's. */
static void test_one_asker_does_not_take_all_asks(void **state)
{
    (void)state;
    struct bench *bench = bench_new("lan");
    tell_all(bench, 3, MEMBER_ALIVE, 1);
    for (uint64_t i = 0; i < ASKS_MAX; i++) {
        bench->message.ping_req =
            (struct msg_ping_req){.pseq = i, .node = named("m2"), .wait_ms = MESSAGE_MS_MAX};
        hear(bench, "m0", MESSAGE_PING_REQ);
    }
    bench->message.ping_req =
        (struct msg_ping_req){.pseq = 7, .node = named("m2"), .wait_ms = 1000};
    hear(bench, "m1", MESSAGE_PING_REQ);
    assert_non_null(sent(bench, MESSAGE_PING, "m2"));
    assert_null(sent(bench, MESSAGE_NACK, "m1"));
    bench_free(bench);
}

/* The connection is lost while a ping is under way on it: the ping is sent anew, on a new one. */
static void test_lost_link_is_dialled_again(void **state)
{
    (void)state;
    struct bench *bench = bench_new("lan");
    tell_all(bench, 1, MEMBER_ALIVE, 1);
    link_changes(bench, "m0", SWIM_LINK_UP);
    (void)until_sent(bench, MESSAGE_PING, "m0");
    uint64_t began = bench->now;
    link_changes(bench, "m0", SWIM_LINK_DOWN);
    assert_non_null(sent(bench, MESSAGE_PING, "m0"));
    /* And like every ping that dials it accuses nobody before one further period. */
    while (member(bench, "m0").state == MEMBER_ALIVE)
        next(bench);
    assert_true(bench->now >= began + 2 * bench->core->profile.period_ns);
    bench_free(bench);
}

/* Records that win by their bytes only neither restart a suspicion nor are told twice. */
static void test_suspicion_is_not_stretched(void **state)
{
    (void)state;
    struct bench *bench = bench_new("lan");
    tell_all(bench, 2, MEMBER_ALIVE, 1);
    tell_one(bench, "m1", record(named("m0"), MEMBER_SUSPECT, 1));
    uint64_t left = member(bench, "m0").suspicion_left_ns;
    bench->now += 100 * NS_PER_MS;
    struct update larger = record(named("m0"), MEMBER_SUSPECT, 1);
    larger.instance++;
    tell_one(bench, "m1", larger);
    assert_int_equal(count_events(bench, EVENT_MEMBER_SUSPECT), 0);
    assert_true(member(bench, "m0").instance == larger.instance);
    assert_true(member(bench, "m0").suspicion_left_ns <= left - 100 * NS_PER_MS);
    bench_free(bench);
}

/* A member that had left already is pruned: the others are told of that too. */
static void test_prune_of_one_that_has_left(void **state)
{
    (void)state;
    struct bench *bench = bench_new("lan");
    tell_all(bench, 2, MEMBER_ALIVE, 1);
    tell_one(bench, "m1", record(named("m0"), MEMBER_LEFT, 1));
    for (int i = 0; i < 100 && bench->core->updates.count > 0; i++)
        next(bench);
    assert_int_equal(bench->core->updates.count, 0);
    step(bench,
         &(struct swim_input){.kind = SWIM_COMMAND, .verb = SWIM_PRUNE, .peer = named("m0")});
    assert_int_equal(bench->err, 0);
    assert_true(bench->core->updates.count > 0);
    bench_free(bench);
    /* And who holds it as left takes the wish over, and passes it on. */
    bench = bench_new("lan");
    tell_all(bench, 2, MEMBER_ALIVE, 1);
    struct update left = record(named("m0"), MEMBER_LEFT, 1);
    tell_one(bench, "m1", left);
    for (int i = 0; i < 100 && bench->core->updates.count > 0; i++)
        next(bench);
    left.prune = true;
    tell_one(bench, "m1", left);
    assert_true(bench->core->updates.count > 0);
    for (int i = 0; i < 100 && knows(bench, "m0"); i++)
        next(bench);
    assert_false(knows(bench, "m0"));
    bench_free(bench);
}

/* Most of a split are back and the rest is reaped: it is over, and the next one is told. */
static void test_split_ends_when_the_rest_is_reaped(void **state)
{
    (void)state;
    struct bench *bench = bench_new("local");
    tell_all(bench, 4, MEMBER_ALIVE, 1);
    tell_all(bench, 4, MEMBER_DEAD, 1);
    size_t splits = 0, healed = 0;
    while (splits == 0) {
        next(bench);
        splits += count_events(bench, EVENT_PARTITION);
    }
    for (size_t i = 0; i < 3; i++)
        tell_one(bench, "m0", record(numbered(i), MEMBER_ALIVE, 2));
    assert_true(bench->core->partition.split);
    while (knows(bench, "m3") && bench->now < START_NS + 100 * NS_PER_S) {
        for (size_t i = 0; i < 3; i++) { /* they go on to refute what is said of them */
            uint64_t above = member(bench, numbered(i).text).incarnation + 1;
            tell_one(bench, numbered(i).text, record(numbered(i), MEMBER_ALIVE, above));
        }
        next(bench);
        healed += count_events(bench, EVENT_PARTITION_HEALED);
    }
    assert_false(knows(bench, "m3"));
    assert_int_equal(healed, 1);
    assert_false(bench->core->partition.split);
    bench_free(bench);
}

/* A death long after a split belongs to another story: a second split is told too. */
static void test_second_split_is_told(void **state)
{
    (void)state;
    struct bench *bench = bench_new("lan");
    tell_all(bench, 8, MEMBER_ALIVE, 1);
    bench->core->profile.reap_ns = DURATION_MAX_S;
    bench->core->probes.stopped = true;
    size_t splits = 0;
    for (size_t i = 0; i < 4; i++)
        add_update(bench, record(numbered(i), MEMBER_DEAD, 1));
    hear(bench, "m7", MESSAGE_GOSSIP);
    uint64_t until = bench->now + 120 * NS_PER_S;
    bench->core->profile.reap_ns = 24 * 3600 * NS_PER_S;
    while (swim_deadline(bench->core) < until) {
        next(bench);
        splits += count_events(bench, EVENT_PARTITION);
    }
    assert_int_equal(splits, 1);
    for (size_t i = 4; i < 7; i++)
        add_update(bench, record(numbered(i), MEMBER_DEAD, 1));
    hear(bench, "m7", MESSAGE_GOSSIP);
    until = bench->now + 60 * NS_PER_S;
    while (swim_deadline(bench->core) < until) {
        next(bench);
        splits += count_events(bench, EVENT_PARTITION);
    }
    assert_int_equal(splits, 2);
    bench_free(bench);
}

/* A member that came back and died again, both unheard, is not as old as its first death. */
static void test_second_death_starts_its_age_anew(void **state)
{
    (void)state;
    struct bench *bench = bench_new("lan");
    tell_all(bench, 2, MEMBER_ALIVE, 1);
    struct update dead = record(named("m0"), MEMBER_DEAD, 1);
    dead.age_ms = UINT64_C(23) * 3600 * 1000;
    tell_one(bench, "m1", dead);
    bench->now += 30 * NS_PER_S;
    dead.incarnation = 3;
    dead.age_ms = 0;
    tell_one(bench, "m1", dead);
    assert_true(member(bench, "m0").since_ns == bench->now);
    bench_free(bench);
}

/* Whoever leaves before its join has ended has not joined. */
static void test_leave_ends_a_join(void **state)
{
    (void)state;
    struct bench *bench = bench_new("local");
    step(bench, &(struct swim_input){.kind = SWIM_COMMAND, .verb = SWIM_JOIN, .peer = named("m0")});
    const struct seen *sync = sent(bench, MESSAGE_SYNC, "m0");
    assert_non_null(sync);
    uint64_t pseq = sync->pseq;
    step(bench, &(struct swim_input){.kind = SWIM_COMMAND, .verb = SWIM_LEAVE});
    bench->message.sync = (struct msg_sync){.pseq = pseq, .reply = true, .last = true};
    add_update(bench, record(named("m0"), MEMBER_ALIVE, 1));
    hear(bench, "m0", MESSAGE_SYNC);
    assert_int_equal(count_events(bench, EVENT_JOINED), 0);
    bench_free(bench);
}

/* The table is full of the dead (short-lived names, or invented ones): who lives still gets in. */
static void test_full_table_lets_the_living_in(void **state)
{
    (void)state;
    struct bench *bench = bench_new("lan");
    tell_all(bench, MEMBERS_MAX - 1, MEMBER_ALIVE, 1);
    tell_one(bench, "fresh", record(named("fresh"), MEMBER_ALIVE, 1));
    assert_false(knows(bench, "fresh")); /* all of them live: no room */
    tell_one(bench, "liar", record(named("m17"), MEMBER_LEFT, 1));
    bench->now += NS_PER_MS;
    tell_one(bench, "liar", record(named("m9"), MEMBER_DEAD, 1));
    tell_one(bench, "fresh", record(named("fresh"), MEMBER_ALIVE, 1));
    assert_true(knows(bench, "fresh"));
    assert_false(knows(bench, "m17")); /* the one that was gone for longest made room */
    assert_true(knows(bench, "m9"));
    assert_int_equal(count_events(bench, EVENT_MEMBER_REAP), 1);
    bench_free(bench);
}

/* Two processes of one name, started in the same moment: each is the elder by the time that the
 * other's age took to arrive. Exactly one gives way all the same. */
static void test_twins_agree_who_yields(void **state)
{
    (void)state;
    static const uint64_t other_instance[] = {1, 1000};
    for (size_t i = 0; i < 2; i++) {
        struct bench *bench = bench_new("lan");
        bench->now += 105 * NS_PER_MS;
        step(bench, &(struct swim_input){.kind = SWIM_LINK,
                                         .peer = named("self"),
                                         .change = SWIM_LINK_UP,
                                         .instance = other_instance[i],
                                         .age_ms = 100});
        bool yields = false;
        for (size_t j = 0; j < bench->count; j++)
            yields = yields || bench->seen[j].kind == SWIM_YIELD;
        assert_int_equal(yields, other_instance[i] > 99);
        bench_free(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mass_death_in_one_tick),
        cmocka_unit_test(test_helper_is_reaped_while_asked),
        cmocka_unit_test(test_dial_fails_when_the_probe_is_over),
        cmocka_unit_test(test_forged_steps_are_climbed),
        cmocka_unit_test(test_restart_below_a_forged_incarnation),
        cmocka_unit_test(test_tools_are_not_believed),
        cmocka_unit_test(test_sync_chunks_of_every_size),
        cmocka_unit_test(test_one_asker_does_not_take_all_asks),
        cmocka_unit_test(test_lost_link_is_dialled_again),
        cmocka_unit_test(test_suspicion_is_not_stretched),
        cmocka_unit_test(test_prune_of_one_that_has_left),
        cmocka_unit_test(test_split_ends_when_the_rest_is_reaped),
        cmocka_unit_test(test_second_split_is_told),
        cmocka_unit_test(test_second_death_starts_its_age_anew),
        cmocka_unit_test(test_leave_ends_a_join),
        cmocka_unit_test(test_full_table_lets_the_living_in),
        cmocka_unit_test(test_twins_agree_who_yields),
    };
    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
