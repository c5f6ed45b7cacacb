/**
 * What a program that stays tells whoever started it: that it is ready (on a descriptor and to a
 * service manager), and that it is about to end.
 *
 * The service manager's protocol (sd_notify(3)) is one datagram of text to the socket that
 * NOTIFY_SOCKET names; without that variable nothing is sent.
 */
#ifndef CLI_SERVICE_H
#define CLI_SERVICE_H

#include "base/err.h"

#include <stdint.h>

/** `--ready-fd`: not given. Descriptor 0 is where input comes from, so it can't be meant. */
#define SERVICE_NO_FD 0

/** Checks a `--ready-fd` before anything happens: open and writable, else ERR_USAGE with `why`.
 *  SERVICE_NO_FD is fine. Sets close-on-exec on it, so that no child holds it open. */
int service_check_ready_fd(uint64_t fd, struct why *why);

/** Says that the program is ready: READY=1 to the service manager, then `address` and LF to `fd`
 *  (unless SERVICE_NO_FD), which is closed. Call it once, with the address that others can dial.
 *  0, or ERR_SYSTEM with `why` (the reader of `fd` has gone: the program runs on all the same). */
int service_ready(uint64_t fd, const char *address, struct why *why);

/** Says that the program has begun to end: STOPPING=1. 0 or ERR_SYSTEM with `why`. */
int service_stopping(struct why *why);

#endif
