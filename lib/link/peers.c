#include "link/peers.h"

#include "base/duration.h"
#include "link/leg.h"
#include "link/peers_inside.h"

#include <stdlib.h>

/* Tools and handshakes need room beside the members' own bound, which the pool keeps. */
#define TOOLS_MAX REQUESTS_MAX
#define ACCEPT_SPARE (2 * TOOLS_MAX)

void peers_config_default(struct peers_config *config)
{
    struct quic_config quic;
    quic_config_default(&quic);
    *config = (struct peers_config){
        .pool_total = POOL_MAX_TOTAL,
        .pool_per_peer = POOL_MAX_PER_PEER,
        .accept_max = ACCEPT_MAX,
        .tools_max = TOOLS_MAX,
        .pool_idle_ns = 60 * NS_PER_S,
        .connect_timeout_ns = 5 * NS_PER_S,
        .idle_timeout_ns = quic.idle_timeout_ns,
        .initial_rtt_ns = quic.initial_rtt_ns,
    };
}

static int open_pool(struct peers *peers)
{
    const struct pool_config config = {
        .max_total = peers->config.pool_total,
        .max_per_peer = peers->config.pool_per_peer,
        .accept_max = peers->config.accept_max,
        .idle_timeout_ns = peers->config.pool_idle_ns,
        .connect_timeout_ns = NEVER, /* QUIC's handshake timeout says more: no reply, or no end */
    };
    peers->slots = calloc(POOL_SLOTS_MAX, sizeof(struct contact *));
    return peers->slots ? pool_new(&config, &peers->pool) : ERR_NO_MEMORY;
}

static int open_endpoint(struct peers *peers, struct why *why)
{
    struct quic_config config;
    quic_config_default(&config);
    config.identity = peers->config.identity;
    config.idle_timeout_ns = peers->config.idle_timeout_ns;
    config.handshake_timeout_ns = peers->config.connect_timeout_ns;
    config.initial_rtt_ns = peers->config.initial_rtt_ns;
    config.accept_max = peers->config.accept_max + ACCEPT_SPARE;
    if (peers->config.serve) {
        config.alpns[0] = ALPN_MEMBERS;
        config.alpns[1] = ALPN_CONTROL;
    }
    return quic_endpoint_new(&config, &peers->endpoint, why);
}

