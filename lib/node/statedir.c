#include "node/statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "node.addr"
#define LINE_SIZE (ADDR_TEXT_SIZE + 1)

int statedir_make(const char *directory, struct why *why)
{
    char path[PATH_MAX];
    size_t len = strlen(directory);
    if (len == 0 || len >= sizeof path)
        return why_set(why, ERR_LIMIT, "the state directory's path '%.64s'", directory);
    memcpy(path, directory, len + 1);
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        bool last = *at == '\0';
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return why_set(why, ERR_SYSTEM, "%s: %s", path, strerror(errno));
        if (last)
            break;
        *at = '/';
    }
    struct stat status;
    if (stat(path, &status) != 0)
        return why_set(why, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return why_set(why, ERR_SYSTEM, "%s: is no directory", path);
    return 0;
}

static int file_path(char path[PATH_MAX], const char *directory, const char *suffix,
                     struct why *why)
{
    int len = snprintf(path, PATH_MAX, "%s/" FILE_NAME "%s", directory, suffix);
    if (len < 0 || len >= PATH_MAX)
        return why_set(why, ERR_LIMIT, "the state directory's path '%.64s'", directory);
    return 0;
}

static size_t file_line(char line[LINE_SIZE], const struct addr *addr)
{
    addr_format(addr, line);
    size_t len = strlen(line);
    line[len++] = '\n';
    return len;
}

int statedir_write_addr(const char *directory, const struct addr *addr, struct why *why)
{
    char path[PATH_MAX], fresh[PATH_MAX], line[LINE_SIZE];
    int rc = file_path(path, directory, "", why);
    if (rc == 0)
        rc = file_path(fresh, directory, ".new", why);
    if (rc != 0)
        return rc;
    size_t len = file_line(line, addr);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return why_set(why, ERR_SYSTEM, "%s: %s", fresh, strerror(errno));
    errno = ENOSPC; /* what a short write without an error means */
    bool written = write(fd, line, len) == (ssize_t)len;
    if (close(fd) != 0 || !written || rename(fresh, path) != 0)
        return why_set(why, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    return 0;
}

int statedir_remove_addr(const char *directory, const struct addr *addr, struct why *why)
{
    char path[PATH_MAX], line[LINE_SIZE], found[LINE_SIZE];
    int rc = file_path(path, directory, "", why);
    if (rc != 0)
        return rc;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : why_set(why, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    size_t len = file_line(line, addr);
    ssize_t got = read(fd, found, sizeof found);
    close(fd);
    if (got != (ssize_t)len || memcmp(line, found, len) != 0)
        return 0;
    return unlink(path) == 0 ? 0 : why_set(why, ERR_SYSTEM, "%s: %s", path, strerror(errno));
}
