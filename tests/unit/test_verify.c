/* A chain is judged with one named error per fault, and an identity is refused before peers would.
 */
#include "base/duration.h"
#include "base/err.h"
#include "keys/ca.h"
#include "keys/cert.h"
#include "keys/keydir.h"
#include "keys/mint.h"
#include "keys/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW (UINT64_C(1800000000) * NS_PER_S) /* 2027 */
#define DAY (UINT64_C(86400) * NS_PER_S)
#define FILE_SIZE 8192
#define PATH_SIZE 256

/* A folder with a CA in ca/, and the identity of member "a" in id/a. */
struct place {
    char root[PATH_SIZE], ca[PATH_SIZE], out[PATH_SIZE], id[PATH_SIZE];
    struct identity *ours;
    gnutls_x509_crt_t ca_cert;
    gnutls_x509_privkey_t ca_key, key;
};

static const char *path_in(const char *directory, const char *name)
{
    static char path[PATH_SIZE * 2];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static size_t read_text(const char *directory, const char *name, char text[FILE_SIZE])
{
    FILE *file = fopen(path_in(directory, name), "r");
    assert_non_null(file);
    const size_t len = fread(text, 1, FILE_SIZE - 1, file);
    text[len] = '\0';
    assert_int_equal(fclose(file), 0);
    return len;
}

static void write_text(const char *directory, const char *name, const void *text, size_t len)
{
    FILE *file = fopen(path_in(directory, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void issue(struct place *place, const char *name, enum role role)
{
    struct spiffe spiffe = {.role = role};

    assert_int_equal(name_set(&spiffe.name, name, strlen(name)), 0);
    assert_int_equal(ca_issue(place->ca, place->out, &spiffe, 90, NOW, NULL, NULL), 0);
}

static void open_ca(struct place *place)
{
    char text[FILE_SIZE];
    gnutls_datum_t pem = {(unsigned char *)text, 0};

    pem.size = (unsigned)read_text(place->ca, "ca.pem", text);
    assert_int_equal(gnutls_x509_crt_init(&place->ca_cert), 0);
    assert_int_equal(gnutls_x509_crt_import(place->ca_cert, &pem, GNUTLS_X509_FMT_PEM), 0);
    pem.size = (unsigned)read_text(place->ca, "ca.key", text);
    assert_int_equal(gnutls_x509_privkey_init(&place->ca_key), 0);
    assert_int_equal(gnutls_x509_privkey_import(place->ca_key, &pem, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(mint_key(&place->key, NULL), 0);
}

static int set_up(void **state)
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
    issue(place, "a", ROLE_MEMBER);
    assert_int_equal(identity_load(place->id, NULL, NOW, &place->ours, NULL), 0);
    open_ca(place);
    *state = place;
    return 0;
}

static int tear_down(void **state)
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
            (void)unlink(path_in(folders[i], files[j]));
        }
        (void)rmdir(folders[i]);
    }
    free(place);
    return 0;
}

/* What is asked of a certificate that is made for a test. */
struct wish {
    const char *cluster; /* NULL: demo */
    const char *more_uri;
    uint64_t from_ns, until_ns; /* 0: a day before, a day after NOW */
    gnutls_x509_crt_t ca_cert;  /* NULL: the place's */
    gnutls_x509_privkey_t ca_key;
};

static gnutls_x509_crt_t make(struct place *place, const struct wish *wish)
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

    assert_int_equal(judge_at(place, make(place, &(struct wish){0}), NOW, &peer, &until_ns), 0);
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
        assert_int_equal(judge_at(place, make(place, &wish), rows[i].wall_ns, &peer, NULL),
                         rows[i].err);
    }
}

