/**
 * A CA's directory, open for signing: its key, the certificate that belongs to it, and the files
 * that go into each identity as they are.
 */
#ifndef KEYS_SIGNER_H
#define KEYS_SIGNER_H

#include "base/err.h"
#include "base/limits.h"
#include "keys/keydir.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdint.h>

struct signer {
    struct keydir dir;
    struct keyfile bundle, crl; /* crl.data NULL: there is none */
    gnutls_x509_crt_t *certs;
    unsigned count;
    gnutls_x509_crt_t cert; /* one of certs: the one of `key` */
    gnutls_x509_privkey_t key;
    char cluster[CLUSTER_LEN_MAX + 1];
};

/** Opens `directory`, which outlives it. ERR_NO_IDENTITY (there is no CA, or it is unreadable),
 *  ERR_KEY_EXPOSED (group or others can read ca.key), ERR_BAD_IDENTITY (no PEM, key and certificates
 *  don't match, no cluster in it), ERR_EXPIRED, ERR_NOT_YET_VALID at `wall_ns`. */
int signer_open(struct signer *signer, const char *directory, uint64_t wall_ns, struct why *why);

/** Wipes and frees all. */
void signer_close(struct signer *signer);

#endif
