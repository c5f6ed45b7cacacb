/**
 * The test server: accepts connections, reads messages, and answers each as a member that knows
 * only itself, unless a fault rule puts an action in the place of the answer.
 *
 *     packet -> endpoint -> visitor (streams to frames) -> message -> faults -> action -> answer
 *
 * It never dials and never refutes: told that it is suspect or dead it says nothing, so that it can
 * stand for a member that has gone mute.
 */
#ifndef SWIM_QUIC_ECHO_ECHO_H
#define SWIM_QUIC_ECHO_ECHO_H

#include "answer.h"
#include "base/addr.h"
#include "base/err.h"
#include "damage.h"
#include "fault.h"
#include "keys/identity.h"
#include "output.h"

#include <stdbool.h>
#include <stdint.h>

struct echo;

struct echo_config {
    struct identity *identity; /* borrowed; a member's */
    struct addr bind;
    uint64_t seed;
    uint64_t count; /* done after so many pings; 0: never */
    bool verbose;   /* refused handshakes are told on stderr */
};

/** Binds and listens. 0, ERR_IN_USE, ERR_SYSTEM, ERR_NO_MEMORY, ERR_BAD_IDENTITY with `why`. */
int echo_new(const struct echo_config *config, struct echo **echo, struct why *why);

/** Frees all, silently: echo_close first tells the peers. */
void echo_free(struct echo *echo);

/** The socket to wait on. */
int echo_fd(const struct echo *echo);

/** Where peers can dial it: what is bound, with loopback in place of a wildcard. */
const struct addr *echo_addr(const struct echo *echo);

/** The rules in force; more may be added at any time. */
struct faults *echo_faults(struct echo *echo);

/** Reads what waits on the socket, a bounded number of packets at a time. */
void echo_receive(struct echo *echo, uint64_t now);

/** Does what is due and sends what is queued. Returns when to call it again. */
uint64_t echo_wake(struct echo *echo, uint64_t now);

/** Whether the number of pings that it was to answer is reached and nothing is pending. */
bool echo_is_done(const struct echo *echo);

/** Closes all connections with reason "shutdown" and sends that. */
void echo_close(struct echo *echo, uint64_t now);

/** The counters, as the echo-stats line shows them. */
void echo_count(const struct echo *echo, struct echo_counters *counters);

/* What actions are made of. */

/** Sends the answer of `incident` after `delay_ns` (0: now) beside its own wait. */
void echo_answer(struct echo *echo, const struct incident *incident, uint64_t delay_ns);

/** Sends it damaged, at once. */
void echo_answer_damaged(struct echo *echo, const struct incident *incident, enum damage damage);

/** Closes its connection by an application close, reason "fault". */
void echo_close_visitor(struct echo *echo, const struct incident *incident);

/** Forgets its connection and sends a stateless reset. */
void echo_reset_visitor(struct echo *echo, const struct incident *incident);

/** From now on its connection is read, but nothing is sent on it. */
void echo_stall_visitor(struct echo *echo, const struct incident *incident);

/** The process kills itself at `now + delay_ns`, with SIGKILL as a crash would be; at 0 this call
 *  does not return. The earliest of several counts. */
void echo_die(struct echo *echo, uint64_t now, uint64_t delay_ns);

/** Draws below `bound` from the seed. */
uint64_t echo_draw(struct echo *echo, uint64_t bound);

#endif
