/**
 * The named errors of the whole project: one list, from which come the number that functions
 * return, the name that lines and scripts show, the exit code and the sentence for people.
 *
 * A function returns 0 or one of these, negative; whoever knows the context adds it to the
 * caller's `struct why` once, whoever talks to the user prints it once.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

/** Exit codes of all programs, their meaning is in swim(7). */
enum exit_code {
    EXIT_YES = 0,
    EXIT_NO = 1,
    EXIT_USAGE = 2,
    EXIT_UNREACHABLE = 3,
    EXIT_IDENTITY = 4,
    EXIT_FORBIDDEN = 5,
    EXIT_RESOURCE = 6,
    EXIT_BUG = 70,
    EXIT_SIGNAL = 128,
};

/* X(SYMBOL, name in lines, exit code, text) */
#define ERR_LIST(X)                                                                                \
    X(NO_MEMORY, "no-memory", EXIT_RESOURCE, "out of memory")                                      \
    X(SYSTEM, "system", EXIT_RESOURCE, "a system call failed")                                     \
    X(LIMIT, "limit", EXIT_RESOURCE, "a limit is reached")                                         \
    X(IN_USE, "in-use", EXIT_RESOURCE, "already in use")                                           \
    X(USAGE, "usage", EXIT_USAGE, "not a valid value")                                             \
    X(RESOLVE, "unresolved", EXIT_USAGE, "the host name does not resolve")                         \
    X(EXISTS, "exists", EXIT_NO, "exists already")                                                 \
    X(NOT_FOUND, "not-found", EXIT_NO, "not found")                                                \
    X(MALFORMED, "malformed", EXIT_NO, "malformed")                                                \
    X(REFUSED, "refused", EXIT_NO, "nothing listens there")                                        \
    X(NO_REPLY, "no-reply", EXIT_NO, "no packet came back")                                        \
    X(TIMEOUT, "timeout", EXIT_NO, "no answer in time")                                            \
    X(RESET, "reset", EXIT_NO, "the peer has forgotten the connection")                            \
    X(CLOSED, "closed", EXIT_NO, "the peer closed the connection")                                 \
    X(NACK, "nack", EXIT_NO, "whoever was asked got no ack either")                                \
    X(IDLE, "idle", EXIT_NO, "the connection was idle for too long")                               \
    X(QUIC, "quic", EXIT_NO, "QUIC protocol error")                                                \
    X(VERSION, "version", EXIT_NO, "no common QUIC version")                                       \
    X(NO_SPACE, "no-space", EXIT_NO, "does not fit")                                               \
    X(NOT_NOW, "not-now", EXIT_NO, "not possible in this state")                                   \
    X(UNREACHABLE, "unreachable", EXIT_UNREACHABLE, "the node can't be reached")                   \
    X(NO_IDENTITY, "no-identity", EXIT_IDENTITY, "no identity")                                    \
    X(KEY_EXPOSED, "key-exposed", EXIT_IDENTITY, "a private key that others can read")             \
    X(BAD_IDENTITY, "bad-identity", EXIT_IDENTITY, "the identity can't be used")                   \
    X(NO_CERTIFICATE, "no-certificate", EXIT_IDENTITY, "the peer shows no certificate")            \
    X(UNKNOWN_CA, "unknown-ca", EXIT_IDENTITY, "the certificate is not of the cluster's CA")       \
    X(NOT_YET_VALID, "not-yet-valid", EXIT_IDENTITY, "the certificate is not yet valid")           \
    X(EXPIRED, "expired", EXIT_IDENTITY, "the certificate has expired")                            \
    X(REVOKED, "revoked", EXIT_IDENTITY, "the certificate is revoked")                             \
    X(CLUSTER, "cluster", EXIT_IDENTITY, "the certificate is of another cluster")                  \
    X(ROLE, "role", EXIT_IDENTITY, "the certificate names no role of ours")                        \
    X(ALPN, "alpn", EXIT_IDENTITY, "no common application protocol")                               \
    X(REFUSED_BY_PEER, "refused-by-peer", EXIT_IDENTITY, "the peer refused our certificate")       \
    X(NAME_MISMATCH, "name-mismatch", EXIT_IDENTITY, "the certificate names somebody else")        \
    X(CONFLICT, "conflict", EXIT_IDENTITY, "another process holds our name")                       \
    X(FORBIDDEN, "forbidden", EXIT_FORBIDDEN, "the role forbids it")                               \
    X(POOL_FULL, "PoolFull", EXIT_RESOURCE, "the connection pool is full")                         \
    X(CONNECTION_FAILED, "ConnectionFailed", EXIT_NO, "the connection failed")                     \
    X(IDENTITY_MISMATCH, "IdentityMismatch", EXIT_IDENTITY, "the pooled peer is somebody else")    \
    X(UNHEALTHY_CONNECTION, "UnhealthyConnection", EXIT_NO, "the pooled connection is unhealthy")  \
    X(BUG, "bug", EXIT_BUG, "a failed invariant, please report it")

enum err_index {
#define X(SYMBOL, NAME, EXIT, TEXT) ERR_INDEX_##SYMBOL,
    ERR_LIST(X)
#undef X
        ERR_COUNT
};

enum err {
    ERR_NONE = 0,
#define X(SYMBOL, NAME, EXIT, TEXT) ERR_##SYMBOL = -1 - (int)ERR_INDEX_##SYMBOL,
    ERR_LIST(X)
#undef X
};

/** The sentence for people. Any int is taken; what is no error of the list says so. */
const char *err_text(int err);

/** The one token for lines and scripts, as in `reason=unknown-ca`. */
const char *err_name(int err);

/** The exit code of a program that ends because of it; EXIT_YES for 0. */
enum exit_code err_exit(int err);

#define WHY_SIZE 512

/** The context of an error: one fixed buffer of the caller's, empty or one line without LF. */
struct why {
    char text[WHY_SIZE];
};

/** Sets the context (cut if too long) and returns `err`, so that a failing function ends with
 *  `return why_set(why, ERR_X, "…", …)`. `why` may be NULL. */
int why_set(struct why *why, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Puts "…: " before what stands there, and returns `err`. `why` may be NULL. */
int why_prefix(struct why *why, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
