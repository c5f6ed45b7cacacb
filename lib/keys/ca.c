#include "keys/ca.h"

#include "base/duration.h"
#include "keys/cert.h"
#include "keys/keydir.h"
#include "keys/mint.h"
#include "keys/names.h"
#include "keys/signer.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#define NS_PER_DAY (UINT64_C(86400) * NS_PER_S)
#define MODE_MONITOR 0640
#define MODE_READ_ONLY 0400
#define MODE_CA_DIRECTORY 0700
#define MODE_ID_DIRECTORY 0755 /* less umask: only the key is secret */

/* The files of one identity, in the order in which they are put in place. */
enum { ROW_CA, ROW_CRL, ROW_KEY, ROW_CERT, ROW_COUNT };

struct id_file {
    const char *name;
    mode_t mode;
    gnutls_datum_t data; /* data NULL: not written */
};

static const char *const id_names[] = {FILE_CA, FILE_CRL, FILE_KEY, FILE_CERT};

/* Checked before anything is made. */
static int check_days(unsigned days, struct why *why)
{
    if (days < 1 || days > CA_DAYS) {
        return why_set(why, ERR_USAGE, "%u days: must be 1 to %u", days, (unsigned)CA_DAYS);
    }
    return 0;
}

static struct mint_dates dates_from(uint64_t wall_ns, unsigned days)
{
    const uint64_t back_ns = CA_BACKDATE_S * NS_PER_S;

    return (struct mint_dates){
        .from_ns = wall_ns > back_ns ? wall_ns - back_ns : 0,
        .until_ns = duration_add(wall_ns, days * NS_PER_DAY),
    };
}

/* A leaf that outlives its CA would fail with it, but say another date. */
static struct mint_dates leaf_dates(const struct signer *signer, uint64_t wall_ns, unsigned days)
{
    struct mint_dates dates = dates_from(wall_ns, days);
    const uint64_t from_ns = cert_from_ns(signer->cert), until_ns = cert_until_ns(signer->cert);

    dates.from_ns = dates.from_ns < from_ns ? from_ns : dates.from_ns;
    dates.until_ns = dates.until_ns > until_ns ? until_ns : dates.until_ns;
    dates.until_ns -= dates.until_ns % NS_PER_S;
    return dates;
}

/* ---- init ---- */

static int write_ca(const struct keydir *dir, const gnutls_datum_t *cert, const gnutls_datum_t *key,
                    struct why *why)
{
    int err = keydir_create(dir, FILE_CA_KEY, KEYDIR_MODE_SECRET, key->data, key->size, why);

    if (err != 0) {
        return err;
    }
    err = keydir_create(dir, FILE_CA, KEYDIR_MODE_PUBLIC, cert->data, cert->size, why);
    if (err != 0) {
        keydir_remove(dir, FILE_CA_KEY);
        return err;
    }
    return keydir_sync(dir, why);
}

static int export_ca(const struct keydir *dir, gnutls_x509_crt_t cert, gnutls_x509_privkey_t key,
                     struct why *why)
{
    gnutls_datum_t cert_pem = {NULL, 0}, key_pem = {NULL, 0};
    int err = mint_export_cert(cert, &cert_pem);

    if (err == 0) {
        err = mint_export_key(key, &key_pem);
    }
    if (err == 0) {
        err = write_ca(dir, &cert_pem, &key_pem, why);
    }
    gnutls_free(cert_pem.data);
    mint_wipe(&key_pem);
    return err;
}

static int make_ca(const struct keydir *dir, const char *cluster, uint64_t wall_ns, struct why *why)
{
    const struct mint_dates dates = dates_from(wall_ns, CA_DAYS);
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t cert = NULL;
    int err = mint_key(&key, why);

    if (err != 0) {
        return err;
    }
    err = mint_ca(cluster, key, &dates, &cert, why);
    if (err == 0) {
        err = export_ca(dir, cert, key, why);
        gnutls_x509_crt_deinit(cert);
    }
    gnutls_x509_privkey_deinit(key);
    return err;
}

int ca_init(const char *directory, const char *cluster, uint64_t wall_ns, struct why *why)
{
    struct keydir dir;

    if (!name_is_cluster(cluster, strlen(cluster))) {
        return why_set(why, ERR_USAGE, "'%s' is no cluster name ([a-z0-9][a-z0-9._-]{0,62})",
                       cluster);
    }
    int err = keydir_make(&dir, directory, MODE_CA_DIRECTORY, why);
    if (err != 0) {
        return err;
    }
    err = keydir_check_vacant(&dir, FILE_CA, why);
    if (err == 0) {
        err = keydir_check_vacant(&dir, FILE_CA_KEY, why);
    }
    if (err == 0) {
        err = make_ca(&dir, cluster, wall_ns, why);
    }
    keydir_close(&dir);
    return err;
}

