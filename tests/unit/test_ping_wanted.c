/* What swim-ping takes for a target, and which members it means by it. */
#include "cmd/swim-ping/list_file.c"
#include "cmd/swim-ping/wanted.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

static struct wanted parsed(const char *text)
{
    struct wanted wanted;
    struct why why = {0};
    if (wanted_parse(text, ADDR_NONE, &wanted, &why) != 0)
        fail_msg("'%s' was refused: %s", text, why.text);
    return wanted;
}

static void each_form_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum wanted_kind kind;
        const char *name, *host;
        uint16_t port;
    } table[] = {
        {"127.0.0.1:99", WANTED_ADDR, "", "127.0.0.1", 99},
        {"10.0.0.1", WANTED_ADDR, "", "10.0.0.1", PORT_DEFAULT},
        {"[::1]:5", WANTED_ADDR, "", "::1", 5},
        {"::1", WANTED_ADDR, "", "::1", PORT_DEFAULT},
        {"db.example:5", WANTED_ADDR, "", "db.example", 5},
        {"b@db.example", WANTED_ADDR, "b", "db.example", PORT_DEFAULT},
        {"web-1.x", WANTED_NAME, "web-1.x", "", 0},
        {"@all", WANTED_ALL, "", "", 0},
        {"@role=", WANTED_TAG, "", "", 0},
        {"@role=web=x", WANTED_TAG, "", "", 0},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct wanted wanted = parsed(table[i].text);
        assert_int_equal(wanted.kind, table[i].kind);
        assert_string_equal(wanted.name.text, table[i].name);
        assert_string_equal(wanted.hostport.host, table[i].host);
        assert_int_equal(wanted.hostport.port, table[i].port);
        assert_int_equal(wanted_is_asked(&wanted), table[i].kind != WANTED_ADDR);
        assert_int_equal(wanted_is_many(&wanted), table[i].text[0] == '@');
    }
}

static void what_is_no_target_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     ":1", "a:0",    "a:x",   "@",  "@al", "@=x",
                                      "@R=x", "b@", "@b@x:1", "a b@x", "-x", "a/b"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct wanted wanted;
        struct why why = {0};
        if (wanted_parse(bad[i], ADDR_NONE, &wanted, &why) != ERR_USAGE)
            fail_msg("'%s' was taken", bad[i]);
        assert_string_not_equal(why.text, "");
    }
    char text[POOL_KEY_SIZE + 1];
    struct wanted wanted;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(wanted_parse(text, ADDR_NONE, &wanted, NULL), ERR_USAGE);
}

static void a_numeric_host_must_be_of_the_family(void **state)
{
    (void)state;
    struct wanted wanted;
    assert_int_equal(wanted_parse("127.0.0.1:1", ADDR_V4, &wanted, NULL), 0);
    assert_int_equal(wanted_parse("127.0.0.1:1", ADDR_V6, &wanted, NULL), ERR_USAGE);
    assert_int_equal(wanted_parse("b@[::1]:1", ADDR_V4, &wanted, NULL), ERR_USAGE);
    assert_int_equal(wanted_parse("[::1]:1", ADDR_V6, &wanted, NULL), 0);
    assert_int_equal(wanted_parse("db.example:1", ADDR_V6, &wanted, NULL), 0); /* may have both */
}

static void take(struct wanted *wanted, const char *node, const char *state, const char *role)
{
    static struct record record;
    record_init(&record, "member", 0);
    record_add_text(&record, "state", state);
    record_add_text(&record, "node", node);
    record_add_text(&record, "addr", "127.0.0.1:7");
    record_add_text(&record, "tag.role", role);
    assert_int_equal(wanted_take(wanted, &record), 0);
}

