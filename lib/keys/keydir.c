#include "keys/keydir.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAGE_SIZE (NAME_MAX + 1)

int keydir_blame(const struct keydir *dir, const char *name, int err, struct why *why)
{
    return why_prefix(why, err, "%s%s%s", dir->path, dir->path[0] == '\0' ? "" : "/", name);
}

/* Tells what the system said about a file, and which file. */
static int say_errno(struct why *why, int err, const struct keydir *dir, const char *name)
{
    (void)why_set(why, err, "%s", strerror(errno));
    return keydir_blame(dir, name, err, why);
}

static int err_of_errno(void)
{
    return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_SYSTEM;
}

int keydir_open(struct keydir *dir, const char *path, struct why *why)
{
    dir->path = path;
    dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->fd < 0) {
        const int err = err_of_errno();
        return why_set(why, err, "%s: %s", path, strerror(errno));
    }
    return 0;
}

/* Makes one directory; one that is there already is fine. */
static int make_one(const char *path, mode_t mode, struct why *why)
{
    struct stat st;

    if (mkdir(path, mode) == 0) {
        return 0;
    }
    /* A read-only or foreign parent says EROFS or EACCES even where the directory exists. */
    const int saved = errno;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return 0;
    }
    return why_set(why, ERR_SYSTEM, "%s: %s", path, strerror(saved));
}

int keydir_make(struct keydir *dir, const char *path, mode_t mode, struct why *why)
{
    char part[PATH_MAX];
    const size_t len = strlen(path);

    dir->path = path;
    dir->fd = -1;
    if (len == 0 || len >= sizeof(part)) {
        return why_set(why, ERR_SYSTEM, "%s: %s", path, strerror(len == 0 ? ENOENT : ENAMETOOLONG));
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i < len; i++) {
        if (part[i] != '/' || part[i - 1] == '/') {
            continue;
        }
        part[i] = '\0';
        const int err = make_one(part, mode, why);
        if (err != 0) {
            return err;
        }
        part[i] = '/';
    }
    const int err = make_one(path, mode, why);
    return err != 0 ? err : keydir_open(dir, path, why);
}

void keydir_anywhere(struct keydir *dir)
{
    dir->fd = AT_FDCWD;
    dir->path = "";
}

void keydir_close(struct keydir *dir)
{
    if (dir->fd >= 0) {
        (void)close(dir->fd); /* read only: nothing is lost */
    }
    dir->fd = -1;
}

int keydir_lock(const struct keydir *dir, struct why *why)
{
    if (flock(dir->fd, LOCK_EX | LOCK_NB) != 0) {
        const int err = errno == EWOULDBLOCK ? ERR_IN_USE : ERR_SYSTEM;
        return why_set(why, err, "%s: %s", dir->path,
                       err == ERR_IN_USE ? "another process is renewing it" : strerror(errno));
    }
    return 0;
}

int keydir_check_vacant(const struct keydir *dir, const char *name, struct why *why)
{
    struct stat st;

    if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return say_errno(why, ERR_EXISTS, dir, name);
    }
    return errno == ENOENT ? 0 : say_errno(why, ERR_SYSTEM, dir, name);
}

/* Reads `file->len` bytes and makes sure that there are no more: the file may be growing. */
static bool read_all(int fd, struct keyfile *file)
{
    size_t got = 0;

    while (got <= file->len) {
        const ssize_t n = read(fd, file->data + got, file->len + 1 - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        if (n == 0) {
            file->len = got;
            file->data[got] = '\0';
            return true;
        }
        got += (size_t)n;
    }
    errno = EBUSY;
    return false;
}

static int read_open(int fd, const struct keydir *dir, const char *name, struct keyfile *file,
                     struct why *why)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return say_errno(why, ERR_SYSTEM, dir, name);
    }
    if (!S_ISREG(st.st_mode) || st.st_size < 0 || (size_t)st.st_size > KEYDIR_FILE_MAX) {
        (void)why_set(why, ERR_MALFORMED, "not a regular file of at most %zu bytes",
                      KEYDIR_FILE_MAX);
        return keydir_blame(dir, name, ERR_MALFORMED, why);
    }
    file->mode = st.st_mode & 07777;
    file->uid = st.st_uid;
    file->gid = st.st_gid;
    file->len = (size_t)st.st_size;
    file->data = malloc(file->len + 1);
    if (file->data == NULL) {
        return ERR_NO_MEMORY;
    }
    if (!read_all(fd, file)) {
        const int err = say_errno(why, ERR_SYSTEM, dir, name);
        keyfile_release(file);
        return err;
    }
    return 0;
}

