/**
 * Two QUIC endpoints back to back in memory: one virtual clock, a wire with a delay and losses, and
 * identities made by the project's own CA in a temporary directory.
 *
 *      pair_start(&pair, keys);                A listens and dials, so does B
 *      conn = pair_dial(&pair, PAIR_A);        A dials B
 *      pair_run(&pair, 100 * NS_PER_MS);
 *      pair_seen(&pair, PAIR_B, QUIC_UP) ...
 */
#ifndef UNIT_PAIR_H
#define UNIT_PAIR_H

#include "base/duration.h"
#include "base/rng.h"
#include "keys/identity.h"
#include "quic/endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAIR_ALPN "swim/1"
#define PAIR_PATH 160

/** A directory with CAs and identities; and what is loaded of them. */
struct keys {
    char directory[64];
    struct identity *a, *b;    /* members "a" and "b" of cluster "test" */
    struct identity *stranger; /* member "a" of a CA that calls itself "test" too */
};

/** For cmocka's groups: the state of every test is a `const struct keys`. */
int keys_setup(void **state);
int keys_teardown(void **state);
/** Issues and loads one more: directory `ca` ("ca" or "other") below the keys'. */
struct identity *keys_issue(const struct keys *keys, const char *ca, const char *name,
                            enum role role, unsigned days);

/** The day all of it is made, and two days later, when a leaf of one day has expired. */
uint64_t keys_wall(void);
uint64_t keys_wall_later(void);

enum pair_side { PAIR_A, PAIR_B };

struct pair_event {
    struct quic_event event; /* data: a copy */
    uint64_t at;
    bool resumed;   /* QUIC_DOWN: its session was */
    char told[128]; /* QUIC_DOWN: the words of the peer's close */
};

struct pair_packet {
    struct quic_path path; /* as sent: remote is where it goes */
    uint64_t arrives;
    size_t len;
    uint8_t data[QUIC_PACKET_MAX];
};

struct pair_end {
    struct quic_endpoint *endpoint;
    struct addr addr;
    struct pair_event *events;
    size_t event_count, event_room;
    uint64_t sent; /* packets */
};

struct pair_config {
    struct quic_config quic[2]; /* identity NULL: a's and b's */
    uint64_t delay_ns;
    double loss;
    uint64_t seed;
};

void pair_config_default(struct pair_config *config);

struct pair {
    struct pair_config config;
    struct pair_end ends[2];
    struct rng rng;
    uint64_t now;
    struct pair_packet *wire;
    size_t wire_count, wire_room;
    struct pair_packet last[2]; /* the last packet each side sent */
    struct pair_packet stray;   /* the last packet to neither */
    uint64_t stray_count;
    bool cut[2]; /* what this side sends is lost */
};

void pair_init(struct pair *pair, const struct keys *keys, const struct pair_config *config);
/** The same with all defaults. */
void pair_start(struct pair *pair, const struct keys *keys);
void pair_free(struct pair *pair);

/** Kills one side without a word and starts it anew. */
void pair_restart(struct pair *pair, const struct keys *keys, enum pair_side side);

struct quic_conn *pair_dial(struct pair *pair, enum pair_side side);

/** Dials and runs until both are up; returns A's connection, `*accepted` is B's. */
struct quic_conn *pair_connect(struct pair *pair, struct quic_conn **accepted);

/** Lets time pass. */
void pair_run(struct pair *pair, uint64_t ns);

/** Sends what is waiting, without letting time pass. */
void pair_flush(struct pair *pair);

/** Puts a packet into one side as if `from` had sent it, and takes the answers. */
void pair_inject(struct pair *pair, enum pair_side to, const struct addr *from, const uint8_t *data,
                 size_t len);

/** The first event of that kind, or NULL. */
const struct quic_event *pair_seen(const struct pair *pair, enum pair_side side,
                                   enum quic_event_kind kind);
/** The same, but an event that equals nothing instead of NULL. */
const struct quic_event *pair_get(const struct pair *pair, enum pair_side side,
                                  enum quic_event_kind kind);
size_t pair_count(const struct pair *pair, enum pair_side side, enum quic_event_kind kind);
void pair_forget(struct pair *pair);

#endif
