/* The core with many members at once, and the same news to many cores: tables and outputs stay
 * within their bounds, and the order of news does not matter. */
#include "base/duration.h"
#include "base/rng.h"
#include "swim/check.h"
#include "swim/swim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CROWD 700

struct crowd {
    struct swim *core;
    uint64_t now;
    size_t dead, joined;
};

static struct name name_of(size_t i)
{
    char text[16];
    struct name name;
    int len = snprintf(text, sizeof(text), "m%04zu", i);
    assert_int_equal(name_set(&name, text, (size_t)len), 0);
    return name;
}

static struct crowd crowd_new(unsigned indirect, uint64_t seed)
{
    struct swim_config config = {
        .self = name_of(0),
        .addr = {.family = ADDR_V4, .ip = {10, 0, 0, 1}, .port = 7436},
        .instance = 99,
        .incarnation = 1,
        .profile = *profile_find("local"),
        .seed = seed,
        .probe_events = true,
    };
    config.profile.indirect = indirect;
    struct crowd crowd = {.core = swim_new(&config, NS_PER_S), .now = NS_PER_S};
    assert_non_null(crowd.core);
    return crowd;
}

static int crowd_step(struct crowd *crowd, const struct swim_input *input)
{
    struct swim_output output;
    int err = swim_step(crowd->core, crowd->now, input);
    while (swim_next_output(crowd->core, &output)) {
        crowd->dead += output.kind == SWIM_EVENT && output.event->kind == EVENT_MEMBER_DEAD;
        crowd->joined += output.kind == SWIM_EVENT && output.event->kind == EVENT_MEMBER_JOIN;
    }
    swim_check(crowd->core);
    return err;
}

/* Lets time pass as a loop does: a tick whenever one is due. */
static void crowd_run(struct crowd *crowd, uint64_t ms)
{
    const struct swim_input tick = {.kind = SWIM_TICK};
    uint64_t until = crowd->now + ms * NS_PER_MS;
    for (uint64_t next; (next = swim_deadline(crowd->core)) <= until;) {
        crowd->now = next > crowd->now ? next : crowd->now;
        assert_int_equal(crowd_step(crowd, &tick), 0);
    }
    crowd->now = until;
}

static struct update record(size_t who, enum member_state state, uint64_t incarnation)
{
    return (struct update){
        .node = name_of(who),
        .state = state,
        .incarnation = incarnation,
        .instance = 1,
        .addr = {.family = ADDR_V4, .ip = {10, 0, (uint8_t)(who >> 8), (uint8_t)who}, .port = 1},
    };
}

/* The teller says one thing of many, in as many messages as it takes. */
static void crowd_tell(struct crowd *crowd, const struct name *teller, const struct update *news,
                       size_t count)
{
    static struct message message;
    while (count > 0) {
        message.type = MESSAGE_GOSSIP;
        message.update_count = count < UPDATES_PER_MESSAGE ? count : UPDATES_PER_MESSAGE;
        memcpy(message.updates, news, message.update_count * sizeof(*news));
        struct swim_input input = {.kind = SWIM_MESSAGE, .peer = *teller, .message = &message};
        assert_int_equal(crowd_step(crowd, &input), 0);
        news += message.update_count;
        count -= message.update_count;
    }
}

static void crowd_tell_all(struct crowd *crowd, size_t count, enum member_state state)
{
    struct update *news = calloc(count, sizeof(*news));
    struct name teller = name_of(1);
    assert_non_null(news);
    for (size_t i = 0; i < count; i++) {
        news[i] = record(i + 1, state, 1);
        news[i].by = state == MEMBER_ALIVE ? (struct name){{0}} : teller;
    }
    crowd_tell(crowd, &teller, news, count);
    free(news);
}

/* All are suspected together, and their time runs out together, in the middle of probes whose
 * helpers are still to be told of. */
static void test_all_die_at_once(void **state)
{
    (void)state;
    static const unsigned helpers[] = {0, 3, INDIRECT_MAX};
    for (size_t h = 0; h < sizeof(helpers) / sizeof(helpers[0]); h++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct crowd crowd = crowd_new(helpers[h], seed);
            crowd_tell_all(&crowd, CROWD, MEMBER_ALIVE);
            assert_int_equal(crowd.joined, CROWD);
            crowd_run(&crowd, 100 + 17 * seed);
            crowd_tell_all(&crowd, CROWD, MEMBER_SUSPECT);
            crowd_run(&crowd, 60000);
            assert_int_equal(crowd.dead, CROWD);
            swim_free(crowd.core);
        }
}

