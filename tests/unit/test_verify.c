/* A chain is judged with one named error per fault. */
#include "keys/mint.h"
#include "keys/verify.h"
#include "place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A certificate with exactly these: for faults that mint can't make. `uri` NULL: none. */
static gnutls_x509_crt_t make_raw(struct place *place, const char *uri, const char *purpose, int ca)
{
    gnutls_x509_crt_t cert;

    assert_int_equal(gnutls_x509_crt_init(&cert), 0);
    assert_int_equal(gnutls_x509_crt_set_version(cert, 3), 0);
    assert_int_equal(gnutls_x509_crt_set_serial(cert, "\x11", 1), 0);
    assert_int_equal(gnutls_x509_crt_set_activation_time(cert, (time_t)(NOW / NS_PER_S - 60)), 0);
    assert_int_equal(gnutls_x509_crt_set_expiration_time(cert, (time_t)(NOW / NS_PER_S + 60)), 0);
    assert_int_equal(gnutls_x509_crt_set_key(cert, place->key), 0);
    assert_int_equal(gnutls_x509_crt_set_basic_constraints(cert, (unsigned)ca, -1), 0);
    if (uri != NULL) {
        assert_int_equal(gnutls_x509_crt_set_subject_alt_name(
                             cert, GNUTLS_SAN_URI, uri, (unsigned)strlen(uri), GNUTLS_FSAN_SET),
                         0);
    }
    if (purpose != NULL) {
        assert_int_equal(gnutls_x509_crt_set_key_purpose_oid(cert, purpose, 0), 0);
    }
    assert_int_equal(
        gnutls_x509_crt_sign2(cert, place->ca_cert, place->ca_key, GNUTLS_DIG_SHA512, 0), 0);
    return cert;
}

/* Judges a certificate (and frees it) at a time. */
static int judge_at(struct place *place, gnutls_x509_crt_t cert, uint64_t wall_ns,
                    struct spiffe *peer, uint64_t *until_ns)
{
    gnutls_datum_t der;

    assert_int_equal(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_DER, &der), 0);
    gnutls_x509_crt_deinit(cert);
    const int err = verify_chain(place->ours, &der, 1, wall_ns, peer, until_ns);
    gnutls_free(der.data);
    return err;
}

static int judge(struct place *place, gnutls_x509_crt_t cert)
{
    static const struct spiffe nobody;
    struct spiffe peer;
    const int err = judge_at(place, cert, NOW, &peer, NULL);

    if (err != 0) {
        assert_memory_equal(&peer, &nobody, sizeof(peer));
    }
    return err;
}

static void a_good_one_is_believed(void **state)
{
    struct place *place = *state;
    struct spiffe peer;
    uint64_t until_ns = 0;

    assert_int_equal(judge_at(place, place_leaf(place, &(struct wish){0}), NOW, &peer, &until_ns),
                     0);
    assert_string_equal(peer.cluster, "demo");
    assert_string_equal(peer.name.text, "b");
    assert_int_equal(peer.role, ROLE_MEMBER);
    assert_int_equal(until_ns, NOW + DAY);
}

static void no_certificate(void **state)
{
    struct place *place = *state;
    struct spiffe peer;

    assert_int_equal(verify_chain(place->ours, NULL, 0, NOW, &peer, NULL), ERR_NO_CERTIFICATE);
}

