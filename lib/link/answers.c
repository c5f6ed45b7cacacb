#include "base/duration.h"
#include "base/line.h"
#include "link/peers_inside.h"
#include "wire/request.h"

#include <stdlib.h>

#define UNREAD_MAX ((size_t)16 << 20)       /* of all ended answers, where a next one is refused */
#define UNREAD_OF_ONE_MAX ((size_t)2 << 20) /* of all answers to one name */
#define LOOKERS_MAX (REQUESTS_MAX - 32)

/**
 *      READING ---> ANSWERING ---> ENDED
 *         '---------------------------^    refused before it was understood
 *
 * ENDED ones wait for their last bytes to be acknowledged. In each state the asker may go.
 */
enum request_state { REQUEST_READING, REQUEST_ANSWERING, REQUEST_ENDED };

struct request {
    TAILQ_ENTRY(request) all;
    uint64_t id;
    struct contact *contact;
    int64_t stream;
    enum request_state state;
    uint64_t active_ns; /* READING: it began, ENDED: the asker took something */
    size_t left;        /* ENDED: what it had not taken by then */
    struct inbox inbox;
};

static struct request *of_stream(const struct peers *peers, const struct contact *contact,
                                 int64_t stream)
{
    struct request *request;
    TAILQ_FOREACH(request, &peers->requests, all)
    if (request->contact == contact && request->stream == stream)
        break;
    return request;
}

static struct request *of_id(const struct peers *peers, uint64_t id)
{
    struct request *request;
    TAILQ_FOREACH(request, &peers->requests, all)
    if (request->id == id && request->state == REQUEST_ANSWERING)
        break;
    return request;
}

bool answers_serve(const struct peers *peers, const struct contact *contact)
{
    const struct request *request;
    TAILQ_FOREACH(request, &peers->requests, all)
    if (request->contact == contact)
        return true;
    return false;
}

static void forget(struct peers *peers, struct request *request)
{
    struct contact *contact = request->contact;
    TAILQ_REMOVE(&peers->requests, request, all);
    peers->request_count--;
    inbox_free(&request->inbox);
    free(request);
    if (!answers_serve(peers, contact))
        quic_conn_keep_alive(contact->link.conn, 0);
}

/* The asker is gone; whoever answers is told, so that it stops. */
static void lose(struct peers *peers, struct request *request)
{
    if (request->state == REQUEST_ANSWERING) {
        struct peers_event event = {
            .kind = PEERS_REQUEST_GONE, .request = request->id, .lease = POOL_NONE};
        told_push(peers, &event, NULL);
    }
    forget(peers, request);
}

void answers_on_end(struct peers *peers, const struct contact *contact)
{
    struct request *request, *next;
    for (request = TAILQ_FIRST(&peers->requests); request; request = next) {
        next = TAILQ_NEXT(request, all);
        if (request->contact == contact)
            lose(peers, request);
    }
}

void answers_on_gone(struct peers *peers, const struct contact *contact, int64_t stream)
{
    struct request *request = of_stream(peers, contact, stream);
    if (!request)
        return;
    quic_stream_abandon(contact->link.conn, stream); /* the other direction may go on */
    lose(peers, request);
}

void answers_free(struct peers *peers)
{
    while (!TAILQ_EMPTY(&peers->requests))
        forget(peers, TAILQ_FIRST(&peers->requests));
}

static size_t queued(const struct request *request)
{
    return quic_stream_queued(request->contact->link.conn, request->stream);
}

static void sweep(struct peers *peers)
{
    struct request *request, *next;
    for (request = TAILQ_FIRST(&peers->requests); request; request = next) {
        next = TAILQ_NEXT(request, all);
        if (request->state == REQUEST_ENDED && queued(request) == 0)
            forget(peers, request);
    }
}

/* How long an asker may take for its request, and for the next byte of an ended answer. One that is
 * being answered may have nothing to take for as long as it likes. */
static uint64_t patience_ns(const struct peers *peers, const struct request *request)
{
    if (request->state == REQUEST_ANSWERING)
        return NEVER;
    return request->state == REQUEST_READING ? peers->config.connect_timeout_ns
                                             : peers->config.idle_timeout_ns;
}

static uint64_t due(const struct peers *peers, const struct request *request)
{
    return duration_add(request->active_ns, patience_ns(peers, request));
}

uint64_t answers_deadline(const struct peers *peers, const struct contact *contact)
{
    uint64_t earliest = NEVER;
    const struct request *request;
    TAILQ_FOREACH(request, &peers->requests, all)
    if (request->contact == contact && due(peers, request) < earliest)
        earliest = due(peers, request);
    return earliest;
}

static void check(struct peers *peers, uint64_t now, struct request *request)
{
    size_t left = request->state == REQUEST_ENDED ? queued(request) : 0;
    if (request->state == REQUEST_ENDED && left > 0 && left < request->left) {
        request->left = left;
        request->active_ns = now;
        return;
    }
    if (request->state == REQUEST_READING || left > 0)
        quic_stream_abandon(request->contact->link.conn, request->stream);
    forget(peers, request);
}

void answers_check(struct peers *peers, uint64_t now, const struct contact *contact)
{
    struct request *request, *next;
    for (request = TAILQ_FIRST(&peers->requests); request; request = next) {
        next = TAILQ_NEXT(request, all);
        if (request->contact == contact && due(peers, request) <= now)
            check(peers, now, request);
    }
}

bool answers_are_drained(const struct peers *peers)
{
    const struct request *request;
    TAILQ_FOREACH(request, &peers->requests, all)
    if (request->state == REQUEST_ENDED && queued(request) > 0)
        return false;
    return true;
}

