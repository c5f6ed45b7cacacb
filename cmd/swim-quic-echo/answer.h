/**
 * What this server says to a message: a member that knows only itself. Answers are kept as these
 * few words until they are due, never as bytes, so that a delayed one costs nothing.
 */
#ifndef SWIM_QUIC_ECHO_ANSWER_H
#define SWIM_QUIC_ECHO_ANSWER_H

#include "base/heap.h"
#include "wire/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWERS_PENDING_MAX 65536

struct answer {
    enum message_type type;
    uint64_t pseq;
    int64_t stream;   /* of a sync; else unused */
    uint64_t wait_ns; /* how long it waits of its own accord: a nack */
};

/** What has arrived, and what would be said to it. */
struct incident {
    uint64_t now_ns;
    uint64_t visitor; /* id */
    bool has_answer;
    struct answer answer;
};

/** The answer to `message` (from `stream` when it came on one). False: nothing is said to it. */
bool answer_to(const struct message *message, int64_t stream, struct answer *answer);

/** Fills the message that `answer` stands for. `hello` is what we say of ourselves, `self` our
 *  name. */
void answer_fill(const struct answer *answer, const struct msg_hello *hello,
                 const struct name *self, struct message *message);

/** An answer that waits for its time. */
struct answer_later {
    struct heap_node node; /* first: the heap hands it back */
    uint64_t visitor;
    struct answer answer;
};

/** Answers by the time they are due. Zeroed and heap_init'ed by answer_queue_init it is empty. */
struct answers {
    struct heap heap;
};

void answer_queue_init(struct answers *answers);
void answer_queue_free(struct answers *answers);

/** 0, ERR_LIMIT, ERR_NO_MEMORY. */
int answer_queue_add(struct answers *answers, uint64_t due_ns, uint64_t visitor,
                     const struct answer *answer);

/** Takes the next one due by `now_ns`; false: none. */
bool answer_queue_take(struct answers *answers, uint64_t now_ns, uint64_t *visitor,
                       struct answer *answer);

uint64_t answer_queue_deadline(const struct answers *answers);
size_t answer_queue_pending(const struct answers *answers);

#endif
