#include "damage.h"

#include "wire/codec.h"
#include "wire/msg.h"

const char *damage_text(enum damage damage)
{
    static const char *const texts[] = {
        [DAMAGE_NONE] = NULL,
        [DAMAGE_CORRUPT] = "corrupt",
        [DAMAGE_GARBAGE] = "garbage",
    };
    return texts[damage];
}

/* Some bytes may be changed and still make a message (another number): that would be a lie, not
 * damage. The last one, the end mark, always shows. */
static void corrupt(struct rng *rng, uint8_t *packet, size_t len)
{
    size_t first = (size_t)rng_below(rng, len);
    for (size_t i = 0; i < len; i++) {
        struct message message;
        uint8_t *byte = &packet[(first + i) % len];
        *byte = (uint8_t) ~*byte;
        if (wire_decode(&message, packet, len) < 0) {
            return;
        }
        *byte = (uint8_t) ~*byte;
    }
}

static void fill_with_garbage(struct rng *rng, uint8_t *packet, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        packet[i] = (uint8_t)rng_below(rng, 256);
    }
    if (packet[0] == WIRE_MAGIC) {
        packet[0] = 0;
    }
}

void damage_apply(enum damage damage, struct rng *rng, uint8_t *packet, size_t len)
{
    switch (damage) {
    case DAMAGE_NONE:
        break;
    case DAMAGE_CORRUPT:
        corrupt(rng, packet, len);
        break;
    case DAMAGE_GARBAGE:
        fill_with_garbage(rng, packet, len);
        break;
    }
}
