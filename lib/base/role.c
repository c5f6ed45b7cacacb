#include "base/role.h"

#include <assert.h>
#include <string.h>

static const char *const texts[ROLE_COUNT] = {
    [ROLE_MEMBER] = "member",
    [ROLE_MONITOR] = "monitor",
    [ROLE_OPERATOR] = "operator",
};

const char *role_text(enum role role)
{
    assert(role < ROLE_COUNT);
    return texts[role];
}

bool role_parse(const char *text, size_t len, enum role *role)
{
    for (enum role i = 0; i < ROLE_COUNT; i++) {
        if (strlen(texts[i]) == len && memcmp(texts[i], text, len) == 0) {
            *role = i;
            return true;
        }
    }
    return false;
}

bool role_in(role_set set, enum role role)
{
    return (set & ROLE_BIT(role)) != 0;
}
