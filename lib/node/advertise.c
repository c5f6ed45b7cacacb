#include "node/advertise.h"

#include "link/peers.h"
#include "link/resolve.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* Far away by any routing table: reserved for documentation (RFC 5737, RFC 3849), so that nobody
 * has a route of its own there. Nothing is sent; only the route is asked for. */
static const char *const far_away[] = {"192.0.2.1", "2001:db8::1"};

/* A socket of IPv6 alone has no use for the others' IPv4 addresses and the other way round; one
 * bound to :: serves both. */
static bool is_served(const struct addr *bound, const struct addr *addr)
{
    return bound->family == ADDR_V6 || addr->family == bound->family;
}

static bool towards(const struct peers *peers, const struct addr *remote, struct addr *addr)
{
    const struct addr *bound = peers_bound(peers);
    if (!is_served(bound, remote) || !peers_local_towards(peers, remote, addr) ||
        addr_is_none(addr) || addr_is_wildcard(addr))
        return false;
    addr->port = bound->port;
    return true;
}

static bool towards_seed(const struct peers *peers, const char *seed, struct addr *addr)
{
    struct hostport hostport;
    struct addr found[RESOLVE_MAX];
    if (seed == NULL || addr_split(seed, PORT_DEFAULT, &hostport) != 0)
        return false;
    int count = resolve_wait(&hostport, ADDR_NONE, ADVERTISE_LOOK_UP_NS, found, NULL);
    for (int i = 0; i < count; i++)
        if (towards(peers, &found[i], addr))
            return true;
    return false;
}

static bool towards_far_away(const struct peers *peers, struct addr *addr)
{
    for (size_t i = 0; i < sizeof far_away / sizeof *far_away; i++) {
        struct addr remote;
        if (addr_parse(far_away[i], PORT_DEFAULT, &remote) == 0 && towards(peers, &remote, addr) &&
            !addr_is_loopback(addr))
            return true;
    }
    return false;
}

static bool from_sockaddr(const struct sockaddr *sockaddr, struct addr *addr)
{
    *addr = (struct addr){.family = ADDR_NONE};
    if (sockaddr == NULL)
        return false;
    if (sockaddr->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sockaddr, sizeof in);
        addr->family = ADDR_V4;
        memcpy(addr->ip, &in.sin_addr, 4);
        return true;
    }
    if (sockaddr->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 in6;
    memcpy(&in6, sockaddr, sizeof in6);
    addr->family = ADDR_V6;
    memcpy(addr->ip, &in6.sin6_addr, 16);
    return !IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr); /* means nothing without an interface */
}

/* The only address that is not loopback; with two there is nothing to choose by. */
static bool only_address(const struct peers *peers, struct addr *addr)
{
    struct ifaddrs *all, *at;
    size_t count = 0;
    if (getifaddrs(&all) != 0)
        return false;
    for (at = all; at != NULL; at = at->ifa_next) {
        struct addr one;
        if (!from_sockaddr(at->ifa_addr, &one) || addr_is_loopback(&one) ||
            !is_served(peers_bound(peers), &one))
            continue;
        *addr = one;
        addr->port = peers_bound(peers)->port;
        count++;
    }
    freeifaddrs(all);
    return count == 1;
}

struct addr advertise_local(const struct addr *bound)
{
    struct addr addr = *bound;
    if (!addr_is_wildcard(bound))
        return addr;
    addr = (struct addr){.family = ADDR_V4, .ip = {127, 0, 0, 1}, .port = bound->port};
    return addr;
}

enum advertise_source advertise_find(const struct peers *peers, const char *first_seed,
                                     struct addr *addr)
{
    const struct addr *bound = peers_bound(peers);
    *addr = *bound;
    if (!addr_is_wildcard(bound))
        return ADVERTISE_BOUND;
    if (towards_seed(peers, first_seed, addr))
        return ADVERTISE_SEED;
    if (towards_far_away(peers, addr))
        return ADVERTISE_ROUTE;
    if (only_address(peers, addr))
        return ADVERTISE_ONLY;
    *addr = advertise_local(bound);
    return ADVERTISE_LOOPBACK;
}
