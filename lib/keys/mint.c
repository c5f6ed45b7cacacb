#include "keys/mint.h"

#include "base/duration.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SERIAL_LEN 20 /* the most that RFC 5280 section 4.1.2.2 allows */
#define KEY_ID_MAX 64
#define CA_TAG_LEN ((size_t)4)
#define X509_VERSION 3

static int refuse(int rv, struct why *why)
{
    if (rv == GNUTLS_E_MEMORY_ERROR) {
        return ERR_NO_MEMORY;
    }
    return why_set(why, ERR_SYSTEM, "GnuTLS: %s", gnutls_strerror(rv));
}

int mint_key(gnutls_x509_privkey_t *key, struct why *why)
{
    if (gnutls_x509_privkey_init(key) < 0) {
        *key = NULL;
        return ERR_NO_MEMORY;
    }
    const unsigned bits = (unsigned)GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519);
    const int rv = gnutls_x509_privkey_generate(*key, GNUTLS_PK_EDDSA_ED25519, bits, 0);
    if (rv < 0) {
        gnutls_x509_privkey_deinit(*key);
        *key = NULL;
        return refuse(rv, why);
    }
    return 0;
}

/* Positive, and 20 bytes long in every case: the top bit is clear, the next one set. */
static int set_serial(gnutls_x509_crt_t cert)
{
    unsigned char serial[SERIAL_LEN];
    const int rv = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

    if (rv < 0) {
        return rv;
    }
    serial[0] = (unsigned char)((serial[0] & 0x3fU) | 0x40U);
    return gnutls_x509_crt_set_serial(cert, serial, sizeof(serial));
}

static int set_dates(gnutls_x509_crt_t cert, const struct mint_dates *dates)
{
    const int rv = gnutls_x509_crt_set_activation_time(cert, (time_t)(dates->from_ns / NS_PER_S));

    return rv < 0 ? rv
                  : gnutls_x509_crt_set_expiration_time(cert, (time_t)(dates->until_ns / NS_PER_S));
}

static int set_name(gnutls_x509_crt_t cert, const char *cluster, const char *common_name)
{
    const int rv = gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
                                                 cluster, (unsigned)strlen(cluster));

    return rv < 0 ? rv
                  : gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                                  (unsigned)strlen(common_name));
}

static int set_key(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key)
{
    unsigned char id[KEY_ID_MAX];
    size_t len = sizeof(id);
    int rv = gnutls_x509_crt_set_key(cert, key);

    if (rv >= 0) {
        rv = gnutls_x509_crt_get_key_id(cert, 0, id, &len);
    }
    return rv < 0 ? rv : gnutls_x509_crt_set_subject_key_id(cert, id, len);
}

static int set_uri(gnutls_x509_crt_t cert, const char *uri)
{
    return gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_URI, uri, (unsigned)strlen(uri),
                                                GNUTLS_FSAN_SET);
}

/* What CA and leaf have in common. */
static int fill(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, const char *cluster,
                const char *common_name, const char *uri, const struct mint_dates *dates)
{
    int rv = gnutls_x509_crt_set_version(cert, X509_VERSION);

    if (rv >= 0) {
        rv = set_serial(cert);
    }
    if (rv >= 0) {
        rv = set_dates(cert, dates);
    }
    if (rv >= 0) {
        rv = set_name(cert, cluster, common_name);
    }
    if (rv >= 0) {
        rv = set_key(cert, key);
    }
    return rv < 0 ? rv : set_uri(cert, uri);
}

