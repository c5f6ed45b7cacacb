/**
 * A small language for tests of the core: a cluster of members under virtual time (lib/sim/world).
 * A failure says what all members hold. Nodes are counted from 1, as their names are.
 */
#ifndef TESTS_CLUSTER_H
#define TESTS_CLUSTER_H

#include "sim/world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cluster {
    struct world *world;
    size_t n;
};

typedef bool (*cluster_condition)(const struct cluster *cluster, void *arg);

/** `n` members that all know each other. */
struct cluster cluster_formed(size_t n, const char *profile, uint64_t seed);
/** `n` members that start together and join through the first. */
struct cluster cluster_joining(size_t n, const char *profile, uint64_t seed);
void cluster_free(struct cluster *cluster);

void run_for(struct cluster *cluster, uint64_t ms);
/** Runs until the condition holds; returns the milliseconds it took. Fails the test at `limit_ms`.
 */
uint64_t run_until(struct cluster *cluster, cluster_condition condition, void *arg,
                   uint64_t limit_ms);

/** Losses of packets from `a` to `b`, one way. */
void link_loss(struct cluster *cluster, size_t a, size_t b, double p);
/** Both ways. */
void link_cut(struct cluster *cluster, size_t a, size_t b);
void link_heal(struct cluster *cluster, size_t a, size_t b);

/* lib/node has functions of some of these names, and a test may link both. */
#define node_crash cluster_crash
#define node_stop cluster_stop
#define node_resume cluster_resume
#define node_restart cluster_restart
#define node_leave cluster_leave

void node_crash(struct cluster *cluster, size_t i);
void node_stop(struct cluster *cluster, size_t i);
void node_resume(struct cluster *cluster, size_t i);
/** A new process, joining through `seed`. */
void node_restart(struct cluster *cluster, size_t i, size_t seed, bool moved);
void node_leave(struct cluster *cluster, size_t i);

enum member_state cluster_state(const struct cluster *cluster, size_t a, size_t b);
uint64_t cluster_incarnation(const struct cluster *cluster, size_t a, size_t b);
void assert_sees(const struct cluster *cluster, size_t a, size_t b, enum member_state state);
/** Every running member but `b` itself. */
void assert_all_see(const struct cluster *cluster, size_t b, enum member_state state);

/** Conditions for run_until; `arg` of the first: none, of the others: a struct seen. */
struct seen {
    size_t b;
    enum member_state state;
};
bool all_see_all_alive(const struct cluster *cluster, void *arg);
bool all_see(const struct cluster *cluster, void *arg);
bool somebody_sees(const struct cluster *cluster, void *arg);

/** The events since the last call (or expect_trace), as lines without their times. */
const char *cluster_trace(struct cluster *cluster);
/** Those are exactly `text`. */
void expect_trace(struct cluster *cluster, const char *text);

#endif
