/**
 * Judging a peer's certificate chain: one function for handshakes, resumptions and swim-keys, so
 * that all of them say the same.
 */
#ifndef KEYS_VERIFY_H
#define KEYS_VERIFY_H

#include "keys/identity.h"

#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Checks chain, dates, CRL, cluster and role, in this order of telling: ERR_NO_CERTIFICATE (count
 * 0), ERR_UNKNOWN_CA, ERR_REVOKED, ERR_EXPIRED, ERR_NOT_YET_VALID, ERR_MALFORMED (not X.509, not
 * exactly one URI SAN), ERR_CLUSTER, ERR_ROLE. 0: `peer` is filled and may be believed.
 *
 * A self-signed certificate is ERR_UNKNOWN_CA. `purpose_server` is what the peer acts as: extended
 * key usage must allow it. `wall_ns` is the time to check at; `until_ns` (may be NULL) gets the end
 * of the leaf's validity.
 */
int verify_chain(const struct identity *ours, const gnutls_datum_t *der, unsigned count,
                 uint64_t wall_ns, struct spiffe *peer, uint64_t *until_ns);

#endif
