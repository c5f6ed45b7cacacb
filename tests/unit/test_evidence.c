/* Why a member is in its state: the steps that its observers have kept. */
#include "tests/unit/cluster.h"

#include "base/duration.h"
#include "swim/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct evidence *chain_of(const struct cluster *cluster, size_t a, size_t b)
{
    return swim_evidence(world_core(cluster->world, a - 1), world_name(cluster->world, b - 1));
}

/* The first step of that kind, by `by` (0: anybody); its place in the chain, or -1. */
static int find(const struct cluster *cluster, size_t a, size_t b, enum evidence_kind kind,
                size_t by)
{
    const struct evidence *chain = chain_of(cluster, a, b);
    for (size_t i = 0; i < evidence_count(chain); i++) {
        const struct evidence_step *step = evidence_at(chain, i);
        if (step->kind == kind &&
            (by == 0 || name_equal(&step->by, world_name(cluster->world, by - 1))))
            return (int)i;
    }
    return -1;
}

static const struct evidence_step *last(const struct cluster *cluster, size_t a, size_t b)
{
    const struct evidence *chain = chain_of(cluster, a, b);
    assert_true(evidence_count(chain) > 0);
    return evidence_at(chain, evidence_count(chain) - 1);
}

/* Ages only fall, and no step is of the future. */
static void assert_in_order(const struct cluster *cluster, size_t a, size_t b)
{
    const struct evidence *chain = chain_of(cluster, a, b);
    uint64_t before = 0;
    for (size_t i = 0; i < evidence_count(chain); i++) {
        assert_true(evidence_at(chain, i)->at_ns >= before);
        before = evidence_at(chain, i)->at_ns;
    }
    assert_true(before <= world_now(cluster->world));
}

static void test_the_healthy_have_no_chain(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(5, "local", 1);
    run_for(&c, 10000);
    for (size_t a = 1; a <= 5; a++)
        for (size_t b = 1; b <= 5; b++)
            assert_null(chain_of(&c, a, b));
    assert_int_equal(evidence_count(NULL), 0);
    assert_true(evidence_forgotten(NULL) == 0);
    cluster_free(&c);
}

/* Whoever has accused it: its ping, its helpers, then the accusation, in this order. */
static void assert_accusers_chain(const struct cluster *c, size_t a, size_t b)
{
    const struct evidence *chain = chain_of(c, a, b);
    int accused = find(c, a, b, EVIDENCE_ACCUSED, a);
    assert_true(accused > 0);
    size_t pings = 0, helpers = 0;
    for (int i = 0; i < accused; i++) {
        const struct evidence_step *step = evidence_at(chain, (size_t)i);
        if (step->kind == EVIDENCE_PING) {
            assert_true(name_equal(&step->by, world_name(c->world, a - 1)));
            assert_string_equal(step->rc, "timeout");
            assert_true(step->pseq != 0 && step->rtt_ns == 0);
            pings++;
        } else if (step->kind == EVIDENCE_PING_REQ) {
            assert_string_equal(step->rc, "nack");
            assert_false(name_equal(&step->via, world_name(c->world, a - 1)));
            assert_false(name_equal(&step->via, world_name(c->world, b - 1)));
            assert_true(step->pseq == evidence_at(chain, 0)->pseq);
            helpers++;
        }
    }
    assert_int_equal(pings, 1);
    assert_int_equal(helpers, 3);
    const struct evidence_step *step = evidence_at(chain, (size_t)accused);
    assert_int_equal(step->accusation, ACCUSATION_TIMEOUT);
    assert_true(step->incarnation == cluster_incarnation(c, a, b));
    assert_true(name_is_empty(&step->via));
}

