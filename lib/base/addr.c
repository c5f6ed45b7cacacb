#include "base/addr.h"

#include "base/err.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_LEN_MAX 63 /* RFC 1035 section 2.3.4 */

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

/* ---- hosts ---- */

static bool is_label(const char *text, size_t len)
{
    if (len == 0 || len > LABEL_LEN_MAX || text[0] == '-' || text[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    return true;
}

/* A DNS name, with or without the dot of the root. Its last label is not all digits (RFC 1123
 * section 2.1), or a mistyped 192.0.2.256 and a lone port would be looked up as names. */
static bool is_host_name(const char *host)
{
    bool digits = false;

    for (const char *label = host;;) {
        size_t len = strcspn(label, ".");

        if (!is_label(label, len))
            return false;
        digits = strspn(label, "0123456789") == len;
        label += len;
        if (*label == '.')
            label++;
        if (*label == '\0')
            return !digits;
    }
}

static bool is_link_local(const uint8_t ip[16])
{
    return ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
}

/* Splits `address%scope` (RFC 4007 section 11) and reads the address; `*scope` is empty if there
 * is none. Only a link-local address takes a scope. */
static bool read_v6(const char *host, uint8_t ip[16], const char **scope)
{
    char text[INET6_ADDRSTRLEN];
    size_t len = strcspn(host, "%");

    if (len >= sizeof(text))
        return false;
    memcpy(text, host, len);
    text[len] = '\0';
    if (inet_pton(AF_INET6, text, ip) != 1)
        return false;
    *scope = host + len;
    if (**scope == '\0')
        return true;
    (*scope)++;
    return **scope != '\0' && strlen(*scope) < IF_NAMESIZE && is_link_local(ip);
}

static bool is_v6(const char *host)
{
    uint8_t ip[16];
    const char *scope;

    return read_v6(host, ip, &scope);
}

static bool is_v4(const char *host)
{
    uint8_t ip[4];

    return inet_pton(AF_INET, host, ip) == 1;
}

/* Reads the whole of `text` as a port. */
static bool read_port(const char *text, uint16_t *port)
{
    unsigned value = 0;
    size_t len = strspn(text, "0123456789");

    if (len == 0 || len > 5 || text[len] != '\0')
        return false;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    if (value > UINT16_MAX)
        return false;
    *port = (uint16_t)value;
    return true;
}

static bool set_host(struct hostport *hostport, const char *text, size_t len)
{
    if (len == 0 || len > HOST_LEN_MAX)
        return false;
    memcpy(hostport->host, text, len);
    hostport->host[len] = '\0';
    return true;
}

static bool split_brackets(const char *text, struct hostport *hostport)
{
    const char *end = strchr(text, ']');

    if (end == NULL || !set_host(hostport, text + 1, (size_t)(end - text - 1)) ||
        !is_v6(hostport->host))
        return false;
    if (end[1] == '\0')
        return true;
    return end[1] == ':' && read_port(end + 2, &hostport->port);
}

static bool split(const char *text, struct hostport *hostport)
{
    const char *colon = strchr(text, ':');

    if (text[0] == '[')
        return split_brackets(text, hostport);
    if (colon != NULL && strchr(colon + 1, ':') != NULL)
        return set_host(hostport, text, strlen(text)) && is_v6(hostport->host);
    if (!set_host(hostport, text, strcspn(text, ":")) ||
        (!is_v4(hostport->host) && !is_host_name(hostport->host)))
        return false;
    return colon == NULL || read_port(colon + 1, &hostport->port);
}

int addr_split(const char *text, uint16_t port_default, struct hostport *hostport)
{
    *hostport = (struct hostport){.port = port_default};
    if (split(text, hostport))
        return 0;
    *hostport = (struct hostport){0};
    return ERR_USAGE;
}

/* ---- addresses ---- */

/* The index that a scope names: a number, or an interface of this host. 0: none. */
static uint32_t read_scope(const char *text)
{
    unsigned long index;

    if (text[strspn(text, "0123456789")] != '\0')
        return if_nametoindex(text);
    index = strtoul(text, NULL, 10);
    return index > UINT32_MAX ? 0 : (uint32_t)index;
}

int addr_from_hostport(const struct hostport *hostport, struct addr *addr)
{
    struct addr made = {.port = hostport->port};
    const char *scope;

    *addr = (struct addr){0};
    if (inet_pton(AF_INET, hostport->host, made.ip) == 1) {
        made.family = ADDR_V4;
    } else if (!read_v6(hostport->host, made.ip, &scope)) {
        return ERR_RESOLVE;
    } else if (memcmp(made.ip, mapped_prefix, sizeof(mapped_prefix)) == 0) {
        made.family = ADDR_V4; /* one address has one form, or it would not equal itself */
        memmove(made.ip, made.ip + 12, 4);
        memset(made.ip + 4, 0, 12);
    } else {
        made.family = ADDR_V6;
        made.scope = *scope == '\0' ? 0 : read_scope(scope);
        if (*scope != '\0' && made.scope == 0)
            return ERR_RESOLVE;
    }
    *addr = made;
    return 0;
}

int addr_parse(const char *text, uint16_t port_default, struct addr *addr)
{
    struct hostport hostport;
    int rc = addr_split(text, port_default, &hostport);

    if (rc == 0)
        return addr_from_hostport(&hostport, addr);
    *addr = (struct addr){0};
    return rc;
}

static size_t ip_len(const struct addr *addr)
{
    switch (addr->family) {
    case ADDR_V4:
        return 4;
    case ADDR_V6:
        return 16;
    default:
        return 0;
    }
}

const char *addr_format(const struct addr *addr, char *buf)
{
    char ip[INET6_ADDRSTRLEN], scope[16] = "";

    if (addr_is_none(addr))
        return memcpy(buf, "-", 2);
    /* can't fail: the families are known and the buffer is of the size they ask for */
    inet_ntop(addr->family == ADDR_V4 ? AF_INET : AF_INET6, addr->ip, ip, sizeof(ip));
    if (addr->scope != 0)
        snprintf(scope, sizeof(scope), "%%%u", (unsigned)addr->scope);
    if (addr->family == ADDR_V4)
        snprintf(buf, ADDR_TEXT_SIZE, "%s:%u", ip, (unsigned)addr->port);
    else
        snprintf(buf, ADDR_TEXT_SIZE, "[%.39s%s]:%u", ip, scope, (unsigned)addr->port);
    return buf;
}

bool addr_is_none(const struct addr *addr)
{
    return ip_len(addr) == 0;
}

bool addr_is_wildcard(const struct addr *addr)
{
    static const uint8_t zero[16];

    return !addr_is_none(addr) && memcmp(addr->ip, zero, ip_len(addr)) == 0;
}

bool addr_is_loopback(const struct addr *addr)
{
    static const uint8_t one[16] = {[15] = 1};

    if (addr->family == ADDR_V4)
        return addr->ip[0] == 127;
    return addr->family == ADDR_V6 && memcmp(addr->ip, one, sizeof(one)) == 0;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
    return addr_compare(a, b) == 0;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
    int order;

    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    order = memcmp(a->ip, b->ip, ip_len(a));
    if (order != 0 || a->port == b->port)
        return order;
    return a->port < b->port ? -1 : 1;
}

static uint64_t hash_byte(uint64_t hash, unsigned byte)
{
    return (hash ^ byte) * UINT64_C(0x100000001b3);
}

uint64_t addr_hash(const struct addr *addr)
{
    uint64_t hash = hash_byte(UINT64_C(0xcbf29ce484222325), addr->family);

    for (size_t i = 0; i < ip_len(addr); i++)
        hash = hash_byte(hash, addr->ip[i]);
    hash = hash_byte(hash, addr->port >> 8);
    return hash_byte(hash, addr->port & 0xffU);
}
