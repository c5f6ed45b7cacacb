/* The core as a cluster lives with it: joins, deaths, leaves, restarts, losses,
 * under virtual time.
 */
#include "tests/unit/cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FLOOR_MS 700 /* of the local profile */

static void test_simultaneous_start_converges(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 3, 8, 16, 32};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (uint64_t seed = 1; seed <= 10; seed++) {
            struct cluster c = cluster_joining(sizes[i], "local", seed);
            assert_true(run_until(&c, all_see_all_alive, NULL, 1500) > 0);
            cluster_free(&c);
        }
}

static void test_idle_cluster_stays_quiet(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(5, "local", 7);
    run_for(&c, 60000);
    assert_string_equal(cluster_trace(&c), "");
    uint64_t before, after, bytes;
    world_traffic(c.world, &before, &bytes);
    run_for(&c, 10000);
    world_traffic(c.world, &after, &bytes);
    /* A ping and an ack a period and node, a push/pull now and then; no gossip
     * without news. */
    assert_in_range(after - before, 5 * 50 * 2, 5 * 50 * 2 * 11 / 10);
    cluster_free(&c);
}

static void test_crash_is_suspected_then_dead(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct cluster c = cluster_formed(8, "local", seed);
        node_crash(&c, 3);
        struct seen suspect = {3, MEMBER_SUSPECT}, dead = {3, MEMBER_DEAD};
        uint64_t first = run_until(&c, somebody_sees, &suspect, 5000);
        uint64_t all = run_until(&c, all_see, &dead, 10000);
        assert_true(first + all + 200 >= FLOOR_MS); /* it was heard at most a period before */
        assert_non_null(strstr(cluster_trace(&c), "member-suspect node=n3"));
        cluster_free(&c);
    }
}

static void test_nobody_dies_before_the_floor(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct cluster c = cluster_formed(4, "local", seed);
        run_for(&c, 1000);
        node_stop(&c, 2);
        struct seen dead = {2, MEMBER_DEAD};
        uint64_t stopped = world_now(c.world);
        run_until(&c, somebody_sees, &dead, 10000);
        for (size_t a = 1; a <= 4; a++) {
            struct swim_member member;
            if (a == 2 ||
                !swim_member_find(world_core(c.world, a - 1), world_name(c.world, 1), &member))
                continue;
            if (member.state == MEMBER_DEAD && name_equal(&member.by, world_name(c.world, a - 1)))
                assert_true(world_now(c.world) - member.heard_ns >= FLOOR_MS * UINT64_C(1000000));
        }
        assert_true(world_now(c.world) > stopped);
        cluster_free(&c);
    }
}

static void test_leave_is_left_never_dead(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct cluster c = cluster_formed(8, "local", seed);
        node_leave(&c, 5);
        struct seen left = {5, MEMBER_LEFT};
        run_until(&c, all_see, &left, 1000);
        run_for(&c, 20); /* the last confirmation is still on its way */
        struct swim_leaving leaving;
        swim_leaving(world_core(c.world, 4), &leaving);
        assert_true(leaving.done && leaving.live);
        assert_int_equal(leaving.confirmed, leaving.asked);
        assert_in_range(leaving.confirmed, 3, 7);
        node_crash(&c, 5);
        run_for(&c, 5000);
        assert_all_see(&c, 5, MEMBER_LEFT);
        assert_null(strstr(cluster_trace(&c), "member-dead"));
        cluster_free(&c);
    }
}

static void test_leave_alone_is_done_at_once(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(1, "local", 1);
    node_leave(&c, 1);
    struct swim_leaving leaving;
    swim_leaving(world_core(c.world, 0), &leaving);
    assert_true(leaving.started && leaving.done && !leaving.live);
    cluster_free(&c);
}

static void restart_everywhere_alive(uint64_t seed, bool moved, uint64_t dead_for_ms)
{
    struct cluster c = cluster_formed(4, "local", seed);
    uint64_t before = cluster_incarnation(&c, 1, 3);
    node_crash(&c, 3);
    run_for(&c, dead_for_ms);
    node_restart(&c, 3, 1, moved);
    run_until(&c, all_see_all_alive, NULL, 5000);
    run_for(&c, 3000);
    assert_all_see(&c, 3, MEMBER_ALIVE);
    for (size_t a = 1; a <= 4; a++)
        assert_true(cluster_incarnation(&c, a, 3) > before);
    cluster_free(&c);
}

static void test_restart_is_alive_above(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        restart_everywhere_alive(seed, false, 0);
        restart_everywhere_alive(seed, true, 0);
        restart_everywhere_alive(seed, true, 4000);
    }
}

static void test_stopped_then_resumed_refutes(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(5, "local", 3);
    node_stop(&c, 2);
    struct seen suspect = {2, MEMBER_SUSPECT};
    run_until(&c, somebody_sees, &suspect, 5000);
    node_resume(&c, 2);
    run_until(&c, all_see_all_alive, NULL, 2000);
    run_for(&c, 2000);
    assert_all_see(&c, 2, MEMBER_ALIVE);
    assert_true(cluster_incarnation(&c, 1, 2) > 1);
    cluster_free(&c);
}

