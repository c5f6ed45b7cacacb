/**
 * The cluster's certificate authority: a directory with `ca.pem` and `ca.key`. Ed25519 throughout,
 * random 20-byte serials (RFC 5280 section 4.1.2.2), keys written 0600 before they hold anything.
 */
#ifndef KEYS_CA_H
#define KEYS_CA_H

#include "base/err.h"
#include "keys/spiffe.h"

#include <stdint.h>

#define CA_DAYS 3650
#define CA_LEAF_DAYS 90
#define CA_BACKDATE_S 3600 /* clocks of a cluster differ */

/** Makes a CA for `cluster` in `directory` (made with its parents, 0700). ERR_EXISTS if there is
 *  one or a part of one: nothing is overwritten. ERR_USAGE for a bad cluster name. */
int ca_init(const char *directory, const char *cluster, uint64_t wall_ns, struct why *why);

/** Issues an identity into the directory `out`/NAME (made with its parents). ERR_EXISTS if any of
 *  its files exists, then nothing is written. `until_ns` (may be NULL) gets the end of validity.
 *  `spiffe->cluster` is set to the CA's. */
int ca_issue(const char *directory, const char *out, struct spiffe *spiffe, unsigned days,
             uint64_t wall_ns, uint64_t *until_ns, struct why *why);

/** Would ca_issue find files of `name` in `out`? So that a list of names is refused before the first
 *  is made. ERR_EXISTS or 0. */
int ca_check_vacant(const char *out, const struct name *name, struct why *why);

/** Renews the identity in `id_directory`: same name and role, new key and certificate, each file
 *  replaced atomically; the CA bundle (and CRL) is refreshed too. ERR_NO_IDENTITY if there is none,
 *  ERR_CLUSTER if it is another cluster's. `spiffe` gets who it is. */
int ca_renew(const char *directory, const char *id_directory, unsigned days, uint64_t wall_ns,
             struct spiffe *spiffe, uint64_t *until_ns, struct why *why);

#endif
