#include "keys/identity.h"

#include "base/wall.h"
#include "keys/cert.h"
#include "keys/keydir.h"
#include "keys/names.h"
#include "keys/verify.h"

#include <assert.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MODE_GROUP_OTHERS 0077
#define MODE_MONITOR 0640

/* A renewal replaces two files, and its process may have to wait for a processor in between. */
#define LOAD_TRIES 50
#define LOAD_NAP_NS 1000000L

struct identity {
    struct spiffe self;
    struct trust *trust;
    gnutls_certificate_credentials_t credentials;
    uint64_t until_ns;
    uint8_t secret[IDENTITY_SECRET_LEN]; /* HKDF-Extract of the private key */
};

/* What lies on the disk, parsed, while it is being judged. */
struct parts {
    struct keydir dir;
    gnutls_x509_crt_t *chain;
    unsigned chain_count;
    gnutls_x509_privkey_t key;
    mode_t key_mode;
};

static int blame(const struct parts *parts, const char *file, struct why *why, const char *text)
{
    (void)why_set(why, ERR_BAD_IDENTITY, "%s", text);
    return keydir_blame(&parts->dir, file, ERR_BAD_IDENTITY, why);
}

/* What is missing is made by two commands; what is there and can't be read is not. */
static int no_identity(int err, struct why *why)
{
    if (err == ERR_NOT_FOUND && why != NULL) {
        const struct why missing = *why;
        return why_set(why, ERR_NO_IDENTITY, "%.300s; " IDENTITY_HOW_TO_MAKE, missing.text);
    }
    switch (err) {
    case ERR_NOT_FOUND:
    case ERR_SYSTEM:
        return ERR_NO_IDENTITY;
    case ERR_MALFORMED:
        return ERR_BAD_IDENTITY;
    default:
        return err;
    }
}

static int read_chain(struct parts *parts, struct why *why)
{
    struct keyfile pem;
    int err = keydir_read(&parts->dir, FILE_CERT, &pem, why);

    if (err != 0) {
        return no_identity(err, why);
    }
    const gnutls_datum_t data = {pem.data, (unsigned)pem.len};
    err = cert_read_all(&data, &parts->chain, &parts->chain_count);
    keyfile_release(&pem);
    if (err == ERR_MALFORMED) {
        return blame(parts, FILE_CERT, why, "no certificate in PEM");
    }
    return err;
}

static int parse_key(struct parts *parts, const struct keyfile *pem, struct why *why)
{
    const gnutls_datum_t data = {pem->data, (unsigned)pem->len};

    parts->key_mode = pem->mode;
    if (gnutls_x509_privkey_init(&parts->key) < 0) {
        parts->key = NULL;
        return ERR_NO_MEMORY;
    }
    if (gnutls_x509_privkey_import2(parts->key, &data, GNUTLS_X509_FMT_PEM, NULL,
                                    GNUTLS_PKCS_PLAIN) < 0) {
        return blame(parts, FILE_KEY, why, "no private key in PEM without a password");
    }
    return 0;
}

static int read_key(struct parts *parts, struct why *why)
{
    struct keyfile pem;
    int err = keydir_read(&parts->dir, FILE_KEY, &pem, why);

    if (err != 0) {
        return no_identity(err, why);
    }
    err = parse_key(parts, &pem, why);
    keyfile_release(&pem);
    return err;
}

/* Whether `directory` is `parent` or lies in it, symbolic links resolved. */
static bool is_below(const char *directory, const char *parent)
{
    char inner[PATH_MAX], outer[PATH_MAX];

    if (parent == NULL || realpath(directory, inner) == NULL || realpath(parent, outer) == NULL) {
        return false;
    }
    const size_t len = strlen(outer);
    return strncmp(inner, outer, len) == 0 && (inner[len] == '/' || inner[len] == '\0');
}

/* A service manager guards its credentials by their directory, and shows them with an ACL's mask
 * as their mode. A monitor's key may be shared with a group: it can only read. */