int keydir_read(const struct keydir *dir, const char *name, struct keyfile *file, struct why *why)
{
    memset(file, 0, sizeof(*file));
    /* Not blocking: a FIFO in place of a key must not hang the program. */
    const int fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        const int err = err_of_errno();
        return say_errno(why, err, dir, name);
    }
    const int err = read_open(fd, dir, name, file, why);
    (void)close(fd);
    return err;
}

int keydir_read_optional(const struct keydir *dir, const char *name, struct keyfile *file,
                         struct why *why)
{
    struct why found = {""};
    const int err = keydir_read(dir, name, file, &found);

    if (err == 0 || err == ERR_NOT_FOUND) {
        return 0;
    }
    return why_set(why, err, "%s", found.text);
}

void keyfile_release(struct keyfile *file)
{
    if (file->data != NULL) {
        gnutls_memset(file->data, 0, file->len);
        free(file->data);
    }
    memset(file, 0, sizeof(*file));
}

static bool write_all(int fd, const void *data, size_t len)
{
    const unsigned char *at = data;

    while (len > 0) {
        const ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* Fills a new file, open and 0600, and only then widens its mode: nobody else had it open before.
 */
static bool fill(int fd, mode_t mode, const struct keyfile *like, const void *data, size_t len)
{
    return write_all(fd, data, len) && (like == NULL || fchown(fd, like->uid, like->gid) == 0) &&
           fchmod(fd, mode) == 0 && fsync(fd) == 0;
}

/* `name` is written about, `as` is what it is called on the disk. */
static int create_as(const struct keydir *dir, const char *name, const char *as, mode_t mode,
                     const struct keyfile *like, const void *data, size_t len, struct why *why)
{
    const int fd = openat(dir->fd, as, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                          KEYDIR_MODE_SECRET);
    if (fd < 0) {
        const int err = errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM;
        return say_errno(why, err, dir, name);
    }
    int err = 0;
    if (!fill(fd, mode, like, data, len)) {
        err = say_errno(why, ERR_SYSTEM, dir, name);
    }
    if (close(fd) != 0 && err == 0) {
        err = say_errno(why, ERR_SYSTEM, dir, name);
    }
    if (err != 0) {
        (void)unlinkat(dir->fd, as, 0);
    }
    return err;
}

int keydir_create(const struct keydir *dir, const char *name, mode_t mode, const void *data,
                  size_t len, struct why *why)
{
    return create_as(dir, name, name, mode, NULL, data, len, why);
}

static const char *stage_name(const char *name, char buf[STAGE_SIZE])
{
    (void)snprintf(buf, STAGE_SIZE, ".%s.new", name);
    return buf;
}

int keydir_stage(const struct keydir *dir, const char *name, mode_t mode,
                 const struct keyfile *like, const void *data, size_t len, struct why *why)
{
    char stage[STAGE_SIZE];

    keydir_discard(dir, name);
    return create_as(dir, name, stage_name(name, stage), mode, like, data, len, why);
}

int keydir_commit(const struct keydir *dir, const char *name, struct why *why)
{
    char stage[STAGE_SIZE];

    if (renameat(dir->fd, stage_name(name, stage), dir->fd, name) != 0) {
        return say_errno(why, ERR_SYSTEM, dir, name);
    }
    return 0;
}

void keydir_discard(const struct keydir *dir, const char *name)
{
    char stage[STAGE_SIZE];

    (void)unlinkat(dir->fd, stage_name(name, stage), 0);
}

void keydir_remove(const struct keydir *dir, const char *name)
{
    (void)unlinkat(dir->fd, name, 0);
}

int keydir_sync(const struct keydir *dir, struct why *why)
{
    if (fsync(dir->fd) != 0) {
        return why_set(why, ERR_SYSTEM, "%s: %s", dir->path, strerror(errno));
    }
    return 0;
}
