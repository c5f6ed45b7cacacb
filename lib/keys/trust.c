#include "keys/trust.h"

#include "keys/cert.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Dates are compared by cert_check_dates at the caller's time: GnuTLS would read the clock of the
 * process and could not say which of two faults it told. */
#define VERIFY_FLAGS (GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS)

struct trust {
    gnutls_x509_trust_list_t list; /* borrows the certificates and lists below */
    gnutls_x509_crt_t *cas;
    unsigned ca_count;
    gnutls_x509_crl_t *crls;
    unsigned crl_count;
    char cluster[CLUSTER_LEN_MAX + 1];
};

/* Each certificate of the bundle must be a CA's, and all that name a cluster name the same. */
static int check_cas(struct trust *trust, struct why *why)
{
    for (unsigned i = 0; i < trust->ca_count; i++) {
        char cluster[CLUSTER_LEN_MAX + 1];

        if (!cert_is_ca(trust->cas[i])) {
            return why_set(why, ERR_BAD_IDENTITY, "certificate %u is not a CA's", i + 1);
        }
        if (cert_cluster(trust->cas[i], cluster) != 0) {
            return why_set(why, ERR_BAD_IDENTITY, "certificate %u has a URI that is no cluster",
                           i + 1);
        }
        if (trust->cluster[0] == '\0') {
            memcpy(trust->cluster, cluster, sizeof(cluster));
        } else if (cluster[0] != '\0' && strcmp(cluster, trust->cluster) != 0) {
            return why_set(why, ERR_BAD_IDENTITY, "CAs of two clusters, %s and %s", trust->cluster,
                           cluster);
        }
    }
    return 0;
}

static int load_cas(struct trust *trust, const struct keydir *dir, const char *file,
                    struct why *why)
{
    struct keyfile pem;
    int err = keydir_read(dir, file, &pem, why);

    if (err != 0) {
        return err == ERR_MALFORMED ? ERR_BAD_IDENTITY : err;
    }
    const gnutls_datum_t data = {pem.data, (unsigned)pem.len};
    err = cert_read_all(&data, &trust->cas, &trust->ca_count);
    keyfile_release(&pem);
    if (err == ERR_MALFORMED) {
        err = why_set(why, ERR_BAD_IDENTITY, "no certificates in PEM");
    }
    if (err == 0) {
        err = check_cas(trust, why);
    }
    if (err != 0) {
        return keydir_blame(dir, file, err, why);
    }
    const int added = gnutls_x509_trust_list_add_cas(trust->list, trust->cas, trust->ca_count, 0);
    return added == (int)trust->ca_count ? 0 : ERR_NO_MEMORY;
}

/* Whether one of our CAs signed it. GnuTLS holds a list's dates against the clock of the process,
 * whatever the flags; dates alone don't make it less true. */
static bool crl_is_ours(const struct trust *trust, gnutls_x509_crl_t crl)
{
    const unsigned dates =
        GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED | GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE;
    unsigned status = 0;

    if (gnutls_x509_crl_verify(crl, trust->cas, trust->ca_count, VERIFY_FLAGS, &status) < 0) {
        return false;
    }
    return status == 0 ||
           ((status & dates) != 0 && (status & ~(dates | (unsigned)GNUTLS_CERT_INVALID)) == 0);
}

static int add_crls(struct trust *trust, const gnutls_datum_t *data, struct why *why)
{
    if (gnutls_x509_crl_list_import2(&trust->crls, &trust->crl_count, data, GNUTLS_X509_FMT_PEM,
                                     0) < 0) {
        trust->crls = NULL;
        trust->crl_count = 0;
        return why_set(why, ERR_BAD_IDENTITY, "no revocation lists in PEM");
    }
    for (unsigned i = 0; i < trust->crl_count; i++) {
        if (!crl_is_ours(trust, trust->crls[i])) {
            return why_set(why, ERR_BAD_IDENTITY, "list %u is not signed by a CA of ours", i + 1);
        }
    }
    const int added =
        gnutls_x509_trust_list_add_crls(trust->list, trust->crls, trust->crl_count, 0, 0);
    return added == (int)trust->crl_count ? 0 : ERR_NO_MEMORY;
}

