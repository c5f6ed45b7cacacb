/**
 * Why an application closes a connection: the codes of CONNECTION_CLOSE (type 0x1d) and their names
 * in `pool-close reason=`.
 */
#ifndef QUIC_REASON_H
#define QUIC_REASON_H

#include <stdint.h>

/* X(SYMBOL, code, name) */
#define QUIC_REASONS(X)                                                                            \
    X(DONE, 0x00, "done")           /* a tool has its answer */                                    \
    X(SHUTDOWN, 0x01, "shutdown")   /* the process ends */                                         \
    X(IDLE, 0x02, "idle")           /* pooled for too long without use */                          \
    X(EVICTED, 0x03, "evicted")     /* made room in a full pool */                                 \
    X(DUPLICATE, 0x04, "duplicate") /* two connections between one pair, this one lost */          \
    X(DEAD, 0x05, "dead")           /* the member is dead or left */                               \
    X(MALFORMED, 0x06, "malformed") /* a message that no correct peer sends */                     \
    X(VERSION, 0x07, "version")     /* another version of our wire */                              \
    X(ROLE, 0x08, "role")           /* the certificate's role may not send that */                 \
    X(LIMIT, 0x09, "limit")         /* a bound of ours is reached */                               \
    X(MISMATCH, 0x0a, "mismatch")   /* not the name that was dialled */                            \
    X(FAULT, 0x0b, "fault")         /* scripted by a test */                                       \
    X(UNHEALTHY, 0x0c, "unhealthy") /* failed its health check */                                  \
    X(SELF, 0x0d, "self")           /* we have reached ourselves */                                \
    X(CONFLICT, 0x0e, "conflict")   /* another process holds our name, and keeps it */             \
    X(UNKNOWN, 0xff, "unknown")     /* a code of a later version */

enum quic_reason {
#define X(SYMBOL, CODE, NAME) QUIC_REASON_##SYMBOL,
    QUIC_REASONS(X)
#undef X
        QUIC_REASON_COUNT
};

uint64_t quic_reason_code(enum quic_reason reason);
/** An unknown code is QUIC_REASON_UNKNOWN. */
enum quic_reason quic_reason_from_code(uint64_t code);
const char *quic_reason_text(enum quic_reason reason);

#endif