static void an_expired_ca_expires_its_leaves(void **state)
{
    struct place *place = *state;
    struct spiffe peer;
    const uint64_t after = NOW + 4000 * DAY;
    const struct wish wish = {.until_ns = after + DAY};

    assert_int_equal(judge_at(place, make(place, &wish), after, &peer, NULL), ERR_EXPIRED);
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
    assert_int_equal(judge(place, make(place, &wish)), ERR_UNKNOWN_CA);

    /* Named as our CA, with its key identifier, but signed by another key. */
    wish.ca_cert = place->ca_cert;
    assert_int_equal(judge(place, make(place, &wish)), ERR_UNKNOWN_CA);

    /* Unknown comes before expired: a stranger's dates tell nothing. */
    wish = (struct wish){.ca_cert = ca, .ca_key = key, .until_ns = NOW - DAY / 2};
    assert_int_equal(judge(place, make(place, &wish)), ERR_UNKNOWN_CA);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_privkey_deinit(key);
}

static void self_signed_is_unknown(void **state)
{
    struct place *place = *state;
    gnutls_x509_crt_t cert = make(place, &(struct wish){0});

    assert_int_equal(gnutls_x509_crt_sign2(cert, cert, place->key, GNUTLS_DIG_SHA512, 0), 0);
    assert_int_equal(judge(place, cert), ERR_UNKNOWN_CA);
}

static void an_identity_is_exactly_one_uri(void **state)
{
    struct place *place = *state;
    static const char good[] = "spiffe://demo/swim/member/b";
    const struct wish two = {.more_uri = "spiffe://demo/swim/member/c"};

    assert_int_equal(judge(place, make(place, &two)), ERR_MALFORMED);
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

    assert_int_equal(judge(place, make(place, &wish)), ERR_CLUSTER);
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
    write_text(place->id, "crl.pem", pem.data, pem.size);
    gnutls_free(pem.data);
    gnutls_x509_crl_deinit(crl);
}

static int reload(struct place *place, struct why *why)
{
    identity_free(place->ours);
    return identity_load(place->id, NULL, NOW, &place->ours, why);
}

static void the_revoked_are_refused(void **state)
{
    struct place *place = *state;
    const struct wish expired = {.until_ns = NOW - DAY / 2};
    gnutls_x509_crt_t cert = make(place, &expired);

    /* Overdue by an hour: it still counts. Revoked is told before expired. */
    write_crl(place, cert, NOW - 3600 * NS_PER_S, place->ca_key);
    assert_int_equal(reload(place, NULL), 0);
    assert_int_equal(judge(place, cert), ERR_REVOKED);
    assert_int_equal(judge(place, make(place, &(struct wish){0})), 0);
}

static void a_forged_list_is_no_list(void **state)
{
    struct place *place = *state;
    struct why why;

    write_crl(place, NULL, NOW + DAY, place->key);
    assert_int_equal(reload(place, &why), ERR_BAD_IDENTITY);
    assert_non_null(strstr(why.text, "crl.pem"));
    write_text(place->id, "crl.pem", "x", 1);
    assert_int_equal(reload(place, &why), ERR_BAD_IDENTITY);
}

static void while_the_ca_changes_two_are_believed(void **state)
{
    struct place *place = *state;
    const struct mint_dates dates = {NOW - DAY, NOW + DAY};
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t ca;
    gnutls_datum_t pem;
    char text[FILE_SIZE];

    assert_int_equal(mint_key(&key, NULL), 0);
    assert_int_equal(mint_ca("demo", key, &dates, &ca, NULL), 0);
    assert_int_equal(mint_export_cert(ca, &pem), 0);
    const size_t len = read_text(place->id, "ca.pem", text);
    assert_true(len + pem.size < sizeof(text));
    memcpy(text + len, pem.data, pem.size);
    write_text(place->id, "ca.pem", text, len + pem.size);
    assert_int_equal(reload(place, NULL), 0);
    const struct wish by_new = {.ca_cert = ca, .ca_key = key};
    assert_int_equal(judge(place, make(place, &by_new)), 0);
    assert_int_equal(judge(place, make(place, &(struct wish){0})), 0);
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_privkey_deinit(key);
}

/* ---- our own identity ---- */

