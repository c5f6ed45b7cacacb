/**
 * What one X.509 certificate says: whose it is, from when until when, its numbers. Nothing here
 * judges; that is verify.
 */
#ifndef KEYS_CERT_H
#define KEYS_CERT_H

#include "base/err.h"
#include "keys/spiffe.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdint.h>

#define CERT_SERIAL_TEXT (2 * 64 + 1)
#define CERT_FINGERPRINT_TEXT (2 * 32 + 1)
#define CERT_ISSUER_TEXT 256

/** What a person is shown of a certificate. */
struct cert_facts {
    char uri[SPIFFE_TEXT_SIZE]; /* empty: not exactly one URI SAN of ours */
    bool is_ca;
    bool is_ours;         /* an identity or a CA's URI; else `spiffe` is empty */
    struct spiffe spiffe; /* of a CA: the cluster alone */
    uint64_t from_ns, until_ns;
    char serial[CERT_SERIAL_TEXT];           /* hexadecimal */
    char fingerprint[CERT_FINGERPRINT_TEXT]; /* SHA-256 of the DER, hexadecimal */
    char issuer[CERT_ISSUER_TEXT];           /* distinguished name, RFC 4514; cut if longer */
};

/** Reads all PEM certificates of `data` into a new array, at least one. The caller owns both:
 *  cert_free_all. ERR_MALFORMED (none, or a bad one) or ERR_NO_MEMORY. */
int cert_read_all(const gnutls_datum_t *data, gnutls_x509_crt_t **certs, unsigned *count);

/** A copy of what is DER. ERR_MALFORMED or ERR_NO_MEMORY. */
int cert_read_der(const gnutls_datum_t *der, gnutls_x509_crt_t *cert);

/** Frees the certificates and the array. */
void cert_free_all(gnutls_x509_crt_t *certs, unsigned count);

/** The identity of a leaf. ERR_MALFORMED: not exactly one URI SAN, or none of ours; ERR_ROLE. */
int cert_identity(gnutls_x509_crt_t cert, struct spiffe *spiffe);

/** The cluster of a CA's certificate, empty where it has no URI SAN at all (a CA that was made by
 *  other means). ERR_MALFORMED: several, or none of ours. */
int cert_cluster(gnutls_x509_crt_t cert, char cluster[CLUSTER_LEN_MAX + 1]);

/** Whether the certificate is over the public half of `key`. */
bool cert_matches_key(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key);

bool cert_is_ca(gnutls_x509_crt_t cert);

/** The ends of validity (RFC 5280 section 4.1.2.5), both inclusive, in wall nanoseconds. What lies
 *  outside of uint64_t nanoseconds (after the year 2554) stops at its bound. */
uint64_t cert_from_ns(gnutls_x509_crt_t cert);
uint64_t cert_until_ns(gnutls_x509_crt_t cert);

/** 0, ERR_EXPIRED or ERR_NOT_YET_VALID. */
int cert_check_dates(gnutls_x509_crt_t cert, uint64_t wall_ns);

/** Everything at once. ERR_MALFORMED for a certificate without serial or dates. */
int cert_facts_read(gnutls_x509_crt_t cert, struct cert_facts *facts);

#endif