static void test_dead_comes_back(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(5, "local", 4);
    node_stop(&c, 2);
    struct seen dead = {2, MEMBER_DEAD};
    run_until(&c, all_see, &dead, 10000);
    node_resume(&c, 2);
    run_until(&c, all_see_all_alive, NULL, 10000);
    cluster_free(&c);
}

/* Only the path between two of them is cut: helpers reach the target, nobody is
 * suspected. */
static void test_indirect_probe_saves(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct cluster c = cluster_formed(5, "lan", seed);
        link_cut(&c, 1, 2);
        run_for(&c, 60000);
        assert_null(strstr(cluster_trace(&c), "member-suspect"));
        cluster_free(&c);
    }
}

static void test_loss_kills_nobody(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct cluster c = cluster_formed(8, "lan", seed);
        for (size_t a = 1; a <= 8; a++)
            for (size_t b = 1; b <= 8; b++)
                link_loss(&c, a, b, 0.1);
        run_for(&c, 120000);
        assert_null(strstr(cluster_trace(&c), "member-dead"));
        cluster_free(&c);
    }
}

static void test_tags_reach_all(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(6, "local", 9);
    struct tags_buffer tags = {.len = 0};
    assert_int_equal(tags_set_text(&tags, "role=web"), 0);
    struct swim_input set = {.kind = SWIM_COMMAND, .verb = SWIM_SET_TAGS, .tags = tags_view(&tags)};
    assert_int_equal(world_command(c.world, 2, &set), 0);
    run_for(&c, 500);
    for (size_t a = 1; a <= 6; a++) {
        struct swim_member member;
        assert_true(swim_member_find(world_core(c.world, a - 1), world_name(c.world, 2), &member));
        assert_true(tags_equal(member.tags, tags_view(&tags)));
    }
    cluster_free(&c);
}

/* Tags that fill two datagrams travel over streams. */
static void test_bulky_tags_reach_all(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(6, "local", 9);
    struct tags_buffer tags = {.len = 0};
    char value[TAG_VALUE_MAX];
    memset(value, 'x', sizeof(value));
    for (char key = 'a'; key < 'h'; key++)
        assert_int_equal(tags_set(&tags, &key, 1, value, sizeof(value)), 0);
    struct swim_input set = {.kind = SWIM_COMMAND, .verb = SWIM_SET_TAGS, .tags = tags_view(&tags)};
    assert_int_equal(world_command(c.world, 2, &set), 0);
    run_for(&c, 500);
    for (size_t a = 1; a <= 6; a++) {
        struct swim_member member;
        assert_true(swim_member_find(world_core(c.world, a - 1), world_name(c.world, 2), &member));
        assert_true(tags_equal(member.tags, tags_view(&tags)));
    }
    cluster_free(&c);
}

static void test_views_agree(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(8, "local", 5);
    node_crash(&c, 8);
    struct seen dead = {8, MEMBER_DEAD};
    run_until(&c, all_see, &dead, 10000);
    struct swim_info first, other;
    swim_info(world_core(c.world, 0), &first);
    for (size_t a = 1; a < 7; a++) {
        swim_info(world_core(c.world, a), &other);
        assert_true(other.view == first.view);
    }
    cluster_free(&c);
}

static void split(struct cluster *c, size_t first, bool cut)
{
    for (size_t a = 1; a <= first; a++)
        for (size_t b = first + 1; b <= c->n; b++)
            if (cut)
                link_cut(c, a, b);
            else
                link_heal(c, a, b);
}

static void test_split_is_told_and_heals(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct cluster c = cluster_formed(8, "local", seed);
        split(&c, 4, true);
        run_for(&c, 15000);
        for (size_t a = 1; a <= 4; a++)
            for (size_t b = 5; b <= 8; b++) {
                assert_sees(&c, a, b, MEMBER_DEAD);
                assert_sees(&c, b, a, MEMBER_DEAD);
            }
        const char *trace = cluster_trace(&c);
        for (size_t i = 1; i <= 8; i++) { /* not before all that it cut off are dead */
            char told[64];
            (void)snprintf(told, sizeof(told), "n%zu partition side=even seen=4 known=8", i);
            assert_non_null(strstr(trace, told));
        }
        split(&c, 4, false);
        run_until(&c, all_see_all_alive, NULL, 15000);
        run_for(&c, 1000);
        assert_all_see(&c, 1, MEMBER_ALIVE);
        assert_non_null(strstr(cluster_trace(&c), "n1 partition-healed reason=-"));
        cluster_free(&c);
    }
}

static void test_stopped_node_notices_and_buries_nobody(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct cluster c = cluster_formed(6, "local", seed);
        node_stop(&c, 2);
        run_for(&c, 3000);
        (void)cluster_trace(&c);
        node_resume(&c, 2);
        run_for(&c, 5000);
        const char *trace = cluster_trace(&c);
        assert_non_null(strstr(trace, "n2 stall node=n2 late_ms="));
        assert_null(strstr(trace, "n2 member-suspect"));
        assert_null(strstr(trace, "n2 member-dead"));
        for (size_t a = 1; a <= 6; a++)
            assert_all_see(&c, a, MEMBER_ALIVE);
        cluster_free(&c);
    }
}

