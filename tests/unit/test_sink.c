/* Where a node's events go: a reader that does not read, one that goes, a file. The pipes are FIFOs
 * in a folder of the test's own. */
#include "cmd/swim-node/sink.c"

#include "base/event.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>

#include <cmocka.h>

struct place {
    char folder[200], path[220];
    int reader; /* of the FIFO; -1: none */
    struct sink sink;
};

static int setup(void **state)
{
    static struct place place;
    place = (struct place){.reader = -1};
    const char *temporary = getenv("TMPDIR");
    snprintf(place.folder, sizeof place.folder, "%s/sink-XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(place.folder) == NULL)
        return -1;
    snprintf(place.path, sizeof place.path, "%s/out", place.folder);
    *state = &place;
    return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    if (place->reader >= 0)
        close(place->reader);
    unlink(place->path);
    return rmdir(place->folder);
}

static void open_fifo(struct place *place)
{
    assert_int_equal(mkfifo(place->path, 0600), 0);
    place->reader = open(place->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(place->reader >= 0);
    assert_int_equal(sink_open(&place->sink, place->path, FORMAT_LINE, NULL), 0);
}

static int tell(struct place *place, uint64_t seq)
{
    struct record record;
    struct event event;
    event_init(&event, EVENT_LOG);
    event.level = "info";
    event.text = "somebody has something to say";
    event_to_record(&event, seq, wall_now_ns(), &record);
    return sink_take(&place->sink, &record);
}

/* All that the sink has to give now, the last byte NUL. */
static char *read_all(struct place *place)
{
    size_t size = BUFFER_SIZE + 256 * 1024, len = 0;
    char *text = malloc(size);
    assert_non_null(text);
    for (;;) {
        ssize_t n = read(place->reader, text + len, size - len - 1);
        if (n > 0)
            len += (size_t)n;
        size_t before = place->sink.len;
        sink_flush(&place->sink);
        if (n <= 0 && place->sink.len == before && before == 0) {
            n = read(place->reader, text + len, size - len - 1);
            len += n > 0 ? (size_t)n : 0;
            break;
        }
    }
    text[len] = '\0';
    return text;
}

static void a_line_is_there_at_once(void **state)
{
    struct place *place = *state;
    open_fifo(place);
    assert_int_equal(tell(place, 1), 0);
    char text[256] = "";
    assert_true(read(place->reader, text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, " log seq=1 level=info "));
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_true(sink_deadline(&place->sink, 5) == NEVER);
    sink_close(&place->sink);
}

static void a_reader_that_does_not_read_loses_events_and_is_told_how_many(void **state)
{
    struct place *place = *state;
    char expected[64];
    open_fifo(place);
    uint64_t seq = 1, dropped = 0;
    while (tell(place, seq) == 0)
        seq++;
    assert_true(seq > 1000); /* what fits into pipe and buffer */
    assert_int_equal(place->sink.state, SINK_FULL);
    assert_true(sink_deadline(&place->sink, 5) == 5 + RETRY_NS);
    uint64_t first_dropped = seq;
    for (dropped = 1; dropped < 100; dropped++)
        assert_int_equal(tell(place, ++seq), ERR_LIMIT);
    char *text = read_all(place);
    snprintf(expected, sizeof expected, " log seq=%llu ", (unsigned long long)(first_dropped - 1));
    assert_non_null(strstr(text, expected));
    snprintf(expected, sizeof expected, " log seq=%llu ", (unsigned long long)first_dropped);
    assert_null(strstr(text, expected));
    snprintf(expected, sizeof expected, " overflow seq=%llu dropped=100\n",
             (unsigned long long)seq);
    assert_non_null(strstr(text, expected));
    free(text);
    assert_int_equal(place->sink.state, SINK_OPEN);
    assert_int_equal(tell(place, seq + 1), 0);
    text = read_all(place);
    snprintf(expected, sizeof expected, " log seq=%llu ", (unsigned long long)(seq + 1));
    assert_non_null(strstr(text, expected));
    assert_null(strstr(text, "overflow"));
    free(text);
    sink_close(&place->sink);
}

struct reader {
    int fd, pause_ms;
    char last[8192];
    size_t len;
};

/* Reads to the end, a page at a time, and keeps what came last. */
static void *read_slowly(void *user)
{
    struct reader *reader = user;
    for (;;) {
        char page[4096];
        struct pollfd nothing = {.fd = -1};
        ssize_t n = read(reader->fd, page, sizeof page);
        if (n == 0)
            return NULL;
        if (n < 0)
            continue;
        size_t keep = reader->len + (size_t)n < sizeof reader->last ? reader->len : 0;
        memcpy(reader->last + keep, page, (size_t)n);
        reader->len = keep + (size_t)n;
        reader->last[reader->len] = '\0';
        (void)poll(&nothing, 1, reader->pause_ms);
    }
}

/* Closes a full sink while somebody reads; returns how long it took. */
static uint64_t close_full(struct place *place, struct reader *reader)
{
    pthread_t thread;
    open_fifo(place);
    reader->fd = place->reader;
    assert_int_equal(fcntl(reader->fd, F_SETFL, 0), 0);
    for (uint64_t seq = 1; tell(place, seq) == 0; seq++)
        ;
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, reader), 0);
    uint64_t began = loop_now();
    sink_close(&place->sink);
    uint64_t took = loop_now() - began;
    reader->pause_ms = 0;
    assert_int_equal(pthread_join(thread, NULL), 0);
    return took;
}

