#include "wanted.h"

#include "base/member_state.h"

#include <stdlib.h>
#include <string.h>

#define ALL "@all"

/* Without a port, brackets or a second colon it could be an address only if it is numeric: any
 * other bare word is a member's name. */
static bool is_bare_name(const char *text)
{
    struct name name;
    struct addr addr;
    return strchr(text, ':') == NULL && name_set(&name, text, strlen(text)) == 0 &&
           addr_parse(text, PORT_DEFAULT, &addr) < 0;
}

/* @all, @KEY=VALUE. */
static int parse_selector(const char *text, struct wanted *wanted, struct why *why)
{
    if (strcmp(text, ALL) == 0) {
        wanted->kind = WANTED_ALL;
        return 0;
    }
    const char *key = text + 1;
    size_t len = strcspn(key, "=");
    wanted->kind = WANTED_TAG;
    if (key[len] != '=' || !name_is_tag_key(key, len)) {
        return why_set(why, ERR_USAGE, "target '%s': @all or @KEY=VALUE is wanted", text);
    }
    return 0;
}

static int check_family(const char *text, const struct hostport *hostport, enum addr_family family,
                        struct why *why)
{
    struct addr addr;
    bool numeric = addr_from_hostport(hostport, &addr) == 0;
    if (!numeric || family == ADDR_NONE || addr.family == (int)family) {
        return 0;
    }
    return why_set(why, ERR_USAGE, "target '%s' is no address of IPv%d", text, (int)family);
}

/* HOST:PORT, NAME@HOST:PORT. */
static int parse_address(const char *text, enum addr_family family, struct wanted *wanted,
                         struct why *why)
{
    const char *address = text;
    const char *at = strchr(text, '@');
    wanted->kind = WANTED_ADDR;
    if (at != NULL) {
        address = at + 1;
        if (name_set(&wanted->name, text, (size_t)(at - text)) < 0) {
            return why_set(why, ERR_USAGE, "target '%s': '%.*s' is no node's name", text,
                           (int)(at - text), text);
        }
    }
    if (addr_split(address, PORT_DEFAULT, &wanted->hostport) < 0 || wanted->hostport.port == 0) {
        return why_set(why, ERR_USAGE, "target '%s': '%s' is no address (HOST:PORT)", text,
                       address);
    }
    return check_family(text, &wanted->hostport, family, why);
}

int wanted_parse(const char *text, enum addr_family family, struct wanted *wanted, struct why *why)
{
    size_t len = strlen(text);
    memset(wanted, 0, sizeof(*wanted));
    if (len >= sizeof(wanted->text)) {
        return why_set(why, ERR_USAGE, "target '%.40s...' is too long", text);
    }
    memcpy(wanted->text, text, len + 1);
    if (text[0] == '@') {
        return parse_selector(text, wanted, why);
    }
    if (is_bare_name(text)) {
        wanted->kind = WANTED_NAME;
        return name_set(&wanted->name, text, len);
    }
    return parse_address(text, family, wanted, why);
}

bool wanted_is_asked(const struct wanted *wanted)
{
    return wanted->kind != WANTED_ADDR;
}

bool wanted_is_many(const struct wanted *wanted)
{
    return wanted->kind == WANTED_ALL || wanted->kind == WANTED_TAG;
}

static bool has_tag(const struct wanted *wanted, const struct record *member)
{
    const char *key = wanted->text + 1;
    const char *equals = strchr(key, '=');
    char field[sizeof(wanted->text) + sizeof("tag.")] = "tag.";
    strncat(field, key, (size_t)(equals - key));
    const char *value = record_text(member, field);
    return value != NULL && strcmp(value, equals + 1) == 0;
}

static bool is_meant(const struct wanted *wanted, const struct record *member,
                     const struct name *name)
{
    const char *state = record_text(member, "state");
    bool left = state != NULL && strcmp(state, member_state_text(MEMBER_LEFT)) == 0;
    switch (wanted->kind) {
    case WANTED_NAME:
        return name_equal(&wanted->name, name);
    case WANTED_ALL:
        return !left;
    case WANTED_TAG:
        return !left && has_tag(wanted, member);
    case WANTED_ADDR:
        break;
    }
    return false;
}

int wanted_take(struct wanted *wanted, const struct record *member)
{
    struct found found = {.addr = {.family = ADDR_NONE}};
    const char *name = record_text(member, "node");
    const char *addr = record_text(member, "addr");
    if (name == NULL || name_set(&found.name, name, strlen(name)) < 0 ||
        (addr != NULL && addr_parse(addr, 0, &found.addr) < 0)) {
        return ERR_MALFORMED;
    }
    if (!is_meant(wanted, member, &found.name)) {
        return 0;
    }
    struct found *grown =
        reallocarray(wanted->found, wanted->found_count + 1, sizeof(*wanted->found));
    if (grown == NULL) {
        return ERR_NO_MEMORY;
    }
    wanted->found = grown;
    wanted->found[wanted->found_count++] = found;
    return 0;
}

void wanted_release(struct wanted *wanted)
{
    free(wanted->found);
    wanted->found = NULL;
    wanted->found_count = 0;
}
