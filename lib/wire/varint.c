#include "wire/varint.h"

size_t varint_size(uint64_t value)
{
    if (value < UINT64_C(1) << 6)
        return 1;
    if (value < UINT64_C(1) << 14)
        return 2;
    if (value < UINT64_C(1) << 30)
        return 4;
    return value <= VARINT_MAX ? 8 : 0;
}

size_t varint_write(uint64_t value, uint8_t *buf, size_t size)
{
    size_t n = varint_size(value);
    if (n == 0 || n > size)
        return 0;
    for (size_t i = n; i-- > 0; value >>= 8)
        buf[i] = (uint8_t)value;
    /* The two top bits of the first byte are the binary logarithm of the length. */
    static const uint8_t prefix[] = {[1] = 0x00, [2] = 0x40, [4] = 0x80, [8] = 0xc0};
    buf[0] = (uint8_t)(buf[0] | prefix[n]);
    return n;
}

size_t varint_read(const uint8_t *buf, size_t len, uint64_t *value)
{
    if (len == 0)
        return 0;
    size_t n = (size_t)1 << (buf[0] >> 6);
    if (n > len)
        return 0;
    uint64_t v = buf[0] & 0x3f;
    for (size_t i = 1; i < n; i++)
        v = v << 8 | buf[i];
    *value = v;
    return n;
}
