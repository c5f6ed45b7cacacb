/**
 * Ranges as the monitoring plugins write limits:
 *
 *     10       alert outside of 0 to 10        ~:10     alert above 10
 *     10:      alert below 10                  10:20    alert outside of 10 to 20
 *     @10:20   alert inside of 10 to 20
 *
 * The ends belong to the range.
 */
#ifndef CLI_RANGE_H
#define CLI_RANGE_H

#include "base/err.h"

#include <stdbool.h>

#define RANGE_TEXT_SIZE 64

struct range {
    double from, to; /* may be infinite */
    bool inside;     /* alert inside of it, not outside */
    char text[RANGE_TEXT_SIZE];
};

/** Takes the text. ERR_USAGE with what is wrong in `why`. */
int range_parse(const char *text, struct range *range, struct why *why);

/** Whether the value is one to alert about. */
bool range_alerts(const struct range *range, double value);

#endif
