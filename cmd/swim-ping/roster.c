#include "roster.h"

#include "base/record.h"
#include "link/ask.h"
#include "wire/request.h"

#include <string.h>

struct roster {
    struct wanted *wanted;
    size_t count;
};

static int on_record(void *user, const struct record *record)
{
    const struct roster *roster = user;
    int err = 0;
    if (strcmp(record->event, "member") != 0) {
        return 0;
    }
    for (size_t i = 0; i < roster->count && err == 0; i++) {
        if (wanted_is_asked(&roster->wanted[i])) {
            err = wanted_take(&roster->wanted[i], record);
        }
    }
    return err;
}

int roster_ask(const struct target *target, uint64_t timeout_ns, struct wanted *wanted,
               size_t count, struct why *why)
{
    struct roster roster = {.wanted = wanted, .count = count};
    struct ask_config config = {
        .identity = target->identity,
        .timeout_ns = timeout_ns,
        .on_record = on_record,
        .user = &roster,
    };
    struct record request;
    struct ask_result result;
    record_init(&request, request_text(REQUEST_MEMBERS), 0);
    int err = target_locate(target, &config.target, why);
    return err < 0 ? err : ask_run(&config, &request, &result, why);
}
