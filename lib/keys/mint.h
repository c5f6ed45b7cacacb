/**
 * Makes keys and certificates in memory (RFC 5280): Ed25519 keys, random serials, one URI SAN.
 * No files and no clock here; ca decides who gets one and where it goes.
 */
#ifndef KEYS_MINT_H
#define KEYS_MINT_H

#include "base/err.h"
#include "keys/spiffe.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdint.h>

/** From when until when, in wall nanoseconds; certificates keep whole seconds. */
struct mint_dates {
    uint64_t from_ns, until_ns;
};

/** A new Ed25519 key, the caller's to deinit. ERR_NO_MEMORY or ERR_SYSTEM. */
int mint_key(gnutls_x509_privkey_t *key, struct why *why);

/** The self-signed certificate of a cluster's CA: it signs leaves and revocation lists, no further
 *  CA (path length 0). Its distinguished name has a random part, so that two CAs of one cluster are
 *  told apart. The caller owns it. ERR_NO_MEMORY or ERR_SYSTEM. */
int mint_ca(const char *cluster, gnutls_x509_privkey_t key, const struct mint_dates *dates,
            gnutls_x509_crt_t *cert, struct why *why);

/** The certificate of an identity, signed by a CA: good for TLS client and server. The caller owns
 *  it. ERR_NO_MEMORY or ERR_SYSTEM. */
int mint_leaf(const struct spiffe *spiffe, gnutls_x509_privkey_t key, gnutls_x509_crt_t ca_cert,
              gnutls_x509_privkey_t ca_key, const struct mint_dates *dates,
              gnutls_x509_crt_t *cert, struct why *why);

/** As PEM; the caller frees `pem->data` with gnutls_free. ERR_NO_MEMORY. */
int mint_export_cert(gnutls_x509_crt_t cert, gnutls_datum_t *pem);

/** As unencrypted PKCS #8 in PEM; mint_wipe is due. ERR_NO_MEMORY. */
int mint_export_key(gnutls_x509_privkey_t key, gnutls_datum_t *pem);

/** Wipes and frees what mint_export_key gave. An empty one is fine. */
void mint_wipe(gnutls_datum_t *pem);

#endif