/* One node more than the table holds is not taken, and does no harm. */
static void test_the_table_is_bounded(void **state)
{
    (void)state;
    struct crowd crowd = crowd_new(3, 1);
    crowd_tell_all(&crowd, MEMBERS_MAX + 200, MEMBER_ALIVE);
    assert_int_equal(swim_member_count(crowd.core), MEMBERS_MAX);
    struct swim_info info;
    swim_info(crowd.core, &info);
    assert_true(info.rejected > 0);
    assert_true(info.queued_updates <= MEMBERS_MAX);
    swim_free(crowd.core);
}

/* More die and are forgotten than there are tombstones. */
static void test_tombstones_are_bounded(void **state)
{
    (void)state;
    struct crowd crowd = crowd_new(3, 1);
    crowd_tell_all(&crowd, 3000, MEMBER_ALIVE);
    crowd_tell_all(&crowd, 3000, MEMBER_DEAD);
    crowd_run(&crowd, 62000);
    assert_int_equal(swim_member_count(crowd.core), 1);
    crowd.joined = 0;
    crowd_tell_all(&crowd, 3000, MEMBER_ALIVE);
    assert_in_range(crowd.joined, 1, 3000 - 1024 + 1);
    swim_free(crowd.core);
}

/* Asked to help by more than can be helped at once: everybody gets an answer. */
static void test_relays_are_bounded(void **state)
{
    (void)state;
    static struct message message;
    struct crowd crowd = crowd_new(3, 1);
    crowd_tell_all(&crowd, 2, MEMBER_ALIVE);
    size_t nacks = 0, pings = 0;
    for (uint64_t i = 0; i < 2 * ASKS_MAX; i++) {
        struct swim_input input = {
            .kind = SWIM_MESSAGE, .peer = name_of(3 + i % 8), .message = &message};
        struct swim_output output;
        message.type = MESSAGE_PING_REQ;
        message.ping_req =
            (struct msg_ping_req){.pseq = i, .node = name_of(2), .wait_ms = MESSAGE_MS_MAX};
        assert_int_equal(swim_step(crowd.core, crowd.now, &input), 0);
        while (swim_next_output(crowd.core, &output)) {
            nacks += output.kind == SWIM_SEND && output.message->type == MESSAGE_NACK;
            pings += output.kind == SWIM_SEND && output.message->type == MESSAGE_PING;
        }
    }
    assert_int_equal(pings, ASKS_MAX);
    assert_int_equal(nacks, ASKS_MAX);
    struct swim_input stop = {.kind = SWIM_COMMAND, .verb = SWIM_STOP_GOSSIP};
    struct swim_output output;
    assert_int_equal(swim_step(crowd.core, crowd.now, &stop), 0);
    while (swim_next_output(crowd.core, &output))
        nacks += output.kind == SWIM_SEND && output.message->type == MESSAGE_NACK;
    assert_int_equal(nacks, 2 * ASKS_MAX); /* who still waits is told that there is nothing */
    swim_free(crowd.core);
}

/* Members leave the table while they are asked to help with somebody's probe, again and again. */
static void test_helpers_are_forgotten(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct crowd crowd = crowd_new(3, seed);
        struct name teller = name_of(1);
        struct rng rng;
        rng_seed(&rng, seed);
        for (uint64_t round = 1; round <= 40; round++) {
            struct update news[6], pruned;
            for (size_t i = 0; i < 6; i++)
                news[i] = record(i + 1, MEMBER_ALIVE, 2 * round);
            crowd_tell(&crowd, &teller, news, 6);
            crowd_run(&crowd, rng_below(&rng, 700));
            pruned = record(2 + (size_t)rng_below(&rng, 5), MEMBER_LEFT, 2 * round + 1);
            pruned.prune = true;
            crowd_tell(&crowd, &teller, &pruned, 1);
            crowd_run(&crowd, rng_below(&rng, 700));
        }
        swim_free(crowd.core);
    }
}

#define NEWS 40
#define ABOUT 5