int peers_new(const struct peers_config *config, uint64_t now, struct peers **made, struct why *why)
{
    struct peers *peers = calloc(1, sizeof *peers);
    if (!peers)
        return why_set(why, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    peers->config = *config;
    peers->self = *identity_self(config->identity);
    peers->hello = config->hello;
    peers->hello_ns = peers->now = now;
    peers->dialling = true;
    peers->udp.fd = -1;
    TAILQ_INIT(&peers->contacts);
    TAILQ_INIT(&peers->requests);
    heap_init(&peers->timers);
    int rc = udp_open(&peers->udp, &config->bind, why);
    if (rc == 0)
        rc = open_endpoint(peers, why);
    if (rc == 0 && (rc = open_pool(peers)) != 0)
        why_set(why, rc, "connection pool: %s", err_text(rc));
    if (rc == 0 && (rc = told_reserve(peers, 0)) != 0)
        why_set(why, rc, "%s", err_text(rc));
    if (rc != 0) {
        peers_free(peers);
        return rc;
    }
    *made = peers;
    return 0;
}

void peers_free(struct peers *peers)
{
    if (!peers)
        return;
    answers_free(peers);
    while (!TAILQ_EMPTY(&peers->contacts))
        contact_free(peers, TAILQ_FIRST(&peers->contacts));
    peers_free_peers(peers);
    if (peers->endpoint)
        quic_endpoint_free(peers->endpoint);
    pool_free(peers->pool);
    heap_free(&peers->timers);
    told_free(peers);
    free(peers->slots);
    if (peers->udp.fd >= 0)
        udp_close(&peers->udp);
    free(peers);
}

int peers_fd(const struct peers *peers)
{
    return peers->udp.fd;
}

const struct addr *peers_bound(const struct peers *peers)
{
    return &peers->udp.bound;
}

bool peers_local_towards(const struct peers *peers, const struct addr *remote, struct addr *local)
{
    return udp_local_towards(&peers->udp, remote, local);
}

void peers_set_hello(struct peers *peers, const struct msg_hello *hello)
{
    peers->hello = *hello;
    peers->hello_ns = peers->now;
}

/* Packets and time. */

bool peers_receive(struct peers *peers, uint64_t now)
{
    uint8_t buf[QUIC_PACKET_MAX];
    struct quic_path path;
    struct addr refused;
    peers->now = now;
    if (udp_next_refused(&peers->udp, &refused)) {
        quic_refused(peers->endpoint, now, &refused);
        return true;
    }
    long len = udp_receive(&peers->udp, &path.local, &path.remote, buf, sizeof buf);
    if (len < 0)
        return false;
    quic_feed(peers->endpoint, now, &path, buf, (size_t)len);
    return true;
}

static void expire_pool(struct peers *peers, uint64_t now)
{
    int lease;
    while (pool_expire(peers->pool, now, &lease) != 0) {
        struct contact *contact = peers->slots[lease];
        peers->slots[lease] = NULL;
        contact->slot = POOL_NONE; /* it has left the pool already */
        contact_close(peers, now, contact, ERR_IDLE, QUIC_REASON_IDLE);
    }
}

void peers_tick(struct peers *peers, uint64_t now)
{
    peers->now = now;
    quic_tick(peers->endpoint, now);
    expire_pool(peers, now);
    while (heap_deadline(&peers->timers) <= now)
        contact_check(peers, now, contact_of_timer(heap_peek(&peers->timers)));
}

void peers_flush(struct peers *peers, uint64_t now)
{
    struct quic_packet packet;
    peers->now = now;
    while (quic_next_packet(peers->endpoint, now, &packet))
        if (!udp_send(&peers->udp, &packet.path.local, &packet.path.remote, packet.data,
                      packet.len))
            peers->stats.unsent++;
    peers->unflushed = false;
    rows_refresh(peers);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What our own calls have left to tell is due at once. */
uint64_t peers_deadline(const struct peers *peers)
{
    if (peers->told_count > 0)
        return peers->now;
    uint64_t own = earlier(heap_deadline(&peers->timers), pool_deadline(peers->pool));
    return earlier(own, quic_deadline(peers->endpoint));
}

/* Events of QUIC. */

static void on_up(struct peers *peers, uint64_t now, struct quic_conn *conn)
{
    struct contact *contact = quic_conn_user(conn);
    if (!contact) {
        const char *alpn = quic_conn_alpn(conn);
        bool control = alpn && strcmp(alpn, ALPN_CONTROL) == 0;
        contact = contact_new(peers, conn, quic_conn_remote(conn),
                              control ? CONTACT_CONTROL : CONTACT_UNKNOWN);
    }
    if (!contact) {
        quic_conn_close(conn, now, QUIC_REASON_LIMIT);
        return;
    }
    contact_on_up(peers, now, contact);
    /* A packet that overtook the one which confirms the handshake may have brought the hello. */
    if (contact->kind != CONTACT_CONTROL)
        peers->reading = contact;
}

/* Whether its connection leads to the member of its name, as far as we can know: not to a tool that
 * shows the member's certificate. */
static bool is_members(const struct contact *contact)
{
    return contact->kind == CONTACT_MEMBER ||
           (contact->kind == CONTACT_UNKNOWN && contact->link.dialled);
}

/* A tool's ping ends with the first sign that nobody is there; a node only looks closer. */
static void on_hint(struct peers *peers, uint64_t now, struct contact *contact, int reason)
{
    if (contact_is_closed(contact) || contact->kind == CONTACT_CONTROL)
        return;
    if (contact->kind == CONTACT_LEASED) {
        contact_close(peers, now, contact, reason, QUIC_REASON_UNHEALTHY);
        return;
    }
    struct peers_event event = contact_event(contact, PEERS_HINT);
    event.reason = reason;
    if (is_members(contact) && !name_is_empty(&event.name))
        told_push(peers, &event, NULL);
}

static void on_rejected(struct peers *peers, const struct quic_event *quic)
{
    struct peers_event event = {.kind = PEERS_REJECTED,
                                .name = quic->name,
                                .addr = quic->addr,
                                .reason = quic->reason,
                                .lease = POOL_NONE};
    if (!leg_is_rejection(quic->reason))
        return;
    peers->stats.rejected++;
    told_push(peers, &event, NULL);
}

/* What came on a stream or in a datagram goes to its contact, which is then read. True: `event` is
 * a request. */
static bool on_bytes(struct peers *peers, uint64_t now, struct contact *contact,
                     const struct quic_event *quic, struct peers_event *event)
{
    int rc;
    if (contact->kind == CONTACT_CONTROL) {
        if (quic->kind == QUIC_STREAM)
            return answers_take_stream(peers, now, contact, quic, event);
        if (quic->kind == QUIC_STREAM_GONE)
            answers_on_gone(peers, contact, quic->stream);
        return false;
    }
    if (quic->kind == QUIC_DATAGRAM)
        rc = link_take_datagram(&contact->link, quic->data, quic->len);
    else if (quic->kind == QUIC_STREAM)
        rc = link_take_stream(&contact->link, now, quic->stream, quic->data, quic->len, quic->fin);
    else
        rc = link_take_stream_gone(&contact->link, quic->stream);
    if (rc != 0) {
        contact_on_broken_rule(peers, now, contact, rc);
        return false;
    }
    contact_schedule(peers, contact);
    peers->reading = contact;
    peers->early = peers->early || contact->link.state == LINK_GREETING;
    return false;
}

static bool on_quic(struct peers *peers, uint64_t now, const struct quic_event *quic,
                    struct peers_event *event)
{
    struct contact *contact = quic->conn ? quic_conn_user(quic->conn) : NULL;
    if (quic->kind == QUIC_UP)
        on_up(peers, now, quic->conn);
    else if (quic->kind == QUIC_REJECTED)
        on_rejected(peers, quic);
    else if (contact && quic->kind == QUIC_HINT)
        on_hint(peers, now, contact, quic->reason);
    else if (contact && quic->kind == QUIC_DOWN)
        contact_on_down(peers, contact, quic);
    else if (contact)
        return on_bytes(peers, now, contact, quic, event);
    return false;
}

/* Pings of connections whose hello is still under way: they are answered, not believed. */
static bool next_early(struct peers *peers, uint64_t now, struct peers_event *event)
{
    struct contact *contact;
    if (!peers->early)
        return false;
    TAILQ_FOREACH(contact, &peers->contacts, all)
        if (contact_read_early(peers, now, contact, event))
            return true;
    peers->early = false;
    return false;
}

bool peers_next_event(struct peers *peers, uint64_t now, struct peers_event *event)
{
    struct quic_event quic;
    peers->now = now;
    peers->asker = NULL;
    for (;;) {
        if (told_pop(peers, event))
            return true;
        if (peers->reading) {
            if (contact_read(peers, now, peers->reading, event))
                return true;
        } else if (quic_next_event(peers->endpoint, &quic)) {
            if (on_quic(peers, now, &quic, event))
                return true;
        } else if (next_early(peers, now, event)) {
            return true;
        } else if (peers->told_count == 0) {
            return false;
        }
    }
}

/* The end. */

void peers_stop_accepting(struct peers *peers)
{
    quic_endpoint_stop_accepting(peers->endpoint);
}

bool peers_drained(const struct peers *peers)
{
    const struct contact *contact;
    if (peers->unflushed || !answers_are_drained(peers))
        return false;
    TAILQ_FOREACH(contact, &peers->contacts, all)
        if (contact->kind != CONTACT_CONTROL && !contact_is_closed(contact) &&
            contact->link.state != LINK_CONNECTING && !link_is_quiet(&contact->link))
            return false;
    return true;
}
