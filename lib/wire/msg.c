#include "wire/msg.h"

#include "base/line.h"
#include "wire/schema.h"

#include <assert.h>

static bool is_known(enum message_type type)
{
    return type > MESSAGE_UNKNOWN && type < MESSAGE_TYPE_COUNT;
}

const char *message_name(enum message_type type)
{
    return is_known(type) ? schema_message(type)->name : "unknown";
}

enum carrier message_carrier(enum message_type type)
{
    static const enum carrier carriers[MESSAGE_TYPE_COUNT] = {
#define X(SYMBOL, NAME, CODE, CARRIER, ROLES) [MESSAGE_##SYMBOL] = (CARRIER),
        MESSAGES(X)
#undef X
    };
    assert(is_known(type));
    return carriers[type];
}

role_set message_roles(enum message_type type)
{
    static const role_set roles[MESSAGE_TYPE_COUNT] = {
#define X(SYMBOL, NAME, CODE, CARRIER, ROLES) [MESSAGE_##SYMBOL] = (ROLES),
        MESSAGES(X)
#undef X
    };
    return is_known(type) ? roles[type] : 0;
}

const char *accusation_text(enum accusation accusation)
{
    static const char *const texts[ACCUSATION_COUNT] = {
#define X(SYMBOL, TEXT) [ACCUSATION_##SYMBOL] = (TEXT),
        ACCUSATIONS(X)
#undef X
    };
    assert(accusation < ACCUSATION_COUNT);
    return texts[accusation];
}

bool message_reason_valid(struct bytes reason)
{
    if (reason.len > REASON_LEN_MAX)
        return false;
    for (size_t i = 0; i < reason.len; i++) {
        if (reason.data[i] < 0x20 || reason.data[i] == 0x7f)
            return false;
    }
    return reason.len == 0 || line_is_utf8((const char *)reason.data, reason.len);
}
