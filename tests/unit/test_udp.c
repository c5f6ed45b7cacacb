#include "quic/udp.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define WAIT_MS 2000

static struct addr address(const char *text)
{
    struct addr addr;
    assert_int_equal(addr_parse(text, 0, &addr), 0);
    return addr;
}

static void open_at(struct udp *udp, const char *text)
{
    struct addr addr = address(text);
    struct why why = {{0}};
    int rc = udp_open(udp, &addr, &why);
    if (rc != 0)
        fail_msg("%s", why.text);
    assert_int_not_equal(udp->bound.port, 0);
}

static long receive(struct udp *udp, struct addr *local, struct addr *remote, uint8_t *buf,
                    size_t size)
{
    struct pollfd wait = {.fd = udp->fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
    return udp_receive(udp, local, remote, buf, size);
}

static struct addr with_port(const char *text, uint16_t port)
{
    struct addr addr = address(text);
    addr.port = port;
    return addr;
}

/* From `from` to `to` at `target`, and back the way it came. */
static void check_exchange(const char *from, const char *to, const char *target)
{
    struct udp a, b;
    struct addr local, remote;
    uint8_t buf[64];
    open_at(&a, from);
    open_at(&b, to);
    struct addr there = with_port(target, b.bound.port);
    assert_true(udp_send(&a, NULL, &there, (const uint8_t *)"hello", 5));
    assert_int_equal(receive(&b, &local, &remote, buf, sizeof(buf)), 5);
    assert_memory_equal(buf, "hello", 5);
    assert_true(addr_equal(&local, &there)); /* which of our addresses was meant */
    assert_int_equal(remote.family, there.family);
    assert_int_equal(remote.port, a.bound.port);
    assert_true(udp_send(&b, &local, &remote, (const uint8_t *)"", 0));
    assert_int_equal(receive(&a, &local, &remote, buf, sizeof(buf)), 0);
    assert_true(addr_equal(&remote, &there)); /* the answer left from that address */
    assert_int_equal(udp_receive(&a, &local, &remote, buf, sizeof(buf)), -1);
    udp_close(&a);
    udp_close(&b);
}

static void test_ipv4(void **state)
{
    (void)state;
    check_exchange("127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0");
}

static void test_ipv4_wildcard_answers_from_the_address_asked(void **state)
{
    (void)state;
    check_exchange("127.0.0.1:0", "0.0.0.0:0", "127.0.0.77:0");
}

static void test_ipv6(void **state)
{
    (void)state;
    check_exchange("[::1]:0", "[::1]:0", "[::1]:0");
    check_exchange("[::1]:0", "[::]:0", "[::1]:0");
}

static void test_ipv6_wildcard_takes_ipv4_as_ipv4(void **state)
{
    (void)state;
    check_exchange("127.0.0.1:0", "[::]:0", "127.0.0.1:0");
    check_exchange("127.0.0.1:0", "[::]:0", "127.0.0.78:0");
    check_exchange("[::]:0", "127.0.0.1:0", "127.0.0.1:0");
}

static void test_a_taken_port_and_an_address_of_nobody(void **state)
{
    (void)state;
    struct udp first, second;
    struct why why = {{0}};
    open_at(&first, "127.0.0.1:0");
    assert_int_equal(udp_open(&second, &first.bound, &why), ERR_IN_USE);
    assert_non_null(strstr(why.text, "127.0.0.1:"));
    assert_int_equal(second.fd, -1);
    udp_close(&second);
    struct addr foreign = address("192.0.2.1:0");
    assert_int_equal(udp_open(&second, &foreign, &why), ERR_SYSTEM);
    udp_close(&first);
}

/* Who has nobody behind its port is named, and the next packets to others are not harmed. */
static void check_refused(const char *here, const char *there)
{
    struct udp gone, us, other;
    struct addr refused, local, remote;
    uint8_t buf[8];
    open_at(&gone, there);
    open_at(&other, there);
    open_at(&us, here);
    struct addr target = with_port(there, gone.bound.port);
    udp_close(&gone);
    assert_false(udp_next_refused(&us, &refused));
    assert_true(udp_send(&us, NULL, &target, (const uint8_t *)"x", 1));
    struct pollfd wait = {.fd = us.fd, .events = 0};
    assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
    assert_true((wait.revents & POLLERR) != 0);
    struct addr living = with_port(there, other.bound.port);
    assert_true(udp_send(&us, NULL, &living, (const uint8_t *)"y", 1));
    assert_int_equal(receive(&other, &local, &remote, buf, sizeof(buf)), 1);
    assert_int_equal(udp_receive(&us, &local, &remote, buf, sizeof(buf)), -1);
    assert_true(udp_next_refused(&us, &refused));
    assert_true(addr_equal(&refused, &target));
    assert_false(udp_next_refused(&us, &refused));
    udp_close(&us);
    udp_close(&other);
}

static void test_icmp_names_the_refusing_peer(void **state)
{
    (void)state;
    check_refused("127.0.0.1:0", "127.0.0.1:0");
    check_refused("[::1]:0", "[::1]:0");
    check_refused("[::]:0", "127.0.0.1:0");
    check_refused("[::]:0", "[::1]:0");
}

static void test_what_the_kernel_does_not_take_is_a_lost_packet(void **state)
{
    (void)state;
    static const uint8_t data[70000];
    struct udp udp;
    open_at(&udp, "127.0.0.1:0");
    struct addr v6 = address("[::1]:9");
    assert_false(udp_send(&udp, NULL, &v6, data, 1));
    assert_false(udp_send(&udp, NULL, &udp.bound, data, sizeof(data)));
    udp_close(&udp);
    udp_close(&udp); /* again: nothing */
}

static void test_the_local_address_towards_a_peer(void **state)
{
    (void)state;
    struct udp udp;
    struct addr local;
    open_at(&udp, "0.0.0.0:0");
    struct addr peer = address("127.0.0.1:9");
    struct addr expected = with_port("127.0.0.1", udp.bound.port);
    assert_true(udp_local_towards(&udp, &peer, &local));
    assert_true(addr_equal(&local, &expected));
    udp_close(&udp);
}

/* A turn ends, so that other work is not kept waiting; nothing is lost by that. */
static void test_a_turn_of_receiving_ends(void **state)
{
    (void)state;
    struct udp a, b;
    struct addr local, remote;
    uint8_t buf[64];
    open_at(&a, "127.0.0.1:0");
    open_at(&b, "127.0.0.1:0");
    for (unsigned i = 0; i < UDP_TURN_MAX + 10; i++) {
        const uint8_t number = (uint8_t)i;
        assert_true(udp_send(&a, NULL, &b.bound, &number, 1));
    }
    for (unsigned i = 0; i < UDP_TURN_MAX; i++) {
        assert_int_equal(udp_receive(&b, &local, &remote, buf, sizeof(buf)), 1);
        assert_int_equal(buf[0], i);
    }
    assert_int_equal(udp_receive(&b, &local, &remote, buf, sizeof(buf)), -1);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(udp_receive(&b, &local, &remote, buf, sizeof(buf)), 1);
        assert_int_equal(buf[0], UDP_TURN_MAX + i);
    }
    assert_int_equal(udp_receive(&b, &local, &remote, buf, sizeof(buf)), -1);
    udp_close(&a);
    udp_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv4),
        cmocka_unit_test(test_ipv4_wildcard_answers_from_the_address_asked),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_ipv6_wildcard_takes_ipv4_as_ipv4),
        cmocka_unit_test(test_a_taken_port_and_an_address_of_nobody),
        cmocka_unit_test(test_icmp_names_the_refusing_peer),
        cmocka_unit_test(test_what_the_kernel_does_not_take_is_a_lost_packet),
        cmocka_unit_test(test_the_local_address_towards_a_peer),
        cmocka_unit_test(test_a_turn_of_receiving_ends),
    };
    return cmocka_run_group_tests_name("udp", tests, NULL, NULL);
}
