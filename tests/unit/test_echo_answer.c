/* What swim-quic-echo says to each message, and the answers that wait for their time. */
#include "cmd/swim-quic-echo/answer.c"

#include "wire/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define STREAM 4

/* The whole table: what is asked, what is said. MESSAGE_UNKNOWN: nothing. */
static void every_message_has_its_answer(void **state)
{
    static const struct {
        enum message_type asked, said;
    } table[MESSAGE_TYPE_COUNT] = {
        {MESSAGE_UNKNOWN, MESSAGE_UNKNOWN},   {MESSAGE_HELLO, MESSAGE_HELLO},
        {MESSAGE_PING, MESSAGE_ACK},          {MESSAGE_ACK, MESSAGE_UNKNOWN},
        {MESSAGE_PING_REQ, MESSAGE_NACK},     {MESSAGE_NACK, MESSAGE_UNKNOWN},
        {MESSAGE_GOSSIP, MESSAGE_UNKNOWN},    {MESSAGE_LEAVE, MESSAGE_LEAVE_ACK},
        {MESSAGE_LEAVE_ACK, MESSAGE_UNKNOWN}, {MESSAGE_SYNC, MESSAGE_SYNC},
    };
    (void)state;
    for (size_t i = 0; i < MESSAGE_TYPE_COUNT; i++) {
        struct message message = {.type = table[i].asked};
        struct answer answer;
        if (message.type == MESSAGE_SYNC)
            message.sync.last = true;
        assert_int_equal(answer_to(&message, STREAM, &answer), table[i].said != MESSAGE_UNKNOWN);
        if (table[i].said != MESSAGE_UNKNOWN)
            assert_int_equal(answer.type, table[i].said);
    }
}

static void a_push_pull_is_answered_once_at_its_end(void **state)
{
    (void)state;
    struct answer answer;
    struct message message = {.type = MESSAGE_SYNC, .sync = {.pseq = 7, .join = true}};
    assert_false(answer_to(&message, STREAM, &answer));
    message.sync.last = true;
    assert_true(answer_to(&message, STREAM, &answer));
    assert_int_equal(answer.stream, STREAM);
    assert_int_equal(answer.pseq, 7);
    message.sync.reply = true;
    assert_false(answer_to(&message, STREAM, &answer));
}

static void a_nack_waits_for_four_fifths(void **state)
{
    (void)state;
    struct answer answer;
    struct message message = {.type = MESSAGE_PING_REQ, .ping_req = {.pseq = 3, .wait_ms = 500}};
    assert_true(answer_to(&message, STREAM, &answer));
    assert_int_equal(answer.pseq, 3);
    assert_int_equal(answer.wait_ns, 400 * NS_PER_MS);
    message.ping_req.wait_ms = UINT64_MAX; /* bounded: no overflow */
    assert_true(answer_to(&message, STREAM, &answer));
    assert_int_equal(answer.wait_ns, WAIT_MS_MAX * NS_PER_MS / 5 * 4);
}

static void own_record_survives_the_wire(void **state)
{
    (void)state;
    struct msg_hello hello = {.kind = HELLO_NODE, .instance = 99, .incarnation = 1};
    struct name self;
    assert_int_equal(addr_parse("127.0.0.1:7436", 0, &hello.addr), 0);
    assert_int_equal(name_set(&self, "mute", 4), 0);
    const struct answer answer = {.type = MESSAGE_SYNC, .pseq = 7, .stream = STREAM};
    struct message said, read;
    uint8_t packet[1024];
    answer_fill(&answer, &hello, &self, &said);
    size_t len = wire_encode(&said, packet, sizeof(packet));
    assert_true(len > 0);
    assert_int_equal(wire_decode(&read, packet, len), 0);
    assert_int_equal(read.type, MESSAGE_SYNC);
    assert_true(read.sync.reply && read.sync.last && !read.sync.join);
    assert_int_equal(read.update_count, 1);
    assert_string_equal(read.updates[0].node.text, "mute");
    assert_int_equal(read.updates[0].state, MEMBER_ALIVE);
    assert_int_equal(read.updates[0].incarnation, 1);
    assert_int_equal(read.updates[0].instance, 99);
    assert_true(addr_equal(&read.updates[0].addr, &hello.addr));
}

static void acks_tell_the_incarnation(void **state)
{
    (void)state;
    const struct msg_hello hello = {.incarnation = 1};
    const struct name self = {.text = "mute"};
    const struct answer answer = {.type = MESSAGE_ACK, .pseq = 5};
    struct message said;
    answer_fill(&answer, &hello, &self, &said);
    assert_int_equal(said.type, MESSAGE_ACK);
    assert_int_equal(said.ack.pseq, 5);
    assert_int_equal(said.ack.incarnation, 1);
    assert_int_equal(said.ack.rtt_us, 0);
    assert_int_equal(said.update_count, 0);
}

static void waiting_answers_come_in_time_order(void **state)
{
    (void)state;
    struct answers answers;
    struct answer answer = {.type = MESSAGE_ACK};
    uint64_t visitor = 0;
    answer_queue_init(&answers);
    assert_int_equal(answer_queue_deadline(&answers), NEVER);
    static const uint64_t due[] = {30, 10, 20};
    for (size_t i = 0; i < 3; i++) {
        answer.pseq = due[i];
        assert_int_equal(answer_queue_add(&answers, due[i], i, &answer), 0);
    }
    assert_int_equal(answer_queue_deadline(&answers), 10);
    assert_false(answer_queue_take(&answers, 9, &visitor, &answer));
    assert_true(answer_queue_take(&answers, 25, &visitor, &answer));
    assert_int_equal(answer.pseq, 10);
    assert_int_equal(visitor, 1);
    assert_true(answer_queue_take(&answers, 25, &visitor, &answer));
    assert_int_equal(answer.pseq, 20);
    assert_false(answer_queue_take(&answers, 25, &visitor, &answer));
    assert_int_equal(answer_queue_pending(&answers), 1);
    answer_queue_free(&answers); /* the one that was left is freed: the sanitizer looks */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_has_its_answer),
        cmocka_unit_test(a_push_pull_is_answered_once_at_its_end),
        cmocka_unit_test(a_nack_waits_for_four_fifths),
        cmocka_unit_test(own_record_survives_the_wire),
        cmocka_unit_test(acks_tell_the_incarnation),
        cmocka_unit_test(waiting_answers_come_in_time_order),
    };
    return cmocka_run_group_tests_name("echo_answer", tests, NULL, NULL);
}
