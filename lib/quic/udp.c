#include "quic/udp.h"

#include "quic/sockaddr.h"

#include <assert.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes of packets that wait to be read, as the kernel counts them (which is several times their
 * length). Its usual 208 KiB loses some of fifty handshakes that come at once. It may allow less.
 */
#define RECEIVE_BUFFER (1 << 20)

#define PACKET_MAX 1500 /* longer ones are cut, and then no packets of QUIC any more */
#define BATCH 8         /* packets of one system call: a wake-up mostly finds one or two */

#define RECEIVE_ATTEMPTS 16 /* errors that one call steps over */

/* For the address a packet was sent to, or that it leaves from. */
struct control {
    _Alignas(struct cmsghdr) uint8_t
        bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct udp_inbox {
    size_t count, next;
    size_t taken; /* since the last turn ended */
    bool drained; /* the kernel had no more than it gave */
    struct mmsghdr headers[BATCH];
    struct iovec data[BATCH];
    union sockaddr_any from[BATCH];
    struct control control[BATCH];
    uint8_t bytes[BATCH][PACKET_MAX];
};

static_assert(UDP_TURN_MAX % BATCH == 0, "a turn ends with an empty inbox");

/* For an error: its description and who reported it. */
union error_control {
    struct cmsghdr align;
    uint8_t bytes[256];
};

static bool is_v6(const struct udp *udp)
{
    return udp->bound.family == ADDR_V6;
}

struct option {
    int level, name, value;
};

/* IP_MTU_DISCOVER probe: never fragment, and let QUIC find the size itself (RFC 9000 section 14).
 * RECVERR: ICMP errors, with the address that they are about. */
static const struct option options_v4[] = {
    {IPPROTO_IP, IP_PKTINFO, 1},
    {IPPROTO_IP, IP_RECVERR, 1},
    {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE},
};

/* A socket of IPv6 carries IPv4 too, whose options are set besides. */
static const struct option options_v6[] = {
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1},
    {IPPROTO_IPV6, IPV6_RECVERR, 1},
    {IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE},
};

static int set_options(int fd, const struct option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct option *option = &options[i];
        if (setsockopt(fd, option->level, option->name, &option->value, sizeof(int)) != 0)
            return -1;
    }
    return 0;
}

static int configure(int fd, bool v6, bool both)
{
    int only = both ? 0 : 1;
    int buffer = RECEIVE_BUFFER;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)) != 0)
        return -1;
    if (v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) != 0)
        return -1;
    if (v6 && set_options(fd, options_v6, sizeof(options_v6) / sizeof(options_v6[0])) != 0)
        return -1;
    if (v6 && !both)
        return 0;
    return set_options(fd, options_v4, sizeof(options_v4) / sizeof(options_v4[0]));
}

static int bind_to(int fd, const struct addr *addr, struct addr *bound)
{
    union sockaddr_any any;
    socklen_t len = sockaddr_from_addr(&any, addr);
    if (bind(fd, &any.sa, len) != 0)
        return -1;
    len = sizeof(any);
    if (getsockname(fd, &any.sa, &len) != 0)
        return -1;
    sockaddr_to_addr(&any.sa, len, bound);
    return 0;
}

static void reset_header(struct udp_inbox *inbox, size_t i)
{
    inbox->data[i] = (struct iovec){.iov_base = inbox->bytes[i], .iov_len = PACKET_MAX};
    inbox->headers[i].msg_hdr = (struct msghdr){.msg_name = &inbox->from[i],
                                                .msg_namelen = sizeof(inbox->from[i]),
                                                .msg_iov = &inbox->data[i],
                                                .msg_iovlen = 1,
                                                .msg_control = &inbox->control[i],
                                                .msg_controllen = sizeof(inbox->control[i])};
}

