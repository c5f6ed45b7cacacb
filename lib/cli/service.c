#include "cli/service.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Sends one datagram to the service manager, if there is one. */
static int notify(const char *state, struct why *why)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL || path[0] == '\0') {
        return 0;
    }
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || len >= sizeof(to.sun_path)) {
        return why_set(why, ERR_SYSTEM, "NOTIFY_SOCKET: '%s' is no socket's path", path);
    }
    memcpy(to.sun_path, path, len);
    if (path[0] == '@') { /* Linux's abstract namespace */
        to.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return why_set(why, ERR_SYSTEM, "NOTIFY_SOCKET: %s", strerror(errno));
    }
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, size);
    int saved = errno;
    close(fd);
    if (sent < 0) {
        return why_set(why, ERR_SYSTEM, "NOTIFY_SOCKET: %s", strerror(saved));
    }
    return 0;
}

int service_check_ready_fd(uint64_t fd, struct why *why)
{
    if (fd == SERVICE_NO_FD) {
        return 0;
    }
    int flags = fd <= INT_MAX ? fcntl((int)fd, F_GETFL) : -1;
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
        return why_set(why, ERR_USAGE, "--ready-fd: descriptor %llu is not open for writing",
                       (unsigned long long)fd);
    }
    if (fd > STDERR_FILENO && fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0) {
        return why_set(why, ERR_USAGE, "--ready-fd: %s", strerror(errno));
    }
    return 0;
}

/* Writes all of it; a pipe may take a part. SIGPIPE is the caller's business. */
static int write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return ERR_SYSTEM;
        }
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

int service_ready(uint64_t fd, const char *address, struct why *why)
{
    int err = notify("READY=1", why);
    if (fd == SERVICE_NO_FD) {
        return err;
    }
    char line[256];
    int len = snprintf(line, sizeof(line), "%s\n", address);
    if (len < 0 || (size_t)len >= sizeof(line)) {
        return why_set(why, ERR_SYSTEM, "--ready-fd: the address is too long");
    }
    if (write_all((int)fd, line, (size_t)len) < 0) {
        err = why_set(why, ERR_SYSTEM, "--ready-fd: %s", strerror(errno));
    }
    /* Standard output and error are still needed when they were named. */
    if (fd > STDERR_FILENO && close((int)fd) < 0 && err == 0) {
        err = why_set(why, ERR_SYSTEM, "--ready-fd: %s", strerror(errno));
    }
    return err;
}

int service_stopping(struct why *why)
{
    return notify("STOPPING=1", why);
}
