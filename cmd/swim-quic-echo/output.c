#include "output.h"

#include "base/line.h"
#include "base/wall.h"

#include <stdio.h>
#include <unistd.h>

static void print_record(const struct record *record)
{
    char line[LINE_MAX_BYTES + 1];
    size_t len = line_format(record, line, sizeof(line));
    if (len > 0) {
        (void)fwrite(line, 1, len, stdout); /* sticky: ferror(stdout) is looked at when we end */
    }
}

void output_listening(const struct name *self, const struct addr *addr)
{
    struct record record;
    record_init(&record, "listening", wall_now_ns());
    record_add_name(&record, "node", self);
    record_add_addr(&record, "addr", addr);
    record_add_uint(&record, "pid", (uint64_t)getpid());
    print_record(&record);
}

/* The number that a message and its answer share. */
static bool pseq_of(const struct message *message, uint64_t *pseq)
{
    switch (message->type) {
    case MESSAGE_PING:
        *pseq = message->ping.pseq;
        return true;
    case MESSAGE_ACK:
        *pseq = message->ack.pseq;
        return true;
    case MESSAGE_PING_REQ:
        *pseq = message->ping_req.pseq;
        return true;
    case MESSAGE_NACK:
        *pseq = message->nack.pseq;
        return true;
    case MESSAGE_LEAVE:
        *pseq = message->leave.pseq;
        return true;
    case MESSAGE_LEAVE_ACK:
        *pseq = message->leave_ack.pseq;
        return true;
    case MESSAGE_SYNC:
        *pseq = message->sync.pseq;
        return true;
    default:
        return false;
    }
}

static void print_note(const struct note *note)
{
    struct record record;
    record_init(&record, note->event, note->wall_ns);
    record_add_text(&record, "type", message_name(note->type));
    if (note->numbered) {
        record_add_uint(&record, "pseq", note->pseq);
    } else {
        record_add_absent(&record, "pseq");
    }
    record_add_uint(&record, "conn", note->visitor);
    record_add_name(&record, note->peer_key, &note->peer);
    if (note->type == MESSAGE_PING_REQ) {
        record_add_name(&record, "target", &note->target);
    }
    if (note->damage != NULL) {
        record_add_text(&record, "damage", note->damage);
    }
    print_record(&record);
}

void output_notes(struct notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        print_note(&notes->items[i]);
    }
    notes->count = 0;
}

static struct note *add_note(struct notes *notes, const struct message *message, uint64_t visitor,
                             const struct name *peer)
{
    if (notes->count == NOTES_MAX) {
        output_notes(notes);
    }
    struct note *note = &notes->items[notes->count++];
    *note = (struct note){
        .wall_ns = wall_now_ns(), .type = message->type, .visitor = visitor, .peer = *peer};
    note->numbered = pseq_of(message, &note->pseq);
    if (message->type == MESSAGE_PING_REQ) {
        note->target = message->ping_req.node;
    }
    return note;
}

void output_received(struct notes *notes, const struct message *message, uint64_t visitor,
                     const struct name *from)
{
    struct note *note = add_note(notes, message, visitor, from);
    note->event = "rx";
    note->peer_key = "from";
}

void output_sent(struct notes *notes, const struct message *message, uint64_t visitor,
                 const struct name *to, const char *damage)
{
    struct note *note = add_note(notes, message, visitor, to);
    note->event = "tx";
    note->peer_key = "to";
    note->damage = damage;
}

void output_fault(const char *rule)
{
    struct record record;
    record_init(&record, "fault", wall_now_ns());
    record_add_text(&record, "rule", rule);
    print_record(&record);
}

void output_stats(const struct echo_counters *counters)
{
    struct record record;
    record_init(&record, "echo-stats", wall_now_ns());
#define X(FIELD, KEY) record_add_uint(&record, KEY, counters->FIELD);
    ECHO_COUNTERS(X)
#undef X
    print_record(&record);
}
