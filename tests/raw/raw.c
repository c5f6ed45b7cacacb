/*
 * What strangers send: datagrams that are no QUIC, no QUIC of ours, or a damaged copy of it.
 *
 *     raw catch FILE               takes one datagram at a port of its own, which it prints first
 *     raw PORT KIND [COUNT [FILE]] sends COUNT datagrams of that KIND to 127.0.0.1:PORT
 *
 *     random      random bytes, of random sizes, with a first byte of every kind
 *     versions    long headers of unknown versions, 1200 bytes, with connection IDs of 0 to 255
 *     negotiation version negotiation packets
 *     shorts      short headers of connections that nobody has
 *     replay      the datagram in FILE as it is
 *     cut         the first bytes of it, COUNT lengths from 1 on
 *     flip        it, one bit changed in each
 *
 * and prints `sent=N sent_bytes=N answers=N answer_bytes=N`: what came back until 300 ms after the
 * last one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 1500
#define QUIET_MS 300
#define CATCH_MS 10000

struct datagram {
    uint8_t data[SIZE];
    size_t len;
};

struct tally {
    unsigned long sent, sent_bytes, answers, answer_bytes;
};

static uint64_t state = 88172645463325252U;

/* xorshift64: the same bytes in every run. */
static uint64_t draw(uint64_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % bound;
}

static void fail(const char *what)
{
    fprintf(stderr, "raw: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_socket(struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET};
    at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)at, sizeof(*at)) != 0)
        fail("socket");
    return fd;
}

static void catch_one(const char *file)
{
    struct sockaddr_in at;
    socklen_t size = sizeof(at);
    struct datagram caught;
    int fd = open_socket(&at);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (getsockname(fd, (struct sockaddr *)&at, &size) != 0)
        fail("getsockname");
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    if (poll(&wait, 1, CATCH_MS) != 1)
        fail("nothing came");
    ssize_t len = recv(fd, caught.data, sizeof(caught.data), 0);
    FILE *out = fopen(file, "wb");
    if (len <= 0 || !out || fwrite(caught.data, (size_t)len, 1, out) != 1 || fclose(out) != 0)
        fail(file);
    close(fd);
}

static void read_file(const char *file, struct datagram *datagram)
{
    FILE *in = fopen(file, "rb");
    if (!in)
        fail(file);
    datagram->len = fread(datagram->data, 1, sizeof(datagram->data), in);
    fclose(in);
}

static void fill(struct datagram *datagram, size_t len)
{
    datagram->len = len;
    for (size_t i = 0; i < len; i++)
        datagram->data[i] = (uint8_t)draw(256);
}

static void make_random(struct datagram *datagram, size_t i)
{
    fill(datagram, 1 + draw(i % 4 == 0 ? 40 : 1450));
}

/* RFC 8999: what every version's long header looks like. */
static void make_long(struct datagram *datagram, size_t i, uint32_t version)
{
    static const uint8_t lengths[] = {0, 20, 21, 255, 8, 16, 1, 254};
    uint8_t *at = datagram->data;
    fill(datagram, 1200);
    *at++ |= 0x80;
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(version >> shift);
    *at = lengths[i % 8];
    at += 1 + lengths[i % 8];
    *at = lengths[i / 8 % 8];
}

static void make_versions(struct datagram *datagram, size_t i)
{
    static const uint32_t versions[] = {0x1a2a3a4a, 0xff000000, 0xdeadbeef, 0x00000002};
    make_long(datagram, i, versions[i % 4]);
}

static void make_negotiation(struct datagram *datagram, size_t i)
{
    make_long(datagram, i, 0);
}

static void make_short(struct datagram *datagram, size_t i)
{
    fill(datagram, 21 + i * 7 % 1100);
    datagram->data[0] = (uint8_t)((datagram->data[0] & 0x3f) | 0x40);
}

static void make_replay(struct datagram *datagram, size_t i)
{
    (void)datagram;
    (void)i;
}

static void make_cut(struct datagram *datagram, size_t i)
{
    datagram->len = 1 + i % (datagram->len - 1);
}

static void make_flip(struct datagram *datagram, size_t i)
{
    (void)i;
    size_t bit = draw(8 * datagram->len);
    datagram->data[bit / 8] ^= (uint8_t)(1U << (bit % 8));
}

static const struct kind {
    const char *name;
    void (*make)(struct datagram *datagram, size_t i);
    bool from_file;
} kinds[] = {
    {"random", make_random, false},
    {"versions", make_versions, false},
    {"negotiation", make_negotiation, false},
    {"shorts", make_short, false},
    {"replay", make_replay, true},
    {"cut", make_cut, true},
    {"flip", make_flip, true},
};

static void take_answers(int fd, int wait_ms, struct tally *tally)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    uint8_t answer[SIZE];
    while (poll(&wait, 1, wait_ms) == 1) {
        ssize_t len = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
        if (len < 0)
            continue; /* an ICMP error: nobody listens any more, which the caller will notice */
        tally->answers++;
        tally->answer_bytes += (unsigned long)len;
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "catch") == 0) {
        catch_one(argv[2]);
        return 0;
    }
    const struct kind *kind = NULL;
    for (size_t i = 0; argc >= 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, argv[2]) == 0)
            kind = &kinds[i];
    if (!kind || (kind->from_file && argc != 5)) {
        fprintf(stderr, "usage: raw catch FILE | raw PORT KIND [COUNT [FILE]]\n");
        return 2;
    }
    struct datagram from_file = {.len = 0}, datagram;
    struct tally tally = {0};
    struct sockaddr_in at, to = {.sin_family = AF_INET};
    size_t count = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    int fd = open_socket(&at);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)atoi(argv[1]));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        fail("connect");
    if (kind->from_file)
        read_file(argv[4], &from_file);
    for (size_t i = 0; i < count; i++) {
        datagram = from_file;
        kind->make(&datagram, i);
        if (send(fd, datagram.data, datagram.len, 0) == (ssize_t)datagram.len) {
            tally.sent++;
            tally.sent_bytes += datagram.len;
        }
        /* Slowly enough that no queue overflows: all of it is to be read. */
        take_answers(fd, i % 16 == 15 ? 2 : 0, &tally);
    }
    take_answers(fd, QUIET_MS, &tally);
    close(fd);
    printf("sent=%lu sent_bytes=%lu answers=%lu answer_bytes=%lu\n", tally.sent, tally.sent_bytes,
           tally.answers, tally.answer_bytes);
    return 0;
}
