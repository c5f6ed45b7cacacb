/**
 * Dissemination (SWIM, section 4.1): updates ride on every message, and on a tick of their own to a
 * few random members while there are any.
 */
#ifndef SWIM_GOSSIP_H
#define SWIM_GOSSIP_H

#include "base/name.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stdint.h>

struct swim;
struct member;
struct output_send;

struct gossip {
    uint64_t last_ns; /* of the last tick */
    bool stopped;
};

/** Fills a message with updates up to what its carrier takes, counting each against its budget.
 * What we hold of its receiver, when that is not alive, comes first and costs no budget: it must
 * get the chance to refute (Lifeguard's buddy system, section IV-C). */
void gossip_fill(struct swim *swim, struct message *message, const struct name *to,
                 const struct output_send *send, bool reliable);

/** A member that we hold suspect, dead or left has spoken: it is told so, once a direct timeout,
 * unless the answer to `type` will tell it anyway. */
void gossip_tell(struct swim *swim, struct member *member, enum message_type type);

void gossip_tick(struct swim *swim);
uint64_t gossip_deadline(const struct swim *swim);
void gossip_stop(struct swim *swim);

#endif
