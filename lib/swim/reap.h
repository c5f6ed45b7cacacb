/**
 * Forgetting: members that have been dead or left for long enough leave the
 * table, and a tombstone stays for twice as long. An operator can have it done
 * at once (force, prune).
 */
#ifndef SWIM_REAP_H
#define SWIM_REAP_H

#include <stdbool.h>
#include <stdint.h>

struct swim;
struct name;

struct reap {
    uint64_t next_ns; /* when the table is looked through next */
};

/** A member that will not come back is declared to have left. `prune`: and
 * forgotten as soon as that news is out. 0 (also: it has left already);
 * ERR_NOT_FOUND; ERR_NOT_NOW: it is ourselves. */
int reap_force(struct swim *swim, const struct name *name, bool prune);

/** The table is full: of the dead and the left the one that has been so for longest makes room. */
void reap_oldest(struct swim *swim);

void reap_tick(struct swim *swim);
uint64_t reap_deadline(const struct swim *swim);

#endif
