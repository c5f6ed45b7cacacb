/*
 * A UDP ping-pong on loopback with nothing on top: what the round trip of swim-ping is measured
 * against. Two processes, a connected socket each, and each waits as a program with more to do
 * than to wait must: in epoll, then one read.
 *
 *   raw_udp COUNT PING_BYTES ACK_BYTES ASKER_CPU ANSWERER_CPU
 *
 * Prints a round trip a line, in ms, as swim-ping does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BYTES_MAX 1452
#define COUNT_MAX 1000000
#define WAIT_MS                                                                                    \
    5000 /* loopback loses nothing but where a buffer is full, and one packet fills none */

struct sizes {
    size_t ping, ack;
};

static void die(const char *what)
{
    fprintf(stderr, "raw_udp: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static int open_socket(struct sockaddr_in *addr)
{
    socklen_t len = sizeof *addr;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *addr = (struct sockaddr_in){.sin_family = AF_INET};
    addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        die("socket");
    if (bind(fd, (struct sockaddr *)addr, sizeof *addr) != 0)
        die("bind");
    if (getsockname(fd, (struct sockaddr *)addr, &len) != 0)
        die("getsockname");
    return fd;
}

/* One end: its socket and what it waits in. */
struct end {
    int fd, epoll;
};

/* Opened by the process that waits at it, which stays on its processor from here on. */
static struct end open_end(int fd, unsigned long cpu)
{
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) != 0)
        die("sched_setaffinity");
    struct epoll_event readable = {.events = EPOLLIN};
    struct end end = {.fd = fd, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (end.epoll < 0 || epoll_ctl(end.epoll, EPOLL_CTL_ADD, fd, &readable) != 0)
        die("epoll");
    return end;
}

static void give(const struct end *end, size_t len, const char *what)
{
    static const uint8_t bytes[BYTES_MAX];
    if (send(end->fd, bytes, len, 0) != (ssize_t)len)
        die(what);
}

static void take(const struct end *end, size_t len, const char *what)
{
    uint8_t bytes[BYTES_MAX];
    struct epoll_event event;
    if (epoll_wait(end->epoll, &event, 1, WAIT_MS) != 1)
        die(what);
    if (recv(end->fd, bytes, sizeof bytes, 0) != (ssize_t)len)
        die(what);
}

static void answer(const struct end *end, const struct sizes *sizes)
{
    for (;;) {
        take(end, sizes->ping, "take a ping");
        give(end, sizes->ack, "give an ack");
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        die("clock_gettime");
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void ask(const struct end *end, unsigned long count, const struct sizes *sizes)
{
    for (unsigned long i = 0; i < count; i++) {
        uint64_t start_ns = now_ns();
        give(end, sizes->ping, "give a ping");
        take(end, sizes->ack, "take an ack");
        printf("%.4f\n", (double)(now_ns() - start_ns) / 1e6);
    }
}

static unsigned long number(const char *text, unsigned long min, unsigned long max)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < min || value > max) {
        fprintf(stderr, "raw_udp: '%s' is no number from %lu to %lu\n", text, min, max);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    struct sockaddr_in near, far;
    if (argc != 6) {
        fprintf(stderr, "usage: raw_udp COUNT PING_BYTES ACK_BYTES ASKER_CPU ANSWERER_CPU\n");
        return 2;
    }
    const unsigned long count = number(argv[1], 1, COUNT_MAX);
    const struct sizes sizes = {number(argv[2], 1, BYTES_MAX), number(argv[3], 1, BYTES_MAX)};
    const unsigned long asker_cpu = number(argv[4], 0, CPU_SETSIZE - 1);
    const unsigned long answerer_cpu = number(argv[5], 0, CPU_SETSIZE - 1);
    int asker = open_socket(&near), answerer = open_socket(&far);
    if (connect(asker, (struct sockaddr *)&far, sizeof far) != 0 ||
        connect(answerer, (struct sockaddr *)&near, sizeof near) != 0)
        die("connect");
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
            die("prctl");
        const struct end end = open_end(answerer, answerer_cpu);
        answer(&end, &sizes);
    }
    const struct end end = open_end(asker, asker_cpu);
    ask(&end, count, &sizes);
    if (kill(child, SIGKILL) != 0 || waitpid(child, NULL, 0) != child)
        die("the answering process");
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
