/* Addresses as users write them and as lines show them. */
#include "base/addr.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))
#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define LABEL63 X50 X10 "xxx"

struct split_case {
    const char *text, *host;
    unsigned port;
    const char *numeric; /* the address in text form; NULL: a name */
};

static const struct split_case splits[] = {
    {"192.0.2.1:80", "192.0.2.1", 80, "192.0.2.1:80"},
    {"192.0.2.1", "192.0.2.1", 7436, "192.0.2.1:7436"},
    {"127.0.0.1:0", "127.0.0.1", 0, "127.0.0.1:0"},
    {"0.0.0.0:65535", "0.0.0.0", 65535, "0.0.0.0:65535"},
    {"[2001:db8::1]:80", "2001:db8::1", 80, "[2001:db8::1]:80"},
    {"[2001:db8::1]", "2001:db8::1", 7436, "[2001:db8::1]:7436"},
    {"2001:DB8:0::1", "2001:DB8:0::1", 7436, "[2001:db8::1]:7436"},
    {"::", "::", 7436, "[::]:7436"},
    {"[::]:7436", "::", 7436, "[::]:7436"},
    {"::1", "::1", 7436, "[::1]:7436"},
    {"2001:db8::1:80", "2001:db8::1:80", 7436, "[2001:db8::1:80]:7436"},
    {"[::ffff:192.0.2.1]:9", "::ffff:192.0.2.1", 9, "192.0.2.1:9"},
    {"[fe80::1%3]:9", "fe80::1%3", 9, "[fe80::1%3]:9"},
    {"fe80::1%lo", "fe80::1%lo", 7436, "[fe80::1%1]:7436"},
    {"1111:2222:3333:4444:5555:6666:7777:8888", "1111:2222:3333:4444:5555:6666:7777:8888", 7436,
     "[1111:2222:3333:4444:5555:6666:7777:8888]:7436"},
    {"localhost", "localhost", 7436, NULL},
    {"localhost:007", "localhost", 7, NULL},
    {"node-1.example.com:99", "node-1.example.com", 99, NULL},
    {"example.com.", "example.com.", 7436, NULL},
    {"my_host", "my_host", 7436, NULL},
    {"1.example", "1.example", 7436, NULL},
    {"192.0.2.1a", "192.0.2.1a", 7436, NULL},
    {LABEL63 ".a", LABEL63 ".a", 7436, NULL},
    {LABEL63 "." LABEL63 "." LABEL63 "." X50 X10 "x",
     LABEL63 "." LABEL63 "." LABEL63 "." X50 X10 "x", 7436, NULL},
};

static const char *const refused[] = {
    "",
    ":",
    ":80",
    "host:",
    "host:a",
    "host:80a",
    "host:-1",
    "host:+1",
    "host: 80",
    "host:65536",
    "host:000080",
    "host:80:80",
    "[::1",
    "[::1]80",
    "[::1]:",
    "[::1]:x",
    "[]",
    "[]:80",
    "[127.0.0.1]:80",
    "[host]:80",
    "::1]",
    ":::",
    "1:2:3",
    "2001:db8::g",
    "192.0.2.256",
    "192.0.2",
    "1.2.3.4.5",
    "7436",
    "192.0.2.01",
    "host..com",
    ".host",
    ".",
    "-host",
    "host-",
    "a b",
    " host",
    "host ",
    "host\n",
    "ho/st",
    "a@b",
    "h\xc3\xb6st",
    "fe80::1%",
    "[fe80::1%]:1",
    "2001:db8::1%1",
    "::1%lo",
    "fe80::1%interface-name-too-long",
    LABEL63 "x",
    LABEL63 "." LABEL63 "." LABEL63 "." X50 X10 "xx",
};

static void what_is_written_is_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(splits); i++) {
        const struct split_case *c = &splits[i];
        char text[ADDR_TEXT_SIZE];
        struct hostport hostport;
        struct addr addr, again;

        if (addr_split(c->text, PORT_DEFAULT, &hostport) != 0)
            fail_msg("'%s' is refused", c->text);
        assert_string_equal(hostport.host, c->host);
        assert_int_equal(hostport.port, c->port);
        assert_int_equal(addr_parse(c->text, PORT_DEFAULT, &addr), c->numeric ? 0 : ERR_RESOLVE);
        assert_string_equal(addr_format(&addr, text), c->numeric ? c->numeric : "-");
        if (c->numeric == NULL)
            continue;
        assert_int_equal(addr_parse(text, 0, &again), 0);
        assert_memory_equal(&again, &addr, sizeof(addr));
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const struct hostport nothing;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct hostport hostport;
        struct addr addr;

        memset(&hostport, 'z', sizeof(hostport));
        memset(&addr, 'z', sizeof(addr));
        if (addr_split(refused[i], PORT_DEFAULT, &hostport) != ERR_USAGE)
            fail_msg("'%s' is taken", refused[i]);
        assert_memory_equal(&hostport, &nothing, sizeof(nothing));
        assert_int_equal(addr_parse(refused[i], PORT_DEFAULT, &addr), ERR_USAGE);
        assert_true(addr_is_none(&addr));
    }
}

