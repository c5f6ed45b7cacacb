#include "link/about.h"

#include "quic/compat.h"
#include "wire/msg.h"

#include <stdio.h>

const char *link_about(void)
{
    /* Written anew each time, always with the same bytes. */
    static char text[128];
    snprintf(text, sizeof text, "wire %d, ngtcp2 %s, GnuTLS %s", WIRE_VERSION, compat_version(),
             compat_tls_version());
    return text;
}