static int check_key_mode(const struct parts *parts, enum role role, const char *credentials,
                          struct why *why)
{
    if ((parts->key_mode & MODE_GROUP_OTHERS) == 0 ||
        (role == ROLE_MONITOR && parts->key_mode == MODE_MONITOR) ||
        is_below(parts->dir.path, credentials)) {
        return 0;
    }
    (void)why_set(why, ERR_KEY_EXPOSED, "mode %04o lets others use it; chmod 0600 it",
                  (unsigned)parts->key_mode);
    return keydir_blame(&parts->dir, FILE_KEY, ERR_KEY_EXPOSED, why);
}

static void parts_release(struct parts *parts)
{
    if (parts->key != NULL) {
        gnutls_x509_privkey_deinit(parts->key);
    }
    if (parts->chain != NULL) {
        cert_free_all(parts->chain, parts->chain_count);
    }
    parts->key = NULL;
    parts->chain = NULL;
    parts->chain_count = 0;
}

/* Reads certificate and key until they match; see the header for who replaces them meanwhile. */
static int read_pair(struct parts *parts, struct why *why)
{
    for (unsigned tries = 0; tries < LOAD_TRIES; tries++) {
        parts_release(parts);
        int err = read_chain(parts, why);
        if (err == 0) {
            err = read_key(parts, why);
        }
        if (err != 0) {
            return err;
        }
        assert(parts->chain != NULL); /* cert_read_all gives at least one */
        if (cert_matches_key(parts->chain[0], parts->key)) {
            return 0;
        }
        const struct timespec nap = {.tv_nsec = LOAD_NAP_NS};
        (void)nanosleep(&nap, NULL); /* cut short by a signal: the next try comes sooner */
    }
    return blame(parts, FILE_KEY, why,
                 "not the key of " FILE_CERT "; `swim-keys renew --ca CADIR` the directory");
}

/* A date fault is told with the date; what peers would refuse is refused here, before they do. */
static int explain(const struct parts *parts, int err, struct why *why)
{
    char date[WALL_TEXT_SIZE];
    gnutls_x509_crt_t leaf = parts->chain[0];

    switch (err) {
    case ERR_NO_MEMORY:
        return err;
    case ERR_EXPIRED:
        (void)why_set(why, err, "valid until %s; `swim-keys renew --ca CADIR` the directory",
                      wall_format(cert_until_ns(leaf), date));
        break;
    case ERR_NOT_YET_VALID:
        (void)why_set(why, err, "valid from %s; is the clock right?",
                      wall_format(cert_from_ns(leaf), date));
        break;
    case ERR_REVOKED:
        (void)why_set(why, err, "revoked by " FILE_CRL);
        break;
    case ERR_UNKNOWN_CA:
        return blame(parts, FILE_CERT, why, "not issued by a CA of " FILE_CA);
    case ERR_ROLE:
        return blame(parts, FILE_CERT, why, "names no role of ours");
    case ERR_CLUSTER:
        return blame(parts, FILE_CERT, why, "of another cluster than " FILE_CA);
    default:
        return blame(parts, FILE_CERT, why,
                     "no identity: needs one URI spiffe://CLUSTER/swim/ROLE/NAME, no CA, good for "
                     "TLS client and server");
    }
    return keydir_blame(&parts->dir, FILE_CERT, err, why);
}

/* The peers' judgement, on ourselves. */
static int judge_self(struct identity *identity, const struct parts *parts, uint64_t wall_ns,
                      struct why *why)
{
    const char *cluster = trust_cluster(identity->trust);
    struct spiffe self;

    if (cluster[0] == '\0' && cert_identity(parts->chain[0], &self) == 0) {
        cluster = self.cluster;
    }
    const int err = verify_certs(identity->trust, cluster, parts->chain, parts->chain_count,
                                 wall_ns, &identity->self, &identity->until_ns);
    return err == 0 ? 0 : explain(parts, err, why);
}

/* HKDF-Extract (RFC 5869 section 2.2) over the private scalar: an Ed25519 seed or an ECDSA key. */
static int extract_secret(struct identity *identity, const struct parts *parts, struct why *why)
{
    static const char salt_text[] = "swim identity";
    gnutls_ecc_curve_t curve;
    gnutls_datum_t x = {NULL, 0}, y = {NULL, 0}, scalar = {NULL, 0};
    unsigned char salt_bytes[sizeof(salt_text)];

    memcpy(salt_bytes, salt_text, sizeof(salt_text));
    if (gnutls_x509_privkey_export_ecc_raw(parts->key, &curve, &x, &y, &scalar) < 0) {
        return blame(parts, FILE_KEY, why, "neither an Ed25519 nor an ECDSA key");
    }
    const gnutls_datum_t salt = {salt_bytes, sizeof(salt_bytes) - 1};
    const int rv = gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &scalar, &salt, identity->secret);
    gnutls_memset(scalar.data, 0, scalar.size);
    gnutls_free(scalar.data);
    gnutls_free(x.data);
    gnutls_free(y.data);
    return rv < 0 ? blame(parts, FILE_KEY, why, gnutls_strerror(rv)) : 0;
}

