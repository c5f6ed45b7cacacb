#include "link/leg.h"

#include "base/err.h"

#include <stddef.h>

struct leg {
    int reason;
    const char *name;
    bool rejection;
};

static const struct leg LEGS[] = {
    {ERR_REFUSED, "udp", false},
    {ERR_NO_REPLY, "udp", false},
    {ERR_NO_CERTIFICATE, "certificate", true},
    {ERR_UNKNOWN_CA, "certificate", true},
    {ERR_NOT_YET_VALID, "certificate", true},
    {ERR_EXPIRED, "certificate", true},
    {ERR_REVOKED, "certificate", true},
    {ERR_ROLE, "certificate", true},
    {ERR_REFUSED_BY_PEER, "certificate", true},
    {ERR_MALFORMED, "certificate", true},
    {ERR_NAME_MISMATCH, "certificate", false},
    {ERR_CLUSTER, "cluster", true},
    {ERR_ALPN, "alpn", true},
    {ERR_EXISTS, "self", false},
};

static const struct leg *find(int reason)
{
    for (size_t i = 0; i < sizeof LEGS / sizeof *LEGS; i++)
        if (LEGS[i].reason == reason)
            return &LEGS[i];
    return NULL;
}

const char *leg_of(int reason)
{
    const struct leg *leg = find(reason);
    return leg ? leg->name : "handshake";
}

bool leg_is_rejection(int reason)
{
    const struct leg *leg = find(reason);
    return leg && leg->rejection;
}
