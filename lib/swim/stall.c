#include "swim/stall.h"

#include "swim/core.h"

#include "base/duration.h"

#define STALL_MIN_NS (100 * NS_PER_MS)

bool stall_is_one(uint64_t now, uint64_t deadline, uint64_t timeout)
{
    if (deadline == NEVER || now <= deadline)
        return false;
    uint64_t late = now - deadline;
    return late > timeout / 2 && late > STALL_MIN_NS;
}

void stall_check(struct swim *swim, uint64_t now)
{
    uint64_t deadline = swim_deadline(swim);
    if (deadline < swim->now)
        deadline = swim->now; /* the step before had no room for it: it waits since then only */
    if (!stall_is_one(now, deadline, swim->profile.timeout_ns))
        return;
    swim->now = now;
    health_note(&swim->health, HEALTH_STALLED);
    swim->quiet_until_ns = now + health_stretch(&swim->health, swim->profile.period_ns);
    probes_restart(swim);
    struct event *event = output_event(swim, EVENT_STALL, NULL);
    event->node = swim->self->name;
    event->late_ns = now - deadline;
}

bool stall_is_recent(const struct swim *swim)
{
    return swim->now < swim->quiet_until_ns;
}
