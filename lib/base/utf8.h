/**
 * UTF-8 (RFC 3629), as much of it as lines and tags need: whether bytes are valid.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/** What stands in for bytes that are no text: U+FFFD. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"
#define UTF8_REPLACEMENT_LEN 3

/** Length (1 to 4) of the valid sequence at the start of `text`; 0 if there is none: no bytes,
 *  NUL, an overlong form, a surrogate, beyond U+10FFFF, or cut. */
size_t utf8_sequence(const char *text, size_t len);

/** `len` less the bytes of a sequence that was cut at the end. */
size_t utf8_cut(const char *text, size_t len);

/** Writes the code point, which is valid and not 0, into at most 4 bytes; returns how many. */
size_t utf8_encode(uint32_t point, char buf[4]);

#endif
