#include "link/ask.h"

#include "base/duration.h"
#include "base/limits.h"
#include "base/line.h"
#include "link/inbox.h"
#include "link/leg.h"
#include "link/loop.h"
#include "link/resolve.h"
#include "quic/endpoint.h"
#include "quic/udp.h"
#include "wire/request.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ALPN_CONTROL "swim-ctl/1"
#define STAGGER_NS (250 * NS_PER_MS) /* between two addresses of one name (RFC 8305 section 5) */
#define INBOX_MAX ((size_t)2 * LINE_MAX_BYTES)

/**
 *      DIALLING ---> ANSWERING ---> DONE
 *          '---------------------------^
 */
enum ask_state { ASK_DIALLING, ASK_ANSWERING, ASK_DONE };

struct ask {
    const struct ask_config *config;
    struct ask_result *result;
    struct why *why;
    enum ask_state state;
    int rc; /* once DONE */
    uint64_t deadline, next_dial;
    struct addr addrs[RESOLVE_MAX];
    struct quic_conn *dials[RESOLVE_MAX]; /* NULL: not begun or failed */
    size_t addr_count, dialled, failed;
    int failure; /* of a dial, the one that says most */
    struct quic_endpoint *endpoint;
    struct udp udp;
    struct quic_conn *conn;
    int64_t stream;
    struct inbox inbox;
    char request[LINE_MAX_BYTES + 1];
    size_t request_len;
};

static void finish(struct ask *ask, int rc, const char *leg)
{
    ask->state = ASK_DONE;
    ask->rc = rc;
    ask->result->leg = leg;
}

static const char *target_text(const struct ask *ask, char *buf, size_t size)
{
    const struct hostport *target = &ask->config->target;
    if (strchr(target->host, ':'))
        snprintf(buf, size, "[%s]:%u", target->host, (unsigned)target->port);
    else
        snprintf(buf, size, "%s:%u", target->host, (unsigned)target->port);
    return buf;
}

/* What goes wrong on the way: identity errors keep their name, the rest is "unreachable". */
static void fail(struct ask *ask, int reason, const char *leg)
{
    char target[HOST_LEN_MAX + 16];
    int rc = err_exit(reason) == EXIT_IDENTITY ? reason : ERR_UNREACHABLE;
    why_set(ask->why, rc, "peer %s: %s: %s", target_text(ask, target, sizeof target), leg,
            err_text(reason));
    ask->result->reason = reason;
    finish(ask, rc, leg);
}

/* Refused over not answered over not even sent: what tells the user most. */
static unsigned telling(int reason)
{
    if (reason == 0)
        return 0;
    if (err_exit(reason) == EXIT_IDENTITY)
        return 3;
    return strcmp(leg_of(reason), "udp") == 0 ? 1 : 2;
}

static void dial_failed(struct ask *ask, int reason)
{
    ask->failed++;
    ask->next_dial = 0;
    if (telling(reason) > telling(ask->failure))
        ask->failure = reason;
    if (ask->failed == ask->addr_count)
        fail(ask, ask->failure, leg_of(ask->failure));
}

/* One more address, when its time has come. */
static void dial_next(struct ask *ask, uint64_t now)
{
    while (ask->state == ASK_DIALLING && ask->dialled < ask->addr_count && now >= ask->next_dial) {
        size_t i = ask->dialled++;
        ask->next_dial = now + STAGGER_NS;
        int rc = quic_dial(ask->endpoint, now, &ask->addrs[i], ALPN_CONTROL, &ask->dials[i]);
        if (rc != 0)
            dial_failed(ask, rc);
    }
}

static void close_others(struct ask *ask, uint64_t now)
{
    for (size_t i = 0; i < ask->dialled; i++)
        if (ask->dials[i] && ask->dials[i] != ask->conn)
            quic_conn_close(ask->dials[i], now, QUIC_REASON_DONE);
}

static void on_up(struct ask *ask, uint64_t now, struct quic_conn *conn, uint64_t keep_alive_ns)
{
    if (ask->state != ASK_DIALLING)
        return;
    ask->state = ASK_ANSWERING;
    ask->conn = conn;
    close_others(ask, now);
    quic_conn_keep_alive(conn, keep_alive_ns);
    int rc = quic_stream_open(conn, true, &ask->stream);
    if (rc == 0)
        rc = quic_stream_write(conn, ask->stream, (const uint8_t *)ask->request, ask->request_len,
                               true);
    if (rc != 0)
        fail(ask, rc, "answer");
}

