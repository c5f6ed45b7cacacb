/* An identity is refused before peers would; the CA issues, renews, and overwrites nothing. */
#include "keys/ca.h"
#include "keys/cert.h"
#include "keys/identity.h"
#include "keys/keydir.h"
#include "keys/mint.h"
#include "place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void what_is_missing_is_made_by_two_commands(void **state)
{
    struct place *place = *state;
    struct identity *identity;
    struct why why;

    assert_int_equal(identity_load(place_path(place->root, "none"), NULL, NOW, &identity, &why),
                     ERR_NO_IDENTITY);
    assert_null(identity);
    assert_non_null(strstr(why.text, "/none: No such file"));
    assert_non_null(strstr(why.text, "swim-keys init"));
    assert_non_null(strstr(why.text, "swim-keys issue"));
    assert_int_equal(unlink(place_path(place->id, "key.pem")), 0);
    assert_int_equal(place_reload(place, &why), ERR_NO_IDENTITY);
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
        assert_int_equal(chmod(place_path(place->id, "key.pem"), bad[i]), 0);
        assert_int_equal(place_reload(place, &why), ERR_KEY_EXPOSED);
        (void)snprintf(octal, sizeof(octal), "%04o", (unsigned)bad[i]);
        assert_non_null(strstr(why.text, octal));
        assert_non_null(strstr(why.text, "key.pem"));
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(chmod(place_path(place->id, "key.pem"), good[i]), 0);
        assert_int_equal(place_reload(place, NULL), 0);
    }
}

static void a_monitor_may_share_its_key_with_a_group(void **state)
{
    struct place *place = *state;
    static const char *const files[] = {"ca.pem", "cert.pem", "key.pem"};

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(unlink(place_path(place->id, files[i])), 0);
    }
    place_issue(place, "a", ROLE_MONITOR);
    assert_int_equal(chmod(place_path(place->id, "key.pem"), 0640), 0);
    assert_int_equal(place_reload(place, NULL), 0);
    assert_int_equal(identity_self(place->ours)->role, ROLE_MONITOR);
    assert_int_equal(chmod(place_path(place->id, "key.pem"), 0644), 0);
    assert_int_equal(place_reload(place, NULL), ERR_KEY_EXPOSED);
}

static void credentials_of_the_service_manager_are_exempt(void **state)
{
    struct place *place = *state;
    char sibling[PLACE_PATH_SIZE];
    struct identity *identity;

    assert_int_equal(chmod(place_path(place->id, "key.pem"), 0440), 0);
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
    char text[PLACE_FILE_SIZE];
    gnutls_datum_t pem;
    struct why why;

    assert_int_equal(mint_export_key(place->key, &pem), 0);
    const size_t len = place_read(place->id, "key.pem", text);
    place_write(place->id, "key.pem", pem.data, pem.size);
    mint_wipe(&pem);
    assert_int_equal(place_reload(place, &why), ERR_BAD_IDENTITY);
    assert_non_null(strstr(why.text, "not the key of cert.pem"));
    place_write(place->id, "key.pem", "nonsense", 8);
    assert_int_equal(place_reload(place, &why), ERR_BAD_IDENTITY);
    place_write(place->id, "key.pem", text, len);
    assert_int_equal(place_reload(place, &why), 0);

    const size_t ca_len = place_read(place->id, "cert.pem", text);
    place_write(place->id, "ca.pem", text, ca_len);
    assert_int_equal(place_reload(place, &why), ERR_BAD_IDENTITY);
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
    assert_int_equal(place_reload(place, NULL), 0);
    assert_int_equal(identity_derive(place->ours, "stateless reset", again), 0);
    assert_memory_equal(first, again, sizeof(first));
    assert_int_equal(ca_renew(place->ca, place->id, 90, NOW, &spiffe, NULL, NULL), 0);
    assert_int_equal(place_reload(place, NULL), 0);
    assert_int_equal(identity_derive(place->ours, "stateless reset", again), 0);
    assert_memory_not_equal(first, again, sizeof(first));
}

/* ---- the CA ---- */