static void what_is_missing_is_made_by_two_commands(void **state)
{
    struct place *place = *state;
    struct identity *identity;
    struct why why;

    assert_int_equal(identity_load(path_in(place->root, "none"), NULL, NOW, &identity, &why),
                     ERR_NO_IDENTITY);
    assert_null(identity);
    assert_non_null(strstr(why.text, "/none: No such file"));
    assert_non_null(strstr(why.text, "swim-keys init"));
    assert_non_null(strstr(why.text, "swim-keys issue"));
    assert_int_equal(unlink(path_in(place->id, "key.pem")), 0);
    assert_int_equal(reload(place, &why), ERR_NO_IDENTITY);
    assert_non_null(strstr(why.text, "key.pem: No such file"));
}

static void a_key_that_others_can_read_is_refused(void **state)
{
    struct place *place = *state;
    struct why why;
    static const mode_t bad[] = {0644, 0640, 0604, 0660};
    static const mode_t good[] = {0600, 0400};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char octal[16];
        assert_int_equal(chmod(path_in(place->id, "key.pem"), bad[i]), 0);
        assert_int_equal(reload(place, &why), ERR_KEY_EXPOSED);
        (void)snprintf(octal, sizeof(octal), "%04o", (unsigned)bad[i]);
        assert_non_null(strstr(why.text, octal));
        assert_non_null(strstr(why.text, "key.pem"));
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(chmod(path_in(place->id, "key.pem"), good[i]), 0);
        assert_int_equal(reload(place, NULL), 0);
    }
}

static void a_monitor_may_share_its_key_with_a_group(void **state)
{
    struct place *place = *state;
    static const char *const files[] = {"ca.pem", "cert.pem", "key.pem"};

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(unlink(path_in(place->id, files[i])), 0);
    }
    issue(place, "a", ROLE_MONITOR);
    assert_int_equal(chmod(path_in(place->id, "key.pem"), 0640), 0);
    assert_int_equal(reload(place, NULL), 0);
    assert_int_equal(identity_self(place->ours)->role, ROLE_MONITOR);
    assert_int_equal(chmod(path_in(place->id, "key.pem"), 0644), 0);
    assert_int_equal(reload(place, NULL), ERR_KEY_EXPOSED);
}

static void credentials_of_the_service_manager_are_exempt(void **state)
{
    struct place *place = *state;
    char sibling[PATH_SIZE];
    struct identity *identity;

    assert_int_equal(chmod(path_in(place->id, "key.pem"), 0440), 0);
    assert_int_equal(identity_load(place->id, place->out, NOW, &identity, NULL), 0);
    identity_free(identity);
    assert_int_equal(identity_load(place->id, place->id, NOW, &identity, NULL), 0);
    identity_free(identity);
    /* A name that only begins alike is not below it. */
    (void)snprintf(sibling, sizeof(sibling), "%.200s/i", place->root);
    assert_int_equal(mkdir(sibling, 0700), 0);
    assert_int_equal(identity_load(place->id, sibling, NOW, &identity, NULL), ERR_KEY_EXPOSED);
    assert_int_equal(rmdir(sibling), 0);
}

static void our_own_dates_are_told(void **state)
{
    struct place *place = *state;
    struct identity *identity;
    struct why why;

    assert_int_equal(identity_until_ns(place->ours), NOW + 90 * DAY);
    assert_int_equal(identity_load(place->id, NULL, NOW + 91 * DAY, &identity, &why), ERR_EXPIRED);
    assert_non_null(strstr(why.text, "2027-04-15T"));
    assert_int_equal(identity_load(place->id, NULL, NOW - DAY, &identity, &why), ERR_NOT_YET_VALID);
    assert_int_equal(identity_load(place->id, NULL, NOW - 3600 * NS_PER_S, &identity, NULL), 0);
    identity_free(identity);
}

