#include "echo.h"

#include "base/duration.h"
#include "base/wall.h"
#include "cli/say.h"
#include "quic/endpoint.h"
#include "quic/udp.h"
#include "reply.h"
#include "visitor.h"
#include "wire/codec.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#define ALPN_MEMBER "swim/1"
#define INCARNATION 1 /* always: it never refutes */

struct echo {
    struct echo_config config;
    struct udp udp;
    struct quic_endpoint *endpoint;
    struct replier replier;
    struct visitor *visitors;
    struct faults faults;
    struct answers answers;
    struct echo_counters counters;
    struct notes notes;
    uint64_t die_at_ns;
};

/* Connections. */

static struct visitor *find_visitor(const struct echo *echo, uint64_t id)
{
    struct visitor *visitor = echo->visitors;
    while (visitor != NULL && visitor->id != id) {
        visitor = visitor->next;
    }
    return visitor;
}

static void remove_visitor(struct echo *echo, struct visitor *gone)
{
    for (struct visitor **at = &echo->visitors; *at != NULL; at = &(*at)->next) {
        if (*at == gone) {
            *at = gone->next;
            visitor_free(gone);
            return;
        }
    }
}

/* A rule for a new connection acts at once where that means something (die), and then holds for
 * what comes over it. */
static void on_up(struct echo *echo, uint64_t now, struct quic_conn *conn)
{
    struct visitor *visitor = visitor_new(echo->counters.conns + 1, conn);
    if (visitor == NULL) {
        quic_conn_close(conn, now, QUIC_REASON_LIMIT);
        return;
    }
    const struct spiffe *peer = quic_conn_peer(conn);
    visitor->name = peer->name;
    visitor->role = peer->role;
    visitor->next = echo->visitors;
    echo->visitors = visitor;
    echo->counters.conns++;
    quic_conn_set_user(conn, visitor);
    const struct fault_rule *rule = NULL;
    if (faults_match(&echo->faults, FAULT_CONN, &visitor->name, &rule) < 0) {
        quic_conn_close(conn, now, QUIC_REASON_LIMIT);
        return;
    }
    if (rule != NULL) {
        visitor->use = rule->use;
        const struct incident incident = {.now_ns = now, .visitor = visitor->id};
        rule->use.action->apply(echo, &incident, &rule->use.args);
    }
}

static void on_down(struct echo *echo, const struct quic_event *event)
{
    struct visitor *visitor = quic_conn_user(event->conn);
    if (visitor != NULL) {
        remove_visitor(echo, visitor);
    }
}

/* Messages. */

/* Which action stands in place of the answer: of the first rule for the message, else of the rule
 * that its connection fell under. */
static int choose_action(struct echo *echo, const struct visitor *visitor, enum message_type type,
                         struct action_use *use)
{
    const struct fault_rule *rule = NULL;
    int err = faults_match(&echo->faults, fault_kind_of(type), &visitor->name, &rule);
    *use = rule != NULL ? rule->use : visitor->use;
    return err;
}

static void on_message(struct echo *echo, uint64_t now, struct visitor *visitor,
                       const struct message *message, int64_t stream)
{
    if (message->type == MESSAGE_UNKNOWN) { /* of a later version: counted and ignored */
        return;
    }
    if (!role_in(message_roles(message->type), visitor->role)) {
        quic_conn_close(visitor->conn, now, QUIC_REASON_ROLE);
        return;
    }
    counters_add_received(&echo->counters, message->type);
    struct action_use use = {0};
    if (choose_action(echo, visitor, message->type, &use) < 0) {
        quic_conn_close(visitor->conn, now, QUIC_REASON_LIMIT);
        return;
    }
    if (use.action != NULL && use.action->unseen) {
        echo->counters.dropped++;
        return;
    }
    output_received(&echo->notes, message, visitor->id, &visitor->name);
    struct incident incident = {.now_ns = now, .visitor = visitor->id};
    incident.has_answer = answer_to(message, stream, &incident.answer);
    if (use.action != NULL) {
        use.action->apply(echo, &incident, &use.args);
    } else {
        echo_answer(echo, &incident, 0);
    }
}

/* Decodes one packet. False: the peer broke a rule and its connection is closed. */
static bool on_packet(struct echo *echo, uint64_t now, struct visitor *visitor, const uint8_t *data,
                      size_t len, int64_t stream)
{
    struct message message;
    int err = wire_decode(&message, data, len);
    if (err < 0) {
        echo->counters.malformed++;
        quic_conn_close(visitor->conn, now,
                        err == ERR_VERSION ? QUIC_REASON_VERSION : QUIC_REASON_MALFORMED);
        return false;
    }
    on_message(echo, now, visitor, &message, stream);
    return quic_conn_is_up(visitor->conn);
}