static void dates_count_to_the_second(void **state)
{
    struct place *place = *state;
    struct spiffe peer;
    const struct wish wish = {.from_ns = NOW, .until_ns = NOW + 10 * NS_PER_S};
    const struct {
        uint64_t wall_ns;
        int err;
    } rows[] = {
        {NOW - 1, ERR_NOT_YET_VALID},       {NOW, 0},
        {NOW + 10 * NS_PER_S, 0},           {NOW + 11 * NS_PER_S - 1, 0},
        {NOW + 11 * NS_PER_S, ERR_EXPIRED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(judge_at(place, place_leaf(place, &wish), rows[i].wall_ns, &peer, NULL),
                         rows[i].err);
    }
}

static void an_expired_ca_expires_its_leaves(void **state)
{
    struct place *place = *state;
    struct spiffe peer;
    const uint64_t after = NOW + 4000 * DAY;
    const struct wish wish = {.until_ns = after + DAY};

    assert_int_equal(judge_at(place, place_leaf(place, &wish), after, &peer, NULL), ERR_EXPIRED);
}

static void strangers_are_unknown(void **state)
{
    struct place *place = *state;
    const struct mint_dates dates = {NOW - DAY, NOW + DAY};
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t ca;

    assert_int_equal(mint_key(&key, NULL), 0);
    assert_int_equal(mint_ca("demo", key, &dates, &ca, NULL), 0);
    struct wish wish = {.ca_cert = ca, .ca_key = key};
    assert_int_equal(judge(place, place_leaf(place, &wish)), ERR_UNKNOWN_CA);

    /* Named as our CA, with its key identifier, but signed by another key. */
    wish.ca_cert = place->ca_cert;
    assert_int_equal(judge(place, place_leaf(place, &wish)), ERR_UNKNOWN_CA);

    /* Unknown comes before expired: a stranger's dates tell nothing. */
    wish = (struct wish){.ca_cert = ca, .ca_key = key, .until_ns = NOW - DAY / 2};
    assert_int_equal(judge(place, place_leaf(place, &wish)), ERR_UNKNOWN_CA);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_privkey_deinit(key);
}

static void self_signed_is_unknown(void **state)
{
    struct place *place = *state;
    gnutls_x509_crt_t cert = place_leaf(place, &(struct wish){0});

    assert_int_equal(gnutls_x509_crt_sign2(cert, cert, place->key, GNUTLS_DIG_SHA512, 0), 0);
    assert_int_equal(judge(place, cert), ERR_UNKNOWN_CA);
}

static void an_identity_is_exactly_one_uri(void **state)
{
    struct place *place = *state;
    static const char good[] = "spiffe://demo/swim/member/b";
    const struct wish two = {.more_uri = "spiffe://demo/swim/member/c"};

    assert_int_equal(judge(place, place_leaf(place, &two)), ERR_MALFORMED);
    assert_int_equal(judge(place, make_raw(place, good, NULL, 0)), 0);
    assert_int_equal(judge(place, make_raw(place, NULL, NULL, 0)), ERR_MALFORMED);
    assert_int_equal(judge(place, make_raw(place, "spiffe://demo", NULL, 0)), ERR_MALFORMED);
    assert_int_equal(judge(place, make_raw(place, "https://demo/", NULL, 0)), ERR_MALFORMED);
    assert_int_equal(judge(place, make_raw(place, good, NULL, 1)), ERR_MALFORMED);
}

static void it_must_serve_both_directions(void **state)
{
    struct place *place = *state;
    static const char good[] = "spiffe://demo/swim/member/b";

    assert_int_equal(judge(place, make_raw(place, good, GNUTLS_KP_TLS_WWW_SERVER, 0)),
                     ERR_MALFORMED);
    assert_int_equal(judge(place, make_raw(place, good, GNUTLS_KP_TLS_WWW_CLIENT, 0)),
                     ERR_MALFORMED);
    assert_int_equal(judge(place, make_raw(place, good, GNUTLS_KP_ANY, 0)), 0);
}

static void cluster_and_role_are_told(void **state)
{
    struct place *place = *state;
    const struct wish wish = {.cluster = "elsewhere"};

    assert_int_equal(judge(place, place_leaf(place, &wish)), ERR_CLUSTER);
    assert_int_equal(judge(place, make_raw(place, "spiffe://demo/swim/king/b", NULL, 0)), ERR_ROLE);
}

static void garbage_is_malformed(void **state)
{
    struct place *place = *state;
    unsigned char bytes[] = "no certificate";
    const gnutls_datum_t der[TRUST_CHAIN_MAX + 1] = {{bytes, sizeof(bytes)}};
    struct spiffe peer;

    assert_int_equal(verify_chain(place->ours, der, 1, NOW, &peer, NULL), ERR_MALFORMED);
    assert_int_equal(verify_chain(place->ours, der, TRUST_CHAIN_MAX + 1, NOW, &peer, NULL),
                     ERR_MALFORMED);
}

/* Writes a revocation list of the CA into the identity, of `cert` or of nobody. */
static void write_crl(struct place *place, gnutls_x509_crt_t cert, uint64_t next_ns,
                      gnutls_x509_privkey_t key)
{
    gnutls_x509_crl_t crl;
    gnutls_datum_t pem;
    const time_t now_s = (time_t)(NOW / NS_PER_S);

    assert_int_equal(gnutls_x509_crl_init(&crl), 0);
    assert_int_equal(gnutls_x509_crl_set_version(crl, 2), 0);
    assert_int_equal(gnutls_x509_crl_set_this_update(crl, now_s - 7200), 0);
    assert_int_equal(gnutls_x509_crl_set_next_update(crl, (time_t)(next_ns / NS_PER_S)), 0);
    if (cert != NULL) {
        assert_int_equal(gnutls_x509_crl_set_crt(crl, cert, now_s - 7200), 0);
    }
    assert_int_equal(gnutls_x509_crl_sign2(crl, place->ca_cert, key, GNUTLS_DIG_SHA512, 0), 0);
    assert_int_equal(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &pem), 0);
    place_write(place->id, "crl.pem", pem.data, pem.size);
    gnutls_free(pem.data);
    gnutls_x509_crl_deinit(crl);
}

