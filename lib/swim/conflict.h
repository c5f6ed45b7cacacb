/**
 * Two processes under one name. Whoever hears that its name is alive under
 * another instance dials that address before it answers: nobody there (a
 * crashed process that was restarted at once), and the record is refuted; the
 * other process itself, and the younger of the two gives way.
 *
 *     IDLE --(alive under another instance)--> ASKING --(no link in two
 * timeouts)--> IDLE, refuted
 *                                                |
 *                                                '--(link of that instance)-->
 * conflict: younger yields
 */
#ifndef SWIM_CONFLICT_H
#define SWIM_CONFLICT_H

#include "swim/swim.h"

#include <stdbool.h>
#include <stdint.h>

enum conflict_state { CONFLICT_IDLE, CONFLICT_ASKING, CONFLICT_LOST };

struct conflict {
    enum conflict_state state;
    uint64_t instance;    /* that is said to be alive under our name */
    uint64_t incarnation; /* of that record: what is to be refuted */
    struct addr addr;
    uint64_t until_ns;
    uint64_t told_ns; /* when the event was last emitted */
};

/** Which of two live processes gives way: the younger; at equal ages the
 * smaller instance. */
bool conflict_yields(uint64_t own_age_ms, uint64_t own_instance, uint64_t age_ms,
                     uint64_t instance);

/** A record says that our name is alive under another instance. True: it is
 * being checked, and not to be answered yet. */
bool conflict_check(struct swim *swim, const struct update *heard);

/** A link under our own name: another process holds it. */
void conflict_linked(struct swim *swim, const struct swim_input *input);

/** The dial under our own name ended without one. */
void conflict_unlinked(struct swim *swim);

void conflict_tick(struct swim *swim);
uint64_t conflict_deadline(const struct swim *swim);

#endif
