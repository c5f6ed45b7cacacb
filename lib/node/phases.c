#include "node/phases.h"

#include "base/duration.h"
#include "node/flow.h"
#include "node/inside.h"
#include "node/statedir.h"

/* 1: the core tells the members; nobody new comes in, and what is dialled still may be. */

static int leave_start(void *owner, uint64_t now)
{
    struct node *node = owner;
    (void)now;
    seeds_stop(node->seeds);
    peers_stop_accepting(node->peers);
    return node->announced ? 0 : flow_announce_leave(node);
}

static int leave_done(void *owner)
{
    const struct node *node = owner;
    struct swim_leaving leaving;
    swim_leaving(node->core, &leaving);
    return leaving.done ? 1 : 0;
}

static void leave_end(void *owner)
{
    const struct node *node = owner;
    peers_stop_dialling(node->peers);
}

static uint64_t leave_confirmed(void *owner)
{
    const struct node *node = owner;
    struct swim_leaving leaving;
    swim_leaving(node->core, &leaving);
    return leaving.confirmed;
}

/* 2: the core's own loops. A stop without a leave begins here, so what phase 1 has shut is shut
 * once more. */
static int gossip_start(void *owner, uint64_t now)
{
    struct node *node = owner;
    (void)now;
    seeds_stop(node->seeds);
    peers_stop_accepting(node->peers);
    peers_stop_dialling(node->peers);
    return node_command(node, SWIM_STOP_GOSSIP);
}

/* 3: the health checker, which is the core's too. */
static int health_start(void *owner, uint64_t now)
{
    (void)now;
    return node_command(owner, SWIM_STOP_CHECKER);
}

/* 4: the connections of members; who asks for control keeps its own. */

static int pool_start(void *owner, uint64_t now)
{
    struct node *node = owner;
    peers_close_members(node->peers, now);
    flow_take_events(node); /* what was closed is told while that is still possible */
    return 0;
}

static int pool_done(void *owner)
{
    const struct node *node = owner;
    return peers_member_links(node->peers) == 0 ? 1 : 0;
}

/* 5: the member table, the address that this host's tools find us by, and all events but the
 * shutdown's own. */
static int registry_start(void *owner, uint64_t now)
{
    struct node *node = owner;
    struct why why = {""};
    int rc = 0;
    (void)now;
    if (node->addr_written)
        rc = statedir_remove_addr(node->config.state_directory, &node->reached, &why);
    node->addr_written = false;
    if (rc != 0)
        node_warn(node, why.text);
    swim_free(node->core);
    node->core = NULL;
    node_events_close(node->events);
    return rc;
}

const struct shutdown_phase phases[PHASE_COUNT] = {
    [PHASE_LEAVE] = {.name = "leave",
                     .limit_ns = 5 * NS_PER_S,
                     .start = leave_start,
                     .done = leave_done,
                     .end = leave_end,
                     .confirmed = leave_confirmed},
    [PHASE_GOSSIP] = {.name = "gossip", .start = gossip_start},
    [PHASE_HEALTH] = {.name = "health", .start = health_start},
    [PHASE_POOL] = {.name = "pool",
                    .limit_ns = 2 * NS_PER_S,
                    .start = pool_start,
                    .done = pool_done},
    [PHASE_REGISTRY] = {.name = "registry", .start = registry_start},
};