static void the_revoked_are_refused(void **state)
{
    struct place *place = *state;
    const struct wish expired = {.until_ns = NOW - DAY / 2};
    gnutls_x509_crt_t cert = place_leaf(place, &expired);

    /* Overdue by an hour: it still counts. Revoked is told before expired. */
    write_crl(place, cert, NOW - 3600 * NS_PER_S, place->ca_key);
    assert_int_equal(place_reload(place, NULL), 0);
    assert_int_equal(judge(place, cert), ERR_REVOKED);
    assert_int_equal(judge(place, place_leaf(place, &(struct wish){0})), 0);
}

static void a_forged_list_is_no_list(void **state)
{
    struct place *place = *state;
    struct why why;

    write_crl(place, NULL, NOW + DAY, place->key);
    assert_int_equal(place_reload(place, &why), ERR_BAD_IDENTITY);
    assert_non_null(strstr(why.text, "crl.pem"));
    place_write(place->id, "crl.pem", "x", 1);
    assert_int_equal(place_reload(place, &why), ERR_BAD_IDENTITY);
}

static void while_the_ca_changes_two_are_believed(void **state)
{
    struct place *place = *state;
    const struct mint_dates dates = {NOW - DAY, NOW + DAY};
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t ca;
    gnutls_datum_t pem;
    char text[PLACE_FILE_SIZE];

    assert_int_equal(mint_key(&key, NULL), 0);
    assert_int_equal(mint_ca("demo", key, &dates, &ca, NULL), 0);
    assert_int_equal(mint_export_cert(ca, &pem), 0);
    const size_t len = place_read(place->id, "ca.pem", text);
    assert_true(len + pem.size < sizeof(text));
    memcpy(text + len, pem.data, pem.size);
    place_write(place->id, "ca.pem", text, len + pem.size);
    assert_int_equal(place_reload(place, NULL), 0);
    const struct wish by_new = {.ca_cert = ca, .ca_key = key};
    assert_int_equal(judge(place, place_leaf(place, &by_new)), 0);
    assert_int_equal(judge(place, place_leaf(place, &(struct wish){0})), 0);
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_privkey_deinit(key);
}

static void serials_are_20_positive_bytes(void **state)
{
    struct place *place = *state;
    unsigned char serial[64], previous[64] = {0};

    for (int i = 0; i < 16; i++) {
        size_t len = sizeof(serial);
        gnutls_x509_crt_t cert = place_leaf(place, &(struct wish){0});
        assert_int_equal(gnutls_x509_crt_get_serial(cert, serial, &len), 0);
        assert_int_equal(len, 20);
        assert_true(serial[0] > 0 && serial[0] < 0x80);
        assert_memory_not_equal(serial, previous, 20);
        memcpy(previous, serial, sizeof(serial));
        gnutls_x509_crt_deinit(cert);
    }
}

#define TEST(FUNCTION) cmocka_unit_test_setup_teardown(FUNCTION, place_make, place_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_one_is_believed),
        TEST(no_certificate),
        TEST(dates_count_to_the_second),
        TEST(an_expired_ca_expires_its_leaves),
        TEST(strangers_are_unknown),
        TEST(self_signed_is_unknown),
        TEST(an_identity_is_exactly_one_uri),
        TEST(it_must_serve_both_directions),
        TEST(cluster_and_role_are_told),
        TEST(garbage_is_malformed),
        TEST(the_revoked_are_refused),
        TEST(a_forged_list_is_no_list),
        TEST(while_the_ca_changes_two_are_believed),
        TEST(serials_are_20_positive_bytes),
    };

    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
