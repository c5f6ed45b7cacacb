/* swim-keys verify: what a peer, and the program itself, would say of an identity. */
#include "keys/verify.h"

#include "base/wall.h"
#include "certificates.h"
#include "cli/say.h"
#include "keys/cert.h"
#include "keys/keydir.h"
#include "keys/names.h"
#include "verb.h"

#include <stdio.h>
#include <stdlib.h>

/* Whom to believe, from a CA's or an identity's directory, or from a file of CA certificates. */
static int load_trust(const char *path, struct trust **trust, struct why *why)
{
    struct keydir dir;
    int err;

    if (!certificates_is_directory(path)) {
        keydir_anywhere(&dir);
        return trust_load(&dir, path, NULL, trust, why);
    }
    err = keydir_open(&dir, path, why);
    if (err == 0) {
        err = trust_load(&dir, FILE_CA, FILE_CRL, trust, why);
        keydir_close(&dir);
    }
    return err;
}

static int read_chain(const char *directory, gnutls_x509_crt_t **chain, unsigned *count,
                      struct why *why)
{
    struct keydir dir;
    struct keyfile pem;
    int err = keydir_open(&dir, directory, why);

    if (err != 0) {
        return err;
    }
    err = keydir_read(&dir, FILE_CERT, &pem, why);
    if (err == 0) {
        const gnutls_datum_t data = {pem.data, (unsigned)pem.len};
        err = cert_read_all(&data, chain, count);
        keyfile_release(&pem);
        if (err == ERR_MALFORMED) {
            (void)why_set(why, err, "no certificate in PEM");
            err = keydir_blame(&dir, FILE_CERT, err, why);
        }
    }
    keydir_close(&dir);
    return err;
}

/* A CA that names no cluster leaves the certificate's own. */
static int judge_chain(const struct trust *trust, gnutls_x509_crt_t *chain, unsigned count)
{
    const char *cluster = trust_cluster(trust);
    struct spiffe own, peer;

    if (cluster[0] == '\0' && cert_identity(chain[0], &own) == 0) {
        cluster = own.cluster;
    }
    return verify_certs(trust, cluster, chain, count, wall_now_ns(), &peer, NULL);
}

/* As a peer that believes `trust` would judge it. */
static int judge_as_peer(const struct trust *trust, const char *directory, struct why *why)
{
    gnutls_x509_crt_t *chain = NULL;
    unsigned count = 0;
    int err = read_chain(directory, &chain, &count, why);

    if (err == 0) {
        err = judge_chain(trust, chain, count);
        cert_free_all(chain, count);
        if (err != 0) {
            (void)why_set(why, err, "%s", directory);
        }
    }
    return err == ERR_NOT_FOUND || err == ERR_SYSTEM ? ERR_NO_IDENTITY : err;
}

/* As the program that is started with it would. */
static int judge_as_owner(const char *directory, struct why *why)
{
    struct identity *identity = NULL;
    const int err =
        identity_load(directory, getenv("CREDENTIALS_DIRECTORY"), wall_now_ns(), &identity, why);

    identity_free(identity);
    return err;
}

/* `given` NULL: the directory's own CA. */
static int judge(const struct trust *given, const char *directory, struct why *why)
{
    struct trust *own = NULL;
    int err = given != NULL ? 0 : load_trust(directory, &own, why);

    if (err == ERR_NOT_FOUND || err == ERR_SYSTEM) {
        return ERR_NO_IDENTITY;
    }
    if (err == 0) {
        err = judge_as_peer(given != NULL ? given : own, directory, why);
    }
    trust_free(own);
    return err != 0 ? err : judge_as_owner(directory, why);
}

static int print(const struct keys_options *options, const char *directory, int verdict)
{
    struct record record;

    if (!verb_wants_records(options)) {
        printf("%s %s\n", directory, err_name(verdict));
        return 0;
    }
    record_init(&record, "verify", wall_now_ns());
    record_add_text(&record, "path", directory);
    record_add_text(&record, "rc", err_name(verdict));
    return verb_write(options, &record);
}

int verb_verify(const struct keys_options *options, int count, char **operands)
{
    struct why why = {""};
    struct trust *trust = NULL;
    int code = EXIT_YES;
    int err = options->ca != NULL ? load_trust(options->ca, &trust, &why) : 0;

    if (err != 0) {
        return say_error(err == ERR_NOT_FOUND || err == ERR_SYSTEM ? ERR_NO_IDENTITY : err, &why);
    }
    for (int i = 0; i < count; i++) {
        const int verdict = judge(trust, operands[i], &why);
        err = print(options, operands[i], verdict);
        if (err != 0) {
            code = verb_worse(code, (int)err_exit(err));
        }
        if (verdict != 0) {
            const int failed = say_error(verdict, &why);
            /* That of a certificate which is none is no plain no here. */
            code = verb_worse(code, failed == EXIT_NO ? EXIT_IDENTITY : failed);
        }
    }
    trust_free(trust);
    return code;
}
