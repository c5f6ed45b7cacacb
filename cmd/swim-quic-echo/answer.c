#include "answer.h"

#include "base/duration.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* A helper that gets no ack within this share of the asker's wait says so. */
#define NACK_PERCENT 80
#define WAIT_MS_MAX UINT64_C(3600000)

static uint64_t nack_wait_ns(uint64_t wait_ms)
{
    uint64_t bounded_ms = wait_ms < WAIT_MS_MAX ? wait_ms : WAIT_MS_MAX;
    return bounded_ms * NS_PER_MS * NACK_PERCENT / 100;
}

bool answer_to(const struct message *message, int64_t stream, struct answer *answer)
{
    *answer = (struct answer){.stream = stream};
    switch (message->type) {
    case MESSAGE_HELLO:
        answer->type = MESSAGE_HELLO;
        return true;
    case MESSAGE_PING:
        answer->type = MESSAGE_ACK;
        answer->pseq = message->ping.pseq;
        return true;
    case MESSAGE_PING_REQ:
        answer->type = MESSAGE_NACK;
        answer->pseq = message->ping_req.pseq;
        answer->wait_ns = nack_wait_ns(message->ping_req.wait_ms);
        return true;
    case MESSAGE_LEAVE:
        answer->type = MESSAGE_LEAVE_ACK;
        answer->pseq = message->leave.pseq;
        return true;
    case MESSAGE_SYNC: /* once, when the asker has said all of its own */
        answer->type = MESSAGE_SYNC;
        answer->pseq = message->sync.pseq;
        return message->sync.last && !message->sync.reply;
    default:
        return false;
    }
}

static void fill_own_record(const struct msg_hello *hello, const struct name *self,
                            struct message *message)
{
    message->update_count = 1;
    struct update *own = &message->updates[0];
    memset(own, 0, sizeof(*own));
    own->node = *self;
    own->incarnation = hello->incarnation;
    own->state = MEMBER_ALIVE;
    own->instance = hello->instance;
    own->addr = hello->addr;
}

void answer_fill(const struct answer *answer, const struct msg_hello *hello,
                 const struct name *self, struct message *message)
{
    message->type = answer->type;
    message->update_count = 0;
    switch (answer->type) {
    case MESSAGE_HELLO:
        message->hello = *hello;
        break;
    case MESSAGE_ACK:
        message->ack =
            (struct msg_ack){.pseq = answer->pseq, .incarnation = hello->incarnation, .rtt_us = 0};
        break;
    case MESSAGE_NACK:
        message->nack = (struct msg_nack){.pseq = answer->pseq};
        break;
    case MESSAGE_LEAVE_ACK:
        message->leave_ack = (struct msg_leave_ack){.pseq = answer->pseq};
        break;
    case MESSAGE_SYNC:
        message->sync = (struct msg_sync){.pseq = answer->pseq, .reply = true, .last = true};
        fill_own_record(hello, self, message);
        break;
    default:
        break;
    }
}

void answer_queue_init(struct answers *answers)
{
    heap_init(&answers->heap);
}

void answer_queue_free(struct answers *answers)
{
    struct heap_node *node = NULL;
    while ((node = heap_peek(&answers->heap)) != NULL) {
        heap_remove(&answers->heap, node);
        free(node);
    }
    heap_free(&answers->heap);
}

int answer_queue_add(struct answers *answers, uint64_t due_ns, uint64_t visitor,
                     const struct answer *answer)
{
    if (answer_queue_pending(answers) >= ANSWERS_PENDING_MAX) {
        return ERR_LIMIT;
    }
    struct answer_later *later = calloc(1, sizeof(*later));
    if (later == NULL) {
        return ERR_NO_MEMORY;
    }
    heap_node_init(&later->node);
    later->visitor = visitor;
    later->answer = *answer;
    int err = heap_set(&answers->heap, &later->node, due_ns);
    if (err < 0) {
        free(later);
    }
    return err;
}

bool answer_queue_take(struct answers *answers, uint64_t now_ns, uint64_t *visitor,
                       struct answer *answer)
{
    struct heap_node *node = heap_peek(&answers->heap);
    if (node == NULL || node->deadline > now_ns) {
        return false;
    }
    struct answer_later *later = (struct answer_later *)node;
    *visitor = later->visitor;
    *answer = later->answer;
    heap_remove(&answers->heap, node);
    free(later);
    return true;
}

uint64_t answer_queue_deadline(const struct answers *answers)
{
    return heap_deadline(&answers->heap);
}

size_t answer_queue_pending(const struct answers *answers)
{
    return answers->heap.count;
}
