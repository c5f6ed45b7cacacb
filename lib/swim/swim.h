/**
 * The protocol core: SWIM (Das, Gupta, Motivala 2002) with the dissemination and anti-entropy of
 * its descendants. Sans-IO: it gets messages, the time and a seed, and hands back what to send,
 * what to tell, whom to dial. No clock, socket or stdio in it; the same inputs give the same
 * outputs.
 *
 *     swim_step(now, input)  ->  swim_next_output()*        when again: swim_deadline()
 *
 * The running node, the unit tests' world and the fuzzer drive the same object code by these calls.
 */
#ifndef SWIM_SWIM_H
#define SWIM_SWIM_H

#include "base/addr.h"
#include "base/event.h"
#include "base/member_state.h"
#include "base/name.h"
#include "base/tags.h"
#include "swim/evidence.h"
#include "swim/profile.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct swim;

/** What a node starts with. Everything is copied. */
struct swim_config {
    struct name self;
    struct addr addr;     /* where members are to dial us */
    uint64_t instance;    /* random, one per process, not 0 */
    uint64_t incarnation; /* to start from: 1, or above what was ever used */
    struct tags tags;     /* valid */
    struct profile profile;
    uint64_t seed;     /* of all draws */
    bool probe_events; /* emit `probe` and `ping-req` events */
};

enum swim_input_kind { SWIM_TICK, SWIM_MESSAGE, SWIM_LINK, SWIM_COMMAND };

enum swim_link_change {
    SWIM_LINK_UP,     /* usable now: payload_max, instance, age_ms, addr (under our own name:
                         another process holds it) */
    SWIM_LINK_DOWN,   /* there is none any more */
    SWIM_LINK_FAILED, /* a dial to that member ended without a link */
    SWIM_LINK_HINT,   /* refused, reset or closed: start a probe, accuse nobody */
};

enum swim_verb {
    SWIM_JOIN,         /* first sync with `peer`, whose link is up */
    SWIM_LEAVE,        /* announce the leave, with `reason` */
    SWIM_STOP_GOSSIP,  /* stop the gossip and probe loops: from then on it only answers */
    SWIM_STOP_CHECKER, /* stop the health checker */
    SWIM_SET_TAGS,     /* `tags` replace the present ones */
    SWIM_FORCE,        /* `peer` will not come back: it has left */
    SWIM_PRUNE,        /* the same, and it is forgotten as soon as that is told */
};

/** What comes in. `peer` is the certificate's name of the link it concerns. `tool_link` of a
 * message, when not 0, names a link that is no member's (a tool's, or before its hello): it is
 * answered there, and nothing else is believed of it. Pointers need to live for the call only. */
struct swim_input {
    enum swim_input_kind kind;
    struct name peer;
    const struct message *message;
    uint64_t tool_link;
    enum swim_link_change change;
    enum accusation cause;     /* of FAILED and HINT: REFUSED or CLOSED; NONE: nobody answered */
    uint64_t instance, age_ms; /* of the process at the other end, as its hello told */
    struct addr addr;          /* where it is */
    size_t payload_max;
    enum swim_verb verb;
    struct tags tags;
    struct bytes reason;
};

enum swim_output_kind {
    SWIM_SEND,  /* message to `peer` at `addr` (dial it there if no link stands), or to `tool_link`
                 */
    SWIM_EVENT, /* tell it */
    SWIM_CONNECT, /* have a link to `peer` at `addr` */
    SWIM_DROP,    /* no link to `peer` is needed any more */
    SWIM_KNOWN,   /* the member table holds `instance` of `peer` now */
    SWIM_YIELD,   /* another process holds our name and was first: end */
};

/** What goes out; valid until the next call of swim_next_output or swim_step. */
struct swim_output {
    enum swim_output_kind kind;
    struct name peer;
    struct addr addr;
    uint64_t tool_link;
    uint64_t instance;
    bool reliable; /* on a stream, although its carrier is a datagram */
    const struct message *message;
    const struct event *event;
};

/** Makes a core that knows only itself. NULL: out of memory. `now` is where its clock stands. */
struct swim *swim_new(const struct swim_config *config, uint64_t now);
void swim_free(struct swim *swim);

/** Takes one input. `now` never goes back (asserted); outputs must have been drained. 0, or the
 * input is refused whole: ERR_NOT_NOW (to begin something when leaving or stopped), ERR_NOT_FOUND,
 * ERR_NO_MEMORY.
 * Every input also does what is due by `now`. */
int swim_step(struct swim *swim, uint64_t now, const struct swim_input *input);

/** The next output in order of cause. False: none. */
bool swim_next_output(struct swim *swim, struct swim_output *output);

/** When a tick would next act; NEVER: nothing is due. */
uint64_t swim_deadline(const struct swim *swim);

/* Reading, for reports and tests. Pointers are valid until the next step. */

struct swim_member {
    const struct name *name;
    struct addr addr;
    uint64_t incarnation, instance;
    enum member_state state; /* as shown by this node */
    struct tags tags;
    struct name by;
    enum accusation accusation;
    struct bytes reason;
    uint64_t since_ns;          /* when it came into that state */
    uint64_t rtt_ns;            /* of the last direct ping; EVENT_ABSENT if there was none */
    uint64_t heard_ns;          /* when it was last heard; 0: never */
    double phi;                 /* of the accrual detector; negative: not observed */
    uint64_t suspicion_left_ns; /* until it is declared dead; NEVER: it is not suspected */
};

/** Members known, oneself included, in order of name. */
size_t swim_member_count(const struct swim *swim);
void swim_member_at(const struct swim *swim, size_t index, struct swim_member *member);
bool swim_member_find(const struct swim *swim, const struct name *name, struct swim_member *member);

/** The steps that led to that member's present state, read by evidence_count and evidence_at. NULL:
 * nothing has happened to it, or it is unknown. */
const struct evidence *swim_evidence(const struct swim *swim, const struct name *name);

struct swim_info {
    size_t counts[MEMBER_STATE_COUNT]; /* oneself included */
    uint64_t incarnation;
    uint64_t view;   /* hash over the alive and suspect records: equal views, equal hash */
    unsigned health; /* local health multiplier, 0: well */
    uint64_t probes, probes_failed, suspicions, refutations;
    uint64_t rejected, inc_jump, unknown_messages; /* updates and messages that were not believed */
    size_t queued_updates;
};

void swim_info(const struct swim *swim, struct swim_info *info);

/** How a leave goes on. `live`: there was somebody to tell. Done: everybody asked has confirmed or
 * is known not to live any more. */
struct swim_leaving {
    bool started, live, done;
    size_t asked, confirmed;
};

void swim_leaving(const struct swim *swim, struct swim_leaving *leaving);

#endif