/* ---- issue ---- */

static int join_path(char path[PATH_MAX], const char *out, const struct name *name, struct why *why)
{
    const int len = snprintf(path, PATH_MAX, "%s/%s", out, name->text);

    if (len < 0 || len >= PATH_MAX) {
        return why_set(why, ERR_SYSTEM, "%s/%s: the path is too long", out, name->text);
    }
    return 0;
}

static int check_vacant_in(const struct keydir *dir, struct why *why)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const int err = keydir_check_vacant(dir, id_names[i], why);
        if (err != 0) {
            return err;
        }
    }
    return 0;
}

int ca_check_vacant(const char *out, const struct name *name, struct why *why)
{
    char path[PATH_MAX];
    struct why found = {""};
    struct keydir dir;
    int err = join_path(path, out, name, why);

    if (err != 0) {
        return err;
    }
    err = keydir_open(&dir, path, &found);
    if (err != 0) {
        return err == ERR_NOT_FOUND ? 0 : why_set(why, err, "%s", found.text);
    }
    err = check_vacant_in(&dir, why);
    keydir_close(&dir);
    return err;
}

static void release_files(struct id_file files[ROW_COUNT])
{
    gnutls_free(files[ROW_CERT].data.data);
    mint_wipe(&files[ROW_KEY].data);
}

/* A new key with its certificate and what belongs beside them. After success release_files is
 * due. */
static int make_files(const struct signer *signer, const struct spiffe *spiffe,
                      const struct mint_dates *dates, struct id_file files[ROW_COUNT],
                      struct why *why)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t cert = NULL;

    for (size_t i = 0; i < ROW_COUNT; i++) {
        files[i] = (struct id_file){.name = id_names[i], .mode = KEYDIR_MODE_PUBLIC};
    }
    files[ROW_KEY].mode = KEYDIR_MODE_SECRET;
    files[ROW_CA].data = (gnutls_datum_t){signer->bundle.data, (unsigned)signer->bundle.len};
    files[ROW_CRL].data = (gnutls_datum_t){signer->crl.data, (unsigned)signer->crl.len};
    int err = mint_key(&key, why);
    if (err != 0) {
        return err;
    }
    err = mint_leaf(spiffe, key, signer->cert, signer->key, dates, &cert, why);
    if (err == 0) {
        err = mint_export_cert(cert, &files[ROW_CERT].data);
        gnutls_x509_crt_deinit(cert);
    }
    if (err == 0) {
        err = mint_export_key(key, &files[ROW_KEY].data);
    }
    gnutls_x509_privkey_deinit(key);
    if (err != 0) {
        release_files(files);
    }
    return err;
}

static int create_files(const struct keydir *dir, const struct id_file files[ROW_COUNT],
                        struct why *why)
{
    int err = check_vacant_in(dir, why);
    size_t made = 0;

    while (err == 0 && made < ROW_COUNT) {
        const struct id_file *file = &files[made];
        if (file->data.data != NULL) {
            err = keydir_create(dir, file->name, file->mode, file->data.data, file->data.size, why);
        }
        made += err == 0 ? 1 : 0;
    }
    if (err == 0) {
        return keydir_sync(dir, why);
    }
    while (made > 0) {
        made--;
        if (files[made].data.data != NULL) {
            keydir_remove(dir, files[made].name);
        }
    }
    return err;
}

static int issue_into(const char *path, const struct id_file files[ROW_COUNT], struct why *why)
{
    struct keydir dir;
    int err = keydir_make(&dir, path, MODE_ID_DIRECTORY, why);

    if (err == 0) {
        err = create_files(&dir, files, why);
    }
    keydir_close(&dir);
    return err;
}

int ca_issue(const char *directory, const char *out, struct spiffe *spiffe, unsigned days,
             uint64_t wall_ns, uint64_t *until_ns, struct why *why)
{
    char path[PATH_MAX];
    struct id_file files[ROW_COUNT];
    struct signer signer;
    int err = check_days(days, why);

    if (err == 0) {
        err = join_path(path, out, &spiffe->name, why);
    }
    if (err == 0) {
        err = signer_open(&signer, directory, wall_ns, why);
    }
    if (err != 0) {
        return err;
    }
    memcpy(spiffe->cluster, signer.cluster, sizeof(spiffe->cluster));
    const struct mint_dates dates = leaf_dates(&signer, wall_ns, days);
    err = make_files(&signer, spiffe, &dates, files, why);
    if (err == 0) {
        err = issue_into(path, files, why);
        release_files(files);
    }
    signer_close(&signer);
    if (err == 0 && until_ns != NULL) {
        *until_ns = dates.until_ns;
    }
    return err;
}

/* ---- renew ---- */

