/* Random histories of a cluster: crashes, restarts, stops, splits, losses, leaves and commands,
 * after one another as the seed has it. All the time nobody knows more of a member than it has ever
 * said of itself; and when the trouble is over, all agree that all are alive. */
#include "base/duration.h"
#include "base/rng.h"
#include "sim/world.h"
#include "tests/unit/shrink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NODES 5
#define PEACE_NS (120 * NS_PER_S) /* within it all must agree again; two reap times */

struct history {
    struct world *world;
    uint64_t owned[NODES]; /* the highest incarnation each has ever given itself */
    bool stopped[NODES];
};

static void expect(const struct history *history, bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "history: at %llu ms it does not hold that %s\n",
            (unsigned long long)(world_now(history->world) / NS_PER_MS), what);
    for (size_t a = 0; a < NODES; a++) {
        struct swim *core = world_core(history->world, a);
        fprintf(stderr, "%s:", world_name(history->world, a)->text);
        for (size_t m = 0; core && m < swim_member_count(core); m++) {
            struct swim_member member;
            swim_member_at(core, m, &member);
            fprintf(stderr, " %s=%s/%llu", member.name->text, member_state_text(member.state),
                    (unsigned long long)member.incarnation);
        }
        fprintf(stderr, core ? "\n" : " not running\n");
    }
    abort();
}

static void history_check(struct history *history)
{
    for (size_t a = 0; a < NODES; a++) {
        struct swim_info info;
        if (!world_core(history->world, a))
            continue;
        swim_info(world_core(history->world, a), &info);
        if (info.incarnation > history->owned[a])
            history->owned[a] = info.incarnation;
    }
    for (size_t a = 0; a < NODES; a++)
        for (size_t b = 0; b < NODES; b++) {
            struct swim *core = world_core(history->world, a);
            struct swim_member member;
            if (core && swim_member_find(core, world_name(history->world, b), &member))
                expect(history, member.incarnation <= history->owned[b],
                       "only a member itself raises its incarnation");
        }
}

static void history_run(struct history *history, uint64_t ns)
{
    uint64_t until = world_now(history->world) + ns;
    while (world_step(history->world, until))
        history_check(history);
}

static void history_start(struct history *history, size_t i, size_t seed, bool moved)
{
    if (world_core(history->world, i))
        world_crash(history->world, i);
    history->stopped[i] = false;
    expect(history, world_start(history->world, i, moved), "there is memory");
    if (seed != i)
        world_join(history->world, i, seed);
}

static void history_cut(struct history *history, size_t a, size_t b, double loss)
{
    if (a != b)
        world_set_loss(history->world, a, b, loss);
}

static void history_command(struct history *history, size_t i, enum swim_verb verb, size_t about)
{
    struct tags_buffer tags = {.len = 0};
    char text[] = {'k', '=', (char)('a' + about), 0};
    struct swim_input input = {
        .kind = SWIM_COMMAND, .verb = verb, .peer = *world_name(history->world, about)};
    if (!world_core(history->world, i) || history->stopped[i])
        return;
    expect(history, tags_set_text(&tags, text) == 0, "that is a tag");
    input.tags = tags_view(&tags);
    (void)world_command(history->world, i, &input);
}

/* Each is a row of what may happen to `a` and `b`. */
static const char *const happenings[] = {"crash",       "restart", "restart elsewhere",
                                         "stop",        "resume",  "cut",
                                         "cut one way", "loss",    "heal",
                                         "leave",       "tags",    "force",
                                         "prune",       "resume",  "heal all",
                                         "nothing"};

static void history_move(struct history *history, const uint8_t *move)
{
    size_t a = move[1] % NODES, b = move[2] % NODES;
    switch (move[0] % 16) {
    case 0:
        if (world_core(history->world, a))
            world_crash(history->world, a);
        history->stopped[a] = false;
        break;
    case 1:
    case 2:
        history_start(history, a, b, move[0] % 16 == 2);
        break;
    case 3:
        if (world_core(history->world, a)) {
            world_stop(history->world, a);
            history->stopped[a] = true;
        }
        break;
    case 4:
    case 13:
        world_resume(history->world, a);
        history->stopped[a] = false;
        break;
    case 5:
        history_cut(history, b, a, 1);
        history_cut(history, a, b, 1);
        break;
    case 6:
        history_cut(history, a, b, 1);
        break;
    case 7:
        history_cut(history, a, b, 0.3);
        break;
    case 8:
        history_cut(history, a, b, 0);
        history_cut(history, b, a, 0);
        break;
    case 9:
        history_command(history, a, SWIM_LEAVE, b);
        break;
    case 10:
        history_command(history, a, SWIM_SET_TAGS, b);
        break;
    case 11:
        history_command(history, a, SWIM_FORCE, b);
        break;
    case 12:
        history_command(history, a, SWIM_PRUNE, b);
        break;
    case 14:
        for (size_t i = 0; i < NODES * NODES; i++)
            history_cut(history, i / NODES, i % NODES, 0);
        break;
    default:
        break;
    }
    /* Mostly less than a second, sometimes long enough to be dead, or to be forgotten. */
    uint64_t ms = move[3] < 200 ? move[3] * UINT64_C(4) : move[3] < 250 ? 5000 : 70000;
    history_run(history, ms * NS_PER_MS);
}

