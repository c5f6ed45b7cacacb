/**
 * Durations as users write them (`200ms 1.5s 2m 1h 14d`, a bare number is seconds) and as the
 * code counts them: unsigned nanoseconds.
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)
#define DURATION_MAX_S UINT64_C(3153600000) /* a hundred years: sums never overflow */
#define NEVER UINT64_MAX                    /* a deadline that does not come */

#define DURATION_TEXT_SIZE 32

/** Parses the whole of `text`. 0, or ERR_USAGE (negative, empty, unknown unit, too large). */
int duration_parse(const char *text, uint64_t *ns);

/** The shortest exact form in a unit that is not larger than the value: "200ms", "1.5s", "90s",
 *  "2m", "0"; below a millisecond "0.25ms". duration_parse reads it back. Returns `buf`, of
 *  DURATION_TEXT_SIZE bytes. */
const char *duration_format(uint64_t ns, char *buf);

/** a + b that stops at NEVER. */
uint64_t duration_add(uint64_t a, uint64_t b);

#endif
