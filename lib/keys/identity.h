/**
 * An identity directory (`ca.pem`, `cert.pem`, `key.pem`, optional `crl.pem`), loaded and checked,
 * with the GnuTLS credentials made of it. Shared by all sessions of a process.
 */
#ifndef KEYS_IDENTITY_H
#define KEYS_IDENTITY_H

#include "base/err.h"
#include "keys/spiffe.h"

#include <gnutls/gnutls.h>
#include <stdint.h>

#define IDENTITY_SECRET_LEN 32

struct identity;

/**
 * Loads `directory`. Refused, with the file, what is wrong and what would mend it in `why`:
 * ERR_NO_IDENTITY (a file is missing or unreadable), ERR_KEY_EXPOSED (group or others can read
 * key.pem, with its mode; exempt: below `credentials_directory`, which may be NULL, and a monitor's
 * key of mode 0640), ERR_BAD_IDENTITY (not PEM, key and certificate don't match, no CA certificate,
 * no identity of ours in it, certificate not issued by the CA, dates), ERR_EXPIRED,
 * ERR_NOT_YET_VALID. `wall_ns` is the time to check dates at.
 *
 * The CA bundle may hold several certificates. The cluster is the one of our certificate.
 */
int identity_load(const char *directory, const char *credentials_directory, uint64_t wall_ns,
                  struct identity **identity, struct why *why);

void identity_free(struct identity *identity);

/** Who we are. */
const struct spiffe *identity_self(const struct identity *identity);

/** For gnutls_credentials_set; owned by the identity. Its verify function is not set: the user of
 *  the session does that. */
gnutls_certificate_credentials_t identity_credentials(const struct identity *identity);

/** The end of our certificate's validity, in wall nanoseconds. */
uint64_t identity_until_ns(const struct identity *identity);

/** Derives 32 secret bytes from the private key (HKDF-SHA256, RFC 5869) for one `purpose`: the same
 *  after a restart, so that a restarted node's stateless resets are recognised. 0 or
 *  ERR_BAD_IDENTITY. */
int identity_derive(const struct identity *identity, const char *purpose,
                    uint8_t secret[IDENTITY_SECRET_LEN]);

#endif