static int err_of_name(const char *name)
{
    for (int i = 0; i < ERR_COUNT; i++)
        if (strcmp(err_name(-1 - i), name) == 0)
            return -1 - i;
    return ERR_MALFORMED;
}

static void on_end(struct ask *ask, const struct record *end)
{
    record_copy(&ask->result->end, end);
    const char *rc = record_text(end, "rc");
    const char *text = record_text(end, "text");
    if (rc && strcmp(rc, "ok") == 0) {
        finish(ask, 0, "-");
        return;
    }
    int err = rc ? err_of_name(rc) : ERR_MALFORMED;
    ask->result->reason = err;
    finish(ask, why_set(ask->why, err, "%s", text ? text : err_text(err)), "answer");
}

static void on_line(struct ask *ask, const char *line, size_t len)
{
    struct record record;
    if (line_parse(line, len, &record) != 0) {
        fail(ask, ERR_MALFORMED, "answer");
        return;
    }
    if (request_is_end(&record)) {
        on_end(ask, &record);
        return;
    }
    int rc = ask->config->on_record(ask->config->user, &record);
    if (rc > 0)
        finish(ask, 0, "-");
    else if (rc < 0)
        finish(ask, why_set(ask->why, rc, "%s", err_text(rc)), "answer");
}

static void on_stream(struct ask *ask, const struct quic_event *event)
{
    if (ask->state != ASK_ANSWERING || event->conn != ask->conn || event->stream != ask->stream)
        return;
    int rc = inbox_add(&ask->inbox, event->data, event->len, event->fin, INBOX_MAX);
    const char *line;
    size_t len;
    while (rc == 0 && ask->state == ASK_ANSWERING) {
        int got = inbox_next_line(&ask->inbox, LINE_MAX_BYTES, &line, &len);
        if (got == 0)
            break;
        if (got > 0)
            on_line(ask, line, len);
        else
            rc = got;
    }
    if (rc == 0 && event->fin && ask->state == ASK_ANSWERING)
        rc = ERR_CLOSED; /* an answer without its last record */
    if (rc != 0)
        fail(ask, rc, "answer");
}

static void on_down(struct ask *ask, const struct quic_event *event)
{
    for (size_t i = 0; i < ask->dialled; i++) {
        if (ask->dials[i] != event->conn)
            continue;
        ask->dials[i] = NULL;
        if (ask->state == ASK_DIALLING)
            dial_failed(ask, event->reason);
        else if (ask->state == ASK_ANSWERING && ask->conn == event->conn)
            fail(ask, event->reason, "answer");
    }
    if (ask->conn == event->conn)
        ask->conn = NULL;
}

static void take_events(struct ask *ask, uint64_t now, uint64_t keep_alive_ns)
{
    struct quic_event event;
    while (quic_next_event(ask->endpoint, &event)) {
        if (event.kind == QUIC_UP)
            on_up(ask, now, event.conn, keep_alive_ns);
        else if (event.kind == QUIC_STREAM)
            on_stream(ask, &event);
        else if (event.kind == QUIC_STREAM_GONE && ask->state == ASK_ANSWERING &&
                 event.conn == ask->conn)
            fail(ask, ERR_CLOSED, "answer");
        else if (event.kind == QUIC_DOWN)
            on_down(ask, &event);
    }
}

static void flush(struct ask *ask, uint64_t now)
{
    struct quic_packet packet;
    while (quic_next_packet(ask->endpoint, now, &packet))
        (void)udp_send(&ask->udp, &packet.path.local, &packet.path.remote, packet.data,
                       packet.len); /* what the kernel refuses is a lost packet */
}

static void receive(struct ask *ask, uint64_t keep_alive_ns)
{
    uint8_t buf[QUIC_PACKET_MAX];
    struct quic_path path;
    struct addr refused;
    long len;
    while (udp_next_refused(&ask->udp, &refused)) {
        uint64_t now = loop_now();
        quic_refused(ask->endpoint, now, &refused);
        take_events(ask, now, keep_alive_ns);
    }
    while (ask->state != ASK_DONE &&
           (len = udp_receive(&ask->udp, &path.local, &path.remote, buf, sizeof buf)) >= 0) {
        uint64_t now = loop_now();
        quic_feed(ask->endpoint, now, &path, buf, (size_t)len);
        take_events(ask, now, keep_alive_ns);
    }
}

