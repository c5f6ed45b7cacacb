/**
 * The survey: every live member is asked for its opinion, several at once, each by a process of its
 * own, since a question blocks. A member whose view has the reference's hash holds the same and is
 * not asked for more.
 *
 *      WAITING ---> ASKED ---> SAME    its view is the reference's
 *                     |------> TOLD    it has an opinion of its own
 *                     '------> SILENT  it could not be asked
 */
#ifndef SWIM_DIFF_SURVEY_H
#define SWIM_DIFF_SURVEY_H

#include "base/err.h"
#include "keys/identity.h"
#include "opinion.h"

enum witness_state { WITNESS_WAITING, WITNESS_ASKED, WITNESS_SAME, WITNESS_TOLD, WITNESS_SILENT };

#define VIEW_SIZE 24
#define LEG_SIZE 16
#define REASON_SIZE 32

struct witness {
    enum witness_state state;
    struct name node;
    struct hostport target;
    char addr[HOST_LEN_MAX + 16];
    char view[VIEW_SIZE];     /* the hash of its view */
    struct opinion opinion;   /* of WITNESS_TOLD */
    char leg[LEG_SIZE];       /* of WITNESS_SILENT: where it failed, */
    char reason[REASON_SIZE]; /* and the name of the error */
    int pid, fd;              /* of WITNESS_ASKED: who asks it, and what he tells */
    char *heard;              /* so far */
    size_t heard_len;
};

/** Asks the node at `target` for its name, the hash of its view and its opinion. 0 (and it is
 * TOLD), or as ask_run. */
int survey_reference(struct identity *identity, const struct hostport *target, uint64_t timeout_ns,
                     struct witness *witness, struct why *why);

/** Asks all that wait, each within `timeout_ns`; afterwards none waits. `view` is the reference's
 * hash. 0; ERR_NO_MEMORY, ERR_SYSTEM: it was broken off. */
int survey_ask(struct identity *identity, const char *view, uint64_t timeout_ns,
               struct witness *witnesses, size_t count, struct why *why);

/** It can't be asked: where that failed, and the name of the error. */
void witness_fall_silent(struct witness *witness, const char *leg, const char *reason);

void witness_free(struct witness *witness);

#endif
