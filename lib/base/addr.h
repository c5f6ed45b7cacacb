/**
 * Internet addresses with a port, as plain data: no socket header here, so that the core and the
 * wire can carry them. Text forms: `192.0.2.1:7436`, `[2001:db8::1]:7436`.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum addr_family { ADDR_NONE = 0, ADDR_V4 = 4, ADDR_V6 = 6 };

/** An address; family ADDR_NONE (all zero) is "none". IPv4 uses the first 4 bytes of `ip`.
 *  `scope` is the interface index of a link-local IPv6 address, else 0; never sent. It says how
 *  this host reaches the address, so it does not count in addr_equal, addr_compare, addr_hash. */
struct addr {
    uint8_t family;
    uint8_t ip[16];
    uint16_t port;
    uint32_t scope;
};

#define ADDR_TEXT_SIZE 64

/** What a user types for an address before names are resolved. */
struct hostport {
    char host[HOST_LEN_MAX + 1];
    uint16_t port;
};

/** Splits `host:port`, `[v6]:port`, `host`, `[v6]` or a bare IPv6 address; a missing port is
 *  `port_default`. 0, or ERR_USAGE with `hostport` zeroed. The host is not resolved; port 0 is
 *  allowed (binding picks one). */
int addr_split(const char *text, uint16_t port_default, struct hostport *hostport);

/** The address of a numeric host; an IPv4-mapped IPv6 address becomes IPv4. 0, or ERR_RESOLVE
 *  with `addr` none when the host is a name, or its scope is no interface here. */
int addr_from_hostport(const struct hostport *hostport, struct addr *addr);

/** Both at once, numeric hosts only. */
int addr_parse(const char *text, uint16_t port_default, struct addr *addr);

/** Writes the text form ("-" for none) and returns `buf`, of ADDR_TEXT_SIZE bytes. */
const char *addr_format(const struct addr *addr, char *buf);

bool addr_is_none(const struct addr *addr);
bool addr_is_wildcard(const struct addr *addr);
bool addr_is_loopback(const struct addr *addr);
bool addr_equal(const struct addr *a, const struct addr *b);
int addr_compare(const struct addr *a, const struct addr *b);
uint64_t addr_hash(const struct addr *addr);

#endif
