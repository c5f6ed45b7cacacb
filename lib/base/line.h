/**
 * The line form of a record, the contract with scripts:
 *
 *     line  = time SP event *( SP key "=" value ) LF        one space, UTF-8, at most 16,384 bytes
 *     time  = RFC 3339 UTC with microseconds, "Z"
 *     value = "-" (absent) | JSON number | bare | JSON string, its spaces as \u0020
 *     bare  = no space, quote, backslash, "=", control byte; not number-like, not "-", not empty
 *
 * so that awk, cut and read need no parser of quotes.
 */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#include "base/record.h"

/** Writes the line with its LF and a NUL. Returns its length without the NUL, or 0 if the record
 *  has overflowed, its event or a key is no word of the form, or the line does not fit. */
size_t line_format(const struct record *record, char *buf, size_t size);

/** Reads one line (with or without its LF). 0, or ERR_MALFORMED with the record emptied: nothing
 *  is kept of a bad line. A key twice is malformed, since JSON can't hold it. */
int line_parse(const char *text, size_t len, struct record *record);

/** Writes one value in line form (quoted where needed) and a NUL, for programs that write lines
 *  of their own shape. Returns bytes written (NUL not counted), 0 if it does not fit. Bytes that
 *  are no UTF-8 become U+FFFD. */
size_t line_format_value(const char *text, size_t len, char *buf, size_t size);

/** Whether JSON would read all of it as a number; such a text is written quoted. */
bool line_is_number(const char *text, size_t len);

/** Whether all of it is valid UTF-8 (RFC 3629) without NUL. */
bool line_is_utf8(const char *text, size_t len);

#endif
