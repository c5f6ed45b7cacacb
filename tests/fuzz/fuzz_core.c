/* The core under arbitrary inputs: the moves of tests/unit/machine.h. */
#include "tests/unit/machine.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct machine *machine = machine_new(1);
    for (; size >= MOVE_BYTES; data += MOVE_BYTES, size -= MOVE_BYTES)
        machine_move(machine, data);
    machine_free(machine);
    return 0;
}
