/**
 * The lines of this server on standard output.
 */
#ifndef SWIM_QUIC_ECHO_OUTPUT_H
#define SWIM_QUIC_ECHO_OUTPUT_H

#include "base/addr.h"
#include "base/name.h"
#include "counters.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTES_MAX 256

/** What an rx or tx line will say. */
struct note {
    const char *event;
    uint64_t wall_ns;
    enum message_type type;
    bool numbered; /* `pseq` is there */
    uint64_t pseq, visitor;
    struct name peer;
    struct name target;   /* of a ping-req; else empty */
    const char *peer_key; /* "from", "to" */
    const char *damage;   /* or NULL */
};

/** Lines of messages that are still to be written: answers go first, for writing takes longer than
 *  answering. Zeroed it is empty. */
struct notes {
    struct note items[NOTES_MAX];
    size_t count;
};

/* Each notes one line. */
void output_received(struct notes *notes, const struct message *message, uint64_t visitor,
                     const struct name *from);
/** `damage`: how it was damaged, or NULL. */
void output_sent(struct notes *notes, const struct message *message, uint64_t visitor,
                 const struct name *to, const char *damage);

/** Writes all that has been noted. */
void output_notes(struct notes *notes);

/* Each writes one line, after output_notes; a failed write shows when the program flushes at its
 * end. */
void output_listening(const struct name *self, const struct addr *addr);
void output_fault(const char *rule);
void output_stats(const struct echo_counters *counters);

#endif