static void what_does_not_belong_together_is_bad(void **state)
{
    struct place *place = *state;
    char text[FILE_SIZE];
    gnutls_datum_t pem;
    struct why why;

    assert_int_equal(mint_export_key(place->key, &pem), 0);
    const size_t len = read_text(place->id, "key.pem", text);
    write_text(place->id, "key.pem", pem.data, pem.size);
    mint_wipe(&pem);
    assert_int_equal(reload(place, &why), ERR_BAD_IDENTITY);
    assert_non_null(strstr(why.text, "not the key of cert.pem"));
    write_text(place->id, "key.pem", "nonsense", 8);
    assert_int_equal(reload(place, &why), ERR_BAD_IDENTITY);
    write_text(place->id, "key.pem", text, len);
    assert_int_equal(reload(place, &why), 0);

    const size_t ca_len = read_text(place->id, "cert.pem", text);
    write_text(place->id, "ca.pem", text, ca_len);
    assert_int_equal(reload(place, &why), ERR_BAD_IDENTITY);
    assert_non_null(strstr(why.text, "not a CA's"));
}

static void a_secret_is_of_the_key_and_its_purpose(void **state)
{
    struct place *place = *state;
    uint8_t first[IDENTITY_SECRET_LEN], other[IDENTITY_SECRET_LEN], again[IDENTITY_SECRET_LEN];
    struct spiffe spiffe;

    assert_int_equal(identity_derive(place->ours, "stateless reset", first), 0);
    assert_int_equal(identity_derive(place->ours, "retry", other), 0);
    assert_memory_not_equal(first, other, sizeof(first));
    assert_int_equal(reload(place, NULL), 0);
    assert_int_equal(identity_derive(place->ours, "stateless reset", again), 0);
    assert_memory_equal(first, again, sizeof(first));
    assert_int_equal(ca_renew(place->ca, place->id, 90, NOW, &spiffe, NULL, NULL), 0);
    assert_int_equal(reload(place, NULL), 0);
    assert_int_equal(identity_derive(place->ours, "stateless reset", again), 0);
    assert_memory_not_equal(first, again, sizeof(first));
}

/* ---- the CA ---- */

static void nothing_is_overwritten(void **state)
{
    struct place *place = *state;
    struct spiffe spiffe = {.role = ROLE_MEMBER, .name = {"a"}};
    char before[FILE_SIZE], after[FILE_SIZE];
    struct why why;

    read_text(place->ca, "ca.key", before);
    assert_int_equal(ca_init(place->ca, "demo", NOW, &why), ERR_EXISTS);
    read_text(place->ca, "ca.key", after);
    assert_string_equal(before, after);
    assert_int_equal(ca_check_vacant(place->out, &spiffe.name, &why), ERR_EXISTS);
    assert_int_equal(ca_issue(place->ca, place->out, &spiffe, 90, NOW, NULL, &why), ERR_EXISTS);
    /* A part of one is enough, and what is missing stays so. */
    assert_int_equal(unlink(path_in(place->id, "ca.pem")), 0);
    assert_int_equal(unlink(path_in(place->id, "cert.pem")), 0);
    assert_int_equal(ca_issue(place->ca, place->out, &spiffe, 90, NOW, NULL, &why), ERR_EXISTS);
    assert_int_equal(access(path_in(place->id, "ca.pem"), F_OK), -1);
}

static void a_leaf_never_outlives_its_ca(void **state)
{
    struct place *place = *state;
    struct spiffe spiffe;
    uint64_t until_ns = 0;
    const uint64_t late = NOW + (CA_DAYS - 10) * DAY;

    assert_int_equal(ca_renew(place->ca, place->id, 90, late, &spiffe, &until_ns, NULL), 0);
    assert_int_equal(until_ns, cert_until_ns(place->ca_cert));
    assert_int_equal(ca_renew(place->ca, place->id, 90, late + 11 * DAY, &spiffe, NULL, NULL),
                     ERR_EXPIRED);
    assert_int_equal(ca_renew(place->ca, place->id, 0, NOW, &spiffe, NULL, NULL), ERR_USAGE);
    assert_int_equal(ca_renew(place->ca, place->id, CA_DAYS + 1, NOW, &spiffe, NULL, NULL),
                     ERR_USAGE);
}