static bool history_agrees(struct history *history)
{
    struct swim_info first, other;
    swim_info(world_core(history->world, 0), &first);
    for (size_t a = 0; a < NODES; a++) {
        swim_info(world_core(history->world, a), &other);
        if (other.counts[MEMBER_ALIVE] != NODES || other.view != first.view)
            return false;
    }
    return true;
}

/* The trouble is over: every link works, everybody runs, whoever has left starts anew. */
static void history_end(struct history *history)
{
    for (size_t i = 0; i < NODES * NODES; i++)
        history_cut(history, i / NODES, i % NODES, 0);
    for (size_t i = 0; i < NODES; i++) {
        struct swim_leaving leaving = {.started = false};
        if (world_core(history->world, i))
            swim_leaving(world_core(history->world, i), &leaving);
        if (!world_core(history->world, i) || leaving.started)
            history_start(history, i, (i + 1) % NODES, false);
        world_resume(history->world, i);
        if (i > 0)
            world_join(history->world, i, 0);
    }
    uint64_t until = world_now(history->world) + PEACE_NS;
    while (!history_agrees(history)) {
        expect(history, world_step(history->world, until), "all agree that all are alive");
        history_check(history);
    }
    history_run(history, 10 * NS_PER_S);
    expect(history, history_agrees(history), "they go on agreeing");
}

static void run_history(uint64_t seed, const uint8_t (*moves)[MOVE_BYTES], size_t count)
{
    struct world_config config = {
        .nodes = NODES,
        .profile = *profile_find("local"),
        .seed = seed,
        .latency_min_ns = 200 * NS_PER_US,
        .latency_max_ns = 500 * NS_PER_US,
    };
    struct history history = {.world = world_new(&config)};
    if (!history.world)
        abort();
    for (size_t i = 0; i < NODES; i++) {
        /* How long the dead are remembered is each node's own affair. */
        struct profile profile = config.profile;
        profile.reap_ns = (10 + 40 * i) * NS_PER_S;
        world_set_profile(history.world, i, &profile);
        history_start(&history, i, 0, false);
    }
    history_run(&history, 2 * NS_PER_S);
    for (size_t i = 0; i < count; i++)
        history_move(&history, moves[i]);
    history_end(&history);
    world_free(history.world);
}

static const char *history_describe(const uint8_t move[MOVE_BYTES])
{
    static char text[80];
    snprintf(text, sizeof(text), "%s n%d n%d, %d", happenings[move[0] % 16], move[1] % NODES + 1,
             move[2] % NODES + 1, move[3]);
    return text;
}

static void test_random_histories(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++)
        assert_true(sequence_holds(run_history, history_describe, seed, 40));
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        count++;
    return count;
}

/* One forgets the dead after five seconds, the other after an hour, with syncs between them all
 * the time: nobody ever hears of the dead one again. */
static void test_different_reap_times_bring_nobody_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world_config config = {
            .nodes = 3,
            .profile = *profile_find("local"),
            .seed = seed,
            .latency_min_ns = 200 * NS_PER_US,
            .latency_max_ns = 500 * NS_PER_US,
        };
        struct world *world = world_new(&config);
        assert_non_null(world);
        for (size_t i = 0; i < 3; i++) {
            struct profile profile = config.profile;
            profile.reap_ns = (i == 0 ? 5 : 3600) * NS_PER_S;
            profile.sync_ns = NS_PER_S;
            world_set_profile(world, i, &profile);
            assert_true(world_start(world, i, false));
            if (i > 0)
                world_join(world, i, 0);
        }
        while (world_step(world, 5 * NS_PER_S))
            ;
        assert_int_equal(swim_member_count(world_core(world, 0)), 3);
        world_crash(world, 2);
        (void)world_trace(world);
        while (world_step(world, 300 * NS_PER_S))
            ;
        const char *trace = world_trace(world);
        assert_int_equal(count_of(trace, "n1 member-dead node=n3 "), 1);
        assert_int_equal(count_of(trace, "n1 member-reap node=n3 "), 1);
        assert_int_equal(count_of(trace, "n2 member-dead node=n3 "), 1);
        assert_int_equal(count_of(trace, "member-join"), 0);
        assert_int_equal(count_of(trace, "member-alive"), 0);
        assert_int_equal(count_of(trace, "n2 member-reap"), 0);
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_histories),
        cmocka_unit_test(test_different_reap_times_bring_nobody_back),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
