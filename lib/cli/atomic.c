#include "cli/atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 16
#define MODE_NEW 0666
#define MODE_BITS 07777

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_SYSTEM;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* A file system may tell a full disk as late as at the close. */
static int close_checked(int fd, int rc)
{
    int saved = errno;
    if (close(fd) != 0 && rc == 0)
        return ERR_SYSTEM;
    if (rc != 0)
        errno = saved;
    return rc;
}

static int write_through(const char *path, const char *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return ERR_SYSTEM;
    return close_checked(fd, write_all(fd, data, len));
}

/* Opens a new file beside `path`, whose name is put into `temp`. */
static int open_beside(const char *path, char *temp, size_t size)
{
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    size_t base_len = strlen(base);
    const char *end = base_len > 0 && base[base_len - 1] == '~' ? ".new" : "~";
    for (int i = 0; i < TRIES; i++) {
        uint64_t draw;
        if (getrandom(&draw, sizeof draw, 0) != sizeof draw)
            return -1;
        int n = snprintf(temp, size, "%.*s.%.100s.%016llx%s", (int)(base - path), path, base,
                         (unsigned long long)draw, end);
        if (n < 0 || (size_t)n >= size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE_NEW);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* The new name is durable once its directory is. */
static int sync_directory(const char *path)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n = snprintf(directory, sizeof directory, "%.*s",
                     slash == NULL ? 1 : (int)(slash - path) + 1, slash == NULL ? "." : path);
    if (n < 0 || (size_t)n >= sizeof directory)
        return ERR_SYSTEM;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ERR_SYSTEM;
    /* Some file systems can't sync a directory, and say EINVAL. */
    int rc = fsync(fd) == 0 || errno == EINVAL ? 0 : ERR_SYSTEM;
    return close_checked(fd, rc);
}

static int replace(const char *path, const mode_t *mode, const char *data, size_t len)
{
    char temp[PATH_MAX];
    int fd = open_beside(path, temp, sizeof temp);
    if (fd < 0)
        return ERR_SYSTEM;
    int rc = write_all(fd, data, len);
    if (rc == 0 && mode != NULL && fchmod(fd, *mode) != 0)
        rc = ERR_SYSTEM;
    if (rc == 0 && fsync(fd) != 0)
        rc = ERR_SYSTEM;
    rc = close_checked(fd, rc);
    if (rc == 0 && rename(temp, path) == 0)
        return sync_directory(path);
    int saved = errno;
    (void)unlink(temp); /* the reason of the failure says more than that of this one */
    errno = saved;
    return ERR_SYSTEM;
}

int atomic_write(const char *path, const char *data, size_t len, struct why *why)
{
    char real[PATH_MAX];
    struct stat info;
    int rc;
    bool there = stat(path, &info) == 0;
    if (!there && errno != ENOENT) {
        rc = ERR_SYSTEM;
    } else if (!there) {
        rc = replace(path, NULL, data, len);
    } else if (!S_ISREG(info.st_mode)) {
        rc = write_through(path, data, len);
    } else {
        mode_t mode = info.st_mode & MODE_BITS;
        rc = realpath(path, real) == NULL ? (int)ERR_SYSTEM : replace(real, &mode, data, len);
    }
    return rc == 0 ? 0 : why_set(why, rc, "%s: %s", path, strerror(errno));
}
