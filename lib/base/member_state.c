#include "base/member_state.h"

#include <assert.h>
#include <string.h>

static const char *const texts[MEMBER_STATE_COUNT] = {
    [MEMBER_ALIVE] = "alive",
    [MEMBER_SUSPECT] = "suspect",
    [MEMBER_DEAD] = "dead",
    [MEMBER_LEFT] = "left",
};

const char *member_state_text(enum member_state state)
{
    assert(state < MEMBER_STATE_COUNT);
    return texts[state];
}

bool member_state_parse(const char *text, size_t len, enum member_state *state)
{
    for (enum member_state i = 0; i < MEMBER_STATE_COUNT; i++) {
        if (strlen(texts[i]) == len && memcmp(texts[i], text, len) == 0) {
            *state = i;
            return true;
        }
    }
    return false;
}
