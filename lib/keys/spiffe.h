/**
 * The identity inside a certificate: exactly one URI SAN, `spiffe://CLUSTER/swim/ROLE/NAME` (the
 * SPIFFE ID standard); a CA's is `spiffe://CLUSTER`.
 */
#ifndef KEYS_SPIFFE_H
#define KEYS_SPIFFE_H

#include "base/limits.h"
#include "base/name.h"
#include "base/role.h"

#define SPIFFE_SCHEME "spiffe://"
#define SPIFFE_TEXT_SIZE (sizeof("spiffe:///swim/operator/") + CLUSTER_LEN_MAX + NAME_LEN_MAX)

struct spiffe {
    char cluster[CLUSTER_LEN_MAX + 1];
    enum role role;
    struct name name;
};

/** Parses a whole URI. 0; ERR_MALFORMED when it is none of ours; ERR_ROLE for an unknown role.
 *  After an error `spiffe` is zeroed. */
int spiffe_parse(const char *uri, size_t len, struct spiffe *spiffe);

/** Parses a CA's URI. 0, or ERR_MALFORMED with `cluster` empty. */
int spiffe_parse_ca(const char *uri, size_t len, char cluster[CLUSTER_LEN_MAX + 1]);

/** Writes the URI and returns `buf`, of SPIFFE_TEXT_SIZE bytes. */
const char *spiffe_format(const struct spiffe *spiffe, char *buf);

/** Writes a CA's URI and returns `buf`, of SPIFFE_TEXT_SIZE bytes. */
const char *spiffe_format_ca(const char *cluster, char *buf);

#endif