static int load_crls(struct trust *trust, const struct keydir *dir, const char *file,
                     struct why *why)
{
    struct keyfile pem;

    if (file == NULL) {
        return 0;
    }
    int err = keydir_read_optional(dir, file, &pem, why);
    if (err != 0) {
        return err == ERR_MALFORMED ? ERR_BAD_IDENTITY : err;
    }
    if (pem.data == NULL) {
        return 0;
    }
    const gnutls_datum_t data = {pem.data, (unsigned)pem.len};
    err = add_crls(trust, &data, why);
    keyfile_release(&pem);
    return err == 0 ? 0 : keydir_blame(dir, file, err, why);
}

int trust_load(const struct keydir *dir, const char *ca_file, const char *crl_file,
               struct trust **trust, struct why *why)
{
    struct trust *made = calloc(1, sizeof(*made));

    *trust = NULL;
    if (made == NULL || gnutls_x509_trust_list_init(&made->list, 0) < 0) {
        free(made);
        return ERR_NO_MEMORY;
    }
    int err = load_cas(made, dir, ca_file, why);
    if (err == 0) {
        err = load_crls(made, dir, crl_file, why);
    }
    if (err != 0) {
        trust_free(made);
        return err;
    }
    *trust = made;
    return 0;
}

void trust_free(struct trust *trust)
{
    if (trust == NULL) {
        return;
    }
    gnutls_x509_trust_list_deinit(trust->list, 0);
    cert_free_all(trust->cas, trust->ca_count);
    for (unsigned i = 0; i < trust->crl_count; i++) {
        gnutls_x509_crl_deinit(trust->crls[i]);
    }
    gnutls_free(trust->crls);
    free(trust);
}

const char *trust_cluster(const struct trust *trust)
{
    return trust->cluster;
}

/* The best that the dates of the CAs which may have issued `cert` allow: 0 as soon as one of them
 * is valid (an old CA and its renewal have one name and one key). ERR_UNKNOWN_CA: none issued it.
 */
static int check_issuer_dates(const struct trust *trust, gnutls_x509_crt_t cert, uint64_t wall_ns)
{
    int best = ERR_UNKNOWN_CA;

    for (unsigned i = 0; i < trust->ca_count && best != 0; i++) {
        if (gnutls_x509_crt_check_issuer(cert, trust->cas[i]) != 0) {
            best = cert_check_dates(trust->cas[i], wall_ns);
        }
    }
    return best;
}

/* Walks the way that the signatures took, from the leaf up to the first CA of ours. */
static int check_dates(const struct trust *trust, gnutls_x509_crt_t *chain, unsigned count,
                       uint64_t wall_ns)
{
    for (unsigned i = 0; i < count; i++) {
        int err = cert_check_dates(chain[i], wall_ns);
        if (err != 0) {
            return err;
        }
        err = check_issuer_dates(trust, chain[i], wall_ns);
        if (err != ERR_UNKNOWN_CA) {
            return err;
        }
    }
    return ERR_UNKNOWN_CA;
}

int trust_check(const struct trust *trust, gnutls_x509_crt_t *chain, unsigned count,
                uint64_t wall_ns)
{
    /* GnuTLS sorts and shortens the array that it is given. */
    gnutls_x509_crt_t scratch[TRUST_CHAIN_MAX];
    unsigned status = 0;

    if (count == 0 || count > TRUST_CHAIN_MAX) {
        return ERR_UNKNOWN_CA;
    }
    for (unsigned i = 0; i < count; i++) {
        scratch[i] = chain[i];
    }
    if (gnutls_x509_trust_list_verify_crt(trust->list, scratch, count, VERIFY_FLAGS, &status,
                                          NULL) < 0) {
        return ERR_UNKNOWN_CA;
    }
    if ((status & ~(unsigned)(GNUTLS_CERT_INVALID | GNUTLS_CERT_REVOKED)) != 0) {
        return ERR_UNKNOWN_CA;
    }
    if ((status & GNUTLS_CERT_REVOKED) != 0) {
        return ERR_REVOKED;
    }
    return status != 0 ? ERR_UNKNOWN_CA : check_dates(trust, chain, count, wall_ns);
}
