#include "reply.h"

#include "base/err.h"
#include "output.h"
#include "quic/conn.h"
#include "wire/codec.h"

#define FRAME_HEAD_MAX 8 /* the length before a packet on a stream */

/* Opens our message stream; its first frame is the hello (lib/wire: the order of a connection). */
static int open_message_stream(const struct replier *replier, struct visitor *visitor)
{
    if (visitor->message_stream != VISITOR_STREAM_NONE) {
        return 0;
    }
    struct message hello = {.type = MESSAGE_HELLO};
    const struct answer answer = {.type = MESSAGE_HELLO};
    answer_fill(&answer, &replier->hello, &replier->self, &hello);
    uint8_t frame[DATAGRAM_MAX];
    size_t len = wire_frame(&hello, frame, sizeof(frame));
    int64_t stream = VISITOR_STREAM_NONE;
    int err = len == 0 ? ERR_NO_SPACE : quic_stream_open(visitor->conn, false, &stream);
    if (err == 0) {
        err = quic_stream_write(visitor->conn, stream, frame, len, false);
    }
    if (err < 0) {
        return err;
    }
    visitor->message_stream = stream;
    output_sent(&hello, visitor->id, &visitor->name);
    return 0;
}

static int send_on_stream(struct visitor *visitor, int64_t stream, const struct message *message,
                          bool fin)
{
    uint8_t frame[MESSAGE_MAX + FRAME_HEAD_MAX];
    size_t len = wire_frame(message, frame, sizeof(frame));
    return len == 0 ? ERR_NO_SPACE : quic_stream_write(visitor->conn, stream, frame, len, fin);
}

static int send_datagram(struct visitor *visitor, const struct message *message)
{
    uint8_t packet[DATAGRAM_MAX];
    size_t len = wire_encode(message, packet, sizeof(packet));
    return len == 0 ? ERR_NO_SPACE : quic_send_datagram(visitor->conn, packet, len);
}

static int send_by_carrier(const struct replier *replier, struct visitor *visitor,
                           const struct answer *answer, const struct message *message)
{
    switch (message_carrier(message->type)) {
    case CARRIER_DATAGRAM:
        return send_datagram(visitor, message);
    case CARRIER_SYNC:
        return send_on_stream(visitor, answer->stream, message, true);
    case CARRIER_STREAM:
        break;
    }
    int err = open_message_stream(replier, visitor);
    return err < 0 ? err : send_on_stream(visitor, visitor->message_stream, message, false);
}

void reply_send(const struct replier *replier, struct visitor *visitor, const struct answer *answer)
{
    int err = 0;
    if (answer->type == MESSAGE_HELLO) { /* ours is said once, whoever else asks again */
        err = open_message_stream(replier, visitor);
    } else {
        struct message message = {.type = answer->type};
        answer_fill(answer, &replier->hello, &replier->self, &message);
        err = send_by_carrier(replier, visitor, answer, &message);
        if (err == 0) {
            counters_add_sent(replier->counters, answer->type);
            output_sent(&message, visitor->id, &visitor->name);
        }
    }
    if (err < 0) {
        replier->counters->unsent++;
    }
}
