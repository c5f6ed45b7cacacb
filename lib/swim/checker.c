#include "swim/checker.h"

#include "swim/core.h"

#define OUTPUTS_PER_PROBE 2

void checker_init(struct checker *checker, uint64_t now)
{
    checker->next_ns = now + CHECKER_INTERVAL_NS;
}

void checker_tick(struct swim *swim)
{
    if (swim->checker.next_ns > swim->now)
        return;
    swim->checker.next_ns = swim->now + CHECKER_INTERVAL_NS;
    for (size_t i = 0; i < swim->targets.count; i++) {
        struct member *member = swim->targets.list[i];
        double phi;
        if (outputs_room(&swim->outputs) < OUTPUTS_PER_PROBE)
            return;
        if (member_is_live(member) && phi_value(&member->phi, swim->now, &phi) &&
            phi > PHI_THRESHOLD)
            probe_hint(swim, member, ACCUSATION_NONE);
    }
}

uint64_t checker_deadline(const struct swim *swim)
{
    return swim->targets.count > 0 ? swim->checker.next_ns : NEVER;
}

void checker_stop(struct swim *swim)
{
    swim->checker.next_ns = NEVER;
}
