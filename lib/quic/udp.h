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

struct udp {
    int fd;
    struct addr bound; /* after binding, with the real port */
};

/** Opens and binds, non-blocking, close-on-exec. `[::]` takes both families. 0; ERR_IN_USE (the
 * port is taken); ERR_SYSTEM with errno's text in `why` (also: no such local address). */
int udp_open(struct udp *udp, const struct addr *bind, struct why *why);
void udp_close(struct udp *udp);

/** Receives one datagram. Returns its length (0 is a length), or -1 when there is none. `local` is
 *  the address it was sent to, with our port. IPv4-mapped addresses come as IPv4. */
long udp_receive(struct udp *udp, struct addr *local, struct addr *remote, uint8_t *buf,
                 size_t size);

/** Sends one, from `local` if it is not none. True if the kernel took it; what it does not take is
 *  a lost packet (counted by the caller), never an error of ours. */
bool udp_send(struct udp *udp, const struct addr *local, const struct addr *remote,
              const uint8_t *data, size_t len);

/** Takes one "port unreachable" of the error queue: true and whom it is about. Others are drained
 *  silently: they are lost packets. */
bool udp_next_refused(struct udp *udp, struct addr *remote);

/** The local address that the kernel would use towards `remote` (no packet is sent); the port is
 *  `udp->bound`'s. False if there is no route. */
bool udp_local_towards(const struct udp *udp, const struct addr *remote, struct addr *local);

#endif
