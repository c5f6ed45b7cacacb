#include "link/resolve.h"

#include "base/duration.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct hostport target(const char *host, uint16_t port)
{
    struct hostport hostport = {.port = port};
    snprintf(hostport.host, sizeof hostport.host, "%s", host);
    return hostport;
}

static void a_numeric_host_is_there_at_once(void **state)
{
    (void)state;
    struct hostport hostport = target("192.0.2.1", 7);
    struct addr addrs[RESOLVE_MAX];
    char text[ADDR_TEXT_SIZE];
    struct resolve *resolve = resolve_new(&hostport, ADDR_NONE);
    assert_non_null(resolve);
    struct pollfd fd = {.fd = resolve_fd(resolve), .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 0), 1);
    assert_int_equal(resolve_take(resolve, addrs, NULL), 1);
    assert_string_equal(addr_format(&addrs[0], text), "192.0.2.1:7");
    resolve_free(resolve);
}

static void the_other_family_is_no_answer(void **state)
{
    (void)state;
    struct hostport hostport = target("::1", 7);
    struct addr addrs[RESOLVE_MAX];
    struct why why = {{0}};
    assert_int_equal(resolve_wait(&hostport, ADDR_V4, NS_PER_S, addrs, &why), ERR_RESOLVE);
    assert_non_null(strstr(why.text, "::1"));
    assert_int_equal(resolve_wait(&hostport, ADDR_V6, NS_PER_S, addrs, &why), 1);
}

static void a_name_comes_with_its_port(void **state)
{
    (void)state;
    struct hostport hostport = target("localhost", 7436);
    struct addr addrs[RESOLVE_MAX];
    int count = resolve_wait(&hostport, ADDR_NONE, 10 * NS_PER_S, addrs, NULL);
    assert_true(count >= 1);
    for (int i = 0; i < count; i++) {
        assert_true(addr_is_loopback(&addrs[i]));
        assert_int_equal(addrs[i].port, 7436);
        for (int j = 0; j < i; j++)
            assert_false(addr_equal(&addrs[i], &addrs[j]));
    }
    count = resolve_wait(&hostport, ADDR_V4, 10 * NS_PER_S, addrs, NULL);
    assert_true(count >= 1);
    assert_int_equal(addrs[0].family, ADDR_V4);
}

/* A label over 63 bytes is no name for any resolver (RFC 1035 section 2.3.4), nor for the network.
 */
static void a_name_that_can_not_be_says_why(void **state)
{
    (void)state;
    struct hostport hostport =
        target("a123456789012345678901234567890123456789012345678901234567890123456789.invalid", 1);
    struct addr addrs[RESOLVE_MAX];
    struct why why = {{0}};
    assert_int_equal(resolve_wait(&hostport, ADDR_NONE, 10 * NS_PER_S, addrs, &why), ERR_RESOLVE);
    assert_non_null(strstr(why.text, ".invalid: "));
}

static void an_asker_may_lose_interest(void **state)
{
    (void)state;
    struct hostport hostport = target("localhost", 1);
    struct addr addrs[RESOLVE_MAX];
    for (int i = 0; i < 50; i++) {
        struct resolve *resolve = resolve_new(&hostport, ADDR_NONE);
        assert_non_null(resolve);
        int rc = resolve_take(resolve, addrs, NULL);
        assert_true(rc == ERR_NOT_NOW || rc >= 1);
        resolve_free(resolve);
    }
    assert_true(resolve_wait(&hostport, ADDR_NONE, NEVER, addrs, NULL) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_numeric_host_is_there_at_once),
        cmocka_unit_test(the_other_family_is_no_answer),
        cmocka_unit_test(a_name_comes_with_its_port),
        cmocka_unit_test(a_name_that_can_not_be_says_why),
        cmocka_unit_test(an_asker_may_lose_interest),
    };
    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
