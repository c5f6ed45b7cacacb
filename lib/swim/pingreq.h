/**
 * Indirect probes (SWIM, section 3.1): asking k helpers to ping for us, and helping others. A
 * helper that gets no ack within 80 % of the asker's wait says so (nack, Lifeguard, section IV-A):
 * silence of the helper itself is then told apart from silence of the target.
 */
#ifndef SWIM_PINGREQ_H
#define SWIM_PINGREQ_H

#include "base/limits.h"
#include "base/name.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct swim;
struct member;
struct probe;

/** The helpers that one probe has asked. */
struct asked {
    struct member *helpers[INDIRECT_MAX];
    bool answered[INDIRECT_MAX];
    size_t count;
};

/** One target that we try for somebody else. */
struct relay {
    bool active;
    struct name asker;
    uint64_t asker_link; /* of a tool; 0: a member */
    uint64_t asker_pseq;
    struct name target;
    struct addr addr;
    uint64_t pseq; /* of our own ping to it */
    uint64_t started_ns;
    uint64_t repeat_ns;
    uint64_t nack_ns;
};

struct relays {
    struct relay items[ASKS_MAX];
    size_t count;
};

/** Asks helpers about the target of a probe. */
void pingreq_ask(struct swim *swim, struct probe *probe);

/** Notes a helper's answer (its text is `rc` of the event). False: it was not asked, or has
 * answered. */
bool pingreq_asked_answer(struct swim *swim, struct probe *probe, const struct member *helper,
                          const char *rc);

/** How many helpers have said nothing at all. */
size_t pingreq_asked_missed(const struct probe *probe);

/** The probe ends: helpers that have not answered are told of as timed out. */
void pingreq_asked_end(struct swim *swim, struct probe *probe);

/** A helper leaves the member table: nothing is awaited of it any more. */
void pingreq_asked_forget(struct probe *probe, const struct member *helper);

/** An ack that may be the answer to a ping of ours on behalf of somebody. */
void pingreq_relay_ack(struct swim *swim, const struct name *from, const struct msg_ack *ack);

/** We stop: whoever waits for our answer is told that there is none. */
void pingreq_stop(struct swim *swim);

void pingreq_tick(struct swim *swim);
uint64_t pingreq_deadline(const struct swim *swim);

#endif
