#include "certificates.h"

#include "keys/keydir.h"
#include "keys/names.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool certificates_is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int join(char file[PATH_MAX], const char *directory, const char *name, struct why *why)
{
    const int len = snprintf(file, PATH_MAX, "%s/%s", directory, name);

    return len >= 0 && len < PATH_MAX ? 0
                                      : why_set(why, ERR_SYSTEM, "%s: too long a path", directory);
}

/* The file that the path means. */
static int find_file(const char *path, enum certificates_of of, char file[PATH_MAX],
                     struct why *why)
{
    if (!certificates_is_directory(path)) {
        const int len = snprintf(file, PATH_MAX, "%s", path);
        return len >= 0 && len < PATH_MAX
                   ? 0
                   : why_set(why, ERR_SYSTEM, "%.100s: too long a path", path);
    }
    int err = join(file, path, FILE_CERT, why);
    if (err == 0 && (of == CERTIFICATES_OF_CA || access(file, F_OK) != 0)) {
        err = join(file, path, FILE_CA, why);
    }
    return err;
}

int certificates_each(const char *path, enum certificates_of of,
                      void (*tell)(const char *path, const struct cert_facts *facts, void *user),
                      void *user, struct why *why)
{
    char file[PATH_MAX];
    struct keydir anywhere;
    struct keyfile pem;
    gnutls_x509_crt_t *certs = NULL;
    unsigned count = 0;
    int err = find_file(path, of, file, why);

    keydir_anywhere(&anywhere);
    if (err == 0) {
        err = keydir_read(&anywhere, file, &pem, why);
    }
    if (err == ERR_NOT_FOUND) {
        return why_set(why, err, "%s", file); /* the error's own text says the rest */
    }
    if (err != 0) {
        return err;
    }
    const gnutls_datum_t data = {pem.data, (unsigned)pem.len};
    err = cert_read_all(&data, &certs, &count);
    keyfile_release(&pem);
    if (err != 0) {
        return why_set(why, err, "%s: no certificate in PEM", file);
    }
    for (unsigned i = 0; i < count && err == 0; i++) {
        struct cert_facts facts;
        err = cert_facts_read(certs[i], &facts);
        if (err == 0) {
            tell(file, &facts, user);
        }
    }
    cert_free_all(certs, count);
    return err == 0 ? 0 : why_set(why, err, "%s: not a certificate of X.509", file);
}
