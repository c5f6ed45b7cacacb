/**
 * What a step hands back: a queue of sends, events, connects and drops in order of cause. Messages
 * are filled with updates as they are taken (the state does not change in between), so that a send
 * is small while it waits.
 */
#ifndef SWIM_OUTPUT_H
#define SWIM_OUTPUT_H

#include "swim/swim.h"

struct swim;
struct member;

/** A send that waits to be filled. */
struct output_send {
    enum message_type type;
    uint64_t pseq;
    union {
        struct msg_ack ack;
        struct msg_ping_req ping_req;
        struct msg_leave leave;
        struct {
            bool reply, join;
            size_t cursor; /* where in the member table the next chunk begins */
        } sync;
    };
    const struct member *tell; /* a record that must be in it, outside of the budgets; or NULL */
    bool bulky;                /* gossip: from the queue of bulky updates */
};

struct output_item {
    enum swim_output_kind kind;
    struct name peer;
    struct addr addr;
    uint64_t tool_link, instance;
    bool reliable;
    union {
        struct output_send send;
        struct event event;
    };
};

struct outputs {
    struct output_item *items;
    size_t first, count, capacity;
    struct message message; /* the one being handed out */
    struct event event;
};

int outputs_init(struct outputs *outputs);
void outputs_free(struct outputs *outputs);

/** Makes room for `more` items. ERR_NO_MEMORY. */
int outputs_reserve(struct outputs *outputs, size_t more);

/** How many items can be added without reserving again. */
size_t outputs_room(const struct outputs *outputs);

/** Adds an item to be filled in by the caller. There must be room (asserted): each step reserves
 * what it may need before it begins. */
struct output_item *outputs_add(struct outputs *outputs, enum swim_output_kind kind);

/** A send to a member, at the address of its record. */
struct output_send *output_send_to(struct swim *swim, const struct member *member,
                                   enum message_type type);

/** An answer to whoever the input came from: a tool's link or a member. */
struct output_send *output_send_back(struct swim *swim, const struct swim_input *input,
                                     enum message_type type);

/** An event to be filled in further by the caller; node, address and incarnation are the member's.
 */
struct event *output_event(struct swim *swim, enum event_kind kind, const struct member *member);

#endif