static void test_dead_are_reaped_and_stay_away(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(4, "local", 2);
    node_crash(&c, 4);
    run_for(&c, 5000);
    assert_all_see(&c, 4, MEMBER_DEAD);
    (void)cluster_trace(&c);
    run_for(&c, 61000);
    assert_all_see(&c, 4, MEMBER_STATE_COUNT);
    assert_non_null(strstr(cluster_trace(&c), "n1 member-reap node=n4"));
    node_restart(&c, 4, 1, true); /* knows nothing of its past: a forbidden incarnation at first */
    run_until(&c, all_see_all_alive, NULL, 10000);
    cluster_free(&c);
}

static int force(struct cluster *c, size_t at, size_t whom, bool prune)
{
    struct swim_input command = {.kind = SWIM_COMMAND,
                                 .verb = prune ? SWIM_PRUNE : SWIM_FORCE,
                                 .peer = *world_name(c->world, whom - 1)};
    return world_command(c->world, at - 1, &command);
}

static void test_force_and_prune(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(4, "local", 2);
    node_crash(&c, 4);
    run_for(&c, 5000);
    assert_int_equal(force(&c, 1, 4, false), 0);
    run_for(&c, 1000);
    assert_all_see(&c, 4, MEMBER_LEFT);
    assert_int_equal(force(&c, 1, 4, true), 0);
    run_for(&c, 3000);
    assert_sees(&c, 1, 4, MEMBER_STATE_COUNT);
    assert_int_not_equal(force(&c, 1, 4, false), 0); /* unknown now */
    assert_int_not_equal(force(&c, 1, 1, false), 0); /* ourselves */
    cluster_free(&c);
}

/* A live member that is forced out says that it is not so. */
static void test_forced_live_member_refutes(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(4, "local", 2);
    assert_int_equal(force(&c, 1, 3, false), 0);
    run_until(&c, all_see_all_alive, NULL, 3000);
    assert_true(cluster_incarnation(&c, 2, 3) > 1);
    cluster_free(&c);
}

static void test_same_seed_same_history(void **state)
{
    (void)state;
    char *traces[2];
    for (int run = 0; run < 2; run++) {
        struct cluster c = cluster_joining(6, "local", 42);
        run_for(&c, 2000);
        node_crash(&c, 4);
        run_for(&c, 5000);
        traces[run] = strdup(cluster_trace(&c));
        cluster_free(&c);
    }
    assert_string_equal(traces[0], traces[1]);
    assert_true(strlen(traces[0]) > 100);
    free(traces[0]);
    free(traces[1]);
}

static void test_join_and_crash_as_lines(void **state)
{
    (void)state;
    struct cluster c = cluster_joining(2, "local", 1);
    run_for(&c, 1000);
    expect_trace(&c, "n2 member-join node=n1 addr=10.0.0.0:7436 inc=1\n"
                     "n2 joined peer=n1 members=2\n"
                     "n1 member-join node=n2 addr=10.0.0.1:7436 inc=1\n");
    node_crash(&c, 2);
    run_for(&c, 3000);
    expect_trace(&c, "n1 member-suspect node=n2 addr=10.0.0.1:7436 inc=1 by=n1 "
                     "reason=timeout\n"
                     "n1 member-dead node=n2 addr=10.0.0.1:7436 inc=1 by=n1 reason=timer\n");
    cluster_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simultaneous_start_converges),
        cmocka_unit_test(test_idle_cluster_stays_quiet),
        cmocka_unit_test(test_crash_is_suspected_then_dead),
        cmocka_unit_test(test_nobody_dies_before_the_floor),
        cmocka_unit_test(test_leave_is_left_never_dead),
        cmocka_unit_test(test_leave_alone_is_done_at_once),
        cmocka_unit_test(test_restart_is_alive_above),
        cmocka_unit_test(test_stopped_then_resumed_refutes),
        cmocka_unit_test(test_dead_comes_back),
        cmocka_unit_test(test_indirect_probe_saves),
        cmocka_unit_test(test_loss_kills_nobody),
        cmocka_unit_test(test_tags_reach_all),
        cmocka_unit_test(test_bulky_tags_reach_all),
        cmocka_unit_test(test_views_agree),
        cmocka_unit_test(test_split_is_told_and_heals),
        cmocka_unit_test(test_stopped_node_notices_and_buries_nobody),
        cmocka_unit_test(test_dead_are_reaped_and_stay_away),
        cmocka_unit_test(test_force_and_prune),
        cmocka_unit_test(test_forced_live_member_refutes),
        cmocka_unit_test(test_same_seed_same_history),
        cmocka_unit_test(test_join_and_crash_as_lines),
    };
    return cmocka_run_group_tests_name("swim", tests, NULL, NULL);
}