static void draw_news(struct rng *rng, struct update *news)
{
    static const uint8_t tags[] = {1, 'k', 0, 1, 'v'};
    for (size_t i = 0; i < NEWS; i++) {
        news[i] = record(1 + i % ABOUT, MEMBER_ALIVE, 1);
        if (i < ABOUT)
            continue; /* that they exist is known everywhere */
        news[i].state = (enum member_state)rng_below(rng, MEMBER_STATE_COUNT);
        news[i].incarnation = 1 + rng_below(rng, 4);
        news[i].instance = 1 + rng_below(rng, 2);
        news[i].addr.port = (uint16_t)(1 + rng_below(rng, 2));
        news[i].age_ms = news[i].state >= MEMBER_DEAD ? rng_below(rng, 1000) : 0;
        if (rng_below(rng, 2))
            news[i].tags = (struct tags){tags, sizeof(tags)};
        if (news[i].state != MEMBER_ALIVE)
            news[i].by = name_of(1 + (size_t)rng_below(rng, ABOUT));
    }
}

static void expect_same_view(const struct crowd *a, const struct crowd *b)
{
    for (size_t who = 1; who <= ABOUT; who++) {
        struct swim_member one, other;
        struct name name = name_of(who);
        assert_true(swim_member_find(a->core, &name, &one));
        assert_true(swim_member_find(b->core, &name, &other));
        assert_int_equal(one.state, other.state);
        assert_true(one.incarnation == other.incarnation && one.instance == other.instance);
        assert_true(addr_equal(&one.addr, &other.addr) && tags_equal(one.tags, other.tags));
    }
    struct swim_info one, other;
    swim_info(a->core, &one);
    swim_info(b->core, &other);
    assert_true(one.view == other.view);
}

/* The same news of five members from changing tellers (the members themselves too), in two orders,
 * some of them twice. */
static void test_order_does_not_matter(void **state)
{
    (void)state;
    static struct update news[NEWS];
    struct rng rng;
    rng_seed(&rng, 5);
    for (uint64_t round = 1; round <= 300; round++) {
        struct crowd a = crowd_new(3, round), b = crowd_new(3, round + 1000);
        uint32_t order[NEWS];
        draw_news(&rng, news);
        for (uint32_t i = 0; i < NEWS; i++)
            order[i] = i;
        rng_shuffle(&rng, order + ABOUT, NEWS - ABOUT);
        for (size_t i = 0; i < NEWS; i++) {
            struct name teller = name_of(1 + (size_t)rng_below(&rng, 2 * ABOUT));
            crowd_tell(&a, &teller, &news[i], 1);
            teller = name_of(1 + (size_t)rng_below(&rng, 2 * ABOUT));
            crowd_tell(&b, &teller, &news[order[i]], 1);
            if (rng_below(&rng, 3) == 0)
                crowd_tell(&b, &teller, &news[order[rng_below(&rng, i + 1)]], 1);
        }
        expect_same_view(&a, &b);
        swim_free(a.core);
        swim_free(b.core);
    }
}

/* What is forgotten at one place and not at another: as long as the tombstone stands, nothing of
 * before the burial comes back in whatever order; what is above it does. */
static void test_order_does_not_matter_after_reaping(void **state)
{
    (void)state;
    struct rng rng;
    rng_seed(&rng, 6);
    for (uint64_t round = 1; round <= 200; round++) {
        struct crowd crowd = crowd_new(3, round);
        struct name teller = name_of(1), who = name_of(2);
        struct update alive = record(2, MEMBER_ALIVE, 3), dead = record(2, MEMBER_DEAD, 3);
        struct swim_member member;
        crowd_tell(&crowd, &teller, &alive, 1);
        crowd_tell(&crowd, &teller, &dead, 1);
        crowd_run(&crowd, 62000);
        assert_false(swim_member_find(crowd.core, &who, &member));
        for (int i = 0; i < 20; i++) {
            struct update echo = record(2, (enum member_state)rng_below(&rng, MEMBER_STATE_COUNT),
                                        1 + rng_below(&rng, 3));
            crowd_tell(&crowd, &teller, &echo, 1);
            crowd_run(&crowd, rng_below(&rng, 5000));
            assert_false(swim_member_find(crowd.core, &who, &member));
        }
        alive.incarnation = 4;
        crowd_tell(&crowd, &teller, &alive, 1);
        assert_true(swim_member_find(crowd.core, &who, &member));
        assert_int_equal(member.state, MEMBER_ALIVE);
        swim_free(crowd.core);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_die_at_once),
        cmocka_unit_test(test_the_table_is_bounded),
        cmocka_unit_test(test_tombstones_are_bounded),
        cmocka_unit_test(test_relays_are_bounded),
        cmocka_unit_test(test_helpers_are_forgotten),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_order_does_not_matter_after_reaping),
    };
    return cmocka_run_group_tests_name("crowd", tests, NULL, NULL);
}