static void on_stream(struct echo *echo, uint64_t now, struct visitor *visitor,
                      const struct quic_event *event)
{
    struct inflow *inflow = NULL;
    if (visitor_take(visitor, event->stream, event->data, event->len, &inflow) < 0) {
        quic_conn_close(visitor->conn, now, QUIC_REASON_LIMIT);
        return;
    }
    size_t at = 0;
    while (at < inflow->len) {
        const uint8_t *packet = NULL;
        size_t packet_len = 0;
        size_t used = 0;
        int found = wire_unframe(inflow->data + at, inflow->len - at, &packet, &packet_len, &used);
        if (found < 0) {
            echo->counters.malformed++;
            quic_conn_close(visitor->conn, now, QUIC_REASON_MALFORMED);
            return;
        }
        if (found == 0) {
            break;
        }
        if (!on_packet(echo, now, visitor, packet, packet_len, event->stream)) {
            return;
        }
        at += used;
    }
    inflow_consume(inflow, at);
    if (event->fin) {
        visitor_end_stream(visitor, event->stream);
    }
}

static void on_event(struct echo *echo, uint64_t now, const struct quic_event *event)
{
    struct visitor *visitor = event->conn != NULL ? quic_conn_user(event->conn) : NULL;
    switch (event->kind) {
    case QUIC_UP:
        on_up(echo, now, event->conn);
        break;
    case QUIC_DATAGRAM:
        if (visitor != NULL) {
            (void)on_packet(echo, now, visitor, event->data, event->len, VISITOR_STREAM_NONE);
        }
        break;
    case QUIC_STREAM:
        if (visitor != NULL) {
            on_stream(echo, now, visitor, event);
        }
        break;
    case QUIC_STREAM_GONE:
        if (visitor != NULL) {
            visitor_end_stream(visitor, event->stream);
        }
        break;
    case QUIC_DOWN:
        on_down(echo, event);
        break;
    case QUIC_REJECTED:
        if (echo->config.verbose) {
            char text[ADDR_TEXT_SIZE];
            say("%s: handshake refused: %s", addr_format(&event->addr, text),
                err_text(event->reason));
        }
        break;
    case QUIC_HINT: /* it accuses nobody */
        break;
    }
}

static void take_events(struct echo *echo, uint64_t now)
{
    struct quic_event event;
    while (quic_next_event(echo->endpoint, &event)) {
        on_event(echo, now, &event);
    }
}

static void send_packets(struct echo *echo, uint64_t now)
{
    struct quic_packet packet;
    while (quic_next_packet(echo->endpoint, now, &packet)) {
        /* What the kernel does not take is a lost packet, which QUIC mends. */
        (void)udp_send(&echo->udp, &packet.path.local, &packet.path.remote, packet.data,
                       packet.len);
    }
}

/* Life. */

static int make_hello(struct echo *echo)
{
    uint64_t instance = 0;
    if (getrandom(&instance, sizeof(instance), 0) != (ssize_t)sizeof(instance)) {
        return ERR_SYSTEM;
    }
    echo->replier.hello = (struct msg_hello){
        .kind = HELLO_NODE,
        .instance = instance,
        .incarnation = INCARNATION,
        .version = WIRE_VERSION,
        .addr = echo->udp.bound,
    };
    if (addr_is_wildcard(&echo->replier.hello.addr)) {
        uint16_t port = echo->replier.hello.addr.port;
        const char *loopback = echo->replier.hello.addr.family == ADDR_V4 ? "127.0.0.1" : "[::1]";
        int err = addr_parse(loopback, port, &echo->replier.hello.addr);
        if (err < 0) {
            return err;
        }
    }
    return 0;
}

static int open_endpoint(struct echo *echo, struct why *why)
{
    struct quic_config config;
    quic_config_default(&config);
    config.identity = echo->config.identity;
    config.alpns[0] = ALPN_MEMBER;
    config.alpns[1] = NULL;
    config.wall_ns = wall_now_ns;
    int err = udp_open(&echo->udp, &echo->config.bind, why);
    if (err < 0) {
        return err;
    }
    err = quic_endpoint_new(&config, &echo->endpoint, why);
    if (err < 0) {
        udp_close(&echo->udp);
    }
    return err;
}

int echo_new(const struct echo_config *config, struct echo **echo, struct why *why)
{
    struct echo *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return ERR_NO_MEMORY;
    }
    made->config = *config;
    made->replier.self = identity_self(config->identity)->name;
    made->replier.counters = &made->counters;
    made->replier.notes = &made->notes;
    made->replier.rng = &made->faults.rng;
    made->die_at_ns = NEVER;
    faults_init(&made->faults, config->seed);
    answer_queue_init(&made->answers);
    int err = open_endpoint(made, why);
    if (err < 0) {
        free(made);
        return err;
    }
    err = make_hello(made);
    if (err < 0) {
        echo_free(made);
        return err;
    }
    *echo = made;
    return 0;
}

void echo_free(struct echo *echo)
{
    while (echo->visitors != NULL) {
        remove_visitor(echo, echo->visitors);
    }
    answer_queue_free(&echo->answers);
    faults_free(&echo->faults);
    quic_endpoint_free(echo->endpoint);
    udp_close(&echo->udp);
    free(echo);
}

int echo_fd(const struct echo *echo)
{
    return echo->udp.fd;
}

const struct addr *echo_addr(const struct echo *echo)
{
    return &echo->replier.hello.addr;
}

