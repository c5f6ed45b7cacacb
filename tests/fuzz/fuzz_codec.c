/* Whatever decodes is encoded again, in no more bytes, and decodes to the same. */
#include "wire/codec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int truth)
{
    if (!truth)
        abort();
}

static void try_packet(const uint8_t *data, size_t size)
{
    static struct message first, second;
    static uint8_t once[MESSAGE_MAX], twice[MESSAGE_MAX];
    if (wire_decode(&first, data, size) != 0) {
        expect(first.type == MESSAGE_UNKNOWN && first.update_count == 0);
        return;
    }
    if (first.type == MESSAGE_UNKNOWN)
        return;
    size_t len = wire_encode(&first, once, sizeof(once));
    expect(len > 0 && len <= size);
    size_t told = wire_base_size(&first);
    for (size_t i = 0; i < first.update_count; i++)
        told += wire_update_size(&first.updates[i]);
    expect(len == told);
    expect(wire_decode(&second, once, len) == 0);
    expect(second.type == first.type && second.update_count == first.update_count);
    for (size_t i = 0; i < first.update_count; i++)
        expect(wire_update_compare(&first.updates[i], &second.updates[i]) == 0);
    expect(wire_encode(&second, twice, sizeof(twice)) == len && memcmp(once, twice, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *packet;
    size_t packet_len, used;
    try_packet(data, size);
    if (wire_unframe(data, size, &packet, &packet_len, &used) == 1) {
        expect(used <= size && packet + packet_len == data + used);
        try_packet(packet, packet_len);
    }
    return 0;
}
