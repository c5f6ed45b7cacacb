#include "place.h"

#include "keys/ca.h"
#include "keys/mint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

const char *place_path(const char *directory, const char *name)
{
    static char path[PLACE_PATH_SIZE * 2];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

size_t place_read(const char *directory, const char *name, char text[PLACE_FILE_SIZE])
{
    FILE *file = fopen(place_path(directory, name), "r");
    assert_non_null(file);
    const size_t len = fread(text, 1, PLACE_FILE_SIZE - 1, file);
    text[len] = '\0';
    assert_int_equal(fclose(file), 0);
    return len;
}

void place_write(const char *directory, const char *name, const void *text, size_t len)
{
    FILE *file = fopen(place_path(directory, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

void place_issue(struct place *place, const char *name, enum role role)
{
    struct spiffe spiffe = {.role = role};

    assert_int_equal(name_set(&spiffe.name, name, strlen(name)), 0);
    assert_int_equal(ca_issue(place->ca, place->out, &spiffe, 90, NOW, NULL, NULL), 0);
}

static void open_ca(struct place *place)
{
    char text[PLACE_FILE_SIZE];
    gnutls_datum_t pem = {(unsigned char *)text, 0};

    pem.size = (unsigned)place_read(place->ca, "ca.pem", text);
    assert_int_equal(gnutls_x509_crt_init(&place->ca_cert), 0);
    assert_int_equal(gnutls_x509_crt_import(place->ca_cert, &pem, GNUTLS_X509_FMT_PEM), 0);
    pem.size = (unsigned)place_read(place->ca, "ca.key", text);
    assert_int_equal(gnutls_x509_privkey_init(&place->ca_key), 0);
    assert_int_equal(gnutls_x509_privkey_import(place->ca_key, &pem, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(mint_key(&place->key, NULL), 0);
}

int place_make(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    const char *tmp = getenv("TMPDIR");

    assert_non_null(place);
    (void)snprintf(place->root, sizeof(place->root) - 32, "%s/test_verify.XXXXXX",
                   tmp == NULL ? P_tmpdir : tmp);
    assert_non_null(mkdtemp(place->root));
    (void)snprintf(place->ca, sizeof(place->ca), "%.200s/ca", place->root);
    (void)snprintf(place->out, sizeof(place->out), "%.200s/id", place->root);
    (void)snprintf(place->id, sizeof(place->id), "%.200s/id/a", place->root);
    assert_int_equal(ca_init(place->ca, "demo", NOW, NULL), 0);
    place_issue(place, "a", ROLE_MEMBER);
    assert_int_equal(identity_load(place->id, NULL, NOW, &place->ours, NULL), 0);
    open_ca(place);
    *state = place;
    return 0;
}

int place_remove(void **state)
{
    static const char *const files[] = {"ca.pem", "ca.key", "cert.pem", "key.pem", "crl.pem"};
    struct place *place = *state;
    const char *folders[] = {place->ca, place->id, place->out, place->root};

    identity_free(place->ours);
    gnutls_x509_crt_deinit(place->ca_cert);
    gnutls_x509_privkey_deinit(place->ca_key);
    gnutls_x509_privkey_deinit(place->key);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        for (size_t j = 0; j < sizeof(files) / sizeof(files[0]); j++) {
            (void)unlink(place_path(folders[i], files[j]));
        }
        (void)rmdir(folders[i]);
    }
    free(place);
    return 0;
}

int place_reload(struct place *place, struct why *why)
{
    identity_free(place->ours);
    return identity_load(place->id, NULL, NOW, &place->ours, why);
}

gnutls_x509_crt_t place_leaf(struct place *place, const struct wish *wish)
{
    struct spiffe spiffe = {.role = ROLE_MEMBER, .name = {"b"}};
    const struct mint_dates dates = {
        .from_ns = wish->from_ns != 0 ? wish->from_ns : NOW - DAY,
        .until_ns = wish->until_ns != 0 ? wish->until_ns : NOW + DAY,
    };
    gnutls_x509_crt_t ca_cert = wish->ca_cert != NULL ? wish->ca_cert : place->ca_cert;
    gnutls_x509_privkey_t ca_key = wish->ca_key != NULL ? wish->ca_key : place->ca_key;
    gnutls_x509_crt_t cert;

    strcpy(spiffe.cluster, wish->cluster != NULL ? wish->cluster : "demo");
    assert_int_equal(mint_leaf(&spiffe, place->key, ca_cert, ca_key, &dates, &cert, NULL), 0);
    if (wish->more_uri != NULL) {
        assert_int_equal(gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_URI, wish->more_uri,
                                                              (unsigned)strlen(wish->more_uri),
                                                              GNUTLS_FSAN_APPEND),
                         0);
        assert_int_equal(gnutls_x509_crt_sign2(cert, ca_cert, ca_key, GNUTLS_DIG_SHA512, 0), 0);
    }
    return cert;
}
