#include "base/err.h"
#include "base/rng.h"
#include "tests/unit/messages.h"
#include "wire/codec.h"
#include "wire/schema.h"
#include "wire/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LEN(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static void test_every_message_comes_back_as_it_went(void **state)
{
    (void)state;
    static struct message message, back;
    static struct messages_arena arena;
    static uint8_t buf[MESSAGE_MAX];
    struct rng rng;
    rng_seed(&rng, 1);
    for (int round = 0; round < 200; round++) {
        for (int type = MESSAGE_UNKNOWN + 1; type < MESSAGE_TYPE_COUNT; type++) {
            size_t updates = (size_t)rng_below(&rng, round % 10 == 0 ? 33 : 4);
            messages_draw(&rng, (enum message_type)type, updates, &message, &arena);
            size_t len = wire_encode(&message, buf, sizeof(buf));
            assert_int_not_equal(len, 0);
            memset(&back, 0xa5, sizeof(back));
            assert_int_equal(wire_decode(&back, buf, len), 0);
            messages_expect_same(&message, &back);
        }
    }
}

static void test_as_many_updates_as_there_may_be(void **state)
{
    (void)state;
    static struct message message, back;
    static uint8_t buf[MESSAGE_MAX];
    memset(&message, 0, sizeof(message));
    message.type = MESSAGE_GOSSIP;
    message.update_count = UPDATES_PER_MESSAGE;
    for (size_t i = 0; i < UPDATES_PER_MESSAGE; i++)
        assert_int_equal(name_set(&message.updates[i].node, "n", 1), 0);
    size_t len = wire_encode(&message, buf, sizeof(buf));
    assert_int_equal(wire_decode(&back, buf, len), 0);
    messages_expect_same(&message, &back);
    memmove(buf + len - 1 + 5, buf + len - 1, 1);
    memcpy(buf + len - 1, (const uint8_t[]){SCHEMA_UPDATE_ID, 3, 1, 1, 'n'}, 5);
    assert_int_equal(messages_decode(buf, len + 5, &back), ERR_MALFORMED);
}

static void test_sizes_are_exact_and_what_does_not_fit_is_told(void **state)
{
    (void)state;
    static struct message message;
    static struct messages_arena arena;
    struct rng rng;
    rng_seed(&rng, 2);
    for (int type = MESSAGE_UNKNOWN + 1; type < MESSAGE_TYPE_COUNT; type++) {
        for (size_t updates = 0; updates < 8; updates++) {
            uint8_t buf[MESSAGE_MAX];
            messages_draw(&rng, (enum message_type)type, updates, &message, &arena);
            size_t size = wire_base_size(&message);
            for (size_t i = 0; i < updates; i++)
                size += wire_update_size(&message.updates[i]);
            assert_int_equal(wire_encode(&message, buf, sizeof(buf)), size);
            assert_int_equal(wire_encode(&message, buf, size), size);
            buf[size - 1] = 0xa5;
            assert_int_equal(wire_encode(&message, buf, size - 1), 0);
            assert_int_equal(buf[size - 1], 0xa5);
        }
    }
}

static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    static struct message message, back;
    static struct messages_arena arena;
    struct rng rng;
    rng_seed(&rng, 3);
    for (int round = 0; round < 20; round++) {
        for (int type = MESSAGE_UNKNOWN + 1; type < MESSAGE_TYPE_COUNT; type++) {
            uint8_t buf[MESSAGE_MAX];
            messages_draw(&rng, (enum message_type)type, (size_t)round % 4, &message, &arena);
            size_t len = wire_encode(&message, buf, sizeof(buf));
            for (size_t cut = 0; cut < len; cut++)
                assert_int_equal(messages_decode(buf, cut, &back), ERR_MALFORMED);
        }
    }
}

static void test_no_changed_byte_breaks_a_bound(void **state)
{
    (void)state;
    static struct message message, back;
    static struct messages_arena arena;
    struct rng rng;
    rng_seed(&rng, 4);
    size_t accepted = 0, refused = 0;
    for (int type = MESSAGE_UNKNOWN + 1; type < MESSAGE_TYPE_COUNT; type++) {
        uint8_t buf[MESSAGE_MAX];
        messages_draw(&rng, (enum message_type)type, 1, &message, &arena);
        size_t len = wire_encode(&message, buf, sizeof(buf));
        for (size_t at = 0; at < len; at++) {
            for (unsigned flip = 1; flip < 256; flip++) {
                buf[at] = (uint8_t)(buf[at] ^ flip);
                if (messages_decode(buf, len, &back) == 0)
                    accepted++;
                else
                    refused++;
                buf[at] = (uint8_t)(buf[at] ^ flip);
            }
        }
    }
    assert_true(accepted > 0);
    assert_true(refused > accepted);
}

