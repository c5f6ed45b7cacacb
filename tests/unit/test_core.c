/* What peers that lie, die at the wrong moment or ask too much can do to a core: one step after the
 * other, by hand. */
#include "tests/unit/single.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Hundreds of suspicions end in one tick, some of members that are being probed: no more comes out
 * than there is room for, the rest in the next tick, and nobody takes that for a stall. */
static void test_mass_death_in_one_tick(void **state)
{
    (void)state;
    enum { MEMBERS = 400 };
    for (unsigned helpers = 3; helpers <= INDIRECT_MAX; helpers += 13) {
        struct single *single = single_new("lan");
        single->core->profile.indirect = helpers;
        tell_all(single, MEMBERS, MEMBER_ALIVE, 1);
        single->core->gossip.last_ns = 1; /* long ago, as in a cluster that was idle */
        for (size_t i = 0; i < PROBES_MAX; i++)
            link_changes(single, numbered(i).text, SWIM_LINK_HINT);
        tell_all(single, MEMBERS, MEMBER_SUSPECT, 1);
        /* Late, but not so late that it is a stall: all of them are due at once, and those probes
         * have just asked their helpers. */
        uint64_t due = heap_deadline(&single->core->suspicions);
        for (size_t i = 0; i < PROBES_MAX; i++) {
            struct probe *probe = &single->core->probes.items[i];
            probe->state = PROBE_INDIRECT;
            probe->repeat_ns = NEVER;
            probe->timeout_ns = probe->end_ns = due + NS_PER_S;
            probe->asked.count = targets_draw(&single->core->targets, &single->core->rng,
                                              probe->target, helpers, probe->asked.helpers);
        }
        single->core->probes.next_ns = due + NS_PER_S;
        while (single->now < due)
            next_due(single);
        size_t dead = count_events(single, EVENT_MEMBER_DEAD);
        while (single->core->suspicions.count > 0) {
            next_due(single);
            dead += count_events(single, EVENT_MEMBER_DEAD);
            assert_int_equal(count_events(single, EVENT_STALL), 0);
        }
        assert_int_equal(dead, MEMBERS);
        single_free(single);
    }
}

/* The helper of a probe is said to be long dead: it is forgotten while its answer is awaited. */
static void test_helper_is_reaped_while_asked(void **state)
{
    (void)state;
    struct single *single = single_new("wan");
    tell_all(single, 3, MEMBER_ALIVE, 1);
    struct seen asked = *until_sent(single, MESSAGE_PING_REQ, NULL);
    struct update old = record_of(asked.peer, MEMBER_DEAD, 1);
    old.age_ms = MESSAGE_MS_MAX;
    tell_one(single, "liar", old);
    for (int i = 0; i < 1000 && knows(single, asked.peer.text); i++)
        next_due(single);
    assert_false(knows(single, asked.peer.text));
    for (int i = 0; i < 1000 && member_of(single, asked.ping_req.node.text).state == MEMBER_ALIVE;
         i++)
        next_due(single);
    assert_int_equal(member_of(single, asked.ping_req.node.text).state, MEMBER_SUSPECT);
    single_free(single);
}

/* A dial fails in the very step in which its probe would end: helpers are given no time, not a
 * negative one. */
static void test_dial_fails_when_the_probe_is_over(void **state)
{
    (void)state;
    struct single *single = single_new("local");
    single->core->profile.period_ns = 40 * NS_PER_MS;
    single->core->profile.timeout_ns = 30 * NS_PER_MS;
    tell_all(single, 2, MEMBER_ALIVE, 1);
    struct name target = until_sent(single, MESSAGE_PING, NULL)->peer;
    single->now += 90 * NS_PER_MS; /* late, yet no stall */
    link_changes(single, target.text, SWIM_LINK_FAILED);
    assert_int_equal(count_events(single, EVENT_STALL), 0);
    single_free(single);
}

/* Two forged steps, each as high as is believed, and the subject hears of the second only. It must
 * get above them in the end, whatever others were made to hold. */
