/**
 * Input -> step -> outputs: what peers tell becomes inputs of the core, what the core hands back
 * becomes messages, dials and events. One table each way.
 */
#ifndef NODE_FLOW_H
#define NODE_FLOW_H

struct node;

/** Tells the members that this node leaves, for the node's `reason`. As node_input. */
int flow_announce_leave(struct node *node);

/** Takes all events of the peers that wait, each into a step, its outputs before the next. */
void flow_take_events(struct node *node);

#endif
