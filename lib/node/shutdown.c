#include "node/shutdown.h"

#include "base/duration.h"
#include "base/event.h"

#include <assert.h>

enum outcome { OUTCOME_OK, OUTCOME_TIMEOUT, OUTCOME_ERROR };

static const char *const outcome_texts[] = {
    [OUTCOME_OK] = "ok", [OUTCOME_TIMEOUT] = "timeout", [OUTCOME_ERROR] = "error"};

void shutdown_begin(struct shutdown *shutdown, uint64_t now, const struct shutdown_phase *phases,
                    size_t count, size_t first, uint64_t total_ns, void *owner,
                    void (*told)(void *owner, const struct shutdown_result *result))
{
    assert(shutdown->state == SHUTDOWN_IDLE && first < count);
    *shutdown = (struct shutdown){
        .state = SHUTDOWN_RUNNING,
        .phases = phases,
        .count = count,
        .at = first,
        .owner = owner,
        .told = told,
        .began_ns = now,
        .phase_ns = now,
        .deadline_ns = duration_add(now, total_ns),
    };
}

static uint64_t phase_deadline(const struct shutdown *shutdown)
{
    const struct shutdown_phase *phase = &shutdown->phases[shutdown->at];
    uint64_t own = duration_add(shutdown->phase_ns, phase->limit_ns);
    return own < shutdown->deadline_ns ? own : shutdown->deadline_ns;
}

/* RUNNING -> DONE */
static void finish(struct shutdown *shutdown, uint64_t now)
{
    enum outcome worst = shutdown->failed      ? OUTCOME_ERROR
                         : shutdown->timed_out ? OUTCOME_TIMEOUT
                                               : OUTCOME_OK;
    const struct shutdown_result result = {
        .phase = "done",
        .rc = outcome_texts[worst],
        .elapsed_ns = now - shutdown->began_ns,
        .confirmed = EVENT_ABSENT,
    };
    shutdown->state = SHUTDOWN_DONE;
    shutdown->told(shutdown->owner, &result);
}

static void end_phase(struct shutdown *shutdown, uint64_t now, enum outcome outcome)
{
    const struct shutdown_phase *phase = &shutdown->phases[shutdown->at];
    const struct shutdown_result result = {
        .phase = phase->name,
        .rc = outcome_texts[outcome],
        .elapsed_ns = now - shutdown->phase_ns,
        .confirmed = phase->confirmed ? phase->confirmed(shutdown->owner) : EVENT_ABSENT,
    };
    shutdown->timed_out = shutdown->timed_out || outcome == OUTCOME_TIMEOUT;
    shutdown->failed = shutdown->failed || outcome == OUTCOME_ERROR;
    if (phase->end)
        phase->end(shutdown->owner);
    shutdown->told(shutdown->owner, &result);
    shutdown->started = false;
    shutdown->phase_ns = now;
    if (++shutdown->at == shutdown->count)
        finish(shutdown, now);
}

/* Moves the present phase on. False: it waits. */
static bool move_phase(struct shutdown *shutdown, uint64_t now)
{
    const struct shutdown_phase *phase = &shutdown->phases[shutdown->at];
    int rc = 0;
    if (!shutdown->started) {
        shutdown->started = true;
        rc = phase->start(shutdown->owner, now);
    }
    if (rc == 0)
        rc = phase->done ? phase->done(shutdown->owner) : 1;
    if (rc == 0 && now < phase_deadline(shutdown))
        return false;
    end_phase(shutdown, now, rc < 0 ? OUTCOME_ERROR : rc > 0 ? OUTCOME_OK : OUTCOME_TIMEOUT);
    return true;
}

void shutdown_step(struct shutdown *shutdown, uint64_t now)
{
    while (shutdown->state == SHUTDOWN_RUNNING && move_phase(shutdown, now))
        ;
}

uint64_t shutdown_deadline(const struct shutdown *shutdown)
{
    return shutdown->state == SHUTDOWN_RUNNING ? phase_deadline(shutdown) : NEVER;
}
