#include "base/name.h"

#include "base/err.h"

#include <string.h>

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_node_name(const char *text, size_t len)
{
    if (len == 0 || len > NAME_LEN_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (is_lower(text[i]) || is_upper(text[i]) || is_digit(text[i]))
            continue;
        if (i == 0 || (text[i] != '.' && text[i] != '_' && text[i] != '-'))
            return false;
    }
    return true;
}

int name_set(struct name *name, const char *text, size_t len)
{
    struct name made = {{0}};

    if (!is_node_name(text, len)) {
        *name = made;
        return ERR_USAGE;
    }
    memcpy(made.text, text, len);
    *name = made;
    return 0;
}

bool name_is_empty(const struct name *name)
{
    return name->text[0] == '\0';
}

bool name_equal(const struct name *a, const struct name *b)
{
    return strcmp(a->text, b->text) == 0;
}

int name_compare(const struct name *a, const struct name *b)
{
    return strcmp(a->text, b->text);
}

uint64_t name_hash(const struct name *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (const char *c = name->text; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    return hash;
}

bool name_is_cluster(const char *text, size_t len)
{
    if (len == 0 || len > CLUSTER_LEN_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (is_lower(text[i]) || is_digit(text[i]))
            continue;
        if (i == 0 || (text[i] != '.' && text[i] != '_' && text[i] != '-'))
            return false;
    }
    return true;
}

bool name_is_tag_key(const char *text, size_t len)
{
    if (len == 0 || len > TAG_KEY_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_lower(text[i]) && !is_digit(text[i]) && text[i] != '_' && text[i] != '-')
            return false;
    return true;
}