static int fill_ca(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, const char *cluster,
                   const struct mint_dates *dates)
{
    char uri[SPIFFE_TEXT_SIZE], common_name[sizeof("swim-ca-") + 2 * CA_TAG_LEN];
    unsigned char tag[CA_TAG_LEN];
    int rv = gnutls_rnd(GNUTLS_RND_NONCE, tag, sizeof(tag));

    if (rv < 0) {
        return rv;
    }
    (void)snprintf(common_name, sizeof(common_name), "swim-ca-%02x%02x%02x%02x", tag[0], tag[1],
                   tag[2], tag[3]);
    rv = fill(cert, key, cluster, common_name, spiffe_format_ca(cluster, uri), dates);
    if (rv >= 0) {
        rv = gnutls_x509_crt_set_basic_constraints(cert, 1, 0);
    }
    return rv < 0 ? rv
                  : gnutls_x509_crt_set_key_usage(cert,
                                                  GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
}

static int set_issuer_id(gnutls_x509_crt_t cert, gnutls_x509_crt_t ca_cert)
{
    unsigned char id[KEY_ID_MAX];
    size_t len = sizeof(id);
    const int rv = gnutls_x509_crt_get_subject_key_id(ca_cert, id, &len, NULL);

    if (rv == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
        return 0; /* a CA made by other means, without the extension */
    }
    return rv < 0 ? rv : gnutls_x509_crt_set_authority_key_id(cert, id, len);
}

static int fill_leaf(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, const struct spiffe *spiffe,
                     gnutls_x509_crt_t ca_cert, const struct mint_dates *dates)
{
    char uri[SPIFFE_TEXT_SIZE];
    int rv = fill(cert, key, spiffe->cluster, spiffe->name.text, spiffe_format(spiffe, uri), dates);

    if (rv >= 0) {
        rv = gnutls_x509_crt_set_basic_constraints(cert, 0, -1);
    }
    if (rv >= 0) {
        rv = gnutls_x509_crt_set_key_usage(cert, GNUTLS_KEY_DIGITAL_SIGNATURE);
    }
    if (rv >= 0) {
        rv = gnutls_x509_crt_set_key_purpose_oid(cert, GNUTLS_KP_TLS_WWW_SERVER, 0);
    }
    if (rv >= 0) {
        rv = gnutls_x509_crt_set_key_purpose_oid(cert, GNUTLS_KP_TLS_WWW_CLIENT, 0);
    }
    return rv < 0 ? rv : set_issuer_id(cert, ca_cert);
}

/* Signs with the hash that the CA's key asks for: Ed25519 knows only its own (RFC 8410). */
static int sign(gnutls_x509_crt_t cert, gnutls_x509_crt_t ca_cert, gnutls_x509_privkey_t ca_key)
{
    gnutls_digest_algorithm_t hash = GNUTLS_DIG_UNKNOWN;
    gnutls_pubkey_t pubkey;
    int rv = gnutls_pubkey_init(&pubkey);

    if (rv < 0) {
        return rv;
    }
    rv = gnutls_pubkey_import_x509(pubkey, ca_cert, 0);
    if (rv >= 0) {
        rv = gnutls_pubkey_get_preferred_hash_algorithm(pubkey, &hash, NULL);
    }
    gnutls_pubkey_deinit(pubkey);
    return rv < 0 ? rv : gnutls_x509_crt_sign2(cert, ca_cert, ca_key, hash, 0);
}

static int finish(int rv, gnutls_x509_crt_t *cert, struct why *why)
{
    if (rv < 0) {
        gnutls_x509_crt_deinit(*cert);
        *cert = NULL;
        return refuse(rv, why);
    }
    return 0;
}

int mint_ca(const char *cluster, gnutls_x509_privkey_t key, const struct mint_dates *dates,
            gnutls_x509_crt_t *cert, struct why *why)
{
    if (gnutls_x509_crt_init(cert) < 0) {
        *cert = NULL;
        return ERR_NO_MEMORY;
    }
    int rv = fill_ca(*cert, key, cluster, dates);
    if (rv >= 0) {
        rv = sign(*cert, *cert, key);
    }
    return finish(rv, cert, why);
}

int mint_leaf(const struct spiffe *spiffe, gnutls_x509_privkey_t key, gnutls_x509_crt_t ca_cert,
              gnutls_x509_privkey_t ca_key, const struct mint_dates *dates, gnutls_x509_crt_t *cert,
              struct why *why)
{
    if (gnutls_x509_crt_init(cert) < 0) {
        *cert = NULL;
        return ERR_NO_MEMORY;
    }
    int rv = fill_leaf(*cert, key, spiffe, ca_cert, dates);
    if (rv >= 0) {
        rv = sign(*cert, ca_cert, ca_key);
    }
    return finish(rv, cert, why);
}

int mint_export_cert(gnutls_x509_crt_t cert, gnutls_datum_t *pem)
{
    *pem = (gnutls_datum_t){NULL, 0};
    return gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, pem) < 0 ? ERR_NO_MEMORY : 0;
}

int mint_export_key(gnutls_x509_privkey_t key, gnutls_datum_t *pem)
{
    *pem = (gnutls_datum_t){NULL, 0};
    return gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                             pem) < 0
               ? ERR_NO_MEMORY
               : 0;
}

void mint_wipe(gnutls_datum_t *pem)
{
    if (pem->data != NULL) {
        gnutls_memset(pem->data, 0, pem->size);
        gnutls_free(pem->data);
    }
    *pem = (gnutls_datum_t){NULL, 0};
}
