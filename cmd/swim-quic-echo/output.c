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
static void add_pseq(struct record *record, const struct message *message)
{
    switch (message->type) {
    case MESSAGE_PING:
        record_add_uint(record, "pseq", message->ping.pseq);
        break;
    case MESSAGE_ACK:
        record_add_uint(record, "pseq", message->ack.pseq);
        break;
    case MESSAGE_PING_REQ:
        record_add_uint(record, "pseq", message->ping_req.pseq);
        break;
    case MESSAGE_NACK:
        record_add_uint(record, "pseq", message->nack.pseq);
        break;
    case MESSAGE_LEAVE:
        record_add_uint(record, "pseq", message->leave.pseq);
        break;
    case MESSAGE_LEAVE_ACK:
        record_add_uint(record, "pseq", message->leave_ack.pseq);
        break;
    case MESSAGE_SYNC:
        record_add_uint(record, "pseq", message->sync.pseq);
        break;
    default:
        record_add_absent(record, "pseq");
        break;
    }
}

static void print_message(const char *event, const char *peer_key, const struct message *message,
                          uint64_t visitor, const struct name *peer, const char *damage)
{
    struct record record;
    record_init(&record, event, wall_now_ns());
    record_add_text(&record, "type", message_name(message->type));
    add_pseq(&record, message);
    record_add_uint(&record, "conn", visitor);
    record_add_name(&record, peer_key, peer);
    if (message->type == MESSAGE_PING_REQ) {
        record_add_name(&record, "target", &message->ping_req.node);
    }
    if (damage != NULL) {
        record_add_text(&record, "damage", damage);
    }
    print_record(&record);
}

void output_received(const struct message *message, uint64_t visitor, const struct name *from)
{
    print_message("rx", "from", message, visitor, from, NULL);
}

void output_sent(const struct message *message, uint64_t visitor, const struct name *to,
                 const char *damage)
{
    print_message("tx", "to", message, visitor, to, damage);
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