/* The wire as drawn in msg.h, byte by byte: what other versions of this program send. */
static void test_the_bytes_of_a_ping(void **state)
{
    (void)state;
    static struct message message;
    uint8_t buf[64];
    message = (struct message){.type = MESSAGE_PING, .ping = {.pseq = 300}};
    static const uint8_t bytes[] = {'S', 1, 2, 1, 2, 0x41, 0x2c, 0};
    assert_int_equal(wire_encode(&message, buf, sizeof(buf)), sizeof(bytes));
    assert_memory_equal(buf, bytes, sizeof(bytes));
}

static void test_the_bytes_of_an_update(void **state)
{
    (void)state;
    static struct message message;
    uint8_t buf[64];
    message = (struct message){.type = MESSAGE_GOSSIP, .update_count = 1};
    message.updates[0] = (struct update){
        .incarnation = 7,
        .state = MEMBER_SUSPECT,
        .instance = UINT64_C(0xf102030405060708),
        .addr = {.family = ADDR_V4, .ip = {192, 0, 2, 1}, .port = 7436},
        .accusation = ACCUSATION_TIMEOUT,
    };
    assert_int_equal(name_set(&message.updates[0].node, "b", 1), 0);
    assert_int_equal(name_set(&message.updates[0].by, "a", 1), 0);
    static const uint8_t bytes[] = {
        'S', 1, 6,    15, 33,                      /* gossip, an update of 33 bytes */
        1,   1, 'b',                               /* node */
        2,   1, 7,                                 /* incarnation */
        3,   1, 1,                                 /* suspect */
        4,   8, 0xf1, 2,  3,  4, 5,    6,    7, 8, /* instance */
        5,   6, 192,  0,  2,  1, 0x1d, 0x0c,       /* addr */
        7,   1, 'a',                               /* by */
        8,   1, 1,                                 /* timeout */
        0,
    };
    assert_int_equal(wire_encode(&message, buf, sizeof(buf)), sizeof(bytes));
    assert_memory_equal(buf, bytes, sizeof(bytes));
}

struct packet {
    const char *what;
    int err;
    size_t len;
    uint8_t bytes[48];
};

