/**
 * A shutdown: phases in order, each with a limit, all of them with one more. What the phases do is
 * their owner's (phases.h); here is only how they follow each other.
 *
 *     IDLE --begin--> RUNNING (phase 1, 2, ...) ----> DONE
 *
 * A phase that fails or runs out of its time is told so, and the next one starts.
 */
#ifndef NODE_SHUTDOWN_H
#define NODE_SHUTDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A row of the table. All functions get the shutdown's owner. */
struct shutdown_phase {
    const char *name;
    uint64_t limit_ns; /* 0: it is done when `start` returns */
    /** Sets it going. 0 or an error, then the phase is over. */
    int (*start)(void *owner, uint64_t now);
    /** 1: done, 0: not yet, or an error. NULL: done at once. */
    int (*done)(void *owner);
    /** What must hold when it is over, however it ended. NULL: nothing. */
    void (*end)(void *owner);
    /** How many have confirmed, for its line. NULL: it has none to tell. */
    uint64_t (*confirmed)(void *owner);
};

/** How a phase ended. `rc` is ok, timeout or error; `confirmed` EVENT_ABSENT where there is none.
 */
struct shutdown_result {
    const char *phase, *rc;
    uint64_t elapsed_ns, confirmed;
};

enum shutdown_state { SHUTDOWN_IDLE, SHUTDOWN_RUNNING, SHUTDOWN_DONE };

/** Zeroed it is IDLE. */
struct shutdown {
    enum shutdown_state state;
    const struct shutdown_phase *phases;
    size_t count, at;
    bool started; /* the phase `at` waits for its end */
    bool timed_out, failed;
    void *owner;
    void (*told)(void *owner, const struct shutdown_result *result);
    uint64_t began_ns, phase_ns, deadline_ns; /* deadline_ns: of all */
};

/** Begins with phase number `first` (from 0) of `count`. `total_ns` bounds all of them together.
 *  `told` is called once for each phase that ended, and at last with the phase "done", which has
 *  the worst rc of all. Only from IDLE. */
void shutdown_begin(struct shutdown *shutdown, uint64_t now, const struct shutdown_phase *phases,
                    size_t count, size_t first, uint64_t total_ns, void *owner,
                    void (*told)(void *owner, const struct shutdown_result *result));

/** Goes on as far as it can by `now`. */
void shutdown_step(struct shutdown *shutdown, uint64_t now);

/** When a limit is next met; NEVER: no phase waits. */
uint64_t shutdown_deadline(const struct shutdown *shutdown);

#endif
