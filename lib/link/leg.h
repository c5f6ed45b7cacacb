/**
 * Where on the way to a peer an attempt failed: the `leg=` of lines, by the reason.
 */
#ifndef LINK_LEG_H
#define LINK_LEG_H

#include <stdbool.h>

/** The leg of a connection that ended with `reason` before it was of use: udp, handshake,
 * certificate, cluster, alpn or self. */
const char *leg_of(int reason);

/** Whether one side refused the other, so that it is told as `peer-rejected`. */
bool leg_is_rejection(int reason);

#endif
