/**
 * A place: where pings to one target happen, at most one at a time, and the life of each.
 *
 *                  .--------------- all its target's pings have begun ---------------> DONE
 *                  |
 *      IDLE -- begin --> LOOKING_UP -- found --> CONNECTING -- ready --> ASKED
 *       ^                    |                       |                     |
 *       '------- end --------'-----------------------'---------------------'
 *
 * A ping that ends prints its line; by then a connection that failed has left the pool.
 */
#ifndef SWIM_PING_PLACE_H
#define SWIM_PING_PLACE_H

#include "base/duration.h"
#include "destination.h"
#include "link/peers.h"
#include "output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long a ping waits when nobody says: for a dial, and over a connection that stands. */
#define WAIT_DIAL_NS (5 * NS_PER_S)
#define WAIT_WARM_NS NS_PER_S

#define LEG_VIA "via" /* whatever fails between us and a helper, and beyond it */

/** What all places share. */
struct place_config {
    struct peers *peers;         /* borrowed */
    struct output *output;       /* borrowed */
    uint64_t count;              /* pings to each target */
    uint64_t interval_ns;        /* between the starts of two pings of one place */
    uint64_t wait_ns;            /* of each ping; 0: the two above */
    struct destination *helpers; /* borrowed: asked in turn to ping for us; none: we do */
    size_t helper_count;
    bool once;       /* a target is done at its first ack */
    bool new_conn;   /* a connection serves one ping */
    bool close_last; /* connections to a target close after its last ping */
};

enum place_state { PLACE_IDLE, PLACE_LOOKING_UP, PLACE_CONNECTING, PLACE_ASKED, PLACE_DONE };

struct place {
    const struct place_config *config; /* borrowed */
    struct destination *target;        /* borrowed */
    struct destination *peer;          /* whom the ping goes to: its target or a helper */
    enum place_state state;
    uint64_t due_ns; /* IDLE: when the next ping begins */
    uint64_t pseq;
    uint64_t started_ns, deadline_ns, wait_ns;
    uint64_t sent_ns; /* ASKED; 0: not yet */
    size_t addr_at;   /* CONNECTING: which of the target's addresses */
    int lease;        /* CONNECTING, ASKED */
    bool fresh;
    uint64_t handshake_ns;
};

/** IDLE, due at once. */
void place_init(struct place *place, const struct place_config *config, struct destination *target);

/** Whether a ping is under way. */
bool place_is_busy(const struct place *place);

/** Whether it holds that lease. */
bool place_has_lease(const struct place *place, int lease);

/** IDLE: begins the next ping of its target. Another place may have begun the last one: then
 * nothing happens, and place_step finds it DONE. */
void place_begin(struct place *place, uint64_t now);

/** Goes on with what has been looked up, ends what has waited too long. */
void place_step(struct place *place, uint64_t now);

/** When place_step or, of an IDLE one, place_begin is due; NEVER. */
uint64_t place_deadline(const struct place *place);

/** The ping under way, if any, is lost now. */
void place_time_out(struct place *place, uint64_t now);

/** The ping under way, if any, ends neither acked nor lost. */
void place_interrupt(struct place *place, uint64_t now);

/** What it has asked leaves now. */
void place_note_sent(struct place *place, uint64_t now);

/* What peers told of its lease. True for an ack that it waited for. */
void place_on_ready(struct place *place, uint64_t now, const struct peers_event *event);
void place_on_failed(struct place *place, uint64_t now, const struct peers_event *event);
void place_on_lost(struct place *place, uint64_t now, const struct peers_event *event);
bool place_on_ack(struct place *place, uint64_t now, const struct msg_ack *ack);

/** The one that was asked says that there is no ack. */
void place_on_nack(struct place *place, uint64_t now, const struct msg_nack *nack);

#endif
