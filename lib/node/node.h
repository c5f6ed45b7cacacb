/**
 * A running node: the protocol core, authenticated peers, seeds, control requests and shutdown on
 * one loop, and what it has to tell as records.
 *
 *     node_new -> node_add_sink* -> node_start -> ( node_wake once per wake-up )* -> node_free
 *
 * It knows no option, terminal or file of events; whoever makes it owns loop, identity and sinks.
 * This folder: node (inputs to steps to outputs), seeds (whom to join), events (numbers, ring,
 * sinks), control and report (questions and answers), shutdown and phases (the end), advertise and
 * statedir (where we are found).
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "base/addr.h"
#include "base/err.h"
#include "base/record.h"
#include "base/tags.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct identity;
struct loop;
struct node;

/** Texts, the list of seeds and the identity must outlive the node. All times in nanoseconds; 0
 *  stands for the profile's, or the default of limits.h. */
struct node_config {
    struct identity *identity;
    struct addr bind;
    struct addr advertise;    /* none: found out */
    const char *const *seeds; /* as typed */
    size_t seed_count;
    /** Lists further seeds, asked anew at every try; returns how many. NULL: none. */
    size_t (*more_seeds)(void *user, struct hostport *seeds, size_t max);
    void *more_user;
    struct tags tags;
    const char *state_directory; /* made where missing */
    const char *profile;         /* local, lan or wan */
    uint64_t probe_interval_ns, probe_timeout_ns, gossip_interval_ns, silence_floor_ns, reap_ns;
    unsigned indirect, suspicion_mult;
    bool no_indirect; /* ask no helpers at all */
    size_t pool_max, pool_per_peer, accept_max;
    uint64_t pool_idle_ns;
    uint64_t leave_timeout_ns; /* of the whole shutdown */
    bool probe_events;         /* tell every probe and ping-req too */
};

/** Whether the values fit together, without looking at identity and addresses: 0, or ERR_USAGE with
 *  `why`. */
int node_check_config(const struct node_config *config, struct why *why);

/** Binds the socket and makes all, silently. 0 with `*node`; ERR_USAGE (see above), ERR_IN_USE,
 * ERR_SYSTEM, ERR_BAD_IDENTITY, ERR_NO_MEMORY, each with `why`. */
int node_new(const struct node_config *config, struct loop *loop, struct node **node,
             struct why *why);

/** Frees all. A node that has not ended tells its peers by CONNECTION_CLOSE and waits for nobody.
 */
void node_free(struct node *node);

/** Adds a taker of records, called at once with each: it must not wait, and returns 0 or why it
 *  dropped the record. ERR_LIMIT. */
int node_add_sink(struct node *node, int (*take)(void *user, const struct record *record),
                  void *user);

/** Tells `listening`, writes the state directory's `node.addr`, and begins to join. ERR_SYSTEM. */
int node_start(struct node *node, struct why *why);

/** Does all that has come and all that is due, and sends what is to be sent. To be called once per
 *  wake-up of the loop; returns until when it may sleep. */
uint64_t node_wake(struct node *node);

/** Begins to leave: all phases of the shutdown. Nothing happens if it has begun to end. */
void node_leave(struct node *node);

/** Begins to stop without a leave: the phases from the second on. Likewise. */
void node_stop(struct node *node);

/** Ends at once: CONNECTION_CLOSE to all, no waiting. */
void node_force(struct node *node);

/** Whether the end has begun. */
bool node_is_ending(const struct node *node);

/** Whether the node has ended; `*err` is 0 for an end that was asked for, or why it ended itself.
 */
bool node_has_ended(const struct node *node, int *err, struct why *why);

/** Whether a seed has taken it in, or it has none. */
bool node_has_joined(const struct node *node);

/** Where others dial it. */
const struct addr *node_advertised(const struct node *node);

#endif
