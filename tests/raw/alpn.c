/*
 * Preloaded into another project's QUIC client, which knows HTTP only: it offers the ALPN in
 * FOREIGN_ALPN in place of its own, so that its handshake comes as far as the certificates.
 */
#include <dlfcn.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

int gnutls_alpn_set_protocols(gnutls_session_t session, const gnutls_datum_t *protocols,
                              unsigned count, unsigned flags)
{
    int (*real)(gnutls_session_t, const gnutls_datum_t *, unsigned, unsigned);
    char *name = getenv("FOREIGN_ALPN");
    gnutls_datum_t ours = {(unsigned char *)name, name ? (unsigned)strlen(name) : 0};
    *(void **)&real = dlsym(RTLD_NEXT, "gnutls_alpn_set_protocols");
    return real(session, name ? &ours : protocols, name ? 1 : count, flags);
}