static void test_forged_steps_are_climbed(void **state)
{
    (void)state;
    struct single *single = single_new("local");
    tell_all(single, 2, MEMBER_ALIVE, 1);
    uint64_t forged = 1 + 3 * INCARNATION_JUMP;
    for (int i = 0; i < 10 && member_of(single, "self").incarnation <= forged; i++) {
        for (int again = 0; again < 2; again++) {
            uint64_t before = member_of(single, "self").incarnation;
            tell_one(single, "m0", record_of(named("self"), MEMBER_SUSPECT, forged));
            /* No step is too high for those who hold the record before. */
            assert_true(member_of(single, "self").incarnation <= before + INCARNATION_JUMP + 1);
        }
        single->now += single->core->profile.period_ns;
    }
    assert_true(member_of(single, "self").incarnation > forged);
    single_free(single);
}

/* A node whose name was pushed up before it restarted learns that at its join, and speaks above. */
static void test_restart_below_a_forged_incarnation(void **state)
{
    (void)state;
    struct single *single = single_new("local");
    uint64_t pseq = join_through(single, "m0");
    uint64_t pushed = 2 + 40 * INCARNATION_JUMP;
    single->message.sync = (struct msg_sync){.pseq = pseq, .reply = true, .last = true};
    add_update(single, record_of(named("m0"), MEMBER_ALIVE, 1));
    add_update(single, record_of(named("self"), MEMBER_DEAD, pushed));
    hear(single, "m0", MESSAGE_SYNC);
    assert_int_equal(count_events(single, EVENT_JOINED), 1);
    assert_true(member_of(single, "self").incarnation > pushed);
    single_free(single);
}

/* A twin of a live member says nothing of itself before the other one had its time to answer. */
static void test_twin_keeps_quiet_while_it_asks(void **state)
{
    (void)state;
    struct single *single = single_new("local");
    uint64_t pseq = join_through(single, "m0");
    single->message.sync = (struct msg_sync){.pseq = pseq, .reply = true, .last = true};
    struct update twin = record_of(named("self"), MEMBER_ALIVE, 1);
    twin.instance = single->core->self->told.instance + 1;
    add_update(single, twin);
    add_update(single, record_of(named("m0"), MEMBER_ALIVE, 1));
    add_update(single, record_of(named("m1"), MEMBER_ALIVE, 1));
    hear(single, "m0", MESSAGE_SYNC);
    assert_int_equal(single->core->conflict.state, CONFLICT_ASKING);
    single->core->sync.next_ns = single->now + 1; /* one of its own is due just now */
    size_t syncs = 0;
    while (single->core->conflict.state == CONFLICT_ASKING) {
        single->message.sync = (struct msg_sync){.last = true};
        hear(single, "m1", MESSAGE_SYNC);
        for (size_t i = 0; i < single->count; i++) {
            assert_int_equal(single->seen[i].own, 0);
            syncs += single->seen[i].kind == SWIM_SEND && single->seen[i].type == MESSAGE_SYNC;
        }
        next_due(single);
        for (size_t i = 0; i < single->count && single->core->conflict.state != CONFLICT_IDLE; i++)
            assert_int_equal(single->seen[i].own, 0);
    }
    assert_true(syncs > 0);
    assert_true(count_events(single, EVENT_REFUTE) == 1); /* nobody answered */
    single_free(single);
}

/* Whoever still holds an old accusation is answered straight, once: gossip missed him before. */
static void test_who_missed_the_refutation_is_answered(void **state)
{
    (void)state;
    struct single *single = single_new("lan");
    tell_all(single, 200, MEMBER_ALIVE, 1);
    for (size_t i = 0; i < 200; i++) /* gossip has its choice of them */
        link_changes(single, numbered(i).text, SWIM_LINK_UP);
    tell_one(single, "m3", record_of(named("self"), MEMBER_SUSPECT, 1));
    assert_int_equal(member_of(single, "self").incarnation, 2);
    single->now += NS_PER_S;
    tell_one(single, "m150", record_of(named("self"), MEMBER_DEAD, 1));
    const struct seen *answer = sent(single, MESSAGE_GOSSIP, "m150");
    assert_non_null(answer);
    assert_true(answer->own == 1); /* and only once in it */
    single_free(single);
}

