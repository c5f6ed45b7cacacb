#include "link/resolve.h"

#include "base/duration.h"
#include "link/loop.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Shared by the asker and the thread of the look-up; whoever lets go last frees it. getaddrinfo
 * can't be cancelled, so an asker that has lost interest just leaves the thread to end. */
struct resolve {
    pthread_mutex_t mutex;
    unsigned holders;
    bool done;
    int fd;
    struct hostport hostport;
    enum addr_family family;
    size_t count;
    struct addr addrs[RESOLVE_MAX];
    struct why why;
};

static void let_go(struct resolve *resolve)
{
    pthread_mutex_lock(&resolve->mutex);
    unsigned left = --resolve->holders;
    pthread_mutex_unlock(&resolve->mutex);
    if (left)
        return;
    close(resolve->fd);
    pthread_mutex_destroy(&resolve->mutex);
    free(resolve);
}

static bool addr_of_info(const struct addrinfo *info, uint16_t port, struct addr *addr)
{
    memset(addr, 0, sizeof *addr);
    addr->port = port;
    if (info->ai_family == AF_INET && info->ai_addrlen == sizeof(struct sockaddr_in)) {
        struct sockaddr_in in;
        memcpy(&in, info->ai_addr, sizeof in);
        addr->family = ADDR_V4;
        memcpy(addr->ip, &in.sin_addr, 4);
        return true;
    }
    if (info->ai_family == AF_INET6 && info->ai_addrlen == sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 in6;
        memcpy(&in6, info->ai_addr, sizeof in6);
        addr->family = ADDR_V6;
        memcpy(addr->ip, &in6.sin6_addr, 16);
        addr->scope = in6.sin6_scope_id;
        return true;
    }
    return false;
}

static void keep(struct resolve *resolve, const struct addr *addr)
{
    for (size_t i = 0; i < resolve->count; i++)
        if (addr_equal(&resolve->addrs[i], addr))
            return;
    if (resolve->count < RESOLVE_MAX)
        resolve->addrs[resolve->count++] = *addr;
}

static void look_up(struct resolve *resolve)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    hints.ai_family = resolve->family == ADDR_V4   ? AF_INET
                      : resolve->family == ADDR_V6 ? AF_INET6
                                                   : AF_UNSPEC;
    struct addrinfo *infos = NULL;
    int rc = getaddrinfo(resolve->hostport.host, NULL, &hints, &infos);
    if (rc != 0) {
        const char *text = rc == EAI_SYSTEM ? strerrordesc_np(errno) : gai_strerror(rc);
        why_set(&resolve->why, ERR_RESOLVE, "%s: %s", resolve->hostport.host,
                text ? text : err_text(ERR_RESOLVE));
        return;
    }
    for (const struct addrinfo *info = infos; info; info = info->ai_next) {
        struct addr addr;
        if (addr_of_info(info, resolve->hostport.port, &addr))
            keep(resolve, &addr);
    }
    freeaddrinfo(infos);
    if (resolve->count == 0)
        why_set(&resolve->why, ERR_RESOLVE, "%s: no address", resolve->hostport.host);
}

/* One more than what is there can't block an eventfd, so the write can only succeed. */
static void announce(struct resolve *resolve)
{
    pthread_mutex_lock(&resolve->mutex);
    resolve->done = true;
    pthread_mutex_unlock(&resolve->mutex);
    while (eventfd_write(resolve->fd, 1) != 0 && errno == EINTR)
        ;
}

static void *run(void *user)
{
    struct resolve *resolve = user;
    look_up(resolve);
    announce(resolve);
    let_go(resolve);
    return NULL;
}

/* A numeric host needs no thread. False: it is a name. */
static bool answer_numeric(struct resolve *resolve)
{
    struct addr addr;
    if (addr_from_hostport(&resolve->hostport, &addr) != 0)
        return false;
    if (resolve->family != ADDR_NONE && addr.family != resolve->family)
        why_set(&resolve->why, ERR_RESOLVE, "%s: not an IPv%d address", resolve->hostport.host,
                resolve->family == ADDR_V4 ? 4 : 6);
    else
        keep(resolve, &addr);
    announce(resolve);
    return true;
}

/* Signals are the loop's: the thread of a look-up takes none. */
static bool start_thread(struct resolve *resolve)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    bool started = pthread_create(&thread, NULL, run, resolve) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        pthread_detach(thread);
    return started;
}

struct resolve *resolve_new(const struct hostport *hostport, enum addr_family family)
{
    struct resolve *resolve = calloc(1, sizeof *resolve);
    if (!resolve)
        return NULL;
    resolve->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (resolve->fd < 0 || pthread_mutex_init(&resolve->mutex, NULL) != 0) {
        if (resolve->fd >= 0)
            close(resolve->fd);
        free(resolve);
        return NULL;
    }
    resolve->hostport = *hostport;
    resolve->family = family;
    resolve->holders = 1;
    if (answer_numeric(resolve))
        return resolve;
    resolve->holders = 2;
    if (!start_thread(resolve)) {
        resolve->holders = 1;
        let_go(resolve);
        return NULL;
    }
    return resolve;
}

int resolve_fd(const struct resolve *resolve)
{
    return resolve->fd;
}

int resolve_take(struct resolve *resolve, struct addr addrs[RESOLVE_MAX], struct why *why)
{
    pthread_mutex_lock(&resolve->mutex);
    bool done = resolve->done;
    pthread_mutex_unlock(&resolve->mutex);
    if (!done)
        return ERR_NOT_NOW;
    if (resolve->count == 0)
        return why_set(why, ERR_RESOLVE, "%s", resolve->why.text);
    memcpy(addrs, resolve->addrs, resolve->count * sizeof *addrs);
    return (int)resolve->count;
}

void resolve_free(struct resolve *resolve)
{
    if (resolve)
        let_go(resolve);
}

/* Waits for the descriptor until the deadline; 1: readable. */
static int wait_readable(int fd, uint64_t deadline)
{
    for (;;) {
        uint64_t now = loop_now();
        uint64_t left = deadline > now ? deadline - now : 0;
        struct timespec span = {.tv_sec = (time_t)(left / NS_PER_S),
                                .tv_nsec = (long)(left % NS_PER_S)};
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        int rc = ppoll(&poll_fd, 1, deadline == NEVER ? NULL : &span, NULL);
        if (rc >= 0 || errno != EINTR)
            return rc;
    }
}

int resolve_wait(const struct hostport *hostport, enum addr_family family, uint64_t timeout_ns,
                 struct addr addrs[RESOLVE_MAX], struct why *why)
{
    struct resolve *resolve = resolve_new(hostport, family);
    if (!resolve)
        return why_set(why, ERR_NO_MEMORY, "%s", hostport->host);
    int ready = wait_readable(resolve->fd, duration_add(loop_now(), timeout_ns));
    int rc;
    if (ready > 0)
        rc = resolve_take(resolve, addrs, why);
    else if (ready == 0)
        rc = why_set(why, ERR_TIMEOUT, "%s: the name server does not answer", hostport->host);
    else
        rc = why_set(why, ERR_SYSTEM, "%s: %s", hostport->host, strerrordesc_np(errno));
    resolve_free(resolve);
    return rc;
}
