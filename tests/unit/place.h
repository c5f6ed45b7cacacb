/**
 * Where the tests of keys happen: a folder with a CA in ca/ and the identity of its member "a" in
 * id/a, all of the time NOW, whatever the clock says. What fails in here fails the test.
 */
#ifndef TESTS_UNIT_PLACE_H
#define TESTS_UNIT_PLACE_H

#include "base/duration.h"
#include "base/err.h"
#include "keys/identity.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stddef.h>
#include <stdint.h>

#define NOW (UINT64_C(1800000000) * NS_PER_S) /* 2027-01-15 */
#define DAY (UINT64_C(86400) * NS_PER_S)
#define PLACE_FILE_SIZE 8192
#define PLACE_PATH_SIZE 256

struct place {
    char root[PLACE_PATH_SIZE], ca[PLACE_PATH_SIZE], out[PLACE_PATH_SIZE], id[PLACE_PATH_SIZE];
    struct identity *ours; /* id/a, loaded */
    gnutls_x509_crt_t ca_cert;
    gnutls_x509_privkey_t ca_key, key; /* key: of the certificates that tests make */
};

/** For cmocka: `*state` becomes a new place; all of it goes again. */
int place_make(void **state);
int place_remove(void **state);

/** "DIRECTORY/NAME", until the next call. */
const char *place_path(const char *directory, const char *name);

/** A whole file as text; returns its length. */
size_t place_read(const char *directory, const char *name, char text[PLACE_FILE_SIZE]);
void place_write(const char *directory, const char *name, const void *text, size_t len);

/** Issues an identity into id/NAME. */
void place_issue(struct place *place, const char *name, enum role role);

/** Loads id/a again in place of `ours`, and returns how that went. */
int place_reload(struct place *place, struct why *why);

/** What is asked of a certificate of member "b"; zeroed: a good one, of a day before and after. */
struct wish {
    const char *cluster; /* NULL: demo */
    const char *more_uri;
    uint64_t from_ns, until_ns;
    gnutls_x509_crt_t ca_cert; /* NULL: the place's */
    gnutls_x509_privkey_t ca_key;
};

/** The caller frees it. */
gnutls_x509_crt_t place_leaf(struct place *place, const struct wish *wish);

#endif
