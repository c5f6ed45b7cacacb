/**
 * The files of an identity or a CA: a directory opened once, and in it files that are read whole,
 * created where none was, or replaced atomically. Private keys are 0600 before they hold a byte.
 */
#ifndef KEYS_KEYDIR_H
#define KEYS_KEYDIR_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

#define KEYDIR_FILE_MAX ((size_t)1 << 20) /* a bundle of hundreds of certificates; not /dev/zero */

#define KEYDIR_MODE_PUBLIC 0644
#define KEYDIR_MODE_SECRET 0600

/** An open directory. `path` is the caller's and outlives it. */
struct keydir {
    int fd;
    const char *path;
};

/** A file that was read, with a NUL behind its `len` bytes. */
struct keyfile {
    unsigned char *data;
    size_t len;
    mode_t mode; /* permission bits */
    uid_t uid;
    gid_t gid;
};

/** Opens a directory. ERR_NOT_FOUND, or ERR_SYSTEM for any other reason. */
int keydir_open(struct keydir *dir, const char *path, struct why *why);

/** Opens it, made with its parents of `mode` less umask where missing. ERR_SYSTEM. */
int keydir_make(struct keydir *dir, const char *path, mode_t mode, struct why *why);

/** The pseudo-directory whose file names are paths. It needs no closing. */
void keydir_anywhere(struct keydir *dir);

void keydir_close(struct keydir *dir);

/** Puts "DIRECTORY/NAME: " before what stands in `why`, and returns `err`. */
int keydir_blame(const struct keydir *dir, const char *name, int err, struct why *why);

/** Takes the directory for this process alone, until it is closed. ERR_IN_USE. */
int keydir_lock(const struct keydir *dir, struct why *why);

/** Whether anything is called so, a dangling symbolic link too. ERR_EXISTS (named in `why`), 0, or
 *  ERR_SYSTEM. */
int keydir_check_vacant(const struct keydir *dir, const char *name, struct why *why);

/** Reads a regular file. ERR_NOT_FOUND, ERR_SYSTEM (unreadable), ERR_MALFORMED (a FIFO, a
 *  directory, larger than KEYDIR_FILE_MAX). On success keyfile_release is due. */
int keydir_read(const struct keydir *dir, const char *name, struct keyfile *file, struct why *why);

/** The same where a missing file is fine: 0 with `data` NULL, and nothing in `why`. */
int keydir_read_optional(const struct keydir *dir, const char *name, struct keyfile *file,
                         struct why *why);

/** Wipes and frees. A zeroed one is fine. */
void keyfile_release(struct keyfile *file);

/** Creates a file that must not exist (O_EXCL), with `mode` from the start whatever the umask adds,
 *  and brings it to the disk. ERR_EXISTS, or ERR_SYSTEM with nothing left behind. */
int keydir_create(const struct keydir *dir, const char *name, mode_t mode, const void *data,
                  size_t len, struct why *why);

/** Writes what shall replace `name` beside it, to the disk, with the owner and the mode of `like`
 *  (NULL: the process's, `mode`). ERR_SYSTEM with nothing left behind. The caller holds the lock:
 *  a stage left by a crash is removed. */
int keydir_stage(const struct keydir *dir, const char *name, mode_t mode,
                 const struct keyfile *like, const void *data, size_t len, struct why *why);

/** Puts the staged file in place, atomically (rename). ERR_SYSTEM. */
int keydir_commit(const struct keydir *dir, const char *name, struct why *why);

/** Removes a staged file; none is fine. */
void keydir_discard(const struct keydir *dir, const char *name);

/** Removes a file that keydir_create made before a later step failed. */
void keydir_remove(const struct keydir *dir, const char *name);

/** Brings the directory's entries to the disk. ERR_SYSTEM. */
int keydir_sync(const struct keydir *dir, struct why *why);

#endif