static void nothing_is_overwritten(void **state)
{
    struct place *place = *state;
    struct spiffe spiffe = {.role = ROLE_MEMBER, .name = {"a"}};
    char before[PLACE_FILE_SIZE], after[PLACE_FILE_SIZE];
    struct why why;

    place_read(place->ca, "ca.key", before);
    assert_int_equal(ca_init(place->ca, "demo", NOW, &why), ERR_EXISTS);
    place_read(place->ca, "ca.key", after);
    assert_string_equal(before, after);
    assert_int_equal(ca_check_vacant(place->out, &spiffe.name, &why), ERR_EXISTS);
    assert_int_equal(ca_issue(place->ca, place->out, &spiffe, 90, NOW, NULL, &why), ERR_EXISTS);
    /* A part of one is enough, and what is missing stays so. */
    assert_int_equal(unlink(place_path(place->id, "ca.pem")), 0);
    assert_int_equal(unlink(place_path(place->id, "cert.pem")), 0);
    assert_int_equal(ca_issue(place->ca, place->out, &spiffe, 90, NOW, NULL, &why), ERR_EXISTS);
    assert_int_equal(access(place_path(place->id, "ca.pem"), F_OK), -1);
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
    char before[PLACE_FILE_SIZE], after[PLACE_FILE_SIZE];

    place_read(place->id, "key.pem", before);
    assert_int_equal(chmod(place_path(place->id, "key.pem"), 0400), 0);
    assert_int_equal(ca_renew(place->ca, place->id, 30, NOW + 100 * DAY, &spiffe, &until_ns, NULL),
                     0);
    assert_int_equal(until_ns, NOW + 130 * DAY);
    assert_string_equal(spiffe.name.text, "a");
    assert_int_equal(spiffe.role, ROLE_MEMBER);
    place_read(place->id, "key.pem", after);
    assert_string_not_equal(before, after);
    assert_int_equal(stat(place_path(place->id, "key.pem"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0400);
    identity_free(place->ours);
    assert_int_equal(identity_load(place->id, NULL, NOW + 100 * DAY, &place->ours, NULL), 0);
    assert_string_equal(identity_self(place->ours)->name.text, "a");
}

static void a_crash_between_the_renames_is_repaired(void **state)
{
    struct place *place = *state;
    struct spiffe spiffe;
    char old_cert[PLACE_FILE_SIZE];
    struct why why;

    const size_t len = place_read(place->id, "cert.pem", old_cert);
    assert_int_equal(ca_renew(place->ca, place->id, 30, NOW, &spiffe, NULL, NULL), 0);
    place_write(place->id, "cert.pem", old_cert, len);
    place_write(place->id, ".cert.pem.new", "half", 4);
    assert_int_equal(place_reload(place, &why), ERR_BAD_IDENTITY);
    assert_non_null(strstr(why.text, "swim-keys renew"));
    assert_int_equal(ca_renew(place->ca, place->id, 30, NOW, &spiffe, NULL, NULL), 0);
    assert_int_equal(place_reload(place, NULL), 0);
    assert_int_equal(access(place_path(place->id, ".cert.pem.new"), F_OK), -1);
}

/* Renews as fast as it can, in a process of its own. */
static pid_t start_renewals(const struct place *place, int count)
{
    const pid_t pid = fork();

    if (pid != 0) {
        return pid;
    }
    for (int i = 0; i < count; i++) {
        struct spiffe spiffe;
        if (ca_renew(place->ca, place->id, 30, NOW, &spiffe, NULL, NULL) != 0) {
            _exit(1);
        }
    }
    _exit(0);
}

static void a_reader_beside_renewals_meets_no_half_identity(void **state)
{
    struct place *place = *state;
    const pid_t pid = start_renewals(place, 200);
    struct why why = {""};
    int status = 0, err = 0;

    assert_true(pid > 0);
    while (waitpid(pid, &status, WNOHANG) == 0) {
        err = err != 0 ? err : place_reload(place, &why);
    }
    assert_string_equal(why.text, "");
    assert_int_equal(err, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
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

#define TEST(FUNCTION) cmocka_unit_test_setup_teardown(FUNCTION, place_make, place_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        TEST(a_reader_beside_renewals_meets_no_half_identity),
        TEST(two_renewals_do_not_mix),
    };

    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