static void an_unknown_scope_does_not_resolve(void **state)
{
    struct addr addr;

    (void)state;
    assert_int_equal(addr_parse("fe80::1%nosuchif", 1, &addr), ERR_RESOLVE);
    assert_int_equal(addr_parse("fe80::1%0", 1, &addr), ERR_RESOLVE);
    assert_int_equal(addr_parse("fe80::1%4294967296", 1, &addr), ERR_RESOLVE);
    assert_true(addr_is_none(&addr));
    assert_int_equal(addr_parse("fe80::1%4294967295", 1, &addr), 0);
    assert_true(addr.scope == UINT32_MAX);
}

static struct addr addr_of(const char *text)
{
    struct addr addr;

    assert_int_equal(addr_parse(text, PORT_DEFAULT, &addr), 0);
    return addr;
}

struct kind_case {
    const char *text;
    bool wildcard, loopback;
};

static const struct kind_case kinds[] = {
    {"0.0.0.0", true, false},
    {"::", true, false},
    {"127.0.0.1", false, true},
    {"127.9.9.9", false, true},
    {"::1", false, true},
    {"126.255.255.255", false, false},
    {"128.0.0.1", false, false},
    {"2001:db8::1", false, false},
    {"::2", false, false},
    {"0.0.0.1", false, false},
    {"::ffff:127.0.0.1", false, true},
};

static void wildcards_and_loopbacks_are_known(void **state)
{
    struct addr none = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct addr addr = addr_of(kinds[i].text);

        if (addr_is_wildcard(&addr) != kinds[i].wildcard)
            fail_msg("wildcard: %s", kinds[i].text);
        if (addr_is_loopback(&addr) != kinds[i].loopback)
            fail_msg("loopback: %s", kinds[i].text);
        assert_false(addr_is_none(&addr));
    }
    assert_true(addr_is_none(&none));
    assert_false(addr_is_wildcard(&none));
    assert_false(addr_is_loopback(&none));
}

/* In order. */
static const char *const ordered[] = {
    "0.0.0.0:1", "127.0.0.1:1", "127.0.0.1:2",     "127.0.0.1:256",   "127.0.0.2:1",
    "[::]:1",    "[::1]:1",     "[2001:db8::1]:1", "[2001:db8::1]:2",
};

static void addresses_are_ordered(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ordered); i++) {
        for (size_t j = 0; j < COUNT_OF(ordered); j++) {
            struct addr a = addr_of(ordered[i]), b = addr_of(ordered[j]);
            int order = addr_compare(&a, &b);

            assert_int_equal(order < 0, i < j);
            assert_int_equal(order > 0, i > j);
            assert_int_equal(addr_equal(&a, &b), i == j);
            assert_int_equal(addr_hash(&a) == addr_hash(&b), i == j);
        }
    }
}

static void the_scope_is_no_part_of_the_identity(void **state)
{
    struct addr a = addr_of("fe80::1%1"), b = addr_of("fe80::1");

    (void)state;
    assert_true(a.scope == 1 && b.scope == 0);
    assert_true(addr_equal(&a, &b));
    assert_true(addr_hash(&a) == addr_hash(&b));
}

static void bytes_behind_an_ipv4_address_do_not_count(void **state)
{
    struct addr a = addr_of("127.0.0.1"), b = a;

    (void)state;
    b.ip[15] = 9;
    assert_true(addr_equal(&a, &b));
    assert_true(addr_hash(&a) == addr_hash(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_split),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(an_unknown_scope_does_not_resolve),
        cmocka_unit_test(wildcards_and_loopbacks_are_known),
        cmocka_unit_test(addresses_are_ordered),
        cmocka_unit_test(the_scope_is_no_part_of_the_identity),
        cmocka_unit_test(bytes_behind_an_ipv4_address_do_not_count),
    };

    return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