struct faults *echo_faults(struct echo *echo)
{
    output_notes(&echo->notes); /* what new rules announce comes after what came before them */
    return &echo->faults;
}

void echo_receive(struct echo *echo, uint64_t now)
{
    uint8_t packet[QUIC_PACKET_MAX];
    struct quic_path path;
    long len = 0;
    while ((len = udp_receive(&echo->udp, &path.local, &path.remote, packet, sizeof(packet))) >=
           0) {
        quic_feed(echo->endpoint, now, &path, packet, (size_t)len);
        take_events(echo, now);
    }
    struct addr refused;
    while (udp_next_refused(&echo->udp, &refused)) {
        quic_refused(echo->endpoint, now, &refused);
        take_events(echo, now);
    }
}

uint64_t echo_wake(struct echo *echo, uint64_t now)
{
    if (echo->die_at_ns <= now) {
        echo_die(echo, now, 0);
    }
    if (quic_deadline(echo->endpoint) <= now) {
        quic_tick(echo->endpoint, now);
        take_events(echo, now);
    }
    uint64_t id = 0;
    struct answer answer;
    while (answer_queue_take(&echo->answers, now, &id, &answer)) {
        struct visitor *visitor = find_visitor(echo, id);
        if (visitor != NULL) {
            reply_send(&echo->replier, visitor, &answer, DAMAGE_NONE);
        } else {
            echo->counters.unsent++; /* whom it was for has gone */
        }
    }
    send_packets(echo, now);
    output_notes(&echo->notes);
    uint64_t deadline = quic_deadline(echo->endpoint);
    uint64_t answers = answer_queue_deadline(&echo->answers);
    deadline = answers < deadline ? answers : deadline;
    return echo->die_at_ns < deadline ? echo->die_at_ns : deadline;
}

bool echo_is_done(const struct echo *echo)
{
    return echo->config.count > 0 && echo->counters.pings >= echo->config.count &&
           answer_queue_pending(&echo->answers) == 0;
}

void echo_close(struct echo *echo, uint64_t now)
{
    quic_endpoint_stop_accepting(echo->endpoint);
    for (struct visitor *visitor = echo->visitors; visitor != NULL; visitor = visitor->next) {
        quic_conn_close(visitor->conn, now, QUIC_REASON_SHUTDOWN);
    }
    send_packets(echo, now);
    take_events(echo, now);
    output_notes(&echo->notes);
}

void echo_count(const struct echo *echo, struct echo_counters *counters)
{
    *counters = echo->counters;
    const struct quic_stats *stats = quic_endpoint_stats(echo->endpoint);
    counters->faults = echo->faults.fired;
    counters->rejected = stats->rejected;
    counters->garbage = stats->garbage;
}

/* What actions are made of. */

void echo_answer(struct echo *echo, const struct incident *incident, uint64_t delay_ns)
{
    if (!incident->has_answer) {
        return;
    }
    uint64_t wait_ns = duration_add(incident->answer.wait_ns, delay_ns);
    if (wait_ns == 0) {
        struct visitor *visitor = find_visitor(echo, incident->visitor);
        if (visitor != NULL) {
            reply_send(&echo->replier, visitor, &incident->answer, DAMAGE_NONE);
        }
        return;
    }
    uint64_t due_ns = duration_add(incident->now_ns, wait_ns);
    if (answer_queue_add(&echo->answers, due_ns, incident->visitor, &incident->answer) < 0) {
        echo->counters.unsent++;
    }
}

void echo_answer_damaged(struct echo *echo, const struct incident *incident, enum damage damage)
{
    struct visitor *visitor = find_visitor(echo, incident->visitor);
    if (visitor != NULL && incident->has_answer) {
        reply_send(&echo->replier, visitor, &incident->answer, damage);
    }
}

void echo_close_visitor(struct echo *echo, const struct incident *incident)
{
    const struct visitor *visitor = find_visitor(echo, incident->visitor);
    if (visitor != NULL) {
        quic_conn_close(visitor->conn, incident->now_ns, QUIC_REASON_FAULT);
    }
}

void echo_reset_visitor(struct echo *echo, const struct incident *incident)
{
    const struct visitor *visitor = find_visitor(echo, incident->visitor);
    if (visitor != NULL) {
        quic_conn_forget(visitor->conn, incident->now_ns);
    }
}

void echo_stall_visitor(struct echo *echo, const struct incident *incident)
{
    struct visitor *visitor = find_visitor(echo, incident->visitor);
    if (visitor != NULL) {
        visitor->stalled = true;
        quic_conn_mute(visitor->conn);
    }
}

void echo_die(struct echo *echo, uint64_t now, uint64_t delay_ns)
{
    if (delay_ns == 0) {
        output_notes(&echo->notes); /* what has arrived is told all the same */
        (void)kill(getpid(), SIGKILL);
        _exit(EXIT_BUG); /* a process can always kill itself */
    }
    uint64_t at_ns = duration_add(now, delay_ns);
    echo->die_at_ns = at_ns < echo->die_at_ns ? at_ns : echo->die_at_ns;
}

uint64_t echo_draw(struct echo *echo, uint64_t bound)
{
    return rng_below(&echo->faults.rng, bound);
}
