/**
 * Our addresses as the socket interface's, which ngtcp2's paths and the kernel want.
 */
#ifndef QUIC_SOCKADDR_H
#define QUIC_SOCKADDR_H

#include "base/addr.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

union sockaddr_any {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

/** Fills `to` and returns its length. None becomes IPv4's wildcard with port 0. */
socklen_t sockaddr_from_addr(union sockaddr_any *to, const struct addr *addr);

/** As above for a socket of IPv6: an IPv4 address becomes a mapped one (RFC 4291 section 2.5.5.2).
 */
socklen_t sockaddr_from_addr_mapped(union sockaddr_any *to, const struct addr *addr);

/** The reverse: a mapped address comes out as IPv4, another family as none. */
void sockaddr_to_addr(const struct sockaddr *from, socklen_t len, struct addr *addr);

#endif