/* What a tool says, even under a member's certificate, changes nothing. */
static void test_tools_are_not_believed(void **state)
{
    (void)state;
    struct single *single = single_new("local");
    tell_all(single, 2, MEMBER_ALIVE, 1);
    single->message.type = MESSAGE_LEAVE;
    single->message.leave = (struct msg_leave){.pseq = 1, .incarnation = 1};
    step(single, &(struct swim_input){.kind = SWIM_MESSAGE,
                                      .peer = named("m0"),
                                      .tool_link = 5,
                                      .message = &single->message});
    assert_int_equal(member_of(single, "m0").state, MEMBER_ALIVE);
    assert_null(sent(single, MESSAGE_LEAVE_ACK, NULL));
    single->message = (struct message){.type = MESSAGE_PING, .ping = {.pseq = 3}};
    step(single, &(struct swim_input){.kind = SWIM_MESSAGE,
                                      .peer = named("m0"),
                                      .tool_link = 5,
                                      .message = &single->message});
    assert_non_null(sent(single, MESSAGE_ACK, NULL));
    single_free(single);
}

/* The last chunk of a table may be filled to its last byte. */
static void test_sync_chunks_of_every_size(void **state)
{
    (void)state;
    enum { LAST_TAG_MAX = 240 };
    struct single *single = single_new("lan");
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
            struct update update = record_of(numbered(i), MEMBER_ALIVE, incarnation);
            update.tags = tags_view(&tags[i]);
            tell_one(single, "m0", update);
        }
        single->message.sync = (struct msg_sync){.pseq = round + 1, .last = true};
        hear(single, "m0", MESSAGE_SYNC); /* `take` encodes every chunk */
        size_t told = 0;
        bool last = false;
        for (size_t i = 0; i < single->count; i++)
            if (single->seen[i].kind == SWIM_SEND && single->seen[i].type == MESSAGE_SYNC &&
                single->seen[i].pseq == round + 1) {
                told += single->seen[i].update_count;
                last = single->seen[i].last;
            }
        assert_int_equal(told, 9);
        assert_true(last);
    }
    single_free(single);
}

/* A record grows while it waits (its age does): it leaves the queue all the same. */
static void test_records_that_grow_are_sent(void **state)
{
    (void)state;
    char value[TAG_VALUE_MAX];
    memset(value, 'x', sizeof(value));
    for (size_t last = 1; last <= 160; last++) { /* across what a datagram takes */
        struct single *single = single_new("lan");
        struct tags_buffer tags = {.len = 0};
        for (char key = 'a'; key < 'e'; key++)
            assert_int_equal(tags_set(&tags, &key, 1, value, key < 'd' ? sizeof(value) : 200), 0);
        assert_int_equal(tags_set(&tags, "z", 1, value, last), 0);
        tell_all(single, 4, MEMBER_ALIVE, 1);
        struct update update = record_of(named("m0"), MEMBER_DEAD, 2);
        update.tags = tags_view(&tags);
        tell_one(single, "m1", update);
        uint64_t until = single->now + 3 * NS_PER_S; /* nobody is missed so soon */
        while (swim_deadline(single->core) < until)
            next_due(single);
        const struct member *dead = members_find(&single->core->members, &update.node);
        assert_null(dead->update.queue);
        single_free(single);
    }
}

/* One asker fills its own share of the table of asks, not everybody's. */
static void test_one_asker_does_not_take_all_asks(void **state)
{
    (void)state;
    struct single *single = single_new("lan");
    tell_all(single, 3, MEMBER_ALIVE, 1);
    for (uint64_t i = 0; i < ASKS_MAX; i++) {
        single->message.ping_req =
            (struct msg_ping_req){.pseq = i, .node = named("m2"), .wait_ms = MESSAGE_MS_MAX};
        hear(single, "m0", MESSAGE_PING_REQ);
    }
    single->message.ping_req =
        (struct msg_ping_req){.pseq = 7, .node = named("m2"), .wait_ms = 1000};
    hear(single, "m1", MESSAGE_PING_REQ);
    assert_non_null(sent(single, MESSAGE_PING, "m2"));
    assert_null(sent(single, MESSAGE_NACK, "m1"));
    single_free(single);
}

/* The connection is lost while a ping is under way on it: the ping is sent anew, on a new one. */
static void test_lost_link_is_dialled_again(void **state)
{
    (void)state;
    struct single *single = single_new("lan");
    tell_all(single, 1, MEMBER_ALIVE, 1);
    link_changes(single, "m0", SWIM_LINK_UP);
    (void)until_sent(single, MESSAGE_PING, "m0");
    uint64_t began = single->now;
    link_changes(single, "m0", SWIM_LINK_DOWN);
    assert_non_null(sent(single, MESSAGE_PING, "m0"));
    /* And like every ping that dials it accuses nobody before one further period. */
    while (member_of(single, "m0").state == MEMBER_ALIVE)
        next_due(single);
    assert_true(single->now >= began + 2 * single->core->profile.period_ns);
    single_free(single);
}