static void a_renewal_keeps_who_it_is(void **state)
{
    struct place *place = *state;
    struct spiffe spiffe;
    struct stat st;
    uint64_t until_ns = 0;
    char before[FILE_SIZE], after[FILE_SIZE];

    read_text(place->id, "key.pem", before);
    assert_int_equal(chmod(path_in(place->id, "key.pem"), 0400), 0);
    assert_int_equal(ca_renew(place->ca, place->id, 30, NOW + 100 * DAY, &spiffe, &until_ns, NULL),
                     0);
    assert_int_equal(until_ns, NOW + 130 * DAY);
    assert_string_equal(spiffe.name.text, "a");
    assert_int_equal(spiffe.role, ROLE_MEMBER);
    read_text(place->id, "key.pem", after);
    assert_string_not_equal(before, after);
    assert_int_equal(stat(path_in(place->id, "key.pem"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0400);
    identity_free(place->ours);
    assert_int_equal(identity_load(place->id, NULL, NOW + 100 * DAY, &place->ours, NULL), 0);
    assert_string_equal(identity_self(place->ours)->name.text, "a");
}

static void a_crash_between_the_renames_is_repaired(void **state)
{
    struct place *place = *state;
    struct spiffe spiffe;
    char old_cert[FILE_SIZE];
    struct why why;

    const size_t len = read_text(place->id, "cert.pem", old_cert);
    assert_int_equal(ca_renew(place->ca, place->id, 30, NOW, &spiffe, NULL, NULL), 0);
    write_text(place->id, "cert.pem", old_cert, len);
    write_text(place->id, ".cert.pem.new", "half", 4);
    assert_int_equal(reload(place, &why), ERR_BAD_IDENTITY);
    assert_non_null(strstr(why.text, "swim-keys renew"));
    assert_int_equal(ca_renew(place->ca, place->id, 30, NOW, &spiffe, NULL, NULL), 0);
    assert_int_equal(reload(place, NULL), 0);
    assert_int_equal(access(path_in(place->id, ".cert.pem.new"), F_OK), -1);
}

static void two_renewals_do_not_mix(void **state)
{
    struct place *place = *state;
    struct keydir dir;
    struct spiffe spiffe;

    assert_int_equal(keydir_open(&dir, place->id, NULL), 0);
    assert_int_equal(keydir_lock(&dir, NULL), 0);
    assert_int_equal(ca_renew(place->ca, place->id, 30, NOW, &spiffe, NULL, NULL), ERR_IN_USE);
    keydir_close(&dir);
    assert_int_equal(ca_renew(place->ca, place->id, 30, NOW, &spiffe, NULL, NULL), 0);
}

static void serials_are_20_positive_bytes(void **state)
{
    struct place *place = *state;
    unsigned char serial[64], previous[64] = {0};

    for (int i = 0; i < 16; i++) {
        size_t len = sizeof(serial);
        gnutls_x509_crt_t cert = make(place, &(struct wish){0});
        assert_int_equal(gnutls_x509_crt_get_serial(cert, serial, &len), 0);
        assert_int_equal(len, 20);
        assert_true(serial[0] > 0 && serial[0] < 0x80);
        assert_memory_not_equal(serial, previous, 20);
        memcpy(previous, serial, sizeof(serial));
        gnutls_x509_crt_deinit(cert);
    }
}

#define TEST(FUNCTION) cmocka_unit_test_setup_teardown(FUNCTION, set_up, tear_down)

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
        TEST(what_is_missing_is_made_by_two_commands),
        TEST(a_key_that_others_can_read_is_refused),
        TEST(a_monitor_may_share_its_key_with_a_group),
        TEST(credentials_of_the_service_manager_are_exempt),
        TEST(our_own_dates_are_told),
        TEST(what_does_not_belong_together_is_bad),
        TEST(a_secret_is_of_the_key_and_its_purpose),
        TEST(nothing_is_overwritten),
        TEST(a_leaf_never_outlives_its_ca),
        TEST(a_renewal_keeps_who_it_is),
        TEST(a_crash_between_the_renames_is_repaired),
        TEST(two_renewals_do_not_mix),
        TEST(serials_are_20_positive_bytes),
    };

    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
