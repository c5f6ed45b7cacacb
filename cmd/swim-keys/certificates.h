/**
 * The certificates that lie at a path, read for showing.
 */
#ifndef SWIM_KEYS_CERTIFICATES_H
#define SWIM_KEYS_CERTIFICATES_H

#include "base/err.h"
#include "keys/cert.h"

/** What is read where the path is a directory. */
enum certificates_of {
    CERTIFICATES_OF_ANY, /* cert.pem, and where there is none, ca.pem */
    CERTIFICATES_OF_CA,  /* ca.pem */
};

/** Whether the path is a directory. */
bool certificates_is_directory(const char *path);

/** Calls `tell` with each certificate of the file, or of the directory's. `path` is the file's.
 *  ERR_NOT_FOUND, ERR_SYSTEM, ERR_MALFORMED; then none, or not all, were told. */
int certificates_each(const char *path, enum certificates_of of,
                      void (*tell)(const char *path, const struct cert_facts *facts, void *user),
                      void *user, struct why *why);

#endif