static void test_a_stopped_member_is_dead_for_reasons(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(5, "local", 1);
    struct seen dead = {5, MEMBER_DEAD};
    node_stop(&c, 5);
    run_until(&c, all_see, &dead, 60000);
    size_t accusers = 0;
    for (size_t a = 1; a <= 4; a++) {
        const struct evidence_step *end = last(&c, a, 5);
        assert_int_equal(end->kind, EVIDENCE_DEAD);
        assert_int_equal(end->accusation, ACCUSATION_TIMER);
        assert_true(evidence_count(chain_of(&c, a, 5)) <= EVIDENCE_STEPS_MAX);
        assert_in_order(&c, a, 5);
        assert_true(find(&c, a, 5, EVIDENCE_ACCUSED, 0) >= 0);
        if (find(&c, a, 5, EVIDENCE_ACCUSED, a) >= 0) {
            assert_accusers_chain(&c, a, 5);
            accusers++;
        } else { /* it was told, by a name */
            int told = find(&c, a, 5, EVIDENCE_ACCUSED, 0);
            const struct evidence_step *step = evidence_at(chain_of(&c, a, 5), (size_t)told);
            assert_false(name_is_empty(&step->via));
            assert_false(name_is_empty(&step->by));
        }
    }
    assert_true(accusers >= 1);
    cluster_free(&c);
}

static void test_what_led_to_a_death_stays(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(5, "local", 2);
    struct seen dead = {5, MEMBER_DEAD};
    size_t counts[4];
    node_stop(&c, 5);
    run_until(&c, all_see, &dead, 60000);
    for (size_t a = 1; a <= 4; a++)
        counts[a - 1] = evidence_count(chain_of(&c, a, 5));
    run_for(&c, 20000); /* the dead is dialled, and spoken of in syncs */
    for (size_t a = 1; a <= 4; a++) {
        assert_int_equal(evidence_count(chain_of(&c, a, 5)), counts[a - 1]);
        assert_true(evidence_forgotten(chain_of(&c, a, 5)) == 0);
    }
    cluster_free(&c);
}

static void test_a_refuted_suspicion_shows_both_sides(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(5, "local", 1);
    struct seen suspect = {5, MEMBER_SUSPECT};
    node_stop(&c, 5);
    run_until(&c, somebody_sees, &suspect, 60000);
    uint64_t inc = cluster_incarnation(&c, 1, 5);
    node_resume(&c, 5);
    run_until(&c, all_see_all_alive, NULL, 60000);
    for (size_t a = 1; a <= 4; a++) {
        int accused = find(&c, a, 5, EVIDENCE_ACCUSED, 0);
        if (accused < 0)
            continue; /* the refutation overtook the accusation */
        int refuted = find(&c, a, 5, EVIDENCE_REFUTED, 5);
        assert_true(refuted > accused);
        assert_true(evidence_at(chain_of(&c, a, 5), (size_t)refuted)->incarnation > inc);
        assert_false(name_is_empty(&evidence_at(chain_of(&c, a, 5), (size_t)refuted)->via));
        assert_int_equal(find(&c, a, 5, EVIDENCE_DEAD, 0), -1);
    }
    /* The subject knows of its accuser, and of its own answer. */
    assert_true(find(&c, 5, 5, EVIDENCE_ACCUSED, 0) >= 0);
    assert_true(find(&c, 5, 5, EVIDENCE_REFUTED, 5) > find(&c, 5, 5, EVIDENCE_ACCUSED, 0));
    cluster_free(&c);
}

static void test_a_restart_is_a_step(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(4, "local", 1);
    struct seen dead = {4, MEMBER_DEAD};
    node_crash(&c, 4);
    run_until(&c, all_see, &dead, 60000);
    node_restart(&c, 4, 1, true);
    run_until(&c, all_see_all_alive, NULL, 60000);
    for (size_t a = 1; a <= 3; a++) {
        int died = find(&c, a, 4, EVIDENCE_DEAD, 0);
        assert_true(died >= 0);
        assert_true(find(&c, a, 4, EVIDENCE_RESTARTED, 4) > died);
        assert_in_order(&c, a, 4);
    }
    cluster_free(&c);
}

static void test_a_leave_is_said_by_who_leaves(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(3, "local", 1);
    struct seen left = {3, MEMBER_LEFT};
    node_leave(&c, 3);
    run_until(&c, all_see, &left, 60000);
    for (size_t a = 1; a <= 2; a++) {
        assert_int_equal(last(&c, a, 3)->kind, EVIDENCE_LEFT);
        assert_true(name_equal(&last(&c, a, 3)->by, world_name(c.world, 2)));
    }
    cluster_free(&c);
}

