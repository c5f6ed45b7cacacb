/**
 * The cluster's certificate authority: a directory with `ca.pem` and `ca.key`. Ed25519 throughout,
 * random 20-byte serials (RFC 5280 section 4.1.2.2), keys written 0600 before they hold anything.
 * An identity is valid from an hour before it is made, and never longer than its CA.
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
 *  one or a part of one: nothing is overwritten. ERR_USAGE for a bad cluster name, ERR_SYSTEM. */
int ca_init(const char *directory, const char *cluster, uint64_t wall_ns, struct why *why);

/** Would ca_issue find files of `name` in `out`? So that a list of names is refused before the first
 *  is made. ERR_EXISTS or 0; ERR_SYSTEM when that can't be told. */
int ca_check_vacant(const char *out, const struct name *name, struct why *why);

/*
 * The next two open the CA and may thus fail so: ERR_NO_IDENTITY (there is none, or it is
 * unreadable), ERR_KEY_EXPOSED (group or others can read ca.key), ERR_BAD_IDENTITY (no PEM, key and
 * certificates don't match, no cluster in it), ERR_EXPIRED, ERR_NOT_YET_VALID. Of several
 * certificates in ca.pem the one of ca.key signs, and all go into the identity. Days: 1..CA_DAYS,
 * else ERR_USAGE.
 */

/** Issues an identity into the directory `out`/NAME (made with its parents). ERR_EXISTS if any of
 *  its files exists, then nothing is written. ERR_SYSTEM, then the files it made are removed.
 *  `until_ns` (may be NULL) gets the end of validity. `spiffe->cluster` is set to the CA's. */
int ca_issue(const char *directory, const char *out, struct spiffe *spiffe, unsigned days,
             uint64_t wall_ns, uint64_t *until_ns, struct why *why);

/**
 * Renews the identity in `id_directory`: same name and role, new key and certificate, each file
 * replaced atomically; the CA bundle (and CRL) is refreshed too. Owner, and a mode that is tighter
 * than 0600 or a monitor's 0640, are kept. ERR_NO_IDENTITY if there is none, ERR_BAD_IDENTITY if
 * the certificate names none of ours, ERR_CLUSTER if it is another cluster's, ERR_IN_USE while
 * another renewal runs, ERR_SYSTEM. `spiffe` gets who it is. An expired identity can be renewed.
 *
 * All new files are written beside the old ones and brought to the disk first; until then a failure
 * or a crash changes nothing. Then four renames follow each other at once: ca.pem, crl.pem, key.pem,
 * cert.pem. Only a crash (or a reader) between the last two meets a pair that does not match:
 * identity_load reads again, and if it stays so refuses the pair and names this command, which
 * repairs it, since it needs nothing but the name and role in the old cert.pem.
 */
int ca_renew(const char *directory, const char *id_directory, unsigned days, uint64_t wall_ns,
             struct spiffe *spiffe, uint64_t *until_ns, struct why *why);

#endif
