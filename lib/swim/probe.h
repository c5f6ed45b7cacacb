/**
 * Probes (SWIM, section 3.1): a ping, repeated inside its own timeout; no ack: helpers are asked;
 * still none at the end of the period: suspect.
 *
 *      probe_start           timeout, or the dial failed           ack, of the target or of a
 * helper
 *     ------------> DIRECT ------------------------------> INDIRECT ---------> (ended, well)
 *                     |  ack                                  |  end of the period: member-suspect
 *                     '-----> (ended, well)                   '---> (ended, failed)
 *
 * One probe begins each period; a hint begins one at once. A probe that had to dial accuses nobody
 * before its link is up for a direct timeout, or one further period has passed.
 */
#ifndef SWIM_PROBE_H
#define SWIM_PROBE_H

#include "swim/pingreq.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct swim;
struct member;

#define PROBES_MAX 16 /* one a period, the rest by hints; further hints wait for their turn */

enum probe_state { PROBE_NONE, PROBE_DIRECT, PROBE_INDIRECT };

struct probe {
    enum probe_state state;
    struct member *target;
    uint64_t pseq;
    uint64_t started_ns;
    uint64_t timeout_ns; /* when helpers are asked */
    uint64_t end_ns;     /* when it has failed */
    uint64_t repeat_ns;  /* next repetition; NEVER: none */
    unsigned repeats;
    bool cold;             /* it began without a link */
    enum accusation cause; /* what a hint, or the dial, says of its silence; NONE: nothing */
    struct asked asked;    /* the helpers */
};

struct probes {
    struct probe items[PROBES_MAX];
    uint64_t next_ns; /* when the next period begins; NEVER: there is nobody to probe */
    bool stopped;
};

void probes_init(struct probes *probes);

/** Somebody may be there to be probed: the loop starts if it rests, at a random phase. */
void probes_wake(struct swim *swim);

/** Probes that member at once, unless that is going on already. `cause` is what suggests it (NONE:
 * its silence), for the evidence alone. */
void probe_hint(struct swim *swim, struct member *member, enum accusation cause);

/** Its link came up, or its dial failed (of `cause`, NONE: nobody answered): what a cold probe
 * waits for. */
void probe_linked(struct swim *swim, struct member *member);
void probe_unlinked(struct swim *swim, struct member *member, enum accusation cause);

/** Its link was lost: a ping that was under way on it is sent anew, and has to dial. */
void probe_lost_link(struct swim *swim, struct member *member);

/** After a stall of ours: every probe under way begins its waiting anew. */
void probes_restart(struct swim *swim);

/** Ends the probes of a member without a verdict. */
void probes_forget(struct swim *swim, const struct member *member);

/** Who was asked to help leaves the member table. */
void probes_forget_helper(struct swim *swim, const struct member *helper);

void probes_tick(struct swim *swim);
uint64_t probes_deadline(const struct swim *swim);

/** No more probes, those under way end without a verdict. */
void probes_stop(struct swim *swim);

#endif