#define PACKET(WHAT, ERR, ...)                                                                     \
    {                                                                                              \
        WHAT, ERR, sizeof((const uint8_t[]){__VA_ARGS__}),                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct packet packets[] = {
    PACKET("a plain ping", 0, 'S', 1, 2, 1, 1, 9, 0),
    PACKET("a number in a longer form", 0, 'S', 1, 2, 1, 2, 0x40, 9, 0),
    PACKET("an unknown field before and after", 0, 'S', 1, 2, 9, 2, 0, 0, 1, 1, 9, 60, 0, 0),
    PACKET("unknown fields of one id", 0, 'S', 1, 2, 9, 0, 9, 0, 1, 1, 9, 0),
    PACKET("a field of a large id", 0, 'S', 1, 2, 1, 1, 9, 0x80, 1, 0, 0, 1, 5, 0),
    PACKET("an unknown field in an update", 0, 'S', 1, 6, 15, 6, 1, 1, 'b', 60, 1, 0, 0),
    PACKET("an unknown type", 0, 'S', 1, 63, 1, 1, 9, 0),
    PACKET("an unknown type of two bytes", 0, 'S', 1, 0x7f, 0xff, 1, 1, 9, 15, 1, 7, 0),
    PACKET("an unknown type without fields", 0, 'S', 1, 63, 0),
    PACKET("an unknown type that is no run of fields", ERR_MALFORMED, 'S', 1, 63, 1, 9, 9, 0),
    PACKET("an unknown type cut", ERR_MALFORMED, 'S', 1, 63, 1, 1, 9),
    PACKET("type 0", 0, 'S', 1, 0, 0),
    PACKET("another magic", ERR_MALFORMED, 'T', 1, 2, 1, 1, 9, 0),
    PACKET("another version", ERR_VERSION, 'S', 2, 2, 1, 1, 9, 0),
    PACKET("another version, nothing else", ERR_VERSION, 'S', 2),
    PACKET("version 0", ERR_VERSION, 'S', 0, 2, 1, 1, 9, 0),
    PACKET("no version", ERR_MALFORMED, 'S'),
    PACKET("no type", ERR_MALFORMED, 'S', 1),
    PACKET("half a type", ERR_MALFORMED, 'S', 1, 0x40),
    PACKET("no pseq", ERR_MALFORMED, 'S', 1, 2, 0),
    PACKET("pseq twice", ERR_MALFORMED, 'S', 1, 2, 1, 1, 9, 1, 1, 9, 0),
    PACKET("no end", ERR_MALFORMED, 'S', 1, 2, 1, 1, 9),
    PACKET("a byte after the end", ERR_MALFORMED, 'S', 1, 2, 1, 1, 9, 0, 7),
    PACKET("two ends", ERR_MALFORMED, 'S', 1, 2, 1, 1, 9, 0, 0),
    PACKET("an end inside", ERR_MALFORMED, 'S', 1, 2, 0, 1, 1, 9, 0),
    PACKET("a field of id 0 in an update", ERR_MALFORMED, 'S', 1, 6, 15, 5, 1, 1, 'b', 0, 0, 0),
    PACKET("a number without bytes", ERR_MALFORMED, 'S', 1, 2, 1, 0, 0),
    PACKET("a number and a byte", ERR_MALFORMED, 'S', 1, 2, 1, 2, 9, 9, 0),
    PACKET("a number cut", ERR_MALFORMED, 'S', 1, 2, 1, 1, 0x40, 0),
    PACKET("a length over the packet", ERR_MALFORMED, 'S', 1, 2, 1, 1, 9, 60, 2, 0, 0),
    PACKET("a length near 2^62", ERR_MALFORMED, 'S', 1, 2, 1, 1, 9, 60, 0xff, 0xff, 0xff, 0xff,
           0xff, 0xff, 0xff, 0xff, 0, 0),
    PACKET("the highest incarnation", 0, 'S', 1, 3, 1, 1, 9, 2, 8, 0xc0, 0x1f, 0xff, 0xff, 0xff,
           0xff, 0xff, 0xff, 0),
    PACKET("incarnation 2^53", ERR_MALFORMED, 'S', 1, 3, 1, 1, 9, 2, 8, 0xc0, 0x20, 0, 0, 0, 0, 0,
           0, 0),
    PACKET("a bool of 2", ERR_MALFORMED, 'S', 1, 9, 1, 1, 9, 2, 1, 2, 0),
    PACKET("a bool told false", 0, 'S', 1, 9, 1, 1, 9, 2, 1, 0, 0),
    PACKET("a hello", 0, 'S', 1, 1, 2, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0),
    PACKET("a hello without instance", ERR_MALFORMED, 'S', 1, 1, 1, 1, 1, 0),
    PACKET("an instance of 7 bytes", ERR_MALFORMED, 'S', 1, 1, 2, 7, 1, 2, 3, 4, 5, 6, 7, 0),
    PACKET("a hello of kind 2", ERR_MALFORMED, 'S', 1, 1, 1, 1, 2, 2, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0),
    PACKET("kind 2^32, whose low half is 0", ERR_MALFORMED, 'S', 1, 1, 1, 8, 0xc0, 0, 0, 1, 0, 0, 0,
           0, 2, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0),
    PACKET("degree over the members", ERR_MALFORMED, 'S', 1, 1, 2, 8, 1, 2, 3, 4, 5, 6, 7, 8, 8, 2,
           0x50, 1, 0),
    PACKET("a ping-req", 0, 'S', 1, 4, 1, 1, 9, 2, 1, 'b', 0),
    PACKET("a ping-req for nobody", ERR_MALFORMED, 'S', 1, 4, 1, 1, 9, 0),
    PACKET("an empty name", ERR_MALFORMED, 'S', 1, 4, 1, 1, 9, 2, 0, 0),
    PACKET("a name with a space", ERR_MALFORMED, 'S', 1, 4, 1, 1, 9, 2, 3, 'a', ' ', 'b', 0),
    PACKET("a name with NUL", ERR_MALFORMED, 'S', 1, 4, 1, 1, 9, 2, 2, 'a', 0, 0),
    PACKET("an address of 5 bytes", ERR_MALFORMED, 'S', 1, 4, 1, 1, 9, 2, 1, 'b', 3, 5, 1, 2, 3, 4,
           5, 0),
    PACKET("an address without bytes", ERR_MALFORMED, 'S', 1, 4, 1, 1, 9, 2, 1, 'b', 3, 0, 0),
    PACKET("a leave in UTF-8", 0, 'S', 1, 7, 1, 1, 9, 3, 3, 0xe2, 0x82, 0xac, 0),
    PACKET("a reason cut in a character", ERR_MALFORMED, 'S', 1, 7, 1, 1, 9, 3, 2, 0xe2, 0x82, 0),
    PACKET("a reason of two lines", ERR_MALFORMED, 'S', 1, 7, 1, 1, 9, 3, 3, 'a', '\n', 'b', 0),
    PACKET("a reason with escape", ERR_MALFORMED, 'S', 1, 7, 1, 1, 9, 3, 2, 0x1b, 'c', 0),
    PACKET("a reason with DEL", ERR_MALFORMED, 'S', 1, 7, 1, 1, 9, 3, 2, 'a', 0x7f, 0),
    PACKET("a reason with NUL", ERR_MALFORMED, 'S', 1, 7, 1, 1, 9, 3, 2, 'a', 0, 0),
    PACKET("an update without a name", ERR_MALFORMED, 'S', 1, 6, 15, 3, 2, 1, 7, 0),
    PACKET("an empty update", ERR_MALFORMED, 'S', 1, 6, 15, 0, 0),
    PACKET("an update's name twice", ERR_MALFORMED, 'S', 1, 6, 15, 6, 1, 1, 'b', 1, 1, 'b', 0),
    PACKET("an update cut", ERR_MALFORMED, 'S', 1, 6, 15, 4, 1, 1, 'b', 2, 0),
    PACKET("a state beyond left", ERR_MALFORMED, 'S', 1, 6, 15, 6, 1, 1, 'b', 3, 1, 4, 0),
    PACKET("an accusation beyond the last", ERR_MALFORMED, 'S', 1, 6, 15, 6, 1, 1, 'b', 8, 1,
           ACCUSATION_COUNT, 0),
    PACKET("tags that are none", ERR_MALFORMED, 'S', 1, 6, 15, 7, 1, 1, 'b', 6, 2, 1, 'k', 0),
    PACKET("an age beyond 2^43 ms", ERR_MALFORMED, 'S', 1, 6, 15, 13, 1, 1, 'b', 9, 8, 0xc0, 0,
           0x08, 0, 0, 0, 0, 1, 0),
};

static void test_packets_by_hand(void **state)
{
    (void)state;
    static struct message message;
    for (size_t i = 0; i < LEN(packets); i++) {
        int err = messages_decode(packets[i].bytes, packets[i].len, &message);
        if (err != packets[i].err)
            fail_msg("%s: %s", packets[i].what, err_name(err));
    }
}

static void test_unknown_types_and_fields_are_passed_over(void **state)
{
    (void)state;
    static struct message message;
    static const uint8_t later_type[] = {'S', 1, 63, 1, 1, 9, 15, 1, 7, 0};
    assert_int_equal(wire_decode(&message, later_type, sizeof(later_type)), 0);
    assert_int_equal(message.type, MESSAGE_UNKNOWN);
    assert_int_equal(message.update_count, 0);
    assert_int_equal(message_roles(message.type), 0);
    static const uint8_t later_field[] = {'S', 1, 2, 9, 2, 0, 0, 1, 1, 9, 60, 0, 0};
    assert_int_equal(wire_decode(&message, later_field, sizeof(later_field)), 0);
    assert_int_equal(message.type, MESSAGE_PING);
    assert_true(message.ping.pseq == 9);
}

static void test_a_reason_has_its_length(void **state)
{
    (void)state;
    static struct message message, back;
    uint8_t text[REASON_LEN_MAX], buf[REASON_LEN_MAX + 32];
    memset(text, 'x', sizeof(text));
    message = (struct message){.type = MESSAGE_LEAVE, .leave = {.reason = {text, sizeof(text)}}};
    size_t len = wire_encode(&message, buf, sizeof(buf));
    assert_int_equal(messages_decode(buf, len, &back), 0);
    /* One byte more: S 1 7, pseq, then id, a length of two bytes, the text. */
    assert_int_equal(buf[6], 3);
    assert_int_equal(buf[8], REASON_LEN_MAX);
    buf[8]++;
    buf[len - 1] = 'x';
    buf[len] = 0;
    assert_int_equal(messages_decode(buf, len + 1, &back), ERR_MALFORMED);
}

static void test_a_frame_is_found_when_it_is_whole(void **state)
{
    (void)state;
    static struct message message, back;
    static struct messages_arena arena;
    struct rng rng;
    rng_seed(&rng, 5);
    for (size_t updates = 0; updates < 4; updates++) {
        uint8_t buf[MESSAGE_MAX];
        const uint8_t *packet;
        size_t packet_len, used;
        messages_draw(&rng, MESSAGE_SYNC, updates, &message, &arena);
        size_t len = wire_frame(&message, buf, sizeof(buf));
        assert_int_not_equal(len, 0);
        assert_int_equal(wire_frame(&message, buf, len - 1), 0);
        assert_int_equal(wire_frame(&message, buf, len), len);
        for (size_t some = 0; some < len; some++)
            assert_int_equal(wire_unframe(buf, some, &packet, &packet_len, &used), 0);
        assert_int_equal(wire_unframe(buf, sizeof(buf), &packet, &packet_len, &used), 1);
        assert_int_equal(used, len);
        assert_ptr_equal(packet + packet_len, buf + len);
        assert_int_equal(wire_decode(&back, packet, packet_len), 0);
        messages_expect_same(&message, &back);
    }
}

static void test_a_frame_over_the_largest_message_is_refused_at_once(void **state)
{
    (void)state;
    const uint8_t *packet;
    size_t packet_len, used;
    uint8_t head[8];
    size_t n = varint_write(MESSAGE_MAX, head, sizeof(head));
    assert_int_equal(wire_unframe(head, n, &packet, &packet_len, &used), 0);
    n = varint_write(MESSAGE_MAX + 1, head, sizeof(head));
    assert_int_equal(wire_unframe(head, n, &packet, &packet_len, &used), ERR_MALFORMED);
}

static void test_nothing_larger_than_the_largest_message_is_written_or_read(void **state)
{
    (void)state;
    static struct message message, back;
    static struct tags_buffer tags;
    static uint8_t buf[2 * MESSAGE_MAX];
    char value[TAG_VALUE_MAX];
    memset(value, 'v', sizeof(value));
    for (char key = 'a'; key < 'h'; key++)
        assert_int_equal(tags_set(&tags, &key, 1, value, sizeof(value)), 0);
    memset(&message, 0, sizeof(message));
    message.type = MESSAGE_GOSSIP;
    message.update_count = 10;
    for (size_t i = 0; i < message.update_count; i++) {
        assert_int_equal(name_set(&message.updates[i].node, "n", 1), 0);
        message.updates[i].tags = tags_view(&tags);
    }
    size_t total = wire_base_size(&message) + 10 * wire_update_size(&message.updates[0]);
    assert_in_range(total, MESSAGE_MAX + 1, sizeof(buf) - 8);
    assert_int_equal(wire_encode(&message, buf, sizeof(buf)), 0);
    assert_int_equal(wire_frame(&message, buf, sizeof(buf)), 0);
    message.update_count = 1;
    size_t len = wire_encode(&message, buf, sizeof(buf));
    assert_int_equal(wire_decode(&back, buf, len), 0);
    messages_expect_same(&message, &back);
    memset(buf, 0, sizeof(buf));
    memcpy(buf, (const uint8_t[]){'S', 1, 2, 1, 1, 9, 60, 0x80, 0, 0x40, 0}, 11);
    assert_int_equal(wire_decode(&back, buf, 11 + MESSAGE_MAX + 1), ERR_MALFORMED);
}

static void test_ties_break_the_same_way_for_all(void **state)
{
    (void)state;
    struct tags_buffer one = {0}, two = {0};
    assert_int_equal(tags_set_text(&one, "role=db"), 0);
    assert_int_equal(tags_set_text(&two, "role=web"), 0);
    struct update a = {.instance = 1, .addr = {.family = ADDR_V4, .ip = {10, 0, 0, 1}, .port = 9}};
    struct update b = a;
    assert_int_equal(wire_update_compare(&a, &b), 0);
    b.instance = UINT64_MAX;
    b.addr.ip[3] = 0;
    assert_true(wire_update_compare(&a, &b) < 0); /* the instance goes first */
    assert_true(wire_update_compare(&b, &a) > 0);
    b.instance = 1;
    assert_true(wire_update_compare(&a, &b) > 0);
    b = a;
    b.addr.port = 10;
    assert_true(wire_update_compare(&a, &b) < 0);
    b = a;
    b.tags = tags_view(&one);
    assert_true(wire_update_compare(&a, &b) < 0);
    a.tags = tags_view(&two);
    assert_int_not_equal(wire_update_compare(&a, &b), 0);
    assert_true((wire_update_compare(&a, &b) < 0) == (wire_update_compare(&b, &a) > 0));
}

static void test_ties_do_not_look_at_what_tellers_say_differently(void **state)
{
    (void)state;
    struct update a = {.instance = 1}, b = a;
    b.age_ms = 5;
    b.accusation = ACCUSATION_TIMER;
    b.reason = (struct bytes){(const uint8_t *)"bye", 3};
    assert_int_equal(name_set(&b.by, "c", 1), 0);
    b.addr.scope = 2;
    assert_int_equal(wire_update_compare(&a, &b), 0);
}

static void test_rows_have_ids_of_their_own(void **state)
{
    (void)state;
    for (int type = MESSAGE_UNKNOWN; type < MESSAGE_TYPE_COUNT; type++) {
        const struct schema *schema =
            type == MESSAGE_UNKNOWN ? schema_update() : schema_message((enum message_type)type);
        uint64_t seen = UINT64_C(1) << SCHEMA_UPDATE_ID;
        for (size_t i = 0; i < schema->count; i++) {
            assert_in_range(schema->fields[i].id, 1, 63);
            assert_true((seen >> schema->fields[i].id & 1) == 0);
            seen |= UINT64_C(1) << schema->fields[i].id;
        }
    }
}

static void test_names_carriers_and_roles(void **state)
{
    (void)state;
    assert_string_equal(message_name(MESSAGE_PING_REQ), "ping-req");
    assert_string_equal(message_name(MESSAGE_LEAVE_ACK), "leave-ack");
    assert_string_equal(message_name(MESSAGE_UNKNOWN), "unknown");
    assert_int_equal(message_carrier(MESSAGE_PING), CARRIER_DATAGRAM);
    assert_int_equal(message_carrier(MESSAGE_SYNC), CARRIER_SYNC);
    assert_int_equal(message_roles(MESSAGE_PING), ROLES_ANY);
    assert_int_equal(message_roles(MESSAGE_GOSSIP), ROLES_MEMBER);
    assert_string_equal(accusation_text(ACCUSATION_QUORUM), "quorum");
    for (int type = MESSAGE_UNKNOWN + 1; type < MESSAGE_TYPE_COUNT; type++)
        assert_int_not_equal(message_roles((enum message_type)type), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_comes_back_as_it_went),
        cmocka_unit_test(test_as_many_updates_as_there_may_be),
        cmocka_unit_test(test_sizes_are_exact_and_what_does_not_fit_is_told),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_no_changed_byte_breaks_a_bound),
        cmocka_unit_test(test_the_bytes_of_a_ping),
        cmocka_unit_test(test_the_bytes_of_an_update),
        cmocka_unit_test(test_packets_by_hand),
        cmocka_unit_test(test_unknown_types_and_fields_are_passed_over),
        cmocka_unit_test(test_a_reason_has_its_length),
        cmocka_unit_test(test_a_frame_is_found_when_it_is_whole),
        cmocka_unit_test(test_a_frame_over_the_largest_message_is_refused_at_once),
        cmocka_unit_test(test_nothing_larger_than_the_largest_message_is_written_or_read),
        cmocka_unit_test(test_ties_break_the_same_way_for_all),
        cmocka_unit_test(test_ties_do_not_look_at_what_tellers_say_differently),
        cmocka_unit_test(test_rows_have_ids_of_their_own),
        cmocka_unit_test(test_names_carriers_and_roles),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
