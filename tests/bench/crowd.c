/**
 * Tells a node of members that there are not, to see what many cost: as the member of an identity
 * it dials the node, gossips so many, and stays until it is ended. Prints a line when all is said.
 *
 *     crowd IDENTITY-DIR ADDR COUNT
 */
#include "base/duration.h"
#include "base/wall.h"
#include "keys/identity.h"
#include "link/loop.h"
#include "link/peers.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT_NOBODY 9 /* where the members are said to be: nothing listens there */
#define PATIENCE_NS (10 * NS_PER_S)

static int fail(const char *what)
{
    (void)fprintf(stderr, "crowd: %s\n", what);
    return 1;
}

static int make_peers(struct identity *identity, struct peers **peers)
{
    struct peers_config config;
    struct why why = {""};
    peers_config_default(&config);
    config.identity = identity;
    config.serve = true;
    config.hello = (struct msg_hello){.kind = HELLO_NODE,
                                      .instance = wall_now_ns(),
                                      .incarnation = 1,
                                      .version = WIRE_VERSION,
                                      .period_ms = 1000};
    int rc = addr_parse("127.0.0.1:0", 0, &config.bind);
    config.hello.addr = config.bind;
    return rc == 0 ? peers_new(&config, loop_now(), peers, &why) : rc;
}

static struct update invent(size_t i)
{
    char text[32];
    struct update update = {.incarnation = 1, .state = MEMBER_ALIVE, .instance = i + 1};
    (void)snprintf(text, sizeof text, "crowd%04zu", i);
    (void)name_set(&update.node, text, strlen(text)); /* it is a name */
    (void)snprintf(text, sizeof text, "127.0.0.1:%d", PORT_NOBODY);
    (void)addr_parse(text, 0, &update.addr); /* it is an address */
    return update;
}

/* All of them, a message full at a time, on the stream. */
static int tell(struct peers *peers, const struct name *node, const struct addr *addr, size_t count)
{
    static struct message message;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count;) {
        message = (struct message){.type = MESSAGE_GOSSIP};
        while (i < count && message.update_count < UPDATES_PER_MESSAGE)
            message.updates[message.update_count++] = invent(i++);
        rc = peers_send(peers, loop_now(), node, addr, &message, true);
    }
    return rc;
}

static void turn(struct peers *peers)
{
    peers_tick(peers, loop_now());
    peers_flush(peers, loop_now());
    struct pollfd fd = {.fd = peers_fd(peers), .events = POLLIN};
    (void)poll(&fd, 1, 5); /* cut short by a signal it is a shorter turn */
    while (peers_receive(peers, loop_now()))
        ;
}

static int stay(struct peers *peers, const struct addr *addr, size_t count)
{
    uint64_t deadline = loop_now() + PATIENCE_NS;
    struct name nobody = {.text = ""};
    int rc = peers_dial(peers, loop_now(), &nobody, addr);
    for (bool told = false; rc == 0; turn(peers)) {
        struct peers_event event;
        while (rc == 0 && peers_next_event(peers, loop_now(), &event)) {
            if (event.kind == PEERS_FAILED)
                rc = event.reason;
            if (event.kind != PEERS_UP || told)
                continue;
            rc = tell(peers, &event.name, addr, count);
            told = true;
            if (rc == 0 && (puts("told") == EOF || fflush(stdout) != 0))
                rc = ERR_SYSTEM;
        }
        if (rc == 0 && !told && loop_now() > deadline)
            rc = ERR_TIMEOUT;
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct identity *identity;
    struct peers *peers;
    struct addr addr;
    struct why why = {""};
    if (argc != 4 || addr_parse(argv[2], 0, &addr) != 0)
        return fail("usage: crowd IDENTITY-DIR ADDR COUNT");
    if (identity_load(argv[1], NULL, wall_now_ns(), &identity, &why) != 0)
        return fail(why.text);
    int rc = make_peers(identity, &peers);
    if (rc == 0) {
        rc = stay(peers, &addr, strtoul(argv[3], NULL, 10));
        peers_free(peers);
    }
    identity_free(identity);
    return fail(err_text(rc));
}
