/**
 * QUIC variable-length integers (RFC 9000 section 16): 1, 2, 4 or 8 bytes, below 2^62.
 */
#ifndef WIRE_VARINT_H
#define WIRE_VARINT_H

#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX ((UINT64_C(1) << 62) - 1)

/** Bytes that `value` takes: 1, 2, 4, 8; 0 if it is too large. */
size_t varint_size(uint64_t value);

/** Writes the shortest form. Returns bytes written, 0 if it does not fit. */
size_t varint_write(uint64_t value, uint8_t *buf, size_t size);

/** Reads one; any of the four lengths is accepted. Returns bytes read, 0 if `len` is too short. */
size_t varint_read(const uint8_t *buf, size_t len, uint64_t *value);

#endif
