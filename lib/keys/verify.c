#include "keys/verify.h"

#include "base/wall.h"
#include "keys/cert.h"

#include <stdbool.h>
#include <string.h>

/* A connection serves both directions, so a leaf must be good for both (RFC 5280 section 4.2.1.12;
 * one without the extension is good for any), and the CA itself is no peer. */
static bool usable_as_leaf(gnutls_x509_crt_t leaf)
{
    return !cert_is_ca(leaf) &&
           gnutls_x509_crt_check_key_purpose(leaf, GNUTLS_KP_TLS_WWW_SERVER, 0) != 0 &&
           gnutls_x509_crt_check_key_purpose(leaf, GNUTLS_KP_TLS_WWW_CLIENT, 0) != 0;
}

static int judge_leaf(gnutls_x509_crt_t leaf, const char *cluster, struct spiffe *peer)
{
    struct spiffe found;
    const int err = usable_as_leaf(leaf) ? cert_identity(leaf, &found) : ERR_MALFORMED;

    if (err == ERR_MALFORMED) {
        return err;
    }
    /* An unknown role leaves no identity to compare: it is told as what it is. */
    if (err == 0 && strcmp(found.cluster, cluster) != 0) {
        return ERR_CLUSTER;
    }
    if (err == 0) {
        *peer = found;
    }
    return err;
}

int verify_certs(const struct trust *trust, const char *cluster, gnutls_x509_crt_t *chain,
                 unsigned count, uint64_t wall_ns, struct spiffe *peer, uint64_t *until_ns)
{
    memset(peer, 0, sizeof(*peer));
    if (count == 0) {
        return ERR_NO_CERTIFICATE;
    }
    int err = trust_check(trust, chain, count, wall_ns);
    if (err == 0) {
        err = judge_leaf(chain[0], cluster, peer);
    }
    if (err == 0 && until_ns != NULL) {
        *until_ns = cert_until_ns(chain[0]);
    }
    return err;
}

int verify_chain(const struct identity *ours, const gnutls_datum_t *der, unsigned count,
                 uint64_t wall_ns, struct spiffe *peer, uint64_t *until_ns)
{
    gnutls_x509_crt_t chain[TRUST_CHAIN_MAX];
    unsigned made = 0;
    int err = count > TRUST_CHAIN_MAX ? ERR_MALFORMED : 0;

    memset(peer, 0, sizeof(*peer));
    while (err == 0 && made < count) {
        err = cert_read_der(&der[made], &chain[made]);
        made += err == 0 ? 1 : 0;
    }
    if (err == 0) {
        err = verify_certs(identity_trust(ours), identity_self(ours)->cluster, chain, made, wall_ns,
                           peer, until_ns);
    }
    for (unsigned i = 0; i < made; i++) {
        gnutls_x509_crt_deinit(chain[i]);
    }
    return err;
}

uint64_t verify_now_ns(void)
{
    return wall_now_ns();
}
