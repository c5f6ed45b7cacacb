/**
 * An opinion: what one member holds of all of them, itself included, as far as its `view` covers
 * it.
 */
#ifndef SWIM_DIFF_OPINION_H
#define SWIM_DIFF_OPINION_H

#include "base/addr.h"
#include "base/member_state.h"
#include "base/name.h"
#include "base/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct belief {
    struct name node;
    enum member_state state;
    uint64_t incarnation;
    char addr[ADDR_TEXT_SIZE];
    char *tags; /* "k=v,k=v", "-": none */
};

struct opinion {
    struct belief *items;
    size_t count, room;
};

/** Zeroed it is empty. */
void opinion_free(struct opinion *opinion);

/** Takes a `member` record in. 0, ERR_MALFORMED or ERR_NO_MEMORY. */
int opinion_take(struct opinion *opinion, const struct record *record);

/** All have been taken in: orders them for opinion_find. */
void opinion_sort(struct opinion *opinion);

/** NULL: that node is unknown to it. */
const struct belief *opinion_find(const struct opinion *opinion, const struct name *node);

/** Whether it holds the node for alive or suspect; NULL: no. */
bool belief_is_live(const struct belief *belief);

/** What two beliefs of a node differ in, "state", "inc", "addr" or "tags"; NULL: in nothing that a
 * view covers. Suspect is as alive; dead, left and unknown are the same. Either may be NULL. */
const char *belief_difference(const struct belief *one, const struct belief *other);

#endif
