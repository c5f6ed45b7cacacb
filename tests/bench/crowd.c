/**
 * Tells a node of members that there are not, to see what many cost: as the member of an identity
 * it dials the node, gossips so many, and stays until it is ended. Prints a line when all is said.
 * With a RATE so many of them a second move to another address from then on.
 *
 *     crowd IDENTITY-DIR ADDR COUNT [RATE]
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

#define PORT_NOBODY 9 /* where the members are said to be: nothing listens there, nor next to it   \
                       */
#define PATIENCE_NS (10 * NS_PER_S)

struct crowd {
    struct peers *peers;
    struct name node; /* whom it tells */
    struct addr addr;
    size_t count;
    uint64_t rate; /* moves a second */
    bool told;
    uint64_t began_ns, moved;
};

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

/* Who moves: a member, and how often it has moved before. */
static struct update invent(size_t i, uint64_t moves)
{
    char text[32];
    struct update update = {.incarnation = 1 + moves, .state = MEMBER_ALIVE, .instance = i + 1};
    (void)snprintf(text, sizeof text, "crowd%04zu", i);
    (void)name_set(&update.node, text, strlen(text)); /* it is a name */
    (void)snprintf(text, sizeof text, "127.0.0.1:%d", PORT_NOBODY + (int)(moves % 2));
    (void)addr_parse(text, 0, &update.addr); /* it is an address */
    return update;
}

/* All of them, a message full at a time, on the stream. */
static int tell(struct crowd *crowd)
{
    static struct message message;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < crowd->count;) {
        message = (struct message){.type = MESSAGE_GOSSIP};
        while (i < crowd->count && message.update_count < UPDATES_PER_MESSAGE)
            message.updates[message.update_count++] = invent(i++, 0);
        rc = peers_send(crowd->peers, loop_now(), &crowd->node, &crowd->addr, &message, true);
    }
    crowd->told = true;
    crowd->began_ns = loop_now();
    return rc;
}

/* Those whose time has come move, one after the other. */
static int move(struct crowd *crowd)
{
    static struct message message;
    int rc = 0;
    uint64_t due = (loop_now() - crowd->began_ns) * crowd->rate / NS_PER_S;
    for (; rc == 0 && crowd->told && crowd->moved < due; crowd->moved++) {
        message = (struct message){.type = MESSAGE_GOSSIP, .update_count = 1};
        message.updates[0] = invent(crowd->moved % crowd->count, 1 + crowd->moved / crowd->count);
        rc = peers_send(crowd->peers, loop_now(), &crowd->node, &crowd->addr, &message, true);
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

static int on_event(struct crowd *crowd, const struct peers_event *event)
{
    if (event->kind == PEERS_FAILED && !crowd->told)
        return event->reason;
    if (event->kind != PEERS_UP || crowd->told)
        return 0;
    crowd->node = event->name;
    int rc = tell(crowd);
    return rc == 0 && (puts("told") == EOF || fflush(stdout) != 0) ? (int)ERR_SYSTEM : rc;
}

static int stay(struct crowd *crowd)
{
    uint64_t deadline = loop_now() + PATIENCE_NS;
    struct name nobody = {.text = ""};
    int rc = peers_dial(crowd->peers, loop_now(), &nobody, &crowd->addr);
    for (; rc == 0; turn(crowd->peers)) {
        struct peers_event event;
        while (rc == 0 && peers_next_event(crowd->peers, loop_now(), &event))
            rc = on_event(crowd, &event);
        if (rc == 0)
            rc = move(crowd);
        if (rc == 0 && !crowd->told && loop_now() > deadline)
            rc = ERR_TIMEOUT;
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct identity *identity;
    struct crowd crowd = {.told = false};
    struct why why = {""};
    if (argc < 4 || argc > 5 || addr_parse(argv[2], 0, &crowd.addr) != 0)
        return fail("usage: crowd IDENTITY-DIR ADDR COUNT [RATE]");
    crowd.count = strtoul(argv[3], NULL, 10);
    crowd.rate = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
    if (crowd.count == 0)
        return fail("a crowd of nobody");
    if (identity_load(argv[1], NULL, wall_now_ns(), &identity, &why) != 0)
        return fail(why.text);
    int rc = make_peers(identity, &crowd.peers);
    if (rc == 0) {
        rc = stay(&crowd);
        peers_free(crowd.peers);
    }
    identity_free(identity);
    return fail(err_text(rc));
}
