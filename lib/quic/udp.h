/**
 * The only file that knows sockets: one UDP socket, with the local address of each packet, ICMP
 * errors from the error queue, and the don't-fragment rules that QUIC wants.
 */
#ifndef QUIC_UDP_H
#define QUIC_UDP_H

#include "base/addr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDP_TURN_MAX 64

struct udp_inbox; /* packets that one system call has brought */

struct udp {
    int fd;
    struct addr bound; /* after binding, with the real port */
    struct udp_inbox *inbox;
    bool troubled; /* the error queue may hold something */
};

/** Opens and binds, non-blocking, close-on-exec. `[::]` takes both families. 0; ERR_IN_USE (the
 * port is taken); ERR_SYSTEM with errno's text in `why` (also: no such local address). */
int udp_open(struct udp *udp, const struct addr *bind, struct why *why);
void udp_close(struct udp *udp);

/** Receives one datagram. Returns its length (0 is a length), or -1 when it is time to do something
 *  else: there was none left, or there have been UDP_TURN_MAX. Call it until it says so, then wait
 *  on the socket. `local` is the address it was sent to, with our port. IPv4-mapped addresses come
 *  as IPv4. */
long udp_receive(struct udp *udp, struct addr *local, struct addr *remote, uint8_t *buf,
                 size_t size);

/** Sends one, from `local` if it is not none. True if the kernel took it; what it does not take is
 *  a lost packet (counted by the caller), never an error of ours. */
bool udp_send(struct udp *udp, const struct addr *local, const struct addr *remote,
              const uint8_t *data, size_t len);

/** Takes one "port unreachable" of the error queue, if receiving or sending has met an error: true
 *  and whom it is about. Others are drained silently: they are lost packets. */
bool udp_next_refused(struct udp *udp, struct addr *remote);

/** The local address that the kernel would use towards `remote` (no packet is sent); the port is
 *  `udp->bound`'s. False if there is no route. */
bool udp_local_towards(const struct udp *udp, const struct addr *remote, struct addr *local);

#endif