/* Records that win by their bytes only neither restart a suspicion nor are told twice. */
static void test_suspicion_is_not_stretched(void **state)
{
    (void)state;
    struct single *single = single_new("lan");
    tell_all(single, 2, MEMBER_ALIVE, 1);
    tell_one(single, "m1", record_of(named("m0"), MEMBER_SUSPECT, 1));
    uint64_t left = member_of(single, "m0").suspicion_left_ns;
    single->now += 100 * NS_PER_MS;
    struct update larger = record_of(named("m0"), MEMBER_SUSPECT, 1);
    larger.instance++;
    tell_one(single, "m1", larger);
    assert_int_equal(count_events(single, EVENT_MEMBER_SUSPECT), 0);
    assert_true(member_of(single, "m0").instance == larger.instance);
    assert_true(member_of(single, "m0").suspicion_left_ns <= left - 100 * NS_PER_MS);
    single_free(single);
}

/* A member that had left already is pruned: the others are told of that too. */
static void test_prune_of_one_that_has_left(void **state)
{
    (void)state;
    struct single *single = single_new("lan");
    tell_all(single, 2, MEMBER_ALIVE, 1);
    tell_one(single, "m1", record_of(named("m0"), MEMBER_LEFT, 1));
    for (int i = 0; i < 100 && single->core->updates.count > 0; i++)
        next_due(single);
    assert_int_equal(single->core->updates.count, 0);
    step(single,
         &(struct swim_input){.kind = SWIM_COMMAND, .verb = SWIM_PRUNE, .peer = named("m0")});
    assert_int_equal(single->err, 0);
    assert_true(single->core->updates.count > 0);
    single_free(single);
    /* And who holds it as left takes the wish over, and passes it on. */
    single = single_new("lan");
    tell_all(single, 2, MEMBER_ALIVE, 1);
    struct update left = record_of(named("m0"), MEMBER_LEFT, 1);
    tell_one(single, "m1", left);
    for (int i = 0; i < 100 && single->core->updates.count > 0; i++)
        next_due(single);
    left.prune = true;
    tell_one(single, "m1", left);
    assert_true(single->core->updates.count > 0);
    for (int i = 0; i < 100 && knows(single, "m0"); i++)
        next_due(single);
    assert_false(knows(single, "m0"));
    single_free(single);
}

/* Most of a split are back and the rest is reaped: it is over, and the next one is told. */
static void test_split_ends_when_the_rest_is_reaped(void **state)
{
    (void)state;
    struct single *single = single_new("local");
    tell_all(single, 4, MEMBER_ALIVE, 1);
    tell_all(single, 4, MEMBER_DEAD, 1);
    size_t splits = 0, healed = 0;
    while (splits == 0) {
        next_due(single);
        splits += count_events(single, EVENT_PARTITION);
    }
    for (size_t i = 0; i < 3; i++)
        tell_one(single, "m0", record_of(numbered(i), MEMBER_ALIVE, 2));
    assert_true(single->core->partition.split);
    while (knows(single, "m3") && single->now < START_NS + 100 * NS_PER_S) {
        for (size_t i = 0; i < 3; i++) { /* they go on to refute what is said of them */
            uint64_t above = member_of(single, numbered(i).text).incarnation + 1;
            tell_one(single, numbered(i).text, record_of(numbered(i), MEMBER_ALIVE, above));
        }
        next_due(single);
        healed += count_events(single, EVENT_PARTITION_HEALED);
    }
    assert_false(knows(single, "m3"));
    assert_int_equal(healed, 1);
    assert_false(single->core->partition.split);
    single_free(single);
}

