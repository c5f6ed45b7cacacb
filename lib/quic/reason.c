#include "quic/reason.h"

#include <stddef.h>

static const struct {
    uint64_t code;
    const char *text;
} reasons[QUIC_REASON_COUNT] = {
#define X(SYMBOL, CODE, NAME) [QUIC_REASON_##SYMBOL] = {CODE, NAME},
    QUIC_REASONS(X)
#undef X
};

static enum quic_reason known(enum quic_reason reason)
{
    return (unsigned)reason < QUIC_REASON_COUNT ? reason : QUIC_REASON_UNKNOWN;
}

uint64_t quic_reason_code(enum quic_reason reason)
{
    return reasons[known(reason)].code;
}

enum quic_reason quic_reason_from_code(uint64_t code)
{
    for (size_t i = 0; i < QUIC_REASON_COUNT; i++) {
        if (reasons[i].code == code)
            return (enum quic_reason)i;
    }
    return QUIC_REASON_UNKNOWN;
}

const char *quic_reason_text(enum quic_reason reason)
{
    return reasons[known(reason)].text;
}
