/**
 * Requests over the control protocol (ALPN `swim-ctl/1`), one list. A request is one record in line
 * form on a bidirectional stream, its event being the verb, closed by FIN; the answer is records in
 * line form, the last of which is `end`: `rc=` the name of an error ("ok" when none), `exit=` its
 * exit code, `text=` a sentence for people or "-".
 */
#ifndef WIRE_REQUEST_H
#define WIRE_REQUEST_H

#include "base/record.h"
#include "base/role.h"

#include <stdbool.h>
#include <stddef.h>

/* X(SYMBOL, verb, roles that may ask). A member's own identity may ask its own node anything: that
 * exception is the server's, not this list's. */
#define REQUESTS(X)                                                                                \
    X(MEMBERS, "members", ROLE_BIT(ROLE_MONITOR) | ROLES_OPERATOR)                                 \
    X(POOL, "pool", ROLE_BIT(ROLE_MONITOR) | ROLES_OPERATOR)                                       \
    X(INFO, "info", ROLE_BIT(ROLE_MONITOR) | ROLES_OPERATOR)                                       \
    X(HEALTH, "health", ROLE_BIT(ROLE_MONITOR) | ROLES_OPERATOR)                                   \
    X(RTT, "rtt", ROLE_BIT(ROLE_MONITOR) | ROLES_OPERATOR)                                         \
    X(WATCH, "watch", ROLE_BIT(ROLE_MONITOR) | ROLES_OPERATOR)                                     \
    X(WHY, "why", ROLE_BIT(ROLE_MONITOR) | ROLES_OPERATOR)                                         \
    X(LEAVE, "leave", ROLES_OPERATOR)                                                              \
    X(FORCE, "force", ROLES_OPERATOR)

enum request_verb {
#define X(SYMBOL, VERB, ROLES) REQUEST_##SYMBOL,
    REQUESTS(X)
#undef X
        REQUEST_COUNT
};

const char *request_text(enum request_verb verb);
bool request_parse(const char *text, size_t len, enum request_verb *verb);
role_set request_roles(enum request_verb verb);

/** Makes the last record of an answer. `err` 0: rc=ok exit=0; `text` may be NULL. */
void request_end(struct record *record, int err, const char *text);

/** Whether this record is the last of an answer. */
bool request_is_end(const struct record *record);

#endif
