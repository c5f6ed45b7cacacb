#include "destination.h"

#include <assert.h>
#include <string.h>

/* Without a port, brackets or a second colon it could be an address only if it is numeric: any
 * other bare word is a member's name. */
static bool is_bare_name(const char *typed)
{
    struct name name;
    struct addr addr;
    return strchr(typed, ':') == NULL && name_set(&name, typed, strlen(typed)) == 0 &&
           addr_parse(typed, PORT_DEFAULT, &addr) < 0;
}

int destination_parse(const char *typed, struct destination *target, struct why *why)
{
    memset(target, 0, sizeof(*target));
    target->typed = typed;
    target->watch = ERR_NOT_FOUND;
    if (typed[0] == '@' || is_bare_name(typed)) {
        return why_set(why, ERR_USAGE,
                       "target '%s': this version can't ask a node for addresses: give HOST:PORT "
                       "or NAME@HOST:PORT",
                       typed);
    }
    const char *address = typed;
    const char *at = strchr(typed, '@');
    if (at != NULL) {
        address = at + 1;
        if (name_set(&target->expected, typed, (size_t)(at - typed)) < 0) {
            return why_set(why, ERR_USAGE, "target '%s': '%.*s' is no node's name", typed,
                           (int)(at - typed), typed);
        }
    }
    if (addr_split(address, PORT_DEFAULT, &target->hostport) < 0 || target->hostport.port == 0) {
        return why_set(why, ERR_USAGE, "target '%s': '%s' is no address (HOST:PORT)", typed,
                       address);
    }
    return 0;
}

static void end_look_up(struct destination *target)
{
    loop_unwatch(target->loop, target->watch);
    resolve_free(target->resolve);
    target->resolve = NULL;
}

/* Readable: the look-up has ended; who waits for it is woken by the loop itself. */
static void on_resolved(void *user)
{
    struct destination *target = user;
    int found = resolve_take(target->resolve, target->addrs, &target->lookup_why);
    if (found == ERR_NOT_NOW) {
        return;
    }
    end_look_up(target);
    if (found <= 0) {
        target->state = DESTINATION_NOT_FOUND;
        target->lookup_err = found < 0 ? found : ERR_RESOLVE;
        return;
    }
    target->addr_count = (size_t)found;
    target->state = DESTINATION_FOUND;
}

void destination_look_up(struct destination *target, struct loop *loop)
{
    if (addr_from_hostport(&target->hostport, &target->addrs[0]) == 0) {
        target->addr_count = 1;
        target->state = DESTINATION_FOUND;
        return;
    }
    target->loop = loop;
    target->state = DESTINATION_LOOKING_UP;
    target->resolve = resolve_new(&target->hostport, ADDR_NONE);
    if (target->resolve != NULL) {
        target->watch = loop_watch(loop, resolve_fd(target->resolve), on_resolved, target);
    }
    if (target->watch < 0) {
        resolve_free(target->resolve);
        target->resolve = NULL;
        target->state = DESTINATION_NOT_FOUND;
        target->lookup_err = ERR_NO_MEMORY;
    }
}

void destination_release(struct destination *target)
{
    if (target->resolve != NULL) {
        end_look_up(target);
    }
}

const struct addr *destination_addr(const struct destination *target)
{
    return &target->addrs[target->addr_at];
}

bool destination_next_addr(struct destination *target)
{
    if (target->addr_at + 1 >= target->addr_count) {
        return false;
    }
    target->addr_at++;
    return true;
}

const char *destination_label(const struct destination *target)
{
    return name_is_empty(&target->name) ? target->typed : target->name.text;
}

void destination_note_failure(struct destination *target, int err)
{
    enum exit_code code = err_exit(err);
    assert(code <= EXIT_RESOURCE); /* a bug never gets this far as the end of a ping */
    target->failures |= 1U << code;
}

bool destination_has_failed_by(const struct destination *target, enum exit_code code)
{
    return (target->failures & (1U << code)) != 0;
}
