/**
 * One value of a field <-> its bytes, by its kind. `base` is the struct that the field's offset
 * counts from.
 */
#ifndef WIRE_VALUE_H
#define WIRE_VALUE_H

#include "wire/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether it is what an absent field stands for. */
bool value_is_zero(const struct field *field, const void *base);

/** Whether it is within its bounds: of numbers, enumerations, tags and texts. */
bool value_is_valid(const struct field *field, const void *base);

/** Bytes that it takes. */
size_t value_size(const struct field *field, const void *base);

/** Writes exactly value_size bytes. */
void value_write(const struct field *field, const void *base, uint8_t *buf);

/** Sets it from all of `bytes`; views point into them. False if they are no valid value. */
bool value_read(const struct field *field, void *base, struct bytes bytes);

#endif
