/**
 * An identity directory (`ca.pem`, `cert.pem`, `key.pem`, optional `crl.pem`), loaded and checked,
 * with the GnuTLS credentials made of it. Shared by all sessions of a process.
 */
#ifndef KEYS_IDENTITY_H
#define KEYS_IDENTITY_H

#include "base/err.h"
#include "keys/spiffe.h"
#include "keys/trust.h"

#include <gnutls/gnutls.h>
#include <stdint.h>

#define IDENTITY_SECRET_LEN 32
#define IDENTITY_PURPOSE_MAX 64

struct identity;

/** The two commands that make an identity, for messages about one that is missing. */
#define IDENTITY_HOW_TO_MAKE                                                                       \
    "make one: `swim-keys init --cluster CLUSTER CADIR`, "                                         \
    "`swim-keys issue --ca CADIR --out OUT NAME`"

/**
 * Loads `directory`. Refused, with the file, what is wrong and what would mend it in `why`:
 * ERR_NO_IDENTITY (a file is missing or unreadable), ERR_KEY_EXPOSED (group or others can read
 * key.pem, with its mode; exempt: below `credentials_directory`, which may be NULL, and a monitor's
 * key of mode 0640), ERR_BAD_IDENTITY (not PEM, key and certificate don't match, no CA certificate,
 * no identity of ours in it, certificate not issued by the CA, a key that is neither Ed25519 nor
 * ECDSA), ERR_EXPIRED, ERR_NOT_YET_VALID, ERR_REVOKED (by our own crl.pem).
 * `wall_ns` is the time to check dates at.
 *
 * The CA bundle may hold several certificates. The cluster is the one of our certificate.
 *
 * A renewal replaces key.pem and cert.pem one after the other (see ca_renew): a pair that does not
 * match is read again for up to 50 ms before it is refused, lest a tool fail that started in
 * between.
 */
int identity_load(const char *directory, const char *credentials_directory, uint64_t wall_ns,
                  struct identity **identity, struct why *why);

void identity_free(struct identity *identity);

/** Who we are. */
const struct spiffe *identity_self(const struct identity *identity);

/** The CAs it believes; owned by the identity. */
const struct trust *identity_trust(const struct identity *identity);

/** For gnutls_credentials_set; owned by the identity. It holds our chain and key, but no CA: a
 *  server then sends no CA names, so that a stranger shows itself as unknown-ca, and GnuTLS's own
 *  gnutls_certificate_verify_peers2 refuses everybody. The user of the session sets a verify
 *  function that calls verify_chain; without one GnuTLS refuses nobody. */
gnutls_certificate_credentials_t identity_credentials(const struct identity *identity);

/** The end of our certificate's validity, in wall nanoseconds. */
uint64_t identity_until_ns(const struct identity *identity);

/** Derives 32 secret bytes from the private key (HKDF-SHA256, RFC 5869) for one `purpose` (at
 *  most IDENTITY_PURPOSE_MAX bytes): the same after a restart, so that a restarted node's stateless
 *  resets are recognised; another one after a renewal. 0 or ERR_BAD_IDENTITY. */
int identity_derive(const struct identity *identity, const char *purpose,
                    uint8_t secret[IDENTITY_SECRET_LEN]);

#endif
