#include "destination.h"

#include <assert.h>
#include <string.h>

void destination_init(struct destination *target, const char *typed)
{
    memset(target, 0, sizeof(*target));
    size_t len = strlen(typed);
    assert(len < sizeof(target->typed));
    memcpy(target->typed, typed, len + 1);
    target->watch = ERR_NOT_FOUND;
}

void destination_set_addr(struct destination *target, const struct addr *addr)
{
    target->addrs[0] = *addr;
    target->addr_count = 1;
    target->state = DESTINATION_FOUND;
}

void destination_set_missing(struct destination *target, int err, const char *text)
{
    target->state = DESTINATION_NOT_FOUND;
    target->lookup_err = err;
    if (text != NULL) {
        (void)why_set(&target->lookup_why, err, "%s", text);
    }
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

static void start_look_up(struct destination *target, struct loop *loop)
{
    target->loop = loop;
    target->state = DESTINATION_LOOKING_UP;
    target->resolve = resolve_new(&target->hostport, target->family);
    if (target->resolve != NULL) {
        target->watch = loop_watch(loop, resolve_fd(target->resolve), on_resolved, target);
    }
    if (target->watch < 0) {
        resolve_free(target->resolve);
        target->resolve = NULL;
        destination_set_missing(target, ERR_NO_MEMORY, err_text(ERR_NO_MEMORY));
    }
}

void destination_look_up(struct destination *target, struct loop *loop)
{
    struct addr addr;
    if (target->state != DESTINATION_WAITING) {
        return;
    }
    if (addr_from_hostport(&target->hostport, &addr) == 0) {
        destination_set_addr(target, &addr);
    } else {
        start_look_up(target, loop);
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
