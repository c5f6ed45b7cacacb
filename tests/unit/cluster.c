#include "tests/unit/cluster.h"

#include "base/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void cluster_show(const struct cluster *cluster)
{
    for (size_t i = 0; i < cluster->n; i++) {
        struct swim *core = world_core(cluster->world, i);
        print_message("%s:", world_name(cluster->world, i)->text);
        for (size_t m = 0; core && m < swim_member_count(core); m++) {
            struct swim_member member;
            swim_member_at(core, m, &member);
            print_message(" %s=%s/%llu", member.name->text, member_state_text(member.state),
                          (unsigned long long)member.incarnation);
        }
        print_message(core ? "\n" : " not running\n");
    }
}

static void cluster_fail(const struct cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void cluster_fail(const struct cluster *cluster, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    cluster_show(cluster);
    fail_msg("%s (at %llu ms)", text, (unsigned long long)(world_now(cluster->world) / NS_PER_MS));
}

static struct cluster cluster_begin(size_t n, const char *profile, uint64_t seed)
{
    struct world_config config = {
        .nodes = n,
        .profile = *profile_find(profile),
        .seed = seed,
        .latency_min_ns = 200 * NS_PER_US,
        .latency_max_ns = 500 * NS_PER_US,
    };
    struct cluster cluster = {.world = world_new(&config), .n = n};
    assert_non_null(cluster.world);
    for (size_t i = 0; i < n; i++)
        assert_true(world_start(cluster.world, i, false));
    return cluster;
}

struct cluster cluster_joining(size_t n, const char *profile, uint64_t seed)
{
    struct cluster cluster = cluster_begin(n, profile, seed);
    for (size_t i = 1; i < n; i++)
        world_join(cluster.world, i, 0);
    return cluster;
}

struct cluster cluster_formed(size_t n, const char *profile, uint64_t seed)
{
    struct cluster cluster = cluster_joining(n, profile, seed);
    run_until(&cluster, all_see_all_alive, NULL, 60000);
    (void)world_trace(cluster.world);
    return cluster;
}

void cluster_free(struct cluster *cluster)
{
    world_free(cluster->world);
    cluster->world = NULL;
}

void run_for(struct cluster *cluster, uint64_t ms)
{
    uint64_t until = world_now(cluster->world) + ms * NS_PER_MS;
    while (world_step(cluster->world, until))
        ;
}

uint64_t run_until(struct cluster *cluster, cluster_condition condition, void *arg,
                   uint64_t limit_ms)
{
    uint64_t start = world_now(cluster->world);
    uint64_t until = start + limit_ms * NS_PER_MS;
    while (!condition(cluster, arg))
        if (!world_step(cluster->world, until))
            cluster_fail(cluster, "not so within %llu ms", (unsigned long long)limit_ms);
    return (world_now(cluster->world) - start) / NS_PER_MS;
}

void link_loss(struct cluster *cluster, size_t a, size_t b, double p)
{
    world_set_loss(cluster->world, a - 1, b - 1, p);
}

void link_cut(struct cluster *cluster, size_t a, size_t b)
{
    link_loss(cluster, a, b, 1);
    link_loss(cluster, b, a, 1);
}

void link_heal(struct cluster *cluster, size_t a, size_t b)
{
    link_loss(cluster, a, b, 0);
    link_loss(cluster, b, a, 0);
}

void node_crash(struct cluster *cluster, size_t i)
{
    world_crash(cluster->world, i - 1);
}

void node_stop(struct cluster *cluster, size_t i)
{
    world_stop(cluster->world, i - 1);
}

void node_resume(struct cluster *cluster, size_t i)
{
    world_resume(cluster->world, i - 1);
}

void node_restart(struct cluster *cluster, size_t i, size_t seed, bool moved)
{
    if (world_core(cluster->world, i - 1))
        node_crash(cluster, i);
    assert_true(world_start(cluster->world, i - 1, moved));
    world_join(cluster->world, i - 1, seed - 1);
}

void node_leave(struct cluster *cluster, size_t i)
{
    struct swim_input leave = {.kind = SWIM_COMMAND, .verb = SWIM_LEAVE};
    assert_int_equal(world_command(cluster->world, i - 1, &leave), 0);
}

static bool cluster_member(const struct cluster *cluster, size_t a, size_t b,
                           struct swim_member *member)
{
    struct swim *core = world_core(cluster->world, a - 1);
    return core && swim_member_find(core, world_name(cluster->world, b - 1), member);
}

enum member_state cluster_state(const struct cluster *cluster, size_t a, size_t b)
{
    struct swim_member member;
    return cluster_member(cluster, a, b, &member) ? member.state : MEMBER_STATE_COUNT;
}

uint64_t cluster_incarnation(const struct cluster *cluster, size_t a, size_t b)
{
    struct swim_member member;
    return cluster_member(cluster, a, b, &member) ? member.incarnation : 0;
}

void assert_sees(const struct cluster *cluster, size_t a, size_t b, enum member_state state)
{
    enum member_state seen = cluster_state(cluster, a, b);
    if (seen != state)
        cluster_fail(cluster, "n%zu sees n%zu %s, not %s", a, b,
                     seen == MEMBER_STATE_COUNT ? "not at all" : member_state_text(seen),
                     member_state_text(state));
}

void assert_all_see(const struct cluster *cluster, size_t b, enum member_state state)
{
    for (size_t a = 1; a <= cluster->n; a++)
        if (a != b && world_core(cluster->world, a - 1))
            assert_sees(cluster, a, b, state);
}

bool all_see_all_alive(const struct cluster *cluster, void *arg)
{
    (void)arg;
    for (size_t a = 1; a <= cluster->n; a++)
        for (size_t b = 1; b <= cluster->n; b++)
            if (world_core(cluster->world, a - 1) && world_core(cluster->world, b - 1) &&
                cluster_state(cluster, a, b) != MEMBER_ALIVE)
                return false;
    return true;
}

bool all_see(const struct cluster *cluster, void *arg)
{
    const struct seen *seen = arg;
    for (size_t a = 1; a <= cluster->n; a++)
        if (a != seen->b && world_core(cluster->world, a - 1) &&
            cluster_state(cluster, a, seen->b) != seen->state)
            return false;
    return true;
}

bool somebody_sees(const struct cluster *cluster, void *arg)
{
    const struct seen *seen = arg;
    for (size_t a = 1; a <= cluster->n; a++)
        if (a != seen->b && cluster_state(cluster, a, seen->b) == seen->state)
            return true;
    return false;
}

const char *cluster_trace(struct cluster *cluster)
{
    return world_trace(cluster->world);
}

void expect_trace(struct cluster *cluster, const char *text)
{
    assert_string_equal(cluster_trace(cluster), text);
}
