/**
 * Why a member is in the state it is in: the last steps that led there, as this node saw or heard
 * them. Each member has a chain of its own, a ring without a byte of memory until something
 * happens to it; a healthy member costs one pointer. It is a diagnostic: nothing is decided by it,
 * and where there is no memory a chain is shorter, or there is none.
 */
#ifndef SWIM_EVIDENCE_H
#define SWIM_EVIDENCE_H

#include "base/name.h"
#include "wire/msg.h"

#include <stddef.h>
#include <stdint.h>

struct swim;
struct member;
struct evidence;

/** The last so many steps of a member are kept. */
#define EVIDENCE_STEPS_MAX 16

/* X(SYMBOL, text): what happened. */
#define EVIDENCE_KINDS(X)                                                                          \
    X(PING, "ping")           /* our direct ping, when it was not answered in its time */          \
    X(PING_REQ, "ping-req")   /* a helper that we had asked to try, and what came of it */         \
    X(ACCUSED, "accused")     /* `by` suspects it; by ourselves: our probe failed */               \
    X(CONFIRMED, "confirmed") /* so does `by`, independently */                                    \
    X(REFUTED, "refuted")     /* it said itself, at a higher incarnation, that it lives */         \
    X(DEAD, "dead")           /* `by` has declared it dead */                                      \
    X(LEFT, "left")           /* it has left, or was forced to by an operator of `by` */           \
    X(RESTARTED, "restarted") /* another process lives under its name */                           \
    X(ALIVE, "alive")         /* the same process is back after having left */

enum evidence_kind {
#define X(SYMBOL, TEXT) EVIDENCE_##SYMBOL,
    EVIDENCE_KINDS(X)
#undef X
        EVIDENCE_KIND_COUNT
};

/** One step. What is zero does not belong to it. */
struct evidence_step {
    enum evidence_kind kind;
    enum accusation accusation;
    uint64_t at_ns;       /* of the core's clock; evidence_note sets it */
    struct name by;       /* whose doing it was */
    struct name via;      /* who told us, or who helped; empty: nobody between */
    const char *rc;       /* of pings: ack, nack, timeout, refused, closed; static */
    uint64_t pseq;        /* of pings */
    uint64_t rtt_ns;      /* of pings that were answered */
    uint64_t incarnation; /* that is spoken of */
};

const char *evidence_text(enum evidence_kind kind);

/** Adds a step, at the core's present time, to the member's chain; the oldest gives way. */
void evidence_note(struct swim *swim, struct member *member, const struct evidence_step *step);

/** A ping of ours and its outcome; `helper` NULL: the direct one. Of a member whom we have accused
 * already, or hold for dead or left, nothing is noted: what led there must not be pushed out.
 * `rtt_ns` 0: no answer. */
void evidence_note_ping(struct swim *swim, struct member *member, uint64_t pseq,
                        const struct name *helper, const char *rc, uint64_t rtt_ns);

/** What `teller` told of a member and is about to be taken over, or refuted where it is about
 * ourselves; to be called before. `member` NULL: it is new, nothing has led to it. */
void evidence_note_heard(struct swim *swim, struct member *member, const struct name *teller,
                         const struct update *heard);

/* Reading; NULL is a chain without steps. */

size_t evidence_count(const struct evidence *chain);

/** The step of that number, 0 the oldest. */
const struct evidence_step *evidence_at(const struct evidence *chain, size_t index);

/** How many steps came before the oldest, and are not kept. */
uint64_t evidence_forgotten(const struct evidence *chain);

#endif