/* Which of four members, as a string of their names. */
static const char *meant(const char *text)
{
    static char names[8];
    struct wanted wanted = parsed(text);
    take(&wanted, "a", "alive", "web");
    take(&wanted, "b", "suspect", "db");
    take(&wanted, "c", "dead", "web");
    take(&wanted, "d", "left", "web");
    for (size_t i = 0; i < wanted.found_count; i++)
        names[i] = wanted.found[i].name.text[0];
    names[wanted.found_count] = '\0';
    wanted_release(&wanted);
    return names;
}

static void members_are_meant_by_name_or_tag(void **state)
{
    (void)state;
    assert_string_equal(meant("@all"), "abc"); /* who left is no loss */
    assert_string_equal(meant("@role=web"), "ac");
    assert_string_equal(meant("@role=we"), "");
    assert_string_equal(meant("@rol=web"), "");
    assert_string_equal(meant("b"), "b");
    assert_string_equal(meant("d"), "d");
    assert_string_equal(meant("e"), "");
}

static void a_record_without_a_name_is_malformed(void **state)
{
    (void)state;
    static struct record record;
    struct wanted wanted = parsed("@all");
    record_init(&record, "member", 0);
    assert_int_equal(wanted_take(&wanted, &record), ERR_MALFORMED);
    record_add_text(&record, "node", "a");
    record_add_text(&record, "addr", "nowhere");
    assert_int_equal(wanted_take(&wanted, &record), ERR_MALFORMED);
}

/* Files. */

struct taken {
    char text[256];
};

static int add(void *user, const char *text, struct why *why)
{
    struct taken *taken = user;
    if (strcmp(text, "bad") == 0)
        return why_set(why, ERR_USAGE, "bad indeed");
    strcat(taken->text, "<");
    strcat(taken->text, text);
    strcat(taken->text, ">");
    return 0;
}

static int read_text(const char *text, size_t len, struct taken *taken, struct why *why)
{
    char path[] = "/tmp/ping-list-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    (void)close(fd);
    *taken = (struct taken){""};
    int err = list_file_read(path, add, taken, why);
    (void)unlink(path);
    return err;
}

static void lines_of_all_kinds_are_read(void **state)
{
    (void)state;
    static const char text[] = "# all\r\n\n a:1 \r\n\t\nb#c # said\n#x\n  @all";
    struct taken taken;
    assert_int_equal(read_text(text, sizeof(text) - 1, &taken, NULL), 0);
    assert_string_equal(taken.text, "<a:1><b#c><@all>");
    assert_int_equal(read_text("", 0, &taken, NULL), 0);
    assert_string_equal(taken.text, "");
}

static void a_bad_line_is_named_by_its_number(void **state)
{
    (void)state;
    static const char nul[] = "a\nb\0c\n";
    struct taken taken;
    struct why why = {0};
    assert_int_equal(read_text("a\n\nbad\n", 7, &taken, &why), ERR_USAGE);
    assert_non_null(strstr(why.text, ": line 3: bad indeed"));
    assert_int_equal(read_text("a\nb c\n", 6, &taken, &why), ERR_USAGE);
    assert_non_null(strstr(why.text, ": line 2: "));
    assert_int_equal(read_text(nul, sizeof(nul) - 1, &taken, &why), ERR_USAGE);
    assert_non_null(strstr(why.text, ": line 2: "));
    assert_int_equal(list_file_read("/nowhere/at/all", add, &taken, &why), ERR_USAGE);
    assert_non_null(strstr(why.text, "/nowhere/at/all"));
    assert_int_equal(list_file_read("/", add, &taken, &why), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_known),
        cmocka_unit_test(what_is_no_target_is_refused),
        cmocka_unit_test(a_numeric_host_must_be_of_the_family),
        cmocka_unit_test(members_are_meant_by_name_or_tag),
        cmocka_unit_test(a_record_without_a_name_is_malformed),
        cmocka_unit_test(lines_of_all_kinds_are_read),
        cmocka_unit_test(a_bad_line_is_named_by_its_number),
    };
    return cmocka_run_group_tests_name("ping_wanted", tests, NULL, NULL);
}
