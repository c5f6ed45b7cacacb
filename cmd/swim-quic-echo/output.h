/**
 * The lines of this server on standard output.
 */
#ifndef SWIM_QUIC_ECHO_OUTPUT_H
#define SWIM_QUIC_ECHO_OUTPUT_H

#include "base/addr.h"
#include "base/name.h"
#include "counters.h"
#include "wire/msg.h"

#include <stdint.h>

/* Each writes one line; a failed write shows when the program flushes at its end. */
void output_listening(const struct name *self, const struct addr *addr);
void output_received(const struct message *message, uint64_t visitor, const struct name *from);
/** `damage`: how it was damaged, or NULL. */
void output_sent(const struct message *message, uint64_t visitor, const struct name *to,
                 const char *damage);
void output_fault(const char *rule);
void output_stats(const struct echo_counters *counters);

#endif
