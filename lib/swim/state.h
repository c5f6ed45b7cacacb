/**
 * The states of a member and the transitions between them. Only these functions change a record's
 * state, and only they emit member events:
 *
 *               member-suspect             member-dead
 *      alive  -------------------> suspect ------------> dead
 *        ^  \                        |  |                 |
 *        |   `--------- member-dead -|--|---------------> |   (heard of as dead)
 *        |   member-alive            |  |                 |
 *        |<--------------------------'--|-----------------'
 *        |   member-join (from left)    | member-leave
 *        '------------------------- left <--- (from all)
 */
#ifndef SWIM_STATE_H
#define SWIM_STATE_H

#include "wire/msg.h"

struct swim;
struct member;

/** Takes over what was heard (merge has decided so); `member` NULL: a new one, alive. */
void state_take(struct swim *swim, struct member *member, const struct update *heard);

/** This node's probe of a live member failed: our own accusation. Of one that
 * others suspect already it is a confirmation. */
void state_suspect(struct swim *swim, struct member *member, enum accusation accusation);

/** This node declares a suspect dead. */
void state_dead(struct swim *swim, struct member *member, enum accusation accusation);

/** Who was reaped speaks to us below the incarnation that was buried: it is held as left at that
 * one again, so that it is told so and can refute it. */
void state_recall(struct swim *swim, const struct update *heard, uint64_t incarnation);

/** An operator says that it will not come back. */
void state_force_left(struct swim *swim, struct member *member);

/** One that has left is to be forgotten as soon as that wish is told. */
void state_prune(struct swim *swim, struct member *member);

/** What is held was heard again: an accuser who speaks for himself confirms a
 * suspicion, and of a dead or left member the larger age counts. */
void state_again(struct swim *swim, struct member *member, const struct name *teller,
                 const struct update *heard);

#endif
