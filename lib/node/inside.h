/**
 * What the files behind node.h share and nobody else includes.
 *
 *     RUNNING --leave, stop--> ENDING --phase=done--> CLOSING --answers taken--> ENDED
 *        '---------- force, or no use to go on, from any state ------------------^
 *
 * ENDING is the table of phases; CLOSING waits a little until who asked for the leave has read its
 * last line.
 */
#ifndef NODE_INSIDE_H
#define NODE_INSIDE_H

#include "link/peers.h"
#include "node/advertise.h"
#include "node/certificates.h"
#include "node/control.h"
#include "node/events.h"
#include "node/node.h"
#include "node/seeds.h"
#include "node/shutdown.h"
#include "node/watch.h"
#include "swim/swim.h"

enum node_state { NODE_RUNNING, NODE_ENDING, NODE_CLOSING, NODE_ENDED };

struct node {
    struct node_config config;
    struct profile profile;
    enum node_state state;
    struct name self;
    char cluster[CLUSTER_LEN_MAX + 1];
    uint64_t instance;
    uint64_t start_ns;
    uint64_t now;                    /* of the wake-up */
    struct addr advertised, reached; /* by the others, by this host */
    enum advertise_source source;
    bool addr_written; /* node.addr is ours to remove */
    struct loop *loop;
    int watch;         /* of the socket; negative: none yet */
    struct swim *core; /* NULL once the registry is cleared */
    struct peers *peers;
    struct events *events;
    struct seeds *seeds;
    struct certificates certificates;
    struct control control;
    struct watch watchers; /* readers of the event stream */
    struct shutdown shutdown;
    uint64_t close_ns; /* CLOSING: how long at most */
    uint64_t drain_ns; /* when a drain ends and the phases begin; NEVER: none goes on */
    bool announced;    /* the leave has been told to the members already, by a drain */
    char reason[REASON_LEN_MAX + 1]; /* of the leave; empty: none */
    struct msg_hello hello;
    uint64_t lost; /* messages without a connection, inputs without memory */
    int err;       /* why it ended itself */
    struct why why;
};

/** One step of the core, and all that comes of it. As swim_step; ERR_NOT_NOW without a core. */
int node_input(struct node *node, const struct swim_input *input);

/** A command without arguments. As node_input. */
int node_command(struct node *node, enum swim_verb verb);

/** Begins the shutdown with the phase of that number, if nothing has begun. */
void node_end(struct node *node, size_t first_phase);

/** Announces the leave at once, and begins it `drain_ns` later: until then everything is answered.
 * 0, or why it could not be announced. */
int node_drain(struct node *node, uint64_t drain_ns);

/** Tells a warning as a `log` event. */
void node_warn(struct node *node, const char *text);

#endif
