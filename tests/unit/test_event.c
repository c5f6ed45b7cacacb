/* Events become records by the lists of keys. */
#include "base/err.h"
#include "base/event.h"
#include "base/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define EPOCH "1970-01-01T00:00:00.000000Z "

static struct name name_of(const char *text)
{
    struct name name;

    assert_int_equal(name_set(&name, text, strlen(text)), 0);
    return name;
}

static struct addr addr_of(const char *text)
{
    struct addr addr;

    assert_int_equal(addr_parse(text, PORT_DEFAULT, &addr), 0);
    return addr;
}

static void assert_line(const struct event *event, uint64_t seq, const char *expected)
{
    char line[LINE_MAX_BYTES + 1];
    struct record record;
    size_t len;

    event_to_record(event, seq, 0, &record);
    len = line_format(&record, line, sizeof(line));
    assert_int_not_equal(len, 0);
    line[len - 1] = '\0';
    assert_string_equal(line, expected);
}

static void keys_stand_in_their_order(void **state)
{
    struct tags_buffer tags = {.len = 0};
    struct event event;

    (void)state;
    assert_int_equal(tags_set_text(&tags, "role=web server"), 0);
    assert_int_equal(tags_set_text(&tags, "az=7"), 0);
    event_init(&event, EVENT_MEMBER_JOIN);
    event.node = name_of("b");
    event.addr = addr_of("127.0.0.1:41233");
    event.inc = 3;
    event.tags = tags_view(&tags);
    assert_line(&event, 12,
                EPOCH "member-join seq=12 node=b addr=127.0.0.1:41233 inc=3 tag.az=\"7\" "
                      "tag.role=\"web\\u0020server\"");
}

static void what_is_absent_is_a_dash_or_left_out(void **state)
{
    struct event event;

    (void)state;
    event_init(&event, EVENT_MEMBER_SUSPECT);
    assert_line(&event, EVENT_ABSENT, EPOCH "member-suspect node=- addr=- inc=- by=- reason=-");
    event.votes = "3/4";
    event.by = name_of("a");
    event.reason = "timeout";
    event.inc = 0;
    assert_line(&event, 0,
                EPOCH "member-suspect seq=0 node=- addr=- inc=0 by=a reason=timeout votes=3/4");
    event_init(&event, EVENT_SHUTDOWN);
    event.node = name_of("a");
    event.phase = "leave";
    event.rc = "ok";
    event.elapsed_ns = 1234567;
    assert_line(&event, 1, EPOCH "shutdown seq=1 node=a phase=leave rc=ok elapsed_ms=1.235");
    event.confirmed = 2;
    assert_line(&event, 1,
                EPOCH "shutdown seq=1 node=a phase=leave rc=ok elapsed_ms=1.235 confirmed=2");
    event_init(&event, EVENT_MEMBER_UPDATE);
    assert_line(&event, 1, EPOCH "member-update seq=1 node=- addr=- inc=-");
    event_init(&event, EVENT_PROBE);
    assert_line(&event, 1, EPOCH "probe seq=1 node=- addr=- inc=- pseq=- via=- rtt_ms=- rc=-");
}

static void the_first_line_of_a_node_says_where_it_listens(void **state)
{
    struct event event;

    (void)state;
    event_init(&event, EVENT_LISTENING);
    event.node = name_of("a");
    event.addr = addr_of("[::]:7436");
    event.pid = 4242;
    event.fmt = 1;
    event.advertise = addr_of("192.0.2.1:7436");
    assert_line(&event, 1,
                EPOCH "listening seq=1 node=a addr=[::]:7436 pid=4242 fmt=1 "
                      "advertise=192.0.2.1:7436");
}

static void every_event_has_its_name_and_keys(void **state)
{
    enum event_key keys[EVENT_KEYS_MAX];
    enum event_kind found;

    (void)state;
    for (enum event_kind kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        const char *name = event_name(kind);
        size_t count = event_keys(kind, keys);
        struct record record;
        struct event event;

        assert_true(event_parse(name, strlen(name), &found));
        assert_int_equal(found, kind);
        assert_in_range(count, 1, EVENT_KEYS_MAX);
        event_init(&event, kind);
        event_to_record(&event, 1, 0, &record);
        assert_string_equal(record.event, name);
        assert_string_equal(record.fields[0].key, "seq");
        for (size_t i = 1; i < record.count; i++)
            assert_int_equal(record.fields[i].kind, RECORD_ABSENT);
        for (size_t i = 0, at = 1; i < count && at < record.count; i++) {
            if (strcmp(event_key_name(keys[i]), record.fields[at].key) == 0)
                at++;
            if (i + 1 == count)
                assert_int_equal(at, record.count);
        }
    }
    assert_false(event_parse("member", 6, &found));
    assert_false(event_parse("member-joined", 13, &found));
    assert_false(event_parse("", 0, &found));
    assert_int_equal(event_keys(EVENT_LISTENING, keys), 5);
    assert_int_equal(keys[4], KEY_ADVERTISE);
    assert_string_equal(event_key_name(KEY_TAGS), "tag");
}

static void the_largest_event_fits_in_a_line(void **state)
{
    static char reason[REASON_LEN_MAX + 1];
    struct tags_buffer tags = {.len = 0};
    char line[LINE_MAX_BYTES + 1], key[4] = "k00", value[64];
    struct record record;
    struct event event;

    (void)state;
    memset(value, ' ', sizeof(value)); /* six bytes each in a line */
    for (int i = 0; i < TAG_COUNT_MAX; i++) {
        key[1] = (char)('0' + i / 10);
        key[2] = (char)('0' + i % 10);
        assert_int_equal(tags_set(&tags, key, 3, value, 61), 0);
    }
    assert_int_equal(tags_set(&tags, "one-too-many", 12, "", 0), ERR_LIMIT);
    event_init(&event, EVENT_MEMBER_JOIN);
    event.tags = tags_view(&tags);
    event.inc = INCARNATION_MAX;
    event_to_record(&event, INCARNATION_MAX, 0, &record);
    assert_int_not_equal(line_format(&record, line, sizeof(line)), 0);
    memset(reason, ' ', REASON_LEN_MAX);
    event_init(&event, EVENT_MEMBER_LEAVE);
    event.reason = reason;
    event_to_record(&event, 1, 0, &record);
    assert_int_not_equal(line_format(&record, line, sizeof(line)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_stand_in_their_order),
        cmocka_unit_test(what_is_absent_is_a_dash_or_left_out),
        cmocka_unit_test(the_first_line_of_a_node_says_where_it_listens),
        cmocka_unit_test(every_event_has_its_name_and_keys),
        cmocka_unit_test(the_largest_event_fits_in_a_line),
    };

    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