static void test_who_was_forced_out_comes_back(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(4, "local", 1);
    struct swim_input force = {.kind = SWIM_COMMAND, .verb = SWIM_FORCE};
    force.peer = *world_name(c.world, 3);
    assert_int_equal(world_command(c.world, 0, &force), 0);
    const struct evidence_step *step = last(&c, 1, 4);
    assert_int_equal(step->kind, EVIDENCE_LEFT);
    assert_int_equal(step->accusation, ACCUSATION_FORCED);
    assert_true(name_equal(&step->by, world_name(c.world, 0)));
    run_until(&c, all_see_all_alive, NULL, 60000);
    assert_true(find(&c, 1, 4, EVIDENCE_ALIVE, 4) > find(&c, 1, 4, EVIDENCE_LEFT, 1));
    assert_int_equal(find(&c, 1, 4, EVIDENCE_RESTARTED, 0), -1);
    assert_true(find(&c, 4, 4, EVIDENCE_LEFT, 1) >= 0); /* it has heard who it was */
    cluster_free(&c);
}

static void test_a_hint_names_the_cause(void **state)
{
    (void)state;
    static const struct {
        enum accusation cause;
        const char *rc;
    } rows[] = {{ACCUSATION_NONE, "timeout"},
                {ACCUSATION_REFUSED, "refused"},
                {ACCUSATION_CLOSED, "closed"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cluster c = cluster_formed(3, "local", 1);
        struct swim_input hint = {
            .kind = SWIM_LINK, .change = SWIM_LINK_HINT, .cause = rows[i].cause};
        hint.peer = *world_name(c.world, 2);
        node_stop(&c, 3);
        assert_int_equal(world_command(c.world, 0, &hint), 0);
        run_for(&c, 1000);
        int ping = find(&c, 1, 3, EVIDENCE_PING, 1);
        assert_true(ping >= 0);
        assert_string_equal(evidence_at(chain_of(&c, 1, 3), (size_t)ping)->rc, rows[i].rc);
        cluster_free(&c);
    }
}

static void test_a_helper_that_reaches_it_is_named(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(4, "local", 1);
    link_cut(&c, 1, 4);
    run_for(&c, 5000);
    int helped = find(&c, 1, 4, EVIDENCE_PING_REQ, 1);
    assert_true(helped >= 0);
    size_t acks = 0;
    const struct evidence *chain = chain_of(&c, 1, 4);
    for (size_t i = 0; i < evidence_count(chain); i++) {
        const struct evidence_step *step = evidence_at(chain, i);
        assert_true(step->kind == EVIDENCE_PING || step->kind == EVIDENCE_PING_REQ);
        if (strcmp(step->rc, "ack") == 0) {
            assert_true(step->rtt_ns > 0);
            assert_false(name_is_empty(&step->via));
            acks++;
        }
    }
    assert_true(acks >= 1);
    cluster_free(&c);
}

static void test_the_chain_is_bounded_and_says_what_is_not_kept(void **state)
{
    (void)state;
    struct cluster c = cluster_formed(4, "local", 1);
    link_cut(&c, 1, 4); /* alive through helpers, for as long as it takes */
    run_for(&c, 60000);
    const struct evidence *chain = chain_of(&c, 1, 4);
    assert_int_equal(evidence_count(chain), EVIDENCE_STEPS_MAX);
    assert_true(evidence_forgotten(chain) > 0);
    assert_in_order(&c, 1, 4);
    assert_true(world_now(c.world) - last(&c, 1, 4)->at_ns < 5 * NS_PER_S);
    cluster_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_healthy_have_no_chain),
        cmocka_unit_test(test_a_stopped_member_is_dead_for_reasons),
        cmocka_unit_test(test_what_led_to_a_death_stays),
        cmocka_unit_test(test_a_refuted_suspicion_shows_both_sides),
        cmocka_unit_test(test_a_restart_is_a_step),
        cmocka_unit_test(test_a_leave_is_said_by_who_leaves),
        cmocka_unit_test(test_who_was_forced_out_comes_back),
        cmocka_unit_test(test_a_hint_names_the_cause),
        cmocka_unit_test(test_a_helper_that_reaches_it_is_named),
        cmocka_unit_test(test_the_chain_is_bounded_and_says_what_is_not_kept),
    };
    return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
