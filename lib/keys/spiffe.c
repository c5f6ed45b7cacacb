#include "keys/spiffe.h"

#include "base/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Takes the literal off the front of what is left; false: it does not stand there. */
static bool take_literal(const char **at, size_t *left, const char *literal)
{
    const size_t len = strlen(literal);

    if (*left < len || memcmp(*at, literal, len) != 0) {
        return false;
    }
    *at += len;
    *left -= len;
    return true;
}

/* Takes what stands before the next '/', and the '/' too; false: there is none. */
static bool take_segment(const char **at, size_t *left, const char **segment, size_t *len)
{
    const char *slash = memchr(*at, '/', *left);

    if (slash == NULL) {
        return false;
    }
    *segment = *at;
    *len = (size_t)(slash - *at);
    *at += *len + 1;
    *left -= *len + 1;
    return true;
}

int spiffe_parse(const char *uri, size_t len, struct spiffe *spiffe)
{
    const char *at = uri;
    const char *cluster, *role;
    size_t left = len, cluster_len, role_len;

    memset(spiffe, 0, sizeof(*spiffe));
    if (!take_literal(&at, &left, SPIFFE_SCHEME) ||
        !take_segment(&at, &left, &cluster, &cluster_len) ||
        !name_is_cluster(cluster, cluster_len) || !take_literal(&at, &left, "swim/") ||
        !take_segment(&at, &left, &role, &role_len) || role_len == 0 ||
        name_set(&spiffe->name, at, left) != 0) {
        memset(spiffe, 0, sizeof(*spiffe));
        return ERR_MALFORMED;
    }
    if (!role_parse(role, role_len, &spiffe->role)) {
        memset(spiffe, 0, sizeof(*spiffe));
        return ERR_ROLE;
    }
    memcpy(spiffe->cluster, cluster, cluster_len);
    return 0;
}

int spiffe_parse_ca(const char *uri, size_t len, char cluster[CLUSTER_LEN_MAX + 1])
{
    const char *at = uri;
    size_t left = len;

    memset(cluster, 0, CLUSTER_LEN_MAX + 1);
    if (!take_literal(&at, &left, SPIFFE_SCHEME) || !name_is_cluster(at, left)) {
        return ERR_MALFORMED;
    }
    memcpy(cluster, at, left);
    return 0;
}

const char *spiffe_format(const struct spiffe *spiffe, char *buf)
{
    (void)snprintf(buf, SPIFFE_TEXT_SIZE, SPIFFE_SCHEME "%s/swim/%s/%s", spiffe->cluster,
                   role_text(spiffe->role), spiffe->name.text);
    return buf;
}

const char *spiffe_format_ca(const char *cluster, char *buf)
{
    (void)snprintf(buf, SPIFFE_TEXT_SIZE, SPIFFE_SCHEME "%s", cluster);
    return buf;
}
