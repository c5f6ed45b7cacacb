/* What an asker may do that no tool of ours does. */
#include "base/duration.h"
#include "link/loop.h"
#include "tests/unit/rude.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ask(struct rude *rude, const char *text, size_t len, bool fin)
{
    int64_t stream;
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    rude_say(rude, &stream, text, len, fin);
}

static void a_request_that_is_no_line_is_refused_by_name(void **state)
{
    struct rude *rude = *state;
    rude_dial(rude, "swim-ctl/1");
    ask(rude, "members\n", 8, true);
    rude_wait_for_text(rude);
    assert_non_null(strstr(rude->text, " end rc=malformed exit=1 "));
    assert_int_equal(party_count(rude->node, PEERS_REQUEST), 0);
    assert_non_null(rude->conn); /* the next one may be better */
}

static void a_request_over_the_bound_is_refused(void **state)
{
    struct rude *rude = *state;
    char *text = malloc(2 * REQUEST_MAX);
    assert_non_null(text);
    memset(text, 'x', 2 * REQUEST_MAX);
    rude_dial(rude, "swim-ctl/1");
    ask(rude, text, 2 * REQUEST_MAX, false);
    rude_wait_for_text(rude);
    assert_non_null(strstr(rude->text, " end rc=limit exit=6 "));
    free(text);
}

static void an_asker_who_resets_its_stream_is_gone(void **state)
{
    struct rude *rude = *state;
    const char *line = "1970-01-01T00:00:00.000000Z members\n";
    int64_t stream;
    rude_dial(rude, "swim-ctl/1");
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    rude_say(rude, &stream, line, strlen(line), true);
    rude_wait_for(rude, PEERS_REQUEST);
    quic_stream_abandon(rude->conn, stream);
    uint64_t request = party_wait(&rude->party, rude->node, PEERS_REQUEST, 1)->event.request;
    struct record record;
    record_init(&record, "row", 0);
    uint64_t until = loop_now() + 5 * NS_PER_S;
    int rc = 0;
    while (rc == 0 && loop_now() < until) {
        rude_turn(rude);
        rc = peers_answer(rude->node->peers, request, &record);
    }
    assert_int_equal(rc, ERR_NOT_FOUND);
    assert_int_equal(peers_answer_end(rude->node->peers, request, 0, NULL), ERR_NOT_FOUND);
    assert_non_null(rude->conn);
}

static void an_asker_who_stops_reading_is_gone_without_another_word(void **state)
{
    struct rude *rude = *state;
    const char *line = "1970-01-01T00:00:00.000000Z members\n";
    int64_t stream;
    rude_dial(rude, "swim-ctl/1");
    assert_int_equal(quic_stream_open(rude->conn, true, &stream), 0);
    rude_say(rude, &stream, line, strlen(line), true);
    rude_wait_for(rude, PEERS_REQUEST);
    quic_stream_abandon(rude->conn, stream);
    rude_wait_for(rude, PEERS_REQUEST_GONE);
    uint64_t request = party_wait(&rude->party, rude->node, PEERS_REQUEST, 1)->event.request;
    assert_int_equal(party_wait(&rude->party, rude->node, PEERS_REQUEST_GONE, 1)->event.request,
                     request);
    assert_int_equal(peers_answer_end(rude->node->peers, request, 0, NULL), ERR_NOT_FOUND);
    assert_non_null(rude->conn);
}

static void a_request_that_is_never_said_is_given_up(void **state)
{
    struct rude *rude = *state;
    rude_dial(rude, "swim-ctl/1");
    ask(rude, "x", 1, false);
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (!rude->gone && loop_now() < until)
        rude_turn(rude);
    assert_true(rude->gone);
    assert_non_null(rude->conn);
}

#define ANSWER_LINES 200 /* of 15 kB */

static void answer_at_length(struct guest *guest, const struct peers_event *event)
{
    static char line[15000];
    if (event->kind != PEERS_REQUEST)
        return;
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < ANSWER_LINES; i++)
        assert_int_equal(peers_answer_line(guest->peers, event->request, line, sizeof line), 0);
    assert_int_equal(peers_answer_end(guest->peers, event->request, 0, NULL), 0);
    assert_true(peers_answer_queued(guest->peers, event->request) == 0); /* it has ended */
}

static void who_does_not_read_its_answers_gets_no_more(void **state)
{
    struct rude *rude = *state;
    const char *line = "1970-01-01T00:00:00.000000Z members\n";
    rude->node->on_event = answer_at_length;
    rude_dial(rude, "swim-ctl/1");
    for (int i = 0; i < 20; i++) {
        ask(rude, line, strlen(line), true);
        for (int k = 0; k < 4; k++)
            rude_turn_without_reading(rude);
    }
    assert_int_equal(party_count(rude->node, PEERS_REQUEST), 1);
    assert_false(peers_drained(rude->node->peers));
    uint64_t until = loop_now() + 5 * NS_PER_S;
    while (!peers_drained(rude->node->peers) && loop_now() < until)
        rude_turn_without_reading(rude);
    assert_true(peers_drained(rude->node->peers)); /* they were given up */
    assert_int_equal(party_count(rude->node, PEERS_REQUEST_GONE), 0);
    ask(rude, line, strlen(line), true);
    until = loop_now() + 5 * NS_PER_S;
    while (party_count(rude->node, PEERS_REQUEST) < 2 && loop_now() < until)
        rude_turn_without_reading(rude);
    assert_int_equal(party_count(rude->node, PEERS_REQUEST), 2);
}

static void the_tool_that_is_idle_longest_makes_room(void **state)
{
    struct rude *rude = *state;
    const char *line = "1970-01-01T00:00:00.000000Z members\n";
    rude_dial(rude, "swim-ctl/1");
    ask(rude, line, strlen(line), true); /* is busy: it stays */
    rude_wait_for(rude, PEERS_REQUEST);
    struct quic_conn *conns[RUDE_TOOLS + 2] = {rude->conn};
    for (size_t i = 1; i < RUDE_TOOLS + 2; i++) {
        rude->up = false;
        rude_dial(rude, "swim-ctl/1");
        conns[i] = rude->conn;
        uint64_t until = loop_now() + 20 * NS_PER_MS;
        while (loop_now() < until)
            rude_turn(rude);
    }
    assert_int_equal(rude->downs, 2);
    assert_ptr_equal(rude->down[0], conns[1]);
    assert_ptr_equal(rude->down[1], conns[2]);
    assert_string_equal(quic_reason_text(rude->close), "evicted");
}

static void a_one_way_stream_is_no_request(void **state)
{
    struct rude *rude = *state;
    int64_t stream = -1;
    rude_dial(rude, "swim-ctl/1");
    rude_say(rude, &stream, "x", 1, true);
    assert_string_equal(rude_closed(rude), "malformed");
}

int main(void)
{
#define T(NAME) cmocka_unit_test_setup_teardown(NAME, rude_make, rude_clear)
    const struct CMUnitTest tests[] = {
        T(a_request_that_is_no_line_is_refused_by_name),
        T(a_request_over_the_bound_is_refused),
        T(an_asker_who_resets_its_stream_is_gone),
        T(an_asker_who_stops_reading_is_gone_without_another_word),
        T(a_request_that_is_never_said_is_given_up),
        cmocka_unit_test_setup_teardown(who_does_not_read_its_answers_gets_no_more,
                                        rude_make_impatient, rude_clear),
        T(the_tool_that_is_idle_longest_makes_room),
        T(a_one_way_stream_is_no_request),
    };
#undef T
    return cmocka_run_group_tests_name("answers_rude", tests, NULL, NULL);
}