static void what_was_lost_is_told_at_the_end_too(void **state)
{
    struct reader reader = {.pause_ms = 0};
    (void)close_full(*state, &reader);
    assert_non_null(strstr(reader.last, " overflow seq="));
}

static void a_reader_that_takes_a_little_does_not_hold_the_end_up(void **state)
{
    struct reader reader = {.pause_ms = 200};
    uint64_t took = close_full(*state, &reader);
    assert_true(took < LAST_ALL_NS + 2 * LAST_WAIT_MS * NS_PER_MS);
}

static void a_reader_that_goes_is_given_up(void **state)
{
    struct place *place = *state;
    open_fifo(place);
    assert_int_equal(tell(place, 1), 0);
    close(place->reader);
    place->reader = -1;
    assert_int_equal(tell(place, 2), 0); /* it is this write that finds out */
    assert_int_equal(place->sink.state, SINK_GIVEN_UP);
    assert_int_equal(tell(place, 3), ERR_CLOSED);
    assert_true(sink_deadline(&place->sink, 5) == NEVER);
    sink_close(&place->sink);
}

static void a_file_is_appended_to(void **state)
{
    struct place *place = *state;
    char text[512] = "";
    for (uint64_t seq = 1; seq <= 2; seq++) {
        assert_int_equal(sink_open(&place->sink, place->path, FORMAT_JSON, NULL), 0);
        assert_int_equal(tell(place, seq), 0);
        sink_close(&place->sink);
    }
    place->reader = open(place->path, O_RDONLY | O_CLOEXEC);
    assert_true(read(place->reader, text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "\"seq\":1"));
    assert_non_null(strstr(text, "\"seq\":2"));
}

static void off_takes_all_and_keeps_nothing(void **state)
{
    struct place *place = *state;
    assert_int_equal(sink_open(&place->sink, "off", FORMAT_LINE, NULL), 0);
    assert_int_equal(tell(place, 1), 0);
    assert_int_equal(place->sink.len, 0);
    sink_close(&place->sink);
}

static void what_can_not_be_opened_is_named(void **state)
{
    struct place *place = *state;
    struct why why = {""};
    char path[240];
    snprintf(path, sizeof path, "%s/none/out", place->folder);
    assert_int_equal(sink_open(&place->sink, path, FORMAT_LINE, &why), ERR_SYSTEM);
    assert_non_null(strstr(why.text, path));
    sink_close(&place->sink);
    assert_int_equal(mkfifo(place->path, 0600), 0); /* a pipe that nobody reads */
    assert_int_equal(sink_open(&place->sink, place->path, FORMAT_LINE, &why), ERR_SYSTEM);
    sink_close(&place->sink);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_is_there_at_once),
        TEST(a_reader_that_does_not_read_loses_events_and_is_told_how_many),
        TEST(what_was_lost_is_told_at_the_end_too),
        TEST(a_reader_that_takes_a_little_does_not_hold_the_end_up),
        TEST(a_reader_that_goes_is_given_up),
        TEST(a_file_is_appended_to),
        TEST(off_takes_all_and_keeps_nothing),
        TEST(what_can_not_be_opened_is_named),
    };
    return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
