/**
 * The member table: one record per name, oneself included, kept in order of name. A record holds
 * what others told of the member (`told`, which is what we pass on) apart from what this node shows
 * of it (`shown`): a node may hold an opinion that it does not spread.
 */
#ifndef SWIM_MEMBERS_H
#define SWIM_MEMBERS_H

#include "base/addr.h"
#include "base/heap.h"
#include "base/member_state.h"
#include "base/name.h"
#include "swim/evidence.h"
#include "swim/phi.h"
#include "swim/suspicion.h"
#include "swim/updates.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Tags or a reason: bytes of their own, NUL-terminated behind `len`. */
struct blob {
    struct blob *next; /* among the retired */
    size_t len;
    uint8_t data[];
};

/** What the cluster says of a member. */
struct told {
    enum member_state state;
    enum accusation accusation;
    uint64_t incarnation, instance;
    struct addr addr;
    struct name by;
    struct blob *tags, *reason; /* NULL: none */
    uint64_t since_ns;          /* when we took this state over */
    uint64_t older_ns;          /* how old it was by then, as told: ages of dead and left add up */
};

/** Our part in a leave that is going on: have we told this member, and did it confirm? */
enum farewell { FAREWELL_NONE, FAREWELL_ASKED, FAREWELL_CONFIRMED };

struct member {
    struct member *next; /* among the gone */
    struct name name;
    struct told told;
    enum member_state shown;
    uint64_t known_ns; /* when it entered the table */
    uint64_t
        heard_ns;     /* last message under its certificate, or an ack through a helper; 0: never */
    uint64_t rtt_ns;  /* NEVER: none measured */
    uint64_t told_ns; /* when it was last told, outside of the budgets, what we hold of it */
    struct suspicion suspicion;
    struct heap_node timer;     /* of the suspicion */
    bool accused;               /* it is suspected, and our own probe failed too */
    bool prune;                 /* to be forgotten as soon as its leave is told */
    bool cut;                   /* lost by the split that was told */
    bool linked;                /* a link stands */
    size_t payload_max;         /* of it */
    struct update_entry update; /* its place in the queue of updates */
    enum farewell farewell;
    struct phi phi;
    struct evidence *evidence; /* NULL: nothing has happened to it */
};

struct members {
    struct member **sorted; /* by name */
    size_t count, capacity;
    struct blob *retired; /* may still be pointed at by outputs; freed at the next step */
    struct member *gone;  /* the same, of members (chained by `next`) */
};

void members_init(struct members *members);
void members_free(struct members *members);

/** The member of that name, or NULL. */
struct member *members_find(const struct members *members, const struct name *name);

/** A new member with an empty record. NULL: out of memory, or MEMBERS_MAX reached. */
struct member *members_add(struct members *members, const struct name *name, uint64_t now);

/** Takes a member out; it is freed at the next sweep, since outputs may still point at it. */
void members_remove(struct members *members, struct member *member);

/** A copy of bytes; NULL for none or out of memory (`*ok` false). */
struct blob *members_blob(const uint8_t *data, size_t len, bool *ok);

/** Lets go of a blob that outputs may still point at. NULL is fine. */
void members_retire(struct members *members, struct blob *blob);

/** Frees what was retired; no output is left that points at it. */
void members_sweep(struct members *members);

/** The record as it is passed on by `us`, borrowed from the member: whom we accuse ourselves we
 *  accuse in our own name. */
void member_to_update(const struct member *member, const struct name *us, uint64_t now,
                      struct update *update);

/** Alive or suspect, as far as this node shows it: worth a probe, gossip, a dial. */
bool member_is_live(const struct member *member);

struct tags member_tags(const struct member *member);

#endif