static int open_socket(struct udp *udp, const struct addr *addr, struct why *why)
{
    char text[ADDR_TEXT_SIZE];
    bool v6 = addr->family == ADDR_V6;
    udp->fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd < 0)
        return why_set(why, ERR_SYSTEM, "socket: %s", strerror(errno));
    if (configure(udp->fd, v6, addr_is_wildcard(addr)) == 0 &&
        bind_to(udp->fd, addr, &udp->bound) == 0)
        return 0;
    return why_set(why, errno == EADDRINUSE ? ERR_IN_USE : ERR_SYSTEM, "%s: %s",
                   addr_format(addr, text), strerror(errno));
}

int udp_open(struct udp *udp, const struct addr *addr, struct why *why)
{
    *udp = (struct udp){.fd = -1, .inbox = calloc(1, sizeof(*udp->inbox))};
    if (udp->inbox == NULL)
        return why_set(why, ERR_NO_MEMORY, "UDP socket");
    for (size_t i = 0; i < BATCH; i++)
        reset_header(udp->inbox, i);
    int rc = open_socket(udp, addr, why);
    if (rc != 0)
        udp_close(udp);
    return rc;
}

void udp_close(struct udp *udp)
{
    if (udp->fd >= 0)
        (void)close(udp->fd); /* a datagram socket has nothing left to flush */
    udp->fd = -1;
    free(udp->inbox);
    udp->inbox = NULL;
}

static void take_v4(struct addr *local, const struct cmsghdr *message)
{
    struct in_pktinfo info;
    memcpy(&info, CMSG_DATA(message), sizeof(info));
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = info.ipi_addr};
    sockaddr_to_addr((const struct sockaddr *)&in, sizeof(in), local);
}

static void take_v6(struct addr *local, const struct cmsghdr *message)
{
    struct in6_pktinfo info;
    memcpy(&info, CMSG_DATA(message), sizeof(info));
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = info.ipi6_addr};
    if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
        in6.sin6_scope_id = info.ipi6_ifindex;
    sockaddr_to_addr((const struct sockaddr *)&in6, sizeof(in6), local);
}

static void find_local(const struct udp *udp, struct msghdr *message, struct addr *local)
{
    memset(local, 0, sizeof(*local));
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
            take_v4(local, c);
        else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
            take_v6(local, c);
    }
    if (!addr_is_none(local))
        local->port = udp->bound.port;
}

/* Brings what waits. A pending ICMP error is reported once in place of a packet; udp_next_refused
 * tells whose. */
static void fill(struct udp *udp)
{
    struct udp_inbox *inbox = udp->inbox;
    int count = -1;
    for (size_t i = 0; i < inbox->count; i++)
        reset_header(inbox, i);
    for (int i = 0; i < RECEIVE_ATTEMPTS && count < 0; i++) {
        count = recvmmsg(udp->fd, inbox->headers, BATCH, MSG_DONTWAIT, NULL);
        if (count < 0 && errno == EAGAIN)
            break;
        udp->troubled = udp->troubled || count < 0;
    }
    inbox->count = count > 0 ? (size_t)count : 0;
    inbox->next = 0;
    inbox->drained = inbox->count < BATCH;
}

static bool has_packet(struct udp *udp)
{
    struct udp_inbox *inbox = udp->inbox;
    if (inbox->next == inbox->count && !inbox->drained && inbox->taken < UDP_TURN_MAX)
        fill(udp);
    if (inbox->next < inbox->count)
        return true;
    inbox->drained = false;
    inbox->taken = 0;
    return false;
}

long udp_receive(struct udp *udp, struct addr *local, struct addr *remote, uint8_t *buf,
                 size_t size)
{
    struct udp_inbox *inbox = udp->inbox;
    if (!has_packet(udp))
        return -1;
    size_t i = inbox->next++;
    inbox->taken++;
    struct msghdr *message = &inbox->headers[i].msg_hdr;
    size_t len = inbox->headers[i].msg_len;
    len = len < size ? len : size;
    memcpy(buf, inbox->bytes[i], len);
    sockaddr_to_addr(&inbox->from[i].sa, message->msg_namelen, remote);
    find_local(udp, message, local);
    return (long)len;
}

