/**
 * What this build speaks and with which libraries: "wire 1, ngtcp2 0.12.1, GnuTLS 3.7.9".
 */
#ifndef LINK_ABOUT_H
#define LINK_ABOUT_H

/** The versions in use at run time, as one text that lives as long as the process. */
const char *link_about(void);

#endif
