/**
 * Whom we believe: a bundle of CA certificates and, where there is one, their revocation lists.
 * Two CAs stand in it while a cluster changes its CA.
 */
#ifndef KEYS_TRUST_H
#define KEYS_TRUST_H

#include "base/err.h"
#include "base/limits.h"
#include "keys/keydir.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdint.h>

#define TRUST_CHAIN_MAX 8 /* certificates of one peer; ours have one */

struct trust;

/**
 * Loads `ca_file` and, if it exists, `crl_file` (NULL: none) of `dir`. ERR_NOT_FOUND or ERR_SYSTEM
 * for a CA file that is missing or unreadable; ERR_BAD_IDENTITY: no PEM, no certificate, one that is
 * no CA's, CAs of different clusters, a list that none of them signed. A list whose next update is
 * overdue still counts: what it revokes stays revoked.
 */
int trust_load(const struct keydir *dir, const char *ca_file, const char *crl_file,
               struct trust **trust, struct why *why);

void trust_free(struct trust *trust);

/** The cluster that the CAs name, empty where none of them names one. */
const char *trust_cluster(const struct trust *trust);

/**
 * Checks the signatures from `chain[0]` to a CA of the bundle, then revocation, then the dates of
 * each certificate on the way, the CA's included. ERR_UNKNOWN_CA, ERR_REVOKED, ERR_EXPIRED,
 * ERR_NOT_YET_VALID, in this order.
 */
int trust_check(const struct trust *trust, gnutls_x509_crt_t *chain, unsigned count,
                uint64_t wall_ns);

#endif
