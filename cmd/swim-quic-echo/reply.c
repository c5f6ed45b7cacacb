#include "reply.h"

#include "base/err.h"
#include "quic/conn.h"
#include "wire/codec.h"

#define FRAME_HEAD_MAX 8 /* the length before a packet on a stream */

/* One answer on its way. */
struct reply {
    const struct replier *replier;
    struct visitor *visitor;
    enum damage damage;
    struct message message; /* large: answer_fill sets what counts */
};

static void begin_reply(struct reply *reply, const struct replier *replier, struct visitor *visitor,
                        enum damage damage)
{
    reply->replier = replier;
    reply->visitor = visitor;
    reply->damage = damage;
}

/* The length before the packet stays true: it is the packet that is damaged. */
static size_t write_frame(const struct reply *reply, uint8_t *frame, size_t size)
{
    size_t len = wire_frame(&reply->message, frame, size);
    const uint8_t *packet = NULL;
    size_t packet_len = 0;
    size_t used = 0;
    if (reply->damage != DAMAGE_NONE && len > 0 &&
        wire_unframe(frame, len, &packet, &packet_len, &used) == 1) {
        damage_apply(reply->damage, reply->replier->rng, frame + (packet - frame), packet_len);
    }
    return len;
}

static int send_on_stream(const struct reply *reply, int64_t stream, bool fin)
{
    uint8_t frame[MESSAGE_MAX + FRAME_HEAD_MAX];
    size_t len = write_frame(reply, frame, sizeof(frame));
    return len == 0 ? ERR_NO_SPACE
                    : quic_stream_write(reply->visitor->conn, stream, frame, len, fin);
}

static int send_datagram(const struct reply *reply)
{
    uint8_t packet[DATAGRAM_MAX];
    size_t len = wire_encode(&reply->message, packet, sizeof(packet));
    if (len == 0) {
        return ERR_NO_SPACE;
    }
    damage_apply(reply->damage, reply->replier->rng, packet, len);
    return quic_send_datagram(reply->visitor->conn, packet, len);
}

static void tell_sent(const struct reply *reply)
{
    const struct visitor *visitor = reply->visitor;
    output_sent(reply->replier->notes, &reply->message, visitor->id, &visitor->name,
                damage_text(reply->damage));
}

/* Opens our message stream; its first frame is the hello (lib/wire: the order of a connection),
 * which is said once, whoever else asks again. */
static int open_message_stream(const struct replier *replier, struct visitor *visitor,
                               enum damage damage)
{
    if (visitor->message_stream != VISITOR_STREAM_NONE) {
        return 0;
    }
    struct reply hello;
    const struct answer answer = {.type = MESSAGE_HELLO};
    begin_reply(&hello, replier, visitor, damage);
    answer_fill(&answer, &replier->hello, &replier->self, &hello.message);
    int64_t stream = VISITOR_STREAM_NONE;
    int err = quic_stream_open(visitor->conn, false, &stream);
    if (err == 0) {
        err = send_on_stream(&hello, stream, false);
    }
    if (err < 0) {
        return err;
    }
    visitor->message_stream = stream;
    tell_sent(&hello);
    return 0;
}

static int send_by_carrier(const struct reply *reply, const struct answer *answer)
{
    switch (message_carrier(reply->message.type)) {
    case CARRIER_DATAGRAM:
        return send_datagram(reply);
    case CARRIER_SYNC:
        return send_on_stream(reply, answer->stream, true);
    case CARRIER_STREAM:
        break;
    }
    int err = open_message_stream(reply->replier, reply->visitor, DAMAGE_NONE);
    return err < 0 ? err : send_on_stream(reply, reply->visitor->message_stream, false);
}

static int send_answer(const struct replier *replier, struct visitor *visitor,
                       const struct answer *answer, enum damage damage)
{
    struct reply reply;
    begin_reply(&reply, replier, visitor, damage);
    answer_fill(answer, &replier->hello, &replier->self, &reply.message);
    int err = send_by_carrier(&reply, answer);
    if (err == 0) {
        counters_add_sent(replier->counters, answer->type);
        tell_sent(&reply);
    }
    return err;
}

void reply_send(const struct replier *replier, struct visitor *visitor, const struct answer *answer,
                enum damage damage)
{
    int err = ERR_NOT_NOW;
    if (!visitor->stalled) {
        err = answer->type == MESSAGE_HELLO ? open_message_stream(replier, visitor, damage)
                                            : send_answer(replier, visitor, answer, damage);
    }
    if (err < 0) {
        replier->counters->unsent++;
    }
}
