/* How swim-quic-echo damages its answers: always so that it shows, by the seed. */
#include "cmd/swim-quic-echo/damage.c"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static size_t make_ack(uint8_t *packet, size_t size)
{
    const struct message ack = {.type = MESSAGE_ACK, .ack = {.pseq = 1, .incarnation = 1}};
    size_t len = wire_encode(&ack, packet, size);
    assert_true(len > 0);
    return len;
}

static void a_corrupt_packet_differs_in_one_byte_and_is_refused(void **state)
{
    (void)state;
    uint8_t whole[64], packet[64];
    size_t len = make_ack(whole, sizeof(whole));
    bool differ[64] = {false};
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct rng rng;
        struct message message;
        size_t changed = 0;
        rng_seed(&rng, seed);
        memcpy(packet, whole, len);
        damage_apply(DAMAGE_CORRUPT, &rng, packet, len);
        for (size_t i = 0; i < len; i++) {
            if (packet[i] != whole[i]) {
                differ[i] = true;
                changed++;
            }
        }
        assert_int_equal(changed, 1);
        assert_true(wire_decode(&message, packet, len) < 0);
    }
    size_t places = 0;
    for (size_t i = 0; i < len; i++)
        places += differ[i];
    assert_true(places > 1); /* the seed chooses */
}

static void garbage_is_as_long_and_is_refused(void **state)
{
    (void)state;
    uint8_t packet[64];
    size_t len = make_ack(packet, sizeof(packet));
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct rng rng;
        struct message message;
        rng_seed(&rng, seed);
        damage_apply(DAMAGE_GARBAGE, &rng, packet, len);
        assert_int_equal(wire_decode(&message, packet, len), ERR_MALFORMED);
    }
}

static void no_damage_changes_nothing(void **state)
{
    (void)state;
    uint8_t whole[64], packet[64];
    struct rng rng;
    size_t len = make_ack(whole, sizeof(whole));
    memcpy(packet, whole, len);
    rng_seed(&rng, 1);
    damage_apply(DAMAGE_NONE, &rng, packet, len);
    assert_memory_equal(packet, whole, len);
    assert_null(damage_text(DAMAGE_NONE));
    assert_string_equal(damage_text(DAMAGE_CORRUPT), "corrupt");
    assert_string_equal(damage_text(DAMAGE_GARBAGE), "garbage");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_corrupt_packet_differs_in_one_byte_and_is_refused),
        cmocka_unit_test(garbage_is_as_long_and_is_refused),
        cmocka_unit_test(no_damage_changes_nothing),
    };
    return cmocka_run_group_tests_name("echo_damage", tests, NULL, NULL);
}
