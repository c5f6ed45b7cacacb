#include "destinations.h"

#include "roster.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Remembers a text. 1: it was there; 0; ERR_NO_MEMORY. */
static int remember(struct destinations *targets, const char *text)
{
    if (tfind(text, &targets->seen, compare_texts) != NULL) {
        return 1;
    }
    char *copy = strdup(text);
    if (copy == NULL || tsearch(copy, &targets->seen, compare_texts) == NULL) {
        free(copy);
        return ERR_NO_MEMORY;
    }
    return 0;
}

static int grow(struct destinations *targets)
{
    if (targets->wanted_count < targets->wanted_room) {
        return 0;
    }
    size_t room = targets->wanted_room > 0 ? 2 * targets->wanted_room : 8;
    struct wanted *wanted = reallocarray(targets->wanted, room, sizeof(*wanted));
    if (wanted == NULL) {
        return ERR_NO_MEMORY;
    }
    targets->wanted = wanted;
    targets->wanted_room = room;
    return 0;
}

/* Parses one into the next place. */
static int want(struct destinations *targets, const char *text, struct why *why)
{
    if (targets->wanted_count >= TARGETS_MAX) {
        return why_set(why, ERR_LIMIT, "more than %d targets", TARGETS_MAX);
    }
    int err = grow(targets);
    if (err < 0) {
        return err;
    }
    return wanted_parse(text, targets->family, &targets->wanted[targets->wanted_count], why);
}

int destinations_want(struct destinations *targets, const char *text, struct why *why)
{
    int err = want(targets, text, why);
    if (err == 0) {
        err = remember(targets, text);
    }
    if (err == 0) {
        targets->wanted_count++;
    }
    return err < 0 ? err : 0;
}

int destinations_want_helper(struct destinations *targets, const char *text, struct why *why)
{
    int err = want(targets, text, why);
    if (err < 0) {
        return why_prefix(why, err, "--via");
    }
    struct wanted *wanted = &targets->wanted[targets->wanted_count];
    if (wanted_is_many(wanted)) {
        return why_set(why, ERR_USAGE, "--via '%s': one node is wanted", text);
    }
    wanted->helper = true;
    targets->wanted_count++;
    return 0;
}

int destinations_check(const struct destinations *targets, struct why *why)
{
    bool helped = false;
    bool any = false;
    const struct wanted *nameless = NULL;
    for (size_t i = 0; i < targets->wanted_count; i++) {
        const struct wanted *wanted = &targets->wanted[i];
        helped = helped || wanted->helper;
        any = any || !wanted->helper;
        if (!wanted->helper && wanted->kind == WANTED_ADDR && name_is_empty(&wanted->name)) {
            nameless = wanted;
        }
    }
    if (!any) {
        return why_set(why, ERR_USAGE, "no target: HOST:PORT, NAME@HOST:PORT, NAME or @all");
    }
    if (!helped || nameless == NULL) {
        return 0;
    }
    return why_set(why, ERR_USAGE, "target '%s': a ping by --via needs a name: NAME@%s or NAME",
                   nameless->text, nameless->text);
}

bool destinations_must_ask(const struct destinations *targets)
{
    for (size_t i = 0; i < targets->wanted_count; i++) {
        if (wanted_is_asked(&targets->wanted[i])) {
            return true;
        }
    }
    return false;
}

bool destinations_are_many(const struct destinations *targets)
{
    for (size_t i = 0; i < targets->wanted_count; i++) {
        if (wanted_is_many(&targets->wanted[i])) {
            return true;
        }
    }
    return false;
}

int destinations_ask(struct destinations *targets, const struct target *node, uint64_t timeout_ns,
                     struct why *why)
{
    targets->asked_err = roster_ask(node, timeout_ns, targets->wanted, targets->wanted_count, why);
    return targets->asked_err;
}

/* Destinations. */

static void settle_found(const struct destinations *targets, const struct found *found,
                         struct destination *destination)
{
    bool other = targets->family != ADDR_NONE && found->addr.family != (int)targets->family;
    destination_init(destination, found->name.text);
    destination->expected = found->name;
    if (addr_is_none(&found->addr) || other) {
        destination_set_missing(destination, ERR_NOT_FOUND, "no address of that kind");
    } else {
        destination_set_addr(destination, &found->addr);
    }
}

static void settle_name(const struct destinations *targets, const struct wanted *wanted,
                        struct destination *destination)
{
    if (wanted->found_count > 0) {
        settle_found(targets, &wanted->found[0], destination);
        return;
    }
    destination_init(destination, wanted->text);
    destination->expected = wanted->name;
    if (targets->asked_err < 0) { /* told once for all */
        destination_set_missing(destination, targets->asked_err, NULL);
    } else {
        destination_set_missing(destination, ERR_NOT_FOUND, "no member of that name");
    }
}

static void settle_addr(const struct destinations *targets, const struct wanted *wanted,
                        struct destination *destination)
{
    destination_init(destination, wanted->text);
    destination->expected = wanted->name;
    destination->hostport = wanted->hostport;
    destination->family = targets->family;
}

/* A member that several targets stand for is one target. 0 or ERR_NO_MEMORY. */
static int settle_many(struct destinations *targets, const struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->found_count; i++) {
        int seen = remember(targets, wanted->found[i].name.text);
        if (seen < 0) {
            return seen;
        }
        if (seen == 0) {
            settle_found(targets, &wanted->found[i], &targets->items[targets->count++]);
        }
    }
    return 0;
}

static int settle(struct destinations *targets, const struct wanted *wanted)
{
    if (wanted_is_many(wanted)) {
        return settle_many(targets, wanted);
    }
    struct destination *destination = wanted->helper ? &targets->helpers[targets->helper_count++]
                                                     : &targets->items[targets->count++];
    if (wanted->kind == WANTED_NAME) {
        settle_name(targets, wanted, destination);
    } else {
        settle_addr(targets, wanted, destination);
    }
    return 0;
}

int destinations_settle(struct destinations *targets, struct why *why)
{
    size_t most = 1;
    for (size_t i = 0; i < targets->wanted_count; i++) {
        const struct wanted *wanted = &targets->wanted[i];
        most += wanted_is_many(wanted) ? wanted->found_count : 1;
    }
    if (most > TARGETS_MAX) {
        return why_set(why, ERR_LIMIT, "more than %d targets", TARGETS_MAX);
    }
    targets->items = calloc(most, sizeof(*targets->items));
    targets->helpers = calloc(most, sizeof(*targets->helpers));
    if (targets->items == NULL || targets->helpers == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = 0;
    for (size_t i = 0; i < targets->wanted_count && err == 0; i++) {
        err = settle(targets, &targets->wanted[i]);
    }
    return err;
}

const char *destinations_next_empty(const struct destinations *targets, size_t *cursor)
{
    while (*cursor < targets->wanted_count) {
        const struct wanted *wanted = &targets->wanted[(*cursor)++];
        if (wanted_is_many(wanted) && wanted->found_count == 0) {
            return wanted->text;
        }
    }
    return NULL;
}

void destinations_free(struct destinations *targets)
{
    for (size_t i = 0; i < targets->wanted_count; i++) {
        wanted_release(&targets->wanted[i]);
    }
    for (size_t i = 0; i < targets->count; i++) {
        destination_release(&targets->items[i]);
    }
    for (size_t i = 0; i < targets->helper_count; i++) {
        destination_release(&targets->helpers[i]);
    }
    tdestroy(targets->seen, free);
    free(targets->wanted);
    free(targets->items);
    free(targets->helpers);
}