static int write_line(struct peers *peers, const struct request *request, const char *line,
                      size_t len, bool fin)
{
    peers->unflushed = true;
    return quic_stream_write(request->contact->link.conn, request->stream, (const uint8_t *)line,
                             len, fin);
}

static int write_record(struct peers *peers, const struct request *request,
                        const struct record *record, bool fin)
{
    char line[LINE_MAX_BYTES + 1];
    size_t len = line_format(record, line, sizeof line);
    return len > 0 ? write_line(peers, request, line, len, fin) : ERR_NO_SPACE;
}

static int end_request(struct peers *peers, struct request *request, int err, const char *text)
{
    struct record record;
    request_end(&record, err, text);
    request->state = REQUEST_ENDED;
    int rc = write_record(peers, request, &record, true);
    if (rc != 0) { /* without its last record the asker must not take it for whole */
        quic_stream_abandon(request->contact->link.conn, request->stream);
        forget(peers, request);
        return rc;
    }
    request->left = queued(request);
    request->active_ns = peers->now;
    contact_schedule(peers, request->contact);
    return 0;
}

static bool is_own(const struct peers *peers, const struct contact *contact)
{
    return contact->link.role == ROLE_MEMBER && name_equal(&contact->link.name, &peers->self.name);
}

/* Whether there may be one more: each costs the memory of its answer until it was read. Nobody may
 * hold much of it, and who may only look leaves room for who commands. */
static bool has_room(const struct peers *peers, const struct contact *contact)
{
    bool commands = contact->link.role == ROLE_OPERATOR || is_own(peers, contact);
    size_t unread = 0, its_own = 0;
    const struct request *request;
    TAILQ_FOREACH(request, &peers->requests, all)
    {
        size_t bytes = queued(request);
        if (request->state == REQUEST_ENDED)
            unread += bytes;
        if (name_equal(&request->contact->link.name, &contact->link.name))
            its_own += bytes;
    }
    return peers->request_count < (commands ? REQUESTS_MAX : LOOKERS_MAX) &&
           unread <= (commands ? UNREAD_MAX : UNREAD_MAX / 2) && its_own <= UNREAD_OF_ONE_MAX;
}

static struct request *request_new(struct peers *peers, struct contact *contact, int64_t stream)
{
    sweep(peers);
    struct request *request = has_room(peers, contact) ? calloc(1, sizeof *request) : NULL;
    if (!request)
        return NULL;
    request->id = ++peers->last_request;
    request->contact = contact;
    request->stream = stream;
    request->active_ns = contact->active_ns = peers->now;
    TAILQ_INSERT_TAIL(&peers->requests, request, all);
    peers->request_count++;
    return request;
}

/* The whole of a request is one line. */
static int parse(struct peers *peers, struct request *request)
{
    const char *line;
    size_t len;
    int rc = inbox_next_line(&request->inbox, REQUEST_MAX, &line, &len);
    if (rc == 1)
        rc = line_parse(line, len, &peers->record);
    else
        rc = ERR_MALFORMED;
    return rc == 0 && !inbox_is_empty(&request->inbox) ? ERR_MALFORMED : rc;
}

static void show(struct peers *peers, const struct contact *contact, struct request *request,
                 struct peers_event *event)
{
    request->state = REQUEST_ANSWERING;
    /* An answer may take longer than QUIC waits without a packet. */
    quic_conn_keep_alive(contact->link.conn, peers->config.idle_timeout_ns / 3);
    *event = contact_event(contact, PEERS_REQUEST);
    event->request = request->id;
    event->record = &peers->record;
    event->own = is_own(peers, contact);
}

bool answers_take_stream(struct peers *peers, uint64_t now, struct contact *contact,
                         const struct quic_event *quic, struct peers_event *event)
{
    if (contact_is_closed(contact))
        return false;
    struct request *request = of_stream(peers, contact, quic->stream);
    if (!request && (quic->stream & 2) != 0) { /* one-way: RFC 9000 section 2.1 */
        peers->stats.malformed++;
        contact_close(peers, now, contact, ERR_MALFORMED, QUIC_REASON_MALFORMED);
        return false;
    }
    if (!request)
        request = request_new(peers, contact, quic->stream);
    if (!request) {
        quic_stream_abandon(contact->link.conn, quic->stream);
        return false;
    }
    if (request->state != REQUEST_READING)
        return false;
    int rc = inbox_add(&request->inbox, quic->data, quic->len, quic->fin, REQUEST_MAX);
    if (rc == 0 && !quic->fin) {
        contact_schedule(peers, contact);
        return false;
    }
    if (rc == 0)
        rc = parse(peers, request);
    if (rc == 0)
        show(peers, contact, request, event);
    else
        (void)end_request(peers, request, rc, "the request is no line of ours");
    return rc == 0;
}

/* The asker may have given up the stream; the writer is told by this. */
static int written(struct peers *peers, struct request *request, int rc)
{
    if (rc == ERR_NOT_FOUND)
        forget(peers, request);
    return rc;
}

int peers_answer(struct peers *peers, uint64_t id, const struct record *record)
{
    struct request *request = of_id(peers, id);
    if (!request)
        return ERR_NOT_FOUND;
    return written(peers, request, write_record(peers, request, record, false));
}

int peers_answer_line(struct peers *peers, uint64_t id, const char *line, size_t len)
{
    struct request *request = of_id(peers, id);
    if (!request)
        return ERR_NOT_FOUND;
    return written(peers, request, write_line(peers, request, line, len, false));
}

int peers_answer_end(struct peers *peers, uint64_t id, int err, const char *text)
{
    struct request *request = of_id(peers, id);
    return request ? end_request(peers, request, err, text) : ERR_NOT_FOUND;
}

size_t peers_answer_queued(const struct peers *peers, uint64_t id)
{
    const struct request *request = of_id(peers, id);
    return request ? queued(request) : 0;
}
