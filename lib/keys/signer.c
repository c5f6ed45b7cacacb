#include "keys/signer.h"

#include "base/wall.h"
#include "keys/cert.h"
#include "keys/names.h"

#include <string.h>

#define MODE_GROUP_OTHERS 0077

static int blame(const struct signer *signer, const char *file, int err, struct why *why,
                 const char *text)
{
    (void)why_set(why, err, "%s", text);
    return keydir_blame(&signer->dir, file, err, why);
}

/* What the directory lacks is told with the command that makes it. */
static int no_ca(int err, struct why *why)
{
    if (err == ERR_NOT_FOUND && why != NULL) {
        const struct why missing = *why;
        return why_set(why, ERR_NO_IDENTITY,
                       "%.300s; no CA, make one: `swim-keys init --cluster CLUSTER DIR`",
                       missing.text);
    }
    if (err == ERR_NOT_FOUND || err == ERR_SYSTEM) {
        return ERR_NO_IDENTITY;
    }
    return err == ERR_MALFORMED ? ERR_BAD_IDENTITY : err;
}

static int parse_ca_key(struct signer *signer, const struct keyfile *pem, struct why *why)
{
    const gnutls_datum_t data = {pem->data, (unsigned)pem->len};

    if ((pem->mode & MODE_GROUP_OTHERS) != 0) {
        (void)why_set(why, ERR_KEY_EXPOSED, "mode %04o lets others use it; chmod 0600 it",
                      (unsigned)pem->mode);
        return keydir_blame(&signer->dir, FILE_CA_KEY, ERR_KEY_EXPOSED, why);
    }
    if (gnutls_x509_privkey_init(&signer->key) < 0) {
        signer->key = NULL;
        return ERR_NO_MEMORY;
    }
    if (gnutls_x509_privkey_import2(signer->key, &data, GNUTLS_X509_FMT_PEM, NULL,
                                    GNUTLS_PKCS_PLAIN) < 0) {
        return blame(signer, FILE_CA_KEY, ERR_BAD_IDENTITY, why,
                     "no private key in PEM without a password");
    }
    return 0;
}

static int read_ca_key(struct signer *signer, struct why *why)
{
    struct keyfile pem;
    int err = keydir_read(&signer->dir, FILE_CA_KEY, &pem, why);

    if (err != 0) {
        return no_ca(err, why);
    }
    err = parse_ca_key(signer, &pem, why);
    keyfile_release(&pem);
    return err;
}

static int read_bundle(struct signer *signer, struct why *why)
{
    int err = keydir_read(&signer->dir, FILE_CA, &signer->bundle, why);

    if (err != 0) {
        return no_ca(err, why);
    }
    const gnutls_datum_t data = {signer->bundle.data, (unsigned)signer->bundle.len};
    err = cert_read_all(&data, &signer->certs, &signer->count);
    if (err == ERR_MALFORMED) {
        return blame(signer, FILE_CA, ERR_BAD_IDENTITY, why, "no certificates in PEM");
    }
    if (err != 0) {
        return err;
    }
    return no_ca(keydir_read_optional(&signer->dir, FILE_CRL, &signer->crl, why), why);
}

/* Finds the certificate that belongs to ca.key. */
static int find_signer(struct signer *signer, struct why *why)
{
    for (unsigned i = 0; i < signer->count; i++) {
        if (cert_matches_key(signer->certs[i], signer->key)) {
            signer->cert = signer->certs[i];
            break;
        }
    }
    if (signer->cert == NULL || !cert_is_ca(signer->cert)) {
        return blame(signer, FILE_CA, ERR_BAD_IDENTITY, why, "no CA certificate of " FILE_CA_KEY);
    }
    if (cert_cluster(signer->cert, signer->cluster) != 0 || signer->cluster[0] == '\0') {
        return blame(signer, FILE_CA, ERR_BAD_IDENTITY, why, "names no cluster (spiffe://CLUSTER)");
    }
    return 0;
}

static int check_signer_dates(const struct signer *signer, uint64_t wall_ns, struct why *why)
{
    char from[WALL_TEXT_SIZE], until[WALL_TEXT_SIZE];
    const int err = cert_check_dates(signer->cert, wall_ns);

    if (err == 0) {
        return 0;
    }
    (void)why_set(why, err, "the CA is valid from %s until %s",
                  wall_format(cert_from_ns(signer->cert), from),
                  wall_format(cert_until_ns(signer->cert), until));
    return keydir_blame(&signer->dir, FILE_CA, err, why);
}

void signer_close(struct signer *signer)
{
    if (signer->key != NULL) {
        gnutls_x509_privkey_deinit(signer->key);
    }
    if (signer->certs != NULL) {
        cert_free_all(signer->certs, signer->count);
    }
    keyfile_release(&signer->bundle);
    keyfile_release(&signer->crl);
    keydir_close(&signer->dir);
}

int signer_open(struct signer *signer, const char *directory, uint64_t wall_ns, struct why *why)
{
    memset(signer, 0, sizeof(*signer));
    int err = keydir_open(&signer->dir, directory, why);
    if (err != 0) {
        return no_ca(err, why);
    }
    err = read_ca_key(signer, why);
    if (err == 0) {
        err = read_bundle(signer, why);
    }
    if (err == 0) {
        err = find_signer(signer, why);
    }
    if (err == 0) {
        err = check_signer_dates(signer, wall_ns, why);
    }
    if (err != 0) {
        signer_close(signer);
    }
    return err;
}