static int make_credentials(struct identity *identity, const struct parts *parts, struct why *why)
{
    if (gnutls_certificate_allocate_credentials(&identity->credentials) < 0) {
        identity->credentials = NULL;
        return ERR_NO_MEMORY;
    }
    const int rv = gnutls_certificate_set_x509_key(identity->credentials, parts->chain,
                                                   (int)parts->chain_count, parts->key);
    return rv < 0 ? blame(parts, FILE_CERT, why, gnutls_strerror(rv)) : 0;
}

static int load_parts(struct identity *identity, struct parts *parts, const char *credentials,
                      uint64_t wall_ns, struct why *why)
{
    int err = trust_load(&parts->dir, FILE_CA, FILE_CRL, &identity->trust, why);

    if (err != 0) {
        return no_identity(err, why);
    }
    err = read_pair(parts, why);
    if (err == 0) {
        struct spiffe told; /* zeroed on error, thus a member: the strictest */
        (void)cert_identity(parts->chain[0], &told);
        err = check_key_mode(parts, told.role, credentials, why);
    }
    if (err == 0) {
        err = judge_self(identity, parts, wall_ns, why);
    }
    if (err == 0) {
        err = extract_secret(identity, parts, why);
    }
    return err == 0 ? make_credentials(identity, parts, why) : err;
}

int identity_load(const char *directory, const char *credentials_directory, uint64_t wall_ns,
                  struct identity **identity, struct why *why)
{
    struct parts parts = {.chain = NULL};
    struct identity *made = calloc(1, sizeof(*made));

    *identity = NULL;
    if (made == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = keydir_open(&parts.dir, directory, why);
    if (err != 0) {
        identity_free(made);
        return no_identity(err, why);
    }
    err = load_parts(made, &parts, credentials_directory, wall_ns, why);
    parts_release(&parts);
    keydir_close(&parts.dir);
    if (err != 0) {
        identity_free(made);
        return err;
    }
    *identity = made;
    return 0;
}

void identity_free(struct identity *identity)
{
    if (identity == NULL) {
        return;
    }
    if (identity->credentials != NULL) {
        gnutls_certificate_free_credentials(identity->credentials);
    }
    trust_free(identity->trust);
    gnutls_memset(identity->secret, 0, sizeof(identity->secret));
    free(identity);
}

const struct spiffe *identity_self(const struct identity *identity)
{
    return &identity->self;
}

const struct trust *identity_trust(const struct identity *identity)
{
    return identity->trust;
}

gnutls_certificate_credentials_t identity_credentials(const struct identity *identity)
{
    return identity->credentials;
}

uint64_t identity_until_ns(const struct identity *identity)
{
    return identity->until_ns;
}

int identity_derive(const struct identity *identity, const char *purpose,
                    uint8_t secret[IDENTITY_SECRET_LEN])
{
    uint8_t prk_bytes[IDENTITY_SECRET_LEN];
    unsigned char info_bytes[IDENTITY_PURPOSE_MAX];
    const size_t len = strnlen(purpose, sizeof(info_bytes) + 1);

    if (len > sizeof(info_bytes)) {
        return ERR_BAD_IDENTITY;
    }
    memcpy(info_bytes, purpose, len);
    memcpy(prk_bytes, identity->secret, sizeof(prk_bytes));
    const gnutls_datum_t prk = {prk_bytes, sizeof(prk_bytes)};
    const gnutls_datum_t info = {info_bytes, (unsigned)len};
    const int rv = gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &prk, &info, secret, IDENTITY_SECRET_LEN);
    gnutls_memset(prk_bytes, 0, sizeof(prk_bytes));
    return rv < 0 ? ERR_BAD_IDENTITY : 0;
}
