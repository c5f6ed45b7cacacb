#include "keys/cert.h"

#include "base/duration.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define WALL_MAX_S (UINT64_MAX / NS_PER_S)

/* A DNS name in a SAN may be longer than any URI of ours, but not than this. */
#define SAN_SIZE 1024

#define KEY_ID_MAX 64

int cert_read_all(const gnutls_datum_t *data, gnutls_x509_crt_t **certs, unsigned *count)
{
    const int rv = gnutls_x509_crt_list_import2(certs, count, data, GNUTLS_X509_FMT_PEM, 0);

    if (rv == GNUTLS_E_MEMORY_ERROR) {
        return ERR_NO_MEMORY;
    }
    return rv < 0 ? ERR_MALFORMED : 0;
}

int cert_read_der(const gnutls_datum_t *der, gnutls_x509_crt_t *cert)
{
    if (gnutls_x509_crt_init(cert) < 0) {
        return ERR_NO_MEMORY;
    }
    if (gnutls_x509_crt_import(*cert, der, GNUTLS_X509_FMT_DER) < 0) {
        gnutls_x509_crt_deinit(*cert);
        *cert = NULL;
        return ERR_MALFORMED;
    }
    return 0;
}

void cert_free_all(gnutls_x509_crt_t *certs, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        gnutls_x509_crt_deinit(certs[i]);
    }
    gnutls_free(certs);
}

/* Takes the URI SAN: 1, 0 when there is none, ERR_MALFORMED when there are several or one is longer
 * than all of ours. */
static int take_uri(gnutls_x509_crt_t cert, char uri[SPIFFE_TEXT_SIZE], size_t *len)
{
    int found = 0;

    for (unsigned i = 0;; i++) {
        char san[SAN_SIZE];
        size_t size = sizeof(san);
        const int type = gnutls_x509_crt_get_subject_alt_name(cert, i, san, &size, NULL);

        if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
            return found;
        }
        if (type < 0) {
            return ERR_MALFORMED;
        }
        if (type != GNUTLS_SAN_URI) {
            continue;
        }
        if (found > 0 || size >= SPIFFE_TEXT_SIZE) {
            return ERR_MALFORMED;
        }
        memcpy(uri, san, size);
        uri[size] = '\0';
        *len = size;
        found = 1;
    }
}

int cert_identity(gnutls_x509_crt_t cert, struct spiffe *spiffe)
{
    char uri[SPIFFE_TEXT_SIZE];
    size_t len = 0;

    memset(spiffe, 0, sizeof(*spiffe));
    return take_uri(cert, uri, &len) == 1 ? spiffe_parse(uri, len, spiffe) : ERR_MALFORMED;
}

int cert_cluster(gnutls_x509_crt_t cert, char cluster[CLUSTER_LEN_MAX + 1])
{
    char uri[SPIFFE_TEXT_SIZE];
    size_t len = 0;
    const int found = take_uri(cert, uri, &len);

    memset(cluster, 0, CLUSTER_LEN_MAX + 1);
    return found == 1 ? spiffe_parse_ca(uri, len, cluster) : found;
}

bool cert_is_ca(gnutls_x509_crt_t cert)
{
    return gnutls_x509_crt_get_ca_status(cert, NULL) > 0;
}

bool cert_matches_key(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key)
{
    unsigned char of_cert[KEY_ID_MAX], of_key[KEY_ID_MAX];
    size_t cert_len = sizeof(of_cert), key_len = sizeof(of_key);

    return gnutls_x509_crt_get_key_id(cert, GNUTLS_KEYID_USE_SHA256, of_cert, &cert_len) == 0 &&
           gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &key_len) == 0 &&
           cert_len == key_len && memcmp(of_cert, of_key, cert_len) == 0;
}

static uint64_t wall_of_time(time_t seconds)
{
    if (seconds < 0) {
        return 0;
    }
    return (uint64_t)seconds > WALL_MAX_S ? WALL_MAX_S * NS_PER_S : (uint64_t)seconds * NS_PER_S;
}

uint64_t cert_from_ns(gnutls_x509_crt_t cert)
{
    return wall_of_time(gnutls_x509_crt_get_activation_time(cert));
}

uint64_t cert_until_ns(gnutls_x509_crt_t cert)
{
    return wall_of_time(gnutls_x509_crt_get_expiration_time(cert));
}

int cert_check_dates(gnutls_x509_crt_t cert, uint64_t wall_ns)
{
    /* Certificates count whole seconds: the last second is still valid to its end. */
    const uint64_t now_s = wall_ns / NS_PER_S;

    if (now_s > cert_until_ns(cert) / NS_PER_S) {
        return ERR_EXPIRED;
    }
    return now_s < cert_from_ns(cert) / NS_PER_S ? ERR_NOT_YET_VALID : 0;
}

static void to_hex(const unsigned char *bytes, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
}

static void read_uri(gnutls_x509_crt_t cert, struct cert_facts *facts)
{
    size_t len = 0;

    if (take_uri(cert, facts->uri, &len) != 1 || strlen(facts->uri) != len) {
        facts->uri[0] = '\0';
        return;
    }
    const int err = facts->is_ca ? spiffe_parse_ca(facts->uri, len, facts->spiffe.cluster)
                                 : spiffe_parse(facts->uri, len, &facts->spiffe);
    facts->is_ours = err == 0;
}

int cert_facts_read(gnutls_x509_crt_t cert, struct cert_facts *facts)
{
    unsigned char serial[(CERT_SERIAL_TEXT - 1) / 2], print[(CERT_FINGERPRINT_TEXT - 1) / 2];
    size_t serial_len = sizeof(serial), print_len = sizeof(print);
    gnutls_datum_t issuer = {NULL, 0};

    memset(facts, 0, sizeof(*facts));
    if (gnutls_x509_crt_get_serial(cert, serial, &serial_len) < 0 ||
        gnutls_x509_crt_get_fingerprint(cert, GNUTLS_DIG_SHA256, print, &print_len) < 0 ||
        gnutls_x509_crt_get_activation_time(cert) == (time_t)-1 ||
        gnutls_x509_crt_get_expiration_time(cert) == (time_t)-1 ||
        gnutls_x509_crt_get_issuer_dn3(cert, &issuer, 0) < 0) {
        return ERR_MALFORMED;
    }
    to_hex(serial, serial_len, facts->serial);
    to_hex(print, print_len, facts->fingerprint);
    (void)snprintf(facts->issuer, sizeof(facts->issuer), "%.*s", (int)issuer.size, issuer.data);
    gnutls_free(issuer.data);
    facts->is_ca = cert_is_ca(cert);
    facts->from_ns = cert_from_ns(cert);
    facts->until_ns = cert_until_ns(cert);
    read_uri(cert, facts);
    return 0;
}
