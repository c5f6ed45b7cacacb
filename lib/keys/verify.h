/**
 * Judging a peer's certificate chain: one function for handshakes, resumptions and swim-keys, so
 * that all of them say the same.
 */
#ifndef KEYS_VERIFY_H
#define KEYS_VERIFY_H

#include "keys/identity.h"
#include "keys/trust.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Checks chain, dates, CRL, cluster and role, in this order of telling: ERR_NO_CERTIFICATE (count
 * 0), ERR_UNKNOWN_CA, ERR_REVOKED, ERR_EXPIRED, ERR_NOT_YET_VALID, ERR_MALFORMED (a CA's, an
 * extended key usage that does not allow both TLS client and TLS server, not exactly one URI SAN),
 * ERR_CLUSTER, ERR_ROLE. What is not X.509, or a chain of more than TRUST_CHAIN_MAX certificates,
 * is ERR_MALFORMED before all. 0: `peer` is filled and may be believed; else it is zeroed.
 *
 * `der` are the certificates as gnutls_certificate_get_peers gives them, the leaf first. A
 * self-signed certificate is ERR_UNKNOWN_CA. `wall_ns` is the time to check at; `until_ns` (may be
 * NULL) gets the end of the leaf's validity.
 */
int verify_chain(const struct identity *ours, const gnutls_datum_t *der, unsigned count,
                 uint64_t wall_ns, struct spiffe *peer, uint64_t *until_ns);

/** The same for whoever has a trust and certificates already parsed, but no identity of its own.
 *  `cluster` is the one that the peer must be of. */
int verify_certs(const struct trust *trust, const char *cluster, gnutls_x509_crt_t *chain,
                 unsigned count, uint64_t wall_ns, struct spiffe *peer, uint64_t *until_ns);

/** The time to check dates at, by this host's clock: what a program gives for `wall_ns`. */
uint64_t verify_now_ns(void);

#endif
