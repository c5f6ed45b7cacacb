#include "quic/sockaddr.h"

#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static socklen_t fill_v6(union sockaddr_any *to, const uint8_t ip[16], const struct addr *addr)
{
    memset(&to->in6, 0, sizeof(to->in6));
    to->in6.sin6_family = AF_INET6;
    to->in6.sin6_port = htons(addr->port);
    to->in6.sin6_scope_id = addr->scope;
    memcpy(&to->in6.sin6_addr, ip, 16);
    return sizeof(to->in6);
}

socklen_t sockaddr_from_addr(union sockaddr_any *to, const struct addr *addr)
{
    if (addr->family == ADDR_V6)
        return fill_v6(to, addr->ip, addr);
    memset(&to->in, 0, sizeof(to->in));
    to->in.sin_family = AF_INET;
    to->in.sin_port = htons(addr->port);
    memcpy(&to->in.sin_addr, addr->ip, 4);
    return sizeof(to->in);
}

socklen_t sockaddr_from_addr_mapped(union sockaddr_any *to, const struct addr *addr)
{
    if (addr->family != ADDR_V4)
        return fill_v6(to, addr->ip, addr);
    uint8_t ip[16];
    memcpy(ip, mapped_prefix, sizeof(mapped_prefix));
    memcpy(ip + sizeof(mapped_prefix), addr->ip, 4);
    return fill_v6(to, ip, addr);
}

static void set_v4(struct addr *addr, const void *ip, uint16_t port)
{
    addr->family = ADDR_V4;
    memcpy(addr->ip, ip, 4);
    addr->port = port;
}

void sockaddr_to_addr(const struct sockaddr *from, socklen_t len, struct addr *addr)
{
    union sockaddr_any any;
    memset(&any, 0, sizeof(any));
    memset(addr, 0, sizeof(*addr));
    memcpy(&any, from, len < sizeof(any) ? len : sizeof(any));
    if (any.sa.sa_family == AF_INET) {
        set_v4(addr, &any.in.sin_addr, ntohs(any.in.sin_port));
    } else if (any.sa.sa_family == AF_INET6) {
        const uint8_t *ip = any.in6.sin6_addr.s6_addr;
        if (memcmp(ip, mapped_prefix, sizeof(mapped_prefix)) == 0) {
            set_v4(addr, ip + sizeof(mapped_prefix), ntohs(any.in6.sin6_port));
            return;
        }
        addr->family = ADDR_V6;
        memcpy(addr->ip, ip, 16);
        addr->port = ntohs(any.in6.sin6_port);
        addr->scope = any.in6.sin6_scope_id;
    }
}
