/**
 * Fault rules: which messages this server misbehaves on.
 *
 *     RULE = [ping|ping-req|ack|sync|conn|any][@PEER][#n|#n-m|%p]:ACTION
 *
 * The first rule that matches wins. A kind names the message received (none, or `any`: every
 * message; `conn`: a new connection, and then all that comes over it). `#n` counts what the kind
 * and the peer of its rule select, over the whole process, each one that arrives; `%p` is a chance.
 */
#ifndef SWIM_QUIC_ECHO_FAULT_H
#define SWIM_QUIC_ECHO_FAULT_H

#include "action.h"
#include "base/err.h"
#include "base/name.h"
#include "base/rng.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT_TEXT_MAX 192
#define FAULT_RULES_MAX 256

enum fault_kind {
    FAULT_ANY,
    FAULT_PING,
    FAULT_PING_REQ,
    FAULT_ACK,
    FAULT_SYNC,
    FAULT_CONN,
    FAULT_OTHER, /* messages that only `any` selects */
    FAULT_KIND_COUNT
};

enum fault_when { FAULT_ALWAYS, FAULT_NUMBERED, FAULT_CHANCE };

struct fault_rule {
    char text[FAULT_TEXT_MAX + 1]; /* as typed */
    enum fault_kind kind;
    struct name peer; /* empty: whoever */
    enum fault_when when;
    uint64_t first, last; /* FAULT_NUMBERED */
    double percent;       /* FAULT_CHANCE */
    struct action_use use;
    uint64_t fired;
};

/** How many of each kind have arrived from one peer; FAULT_ANY counts all messages. */
struct fault_tally {
    struct name peer;
    uint64_t count[FAULT_KIND_COUNT];
};

/** The rules in force and what they count. Zeroed and seeded it is ready. */
struct faults {
    struct fault_rule rules[FAULT_RULES_MAX];
    size_t count;
    struct fault_tally all;
    struct fault_tally *peers; /* owned, grows */
    size_t peer_count;
    uint64_t fired;
    struct rng rng;
};

/** Parses one rule. 0, or ERR_USAGE with what was expected in `why`. */
int fault_parse(const char *text, struct fault_rule *rule, struct why *why);

/** The same as a check of the option table. */
int fault_check(const char *text, struct why *why);

void faults_init(struct faults *faults, uint64_t seed);
void faults_free(struct faults *faults);

/** Adds a rule at the end, in force from the next arrival on. 0, ERR_USAGE, ERR_LIMIT. */
int faults_add(struct faults *faults, const char *text, struct why *why);

/** Drops all rules; what has been counted stays counted. */
void faults_clear(struct faults *faults);

/** The kind of rule that names this message. */
enum fault_kind fault_kind_of(enum message_type type);

/** Counts one arrival and finds the first rule that matches it, NULL if none does. Returns 0, or
 *  ERR_NO_MEMORY (the arrival of a new peer could not be counted). */
int faults_match(struct faults *faults, enum fault_kind kind, const struct name *peer,
                 const struct fault_rule **rule);

/** A rule with a number that never fired; NULL: there is none. */
const struct fault_rule *faults_unfired(const struct faults *faults);

#endif
