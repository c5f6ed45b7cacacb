/**
 * Until when the certificates of the members are good, as their last connection with us showed:
 * connections come and go, a report is about all members. Bounded by MEMBERS_MAX.
 */
#ifndef NODE_CERTIFICATES_H
#define NODE_CERTIFICATES_H

#include "base/name.h"

#include <stddef.h>
#include <stdint.h>

/** Zeroed it is empty. */
struct certificates {
    struct certificate {
        struct name name;
        uint64_t until_ns; /* wall time */
    } * items;             /* in order of name */
    size_t count, room;
};

/** Takes a date, in place of an older one of that name; where there is no room the one that ends
 *  first goes. 0 or ERR_NO_MEMORY. */
int certificates_note(struct certificates *certificates, const struct name *name,
                      uint64_t until_ns);

/** The date, or 0: none has been seen. */
uint64_t certificates_until_ns(const struct certificates *certificates, const struct name *name);

void certificates_free(struct certificates *certificates);

#endif
