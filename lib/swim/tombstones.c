#include "swim/tombstones.h"

#include <stdlib.h>

void tombstones_free(struct tombstones *tombstones)
{
    free(tombstones->ring);
    *tombstones = (struct tombstones){0};
}

bool tombstones_add(struct tombstones *tombstones, const struct name *name, uint64_t incarnation,
                    uint64_t until_ns)
{
    if (!tombstones->ring) {
        tombstones->ring = calloc(TOMBSTONES_MAX, sizeof(*tombstones->ring));
        if (!tombstones->ring)
            return false;
    }
    tombstones->ring[tombstones->next] = (struct tombstone){*name, incarnation, until_ns};
    tombstones->next = (tombstones->next + 1) % TOMBSTONES_MAX;
    if (tombstones->count < TOMBSTONES_MAX)
        tombstones->count++;
    return true;
}

bool tombstones_forbid(const struct tombstones *tombstones, const struct name *name,
                       uint64_t incarnation, uint64_t now, uint64_t *buried)
{
    for (size_t i = 0; i < tombstones->count; i++) {
        const struct tombstone *stone = &tombstones->ring[i];
        if (now < stone->until_ns && incarnation <= stone->incarnation &&
            name_equal(&stone->name, name)) {
            *buried = stone->incarnation;
            return true;
        }
    }
    return false;
}