/* Who the directory's certificate names; an expired one still does. `like` gets the file, for its
 * owner. */
static int read_old(const struct keydir *dir, const struct signer *signer, struct spiffe *spiffe,
                    struct keyfile *like, struct why *why)
{
    gnutls_x509_crt_t *chain = NULL;
    unsigned count = 0;
    int err = keydir_read(dir, FILE_CERT, like, why);

    if (err != 0) {
        return err == ERR_NOT_FOUND || err == ERR_SYSTEM ? ERR_NO_IDENTITY : ERR_BAD_IDENTITY;
    }
    const gnutls_datum_t data = {like->data, (unsigned)like->len};
    err = cert_read_all(&data, &chain, &count);
    if (err == 0) {
        err = cert_identity(chain[0], spiffe);
        cert_free_all(chain, count);
    }
    if (err == ERR_NO_MEMORY) {
        return err;
    }
    if (err != 0) {
        (void)why_set(why, ERR_BAD_IDENTITY, "no certificate with an identity of ours");
        return keydir_blame(dir, FILE_CERT, ERR_BAD_IDENTITY, why);
    }
    if (strcmp(spiffe->cluster, signer->cluster) != 0) {
        (void)why_set(why, ERR_CLUSTER, "of cluster %s, the CA is %s's", spiffe->cluster,
                      signer->cluster);
        return keydir_blame(dir, FILE_CERT, ERR_CLUSTER, why);
    }
    return 0;
}

/* Keeps the old key's owner and mode, but no mode that identity_load would refuse. Where the key is
 * lost, the certificate's owner. */
static int like_old_key(const struct keydir *dir, enum role role, struct keyfile *like,
                        mode_t *mode, struct why *why)
{
    struct keyfile old;
    const int err = keydir_read_optional(dir, FILE_KEY, &old, why);

    if (err != 0 || old.data == NULL) {
        return err;
    }
    if (old.mode == MODE_READ_ONLY || (old.mode == MODE_MONITOR && role == ROLE_MONITOR)) {
        *mode = old.mode;
    }
    like->uid = old.uid;
    like->gid = old.gid;
    keyfile_release(&old);
    return 0;
}

static int replace_files(const struct keydir *dir, const struct id_file files[ROW_COUNT],
                         const struct keyfile *like, struct why *why)
{
    int err = 0;

    for (size_t i = 0; i < ROW_COUNT && err == 0; i++) {
        const struct id_file *file = &files[i];
        if (file->data.data != NULL) {
            err = keydir_stage(dir, file->name, file->mode, like, file->data.data, file->data.size,
                               why);
        }
    }
    for (size_t i = 0; i < ROW_COUNT && err == 0; i++) {
        if (files[i].data.data != NULL) {
            err = keydir_commit(dir, files[i].name, why);
        }
    }
    for (size_t i = 0; i < ROW_COUNT && err != 0; i++) {
        keydir_discard(dir, files[i].name);
    }
    return err != 0 ? err : keydir_sync(dir, why);
}

static int renew_in(const struct keydir *dir, const struct signer *signer,
                    const struct mint_dates *dates, struct spiffe *spiffe, struct why *why)
{
    struct id_file files[ROW_COUNT];
    struct keyfile like = {.data = NULL};
    mode_t key_mode = KEYDIR_MODE_SECRET;
    int err = keydir_lock(dir, why);

    if (err == 0) {
        err = read_old(dir, signer, spiffe, &like, why);
    }
    if (err == 0) {
        err = like_old_key(dir, spiffe->role, &like, &key_mode, why);
    }
    if (err == 0) {
        err = make_files(signer, spiffe, dates, files, why);
    }
    if (err == 0) {
        files[ROW_KEY].mode = key_mode;
        err = replace_files(dir, files, &like, why);
        release_files(files);
    }
    keyfile_release(&like);
    return err;
}

int ca_renew(const char *directory, const char *id_directory, unsigned days, uint64_t wall_ns,
             struct spiffe *spiffe, uint64_t *until_ns, struct why *why)
{
    struct keydir dir;
    struct signer signer;
    int err = check_days(days, why);

    memset(spiffe, 0, sizeof(*spiffe));
    if (err == 0) {
        err = signer_open(&signer, directory, wall_ns, why);
    }
    if (err != 0) {
        return err;
    }
    const struct mint_dates dates = leaf_dates(&signer, wall_ns, days);
    err = keydir_open(&dir, id_directory, why);
    if (err == 0) {
        err = renew_in(&dir, &signer, &dates, spiffe, why);
        keydir_close(&dir);
    } else {
        err = ERR_NO_IDENTITY;
    }
    signer_close(&signer);
    if (err == 0 && until_ns != NULL) {
        *until_ns = dates.until_ns;
    }
    return err;
}
