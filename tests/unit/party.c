#include "tests/unit/party.h"

#include "base/duration.h"
#include "base/wall.h"
#include "keys/ca.h"
#include "link/loop.h"

#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_NS (10 * NS_PER_S)

void party_make(struct party *party)
{
    char path[96];
    struct why why = {{0}};
    memset(party, 0, sizeof *party);
    snprintf(party->directory, sizeof party->directory, "/tmp/swim-party-XXXXXX");
    assert_non_null(mkdtemp(party->directory));
    snprintf(path, sizeof path, "%s/ca", party->directory);
    assert_int_equal(ca_init(path, "test", wall_now_ns(), &why), 0);
    snprintf(path, sizeof path, "%s/other", party->directory);
    assert_int_equal(ca_init(path, "test", wall_now_ns(), &why), 0);
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

void party_end(struct party *party)
{
    for (size_t i = 0; i < party->count; i++)
        party_vanish(party, &party->guests[i]);
    assert_int_equal(nftw(party->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

struct identity *party_identity(const struct party *party, const char *ca, const char *name,
                                enum role role)
{
    char ca_path[96], out[96], directory[192];
    struct spiffe spiffe = {.role = role};
    struct identity *identity = NULL;
    struct why why = {{0}};
    snprintf(ca_path, sizeof ca_path, "%s/%s", party->directory, ca);
    snprintf(out, sizeof out, "%s/%s-ids", party->directory, ca);
    snprintf(directory, sizeof directory, "%s/%s", out, name);
    assert_int_equal(name_set(&spiffe.name, name, strlen(name)), 0);
    int rc = 0;
    if (access(directory, F_OK) != 0)
        rc = ca_issue(ca_path, out, &spiffe, 30, wall_now_ns(), NULL, &why);
    if (rc == 0)
        rc = identity_load(directory, NULL, wall_now_ns(), &identity, &why);
    if (rc != 0)
        fail_msg("%s: %s", directory, why.text);
    return identity;
}

struct guest *party_join(struct party *party, struct identity *identity, uint64_t instance,
                         void (*tweak)(struct peers_config *config))
{
    struct peers_config config;
    struct why why = {{0}};
    size_t place = 0;
    while (place < party->count && party->guests[place].peers)
        place++;
    assert_true(place < PARTY_MAX);
    if (place == party->count)
        party->count++;
    struct guest *guest = &party->guests[place];
    memset(guest, 0, sizeof *guest);
    peers_config_default(&config);
    config.identity = guest->identity = identity;
    config.serve = true;
    assert_int_equal(addr_parse("127.0.0.1:0", 0, &config.bind), 0);
    config.hello.kind = HELLO_NODE;
    config.hello.instance = instance;
    config.hello.incarnation = 1;
    if (tweak)
        tweak(&config);
    int rc = peers_new(&config, loop_now(), &guest->peers, &why);
    if (rc != 0)
        fail_msg("peers_new: %s", why.text);
    guest->addr = *peers_bound(guest->peers);
    return guest;
}

void party_vanish(struct party *party, struct guest *guest)
{
    (void)party;
    peers_free(guest->peers);
    identity_free(guest->identity);
    free(guest->heard);
    memset(guest, 0, sizeof *guest);
}

static void keep(struct guest *guest, const struct peers_event *event)
{
    if (guest->heard_count == guest->heard_room) {
        guest->heard_room = guest->heard_room ? 2 * guest->heard_room : 16;
        guest->heard = realloc(guest->heard, guest->heard_room * sizeof *guest->heard);
        assert_non_null(guest->heard);
    }
    struct heard *heard = &guest->heard[guest->heard_count++];
    memset(heard, 0, sizeof *heard);
    heard->event = *event;
    heard->pool = *peers_pool_stats(guest->peers);
    if (event->hello)
        heard->hello = *event->hello;
    heard->event.hello = NULL;
    heard->event.message = NULL;
    heard->event.record = NULL;
    if (!event->message)
        return;
    heard->type = event->message->type;
    heard->updates = event->message->update_count;
    if (heard->type == MESSAGE_PING)
        heard->pseq = event->message->ping.pseq;
    if (heard->type == MESSAGE_ACK)
        heard->pseq = event->message->ack.pseq;
    if (heard->type == MESSAGE_SYNC) {
        heard->pseq = event->message->sync.pseq;
        heard->reply = event->message->sync.reply;
        heard->last = event->message->sync.last;
    }
}

static void take_events(struct guest *guest, uint64_t now)
{
    struct peers_event event;
    while (peers_next_event(guest->peers, now, &event)) {
        const struct pool_stats *pool = peers_pool_stats(guest->peers);
        assert_int_equal(pool->total, pool->idle + pool->in_use + pool->connecting);
        keep(guest, &event);
        if (guest->on_event)
            guest->on_event(guest, &event);
    }
}

static void work(struct guest *guest)
{
    uint64_t now = loop_now();
    while (peers_receive(guest->peers, now))
        take_events(guest, now);
    peers_tick(guest->peers, now);
    take_events(guest, now);
    peers_flush(guest->peers, now);
}

void party_turn(struct party *party, unsigned ms)
{
    struct pollfd fds[PARTY_MAX];
    nfds_t count = 0;
    uint64_t now = loop_now(), until = now + ms * NS_PER_MS;
    for (size_t i = 0; i < party->count; i++) {
        struct guest *guest = &party->guests[i];
        if (!guest->peers)
            continue;
        take_events(guest, now);
        peers_flush(guest->peers, now);
        fds[count++] = (struct pollfd){.fd = peers_fd(guest->peers), .events = POLLIN};
        if (peers_deadline(guest->peers) < until)
            until = peers_deadline(guest->peers);
    }
    uint64_t left = until > now ? until - now : 0;
    struct timespec span = {.tv_nsec = (long)left};
    assert_true(left < NS_PER_S);
    assert_true(ppoll(fds, count, &span, NULL) >= 0);
    for (size_t i = 0; i < party->count; i++)
        if (party->guests[i].peers)
            work(&party->guests[i]);
}

size_t party_count(const struct guest *guest, enum peers_event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < guest->heard_count; i++)
        if (guest->heard[i].event.kind == kind)
            count++;
    return count;
}

static const struct heard *nth(const struct guest *guest, enum peers_event_kind kind, size_t n)
{
    for (size_t i = 0; i < guest->heard_count; i++)
        if (guest->heard[i].event.kind == kind && --n == 0)
            return &guest->heard[i];
    return NULL;
}

static void show_heard(const struct guest *guest)
{
    for (size_t i = 0; i < guest->heard_count; i++) {
        const struct peers_event *event = &guest->heard[i].event;
        print_message("  %s heard kind %d of %s leg %s reason %s why %s type %s pseq %lu\n",
                      party_name(guest)->text, (int)event->kind, event->name.text,
                      event->leg ? event->leg : "-", err_name(event->reason),
                      event->why_closed ? event->why_closed : "-",
                      message_name(guest->heard[i].type), (unsigned long)guest->heard[i].pseq);
    }
}

const struct heard *party_wait(struct party *party, struct guest *guest, enum peers_event_kind kind,
                               size_t count)
{
    uint64_t until = loop_now() + PATIENCE_NS;
    while (party_count(guest, kind) < count && loop_now() < until)
        party_turn(party, 50);
    const struct heard *heard = nth(guest, kind, count);
    if (!heard) {
        for (size_t i = 0; i < party->count; i++)
            if (party->guests[i].peers)
                show_heard(&party->guests[i]);
        fail_msg("%s did not hear kind %d %zu times", party_name(guest)->text, (int)kind, count);
    }
    return heard;
}

void party_idle(struct party *party, unsigned ms)
{
    uint64_t until = loop_now() + ms * NS_PER_MS;
    while (loop_now() < until)
        party_turn(party, 5);
}

int party_ping(struct guest *from, const struct guest *to, uint64_t pseq)
{
    struct message message = {.type = MESSAGE_PING, .ping = {.pseq = pseq}};
    return peers_send(from->peers, loop_now(), party_name(to), &to->addr, &message, false);
}

const struct name *party_name(const struct guest *guest)
{
    return &identity_self(guest->identity)->name;
}
