/**
 * The event loop: the only file that knows libev. One descriptor set, one deadline, signals; and
 * the monotonic clock that everything below is handed.
 */
#ifndef LINK_LOOP_H
#define LINK_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

/** Nanoseconds of the monotonic clock, read anew. */
uint64_t loop_now(void);

/** A loop of its own (never libev's default one). NULL: out of memory. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/** Calls `fn` whenever `fd` is readable. Returns a number to stop it with, or ERR_NO_MEMORY. */
int loop_watch(struct loop *loop, int fd, void (*fn)(void *user), void *user);
void loop_unwatch(struct loop *loop, int watch);

/** Calls `fn` for that signal, outside of any signal handler. 0 or ERR_NO_MEMORY. Installed even where
 *  the signal was inherited as ignored. */
int loop_signal(struct loop *loop, int signum, void (*fn)(void *user, int signum), void *user);

/** Calls `fn` once per wake-up after everything else, before the loop sleeps: it returns the
 *  deadline (NEVER: none) until which the loop may sleep. */
void loop_set_idle(struct loop *loop, uint64_t (*fn)(void *user), void *user);

/** Runs until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
