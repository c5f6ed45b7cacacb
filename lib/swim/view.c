#include "swim/view.h"

#include "swim/core.h"

/* FNV-1a over the fields of one record; the sum of them does not depend on their order. */
static uint64_t view_mix(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t view_record(const struct member *member)
{
    uint64_t hash = name_hash(&member->name);
    uint8_t number[8];
    for (size_t i = 0; i < sizeof(number); i++)
        number[i] = (uint8_t)(member->told.incarnation >> (8 * i));
    hash = view_mix(hash, number, sizeof(number));
    uint64_t addr = addr_hash(&member->told.addr);
    for (size_t i = 0; i < sizeof(number); i++)
        number[i] = (uint8_t)(addr >> (8 * i));
    hash = view_mix(hash, number, sizeof(number));
    struct tags tags = member_tags(member);
    return view_mix(hash, tags.data, tags.len);
}

uint64_t view_hash(const struct swim *swim)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < swim->members.count; i++)
        if (swim->members.sorted[i]->told.state <= MEMBER_SUSPECT)
            sum += view_record(swim->members.sorted[i]);
    return sum;
}