static void wait_for_packet(struct ask *ask, uint64_t now)
{
    uint64_t until = quic_deadline(ask->endpoint);
    if (ask->deadline < until)
        until = ask->deadline;
    if (ask->state == ASK_DIALLING && ask->dialled < ask->addr_count && ask->next_dial < until)
        until = ask->next_dial;
    uint64_t left = until > now ? until - now : 0;
    struct timespec span = {.tv_sec = (time_t)(left / NS_PER_S),
                            .tv_nsec = (long)(left % NS_PER_S)};
    /* A pipe whose reader is gone shows an error, which need not be asked for. */
    struct pollfd fds[] = {{.fd = ask->udp.fd, .events = POLLIN},
                           {.fd = ask->config->ends_with_stdout ? STDOUT_FILENO : -1}};
    if (ppoll(fds, 2, until == NEVER ? NULL : &span, NULL) < 0 && errno != EINTR)
        finish(ask, why_set(ask->why, ERR_SYSTEM, "poll: %s", strerrordesc_np(errno)), "-");
    else if ((fds[1].revents & POLLERR) != 0)
        finish(ask, why_set(ask->why, ERR_CLOSED, "standard output was closed"), "-");
}

static void time_out(struct ask *ask)
{
    if (ask->state == ASK_ANSWERING) {
        fail(ask, ERR_TIMEOUT, "answer");
        return;
    }
    int reason = ERR_NO_REPLY;
    for (size_t i = 0; i < ask->dialled; i++)
        if (ask->dials[i] && quic_conn_last_heard_ns(ask->dials[i]) != 0)
            reason = ERR_TIMEOUT;
    if (telling(ask->failure) > telling(reason))
        reason = ask->failure;
    fail(ask, reason, leg_of(reason));
}

static void run(struct ask *ask, uint64_t keep_alive_ns)
{
    while (ask->state != ASK_DONE) {
        uint64_t now = loop_now();
        quic_tick(ask->endpoint, now);
        take_events(ask, now, keep_alive_ns);
        dial_next(ask, now);
        flush(ask, now);
        if (ask->state != ASK_DONE && now >= ask->deadline)
            time_out(ask);
        if (ask->state == ASK_DONE)
            break;
        wait_for_packet(ask, now);
        if (ask->state != ASK_DONE)
            receive(ask, keep_alive_ns);
    }
    uint64_t now = loop_now();
    ask->conn = NULL;
    close_others(ask, now);
    flush(ask, now);
}

static int open_endpoint(struct ask *ask, struct quic_config *config)
{
    struct addr any = {.family = ADDR_V4};
    for (size_t i = 0; i < ask->addr_count; i++)
        if (ask->addrs[i].family == ADDR_V6)
            any.family = ADDR_V6;
    int rc = udp_open(&ask->udp, &any, ask->why);
    if (rc != 0)
        return rc;
    quic_config_default(config);
    config->identity = ask->config->identity;
    if (ask->config->timeout_ns != NEVER)
        config->handshake_timeout_ns = ask->config->timeout_ns;
    rc = quic_endpoint_new(config, &ask->endpoint, ask->why);
    if (rc != 0)
        udp_close(&ask->udp);
    return rc;
}

int ask_run(const struct ask_config *config, const struct record *request,
            struct ask_result *result, struct why *why)
{
    struct ask ask = {.config = config, .result = result, .why = why};
    result->leg = "-";
    result->reason = 0;
    record_init(&result->end, "", 0);
    ask.deadline = duration_add(loop_now(), config->timeout_ns);
    ask.request_len = line_format(request, ask.request, sizeof ask.request);
    if (ask.request_len == 0)
        return why_set(why, ERR_NO_SPACE, "%s: the request is too long", request->event);
    int count = resolve_wait(&config->target, ADDR_NONE, config->timeout_ns, ask.addrs, why);
    if (count < 0) {
        result->leg = "resolve";
        result->reason = count;
        return count == ERR_TIMEOUT ? ERR_RESOLVE : count;
    }
    ask.addr_count = (size_t)count;
    struct quic_config quic;
    int rc = open_endpoint(&ask, &quic);
    if (rc != 0)
        return rc;
    run(&ask, config->keep_alive_ns ? config->keep_alive_ns : quic.idle_timeout_ns / 3);
    inbox_free(&ask.inbox);
    quic_endpoint_free(ask.endpoint);
    udp_close(&ask.udp);
    return ask.rc;
}
