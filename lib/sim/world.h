/**
 * A world of cores: N members in one process on one virtual clock, with links that take time and
 * lose packets. It drives the very object code that the running node drives, by the same three
 * calls. The same seed gives the same history, byte for byte.
 *
 * Messages travel encoded. A message to a member without a link dials first: that takes two more
 * trips, and fails after a connect timeout when nobody answers. Reliable messages are repeated
 * until they arrive. `swim_check` runs after every step.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "swim/swim.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world;

struct world_config {
    size_t nodes; /* n1 … nN, none running at first */
    struct profile profile;
    uint64_t seed;
    uint64_t latency_min_ns, latency_max_ns; /* one way, uniform */
    bool probe_events;
};

/** NULL: out of memory. The clock begins at one second. */
struct world *world_new(const struct world_config *config);
void world_free(struct world *world);

uint64_t world_now(const struct world *world);

/** The name of node `i`, counted from 0: "n1" is 0. */
const struct name *world_name(const struct world *world, size_t i);

/** The core of a running node; NULL: it does not run. */
struct swim *world_core(const struct world *world, size_t i);

/** The profile of all further processes of node `i`, where it is not the world's. */
void world_set_profile(struct world *world, size_t i, const struct profile *profile);

/** Starts a process of node `i`: a new instance that knows nothing, at a new address if `moved`.
 *  False: out of memory. */
bool world_start(struct world *world, size_t i, bool moved);

/** Has it join through `seed`, again and again until it has. */
void world_join(struct world *world, size_t i, size_t seed);

/** Ends its process and its host: what is sent to it vanishes. */
void world_crash(struct world *world, size_t i);

/** Stops its process as SIGSTOP does: what arrives waits; resuming delivers it. */
void world_stop(struct world *world, size_t i);
void world_resume(struct world *world, size_t i);

/** Gives its core a command. Returns what swim_step says. */
int world_command(struct world *world, size_t i, const struct swim_input *command);

/** Packets from `a` to `b` get lost with probability `loss` (1: cut). One way. */
void world_set_loss(struct world *world, size_t a, size_t b, double loss);

/** Lets the next thing happen, if it is due by `until`. False: nothing is; the clock then stands at
 *  `until`. */
bool world_step(struct world *world, uint64_t until);

/** The lines of all events since the last call, "n1 member-join node=n2 …" with LF; valid until the
 * next step. */
const char *world_trace(struct world *world);

/** Messages sent since the start, of all nodes, and their bytes. */
void world_traffic(const struct world *world, uint64_t *messages, uint64_t *bytes);

#endif