/* A death long after a split belongs to another story: a second split is told too. */
static void test_second_split_is_told(void **state)
{
    (void)state;
    struct single *single = single_new("lan");
    tell_all(single, 8, MEMBER_ALIVE, 1);
    single->core->profile.reap_ns = DURATION_MAX_S;
    single->core->probes.stopped = true;
    size_t splits = 0;
    for (size_t i = 0; i < 4; i++)
        add_update(single, record_of(numbered(i), MEMBER_DEAD, 1));
    hear(single, "m7", MESSAGE_GOSSIP);
    uint64_t until = single->now + 120 * NS_PER_S;
    single->core->profile.reap_ns = 24 * 3600 * NS_PER_S;
    while (swim_deadline(single->core) < until) {
        next_due(single);
        splits += count_events(single, EVENT_PARTITION);
    }
    assert_int_equal(splits, 1);
    for (size_t i = 4; i < 7; i++)
        add_update(single, record_of(numbered(i), MEMBER_DEAD, 1));
    hear(single, "m7", MESSAGE_GOSSIP);
    until = single->now + 60 * NS_PER_S;
    while (swim_deadline(single->core) < until) {
        next_due(single);
        splits += count_events(single, EVENT_PARTITION);
    }
    assert_int_equal(splits, 2);
    single_free(single);
}

/* A member that came back and died again, both unheard, is not as old as its first death. */
static void test_second_death_starts_its_age_anew(void **state)
{
    (void)state;
    struct single *single = single_new("lan");
    tell_all(single, 2, MEMBER_ALIVE, 1);
    struct update dead = record_of(named("m0"), MEMBER_DEAD, 1);
    dead.age_ms = UINT64_C(23) * 3600 * 1000;
    tell_one(single, "m1", dead);
    single->now += 30 * NS_PER_S;
    dead.incarnation = 3;
    dead.age_ms = 0;
    tell_one(single, "m1", dead);
    assert_true(member_of(single, "m0").since_ns == single->now);
    single_free(single);
}

/* Whoever leaves before its join has ended has not joined. */
static void test_leave_ends_a_join(void **state)
{
    (void)state;
    struct single *single = single_new("local");
    uint64_t pseq = join_through(single, "m0");
    step(single, &(struct swim_input){.kind = SWIM_COMMAND, .verb = SWIM_LEAVE});
    single->message.sync = (struct msg_sync){.pseq = pseq, .reply = true, .last = true};
    add_update(single, record_of(named("m0"), MEMBER_ALIVE, 1));
    hear(single, "m0", MESSAGE_SYNC);
    assert_int_equal(count_events(single, EVENT_JOINED), 0);
    single_free(single);
}

/* The table is full of the dead (short-lived names, or invented ones): who lives still gets in. */
static void test_full_table_lets_the_living_in(void **state)
{
    (void)state;
    struct single *single = single_new("lan");
    tell_all(single, MEMBERS_MAX - 1, MEMBER_ALIVE, 1);
    tell_one(single, "fresh", record_of(named("fresh"), MEMBER_ALIVE, 1));
    assert_false(knows(single, "fresh")); /* all of them live: no room */
    tell_one(single, "liar", record_of(named("m17"), MEMBER_LEFT, 1));
    single->now += NS_PER_MS;
    tell_one(single, "liar", record_of(named("m9"), MEMBER_DEAD, 1));
    tell_one(single, "fresh", record_of(named("fresh"), MEMBER_ALIVE, 1));
    assert_true(knows(single, "fresh"));
    assert_false(knows(single, "m17")); /* the one that was gone for longest made room */
    assert_true(knows(single, "m9"));
    assert_int_equal(count_events(single, EVENT_MEMBER_REAP), 1);
    single_free(single);
}

/* Two processes of one name, started in the same moment: each is the elder by the time that the
 * other's age took to arrive. Exactly one gives way all the same. */
static void test_twins_agree_who_yields(void **state)
{
    (void)state;
    static const uint64_t other_instance[] = {1, 1000};
    for (size_t i = 0; i < 2; i++) {
        struct single *single = single_new("lan");
        single->now += 105 * NS_PER_MS;
        step(single, &(struct swim_input){.kind = SWIM_LINK,
                                          .peer = named("self"),
                                          .change = SWIM_LINK_UP,
                                          .instance = other_instance[i],
                                          .age_ms = 100});
        bool yields = false;
        for (size_t j = 0; j < single->count; j++)
            yields = yields || single->seen[j].kind == SWIM_YIELD;
        assert_int_equal(yields, other_instance[i] > 99);
        single_free(single);
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
        cmocka_unit_test(test_twin_keeps_quiet_while_it_asks),
        cmocka_unit_test(test_who_missed_the_refutation_is_answered),
        cmocka_unit_test(test_tools_are_not_believed),
        cmocka_unit_test(test_sync_chunks_of_every_size),
        cmocka_unit_test(test_records_that_grow_are_sent),
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