static void put(struct msghdr *message, int level, int type, const void *data, size_t len)
{
    struct cmsghdr *header = message->msg_control;
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(header), data, len);
    message->msg_controllen = CMSG_SPACE(len);
}

static void put_local(struct msghdr *message, const struct addr *local, bool v6)
{
    union sockaddr_any any;
    if (v6) {
        struct in6_pktinfo info = {.ipi6_ifindex = local->scope};
        (void)sockaddr_from_addr_mapped(&any, local); /* its length is known */
        info.ipi6_addr = any.in6.sin6_addr;
        put(message, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    } else {
        struct in_pktinfo info = {0};
        (void)sockaddr_from_addr(&any, local);
        info.ipi_spec_dst = any.in.sin_addr;
        put(message, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    }
}

bool udp_send(struct udp *udp, const struct addr *local, const struct addr *remote,
              const uint8_t *data, size_t len)
{
    union sockaddr_any to;
    struct control control;
    bool v6 = is_v6(udp);
    if (!v6 && remote->family != ADDR_V4)
        return false;
    struct iovec bytes = {.iov_len = len};
    memcpy(&bytes.iov_base, &data,
           sizeof(data)); /* its type is not const, though this only reads */
    struct msghdr message = {.msg_name = &to, .msg_iov = &bytes, .msg_iovlen = 1};
    message.msg_namelen =
        v6 ? sockaddr_from_addr_mapped(&to, remote) : sockaddr_from_addr(&to, remote);
    if (local != NULL && local->family == remote->family && !addr_is_wildcard(local)) {
        memset(&control, 0, sizeof(control));
        message.msg_control = &control;
        put_local(&message, local, v6);
    }
    ssize_t sent = sendmsg(udp->fd, &message, MSG_DONTWAIT);
    /* The error may be an older packet's, to another peer: this one has not been tried then. */
    if (sent < 0 && errno != EAGAIN && errno != EPERM) {
        udp->troubled = true;
        sent = sendmsg(udp->fd, &message, MSG_DONTWAIT);
    }
    return sent == (ssize_t)len;
}

static bool is_port_unreachable(const struct sock_extended_err *error)
{
    if (error->ee_origin == SO_EE_ORIGIN_ICMP)
        return error->ee_type == ICMP_DEST_UNREACH && error->ee_code == ICMP_PORT_UNREACH;
    if (error->ee_origin == SO_EE_ORIGIN_ICMP6)
        return error->ee_type == ICMPV6_DEST_UNREACH && error->ee_code == ICMPV6_PORT_UNREACH;
    return false;
}

static bool says_refused(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
        bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
        struct sock_extended_err error;
        if (!v4 && !v6)
            continue;
        memcpy(&error, CMSG_DATA(c), sizeof(error));
        if (is_port_unreachable(&error))
            return true;
    }
    return false;
}

bool udp_next_refused(struct udp *udp, struct addr *remote)
{
    union sockaddr_any about;
    union error_control control;
    uint8_t byte;
    while (udp->troubled) {
        struct iovec data = {.iov_base = &byte, .iov_len = sizeof(byte)};
        struct msghdr message = {.msg_name = &about,
                                 .msg_namelen = sizeof(about),
                                 .msg_iov = &data,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof(control)};
        if (recvmsg(udp->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
            udp->troubled = false;
        } else if (says_refused(&message)) {
            sockaddr_to_addr(&about.sa, message.msg_namelen, remote);
            return true;
        }
    }
    return false;
}

/* Connecting a datagram socket sends nothing: it only asks the routing table. */
bool udp_local_towards(const struct udp *udp, const struct addr *remote, struct addr *local)
{
    union sockaddr_any any;
    socklen_t len = sockaddr_from_addr(&any, remote);
    int fd = socket(any.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool found = connect(fd, &any.sa, len) == 0;
    len = sizeof(any);
    found = found && getsockname(fd, &any.sa, &len) == 0;
    (void)close(fd); /* nothing was written to it */
    if (!found)
        return false;
    sockaddr_to_addr(&any.sa, len, local);
    local->port = udp->bound.port;
    return true;
}
