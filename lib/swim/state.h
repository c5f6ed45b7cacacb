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

/** This node suspects a member that is alive: our own accusation. */
void state_suspect(struct swim *swim, struct member *member, enum accusation accusation);

/** This node declares a suspect dead. */
void state_dead(struct swim *swim, struct member *member, enum accusation accusation);

/** Same incarnation and state heard: of a dead or left member the larger age counts. */
void state_adopt_age(struct swim *swim, struct member *member, const struct update *heard);

#endif
