#include "link/ask.h"
#include "tests/unit/party.h"

#include "base/duration.h"
#include "link/loop.h"
#include "wire/request.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RECORDS 5000

struct room {
    struct party party;
    struct guest *node;
};

/* A tool in a thread of its own, since asking blocks. */
struct tool {
    struct ask_config config;
    struct record request;
    struct ask_result result;
    struct why why;
    uint64_t records, stop_after;
    int rc;
    atomic_bool done;
    pthread_t thread;
};

static int make(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    assert_non_null(room);
    party_make(&room->party);
    room->node =
        party_join(&room->party, party_identity(&room->party, "ca", "n", ROLE_MEMBER), 1, NULL);
    *state = room;
    return 0;
}

static int clear(void **state)
{
    struct room *room = *state;
    party_end(&room->party);
    free(room);
    return 0;
}

static int on_record(void *user, const struct record *record)
{
    struct tool *tool = user;
    uint64_t number;
    if (!record_uint(record, "number", &number) || number != tool->records)
        return ERR_MALFORMED;
    tool->records++;
    return tool->records == tool->stop_after;
}

static void *run(void *user)
{
    struct tool *tool = user;
    tool->rc = ask_run(&tool->config, &tool->request, &tool->result, &tool->why);
    atomic_store(&tool->done, true);
    return NULL;
}

static struct tool *tool_start(struct room *room, const char *ca, const char *name, enum role role,
                               const char *verb)
{
    struct tool *tool = calloc(1, sizeof *tool);
    assert_non_null(tool);
    tool->config.identity = party_identity(&room->party, ca, name, role);
    snprintf(tool->config.target.host, sizeof tool->config.target.host, "127.0.0.1");
    tool->config.target.port = room->node ? room->node->addr.port : 1;
    tool->config.timeout_ns = 10 * NS_PER_S;
    tool->config.on_record = on_record;
    tool->config.user = tool;
    record_init(&tool->request, verb, 0);
    record_add_text(&tool->request, "to", "whom it may concern");
    return tool;
}

static void tool_go(struct tool *tool)
{
    assert_int_equal(pthread_create(&tool->thread, NULL, run, tool), 0);
}

static void tool_join(struct room *room, struct tool *tool)
{
    uint64_t until = loop_now() + 20 * NS_PER_S;
    while (!atomic_load(&tool->done) && loop_now() < until)
        party_turn(&room->party, 20);
    assert_true(atomic_load(&tool->done));
    assert_int_equal(pthread_join(tool->thread, NULL), 0);
}

static void tool_free(struct tool *tool)
{
    identity_free(tool->config.identity);
    free(tool);
}

static void answer_many(struct guest *guest, const struct peers_event *event)
{
    struct record record;
    if (event->kind != PEERS_REQUEST)
        return;
    assert_string_equal(event->record->event, "members");
    assert_string_equal(record_text(event->record, "to"), "whom it may concern");
    for (uint64_t i = 0; i < RECORDS; i++) {
        record_init(&record, "row", 0);
        record_add_uint(&record, "number", i);
        record_add_text(&record, "padding", "a member of the cluster, and what is known of it");
        assert_int_equal(peers_answer(guest->peers, event->request, &record), 0);
    }
    assert_int_equal(peers_answer_end(guest->peers, event->request, 0, NULL), 0);
    assert_int_equal(peers_answer(guest->peers, event->request, &record), ERR_NOT_FOUND);
}

static void an_answer_of_many_records_comes_whole(void **state)
{
    struct room *room = *state;
    struct tool *tool = tool_start(room, "ca", "op", ROLE_OPERATOR, "members");
    room->node->on_event = answer_many;
    tool_go(tool);
    tool_join(room, tool);
    assert_int_equal(tool->rc, 0);
    assert_string_equal(tool->result.leg, "-");
    assert_int_equal(tool->records, RECORDS);
    assert_true(request_is_end(&tool->result.end));
    const struct heard *heard = party_wait(&room->party, room->node, PEERS_REQUEST, 1);
    assert_string_equal(heard->event.name.text, "op");
    assert_int_equal(heard->event.role, ROLE_OPERATOR);
    assert_false(heard->event.own);
    party_idle(&room->party, 30);
    assert_true(peers_drained(room->node->peers));
    assert_int_equal(party_count(room->node, PEERS_REQUEST_GONE), 0);
    tool_free(tool);
}

static void refuse(struct guest *guest, const struct peers_event *event)
{
    if (event->kind == PEERS_REQUEST)
        assert_int_equal(
            peers_answer_end(guest->peers, event->request, ERR_FORBIDDEN, "a monitor may not"), 0);
}

static void the_nodes_own_error_comes_back_by_name(void **state)
{
    struct room *room = *state;
    struct tool *tool = tool_start(room, "ca", "n", ROLE_MEMBER, "leave");
    room->node->on_event = refuse;
    tool_go(tool);
    tool_join(room, tool);
    assert_int_equal(tool->rc, ERR_FORBIDDEN);
    assert_string_equal(tool->why.text, "a monitor may not");
    assert_true(party_wait(&room->party, room->node, PEERS_REQUEST, 1)->event.own);
    tool_free(tool);
}

static void a_reader_that_stops_is_gone(void **state)
{
    struct room *room = *state;
    struct tool *tool = tool_start(room, "ca", "op", ROLE_OPERATOR, "watch");
    struct record record;
    tool->stop_after = 3;
    tool_go(tool);
    uint64_t request = party_wait(&room->party, room->node, PEERS_REQUEST, 1)->event.request;
    for (uint64_t i = 0; i < 4; i++) {
        record_init(&record, "row", 0);
        record_add_uint(&record, "number", i);
        assert_int_equal(peers_answer(room->node->peers, request, &record), 0);
    }
    assert_true(peers_answer_queued(room->node->peers, request) > 0);
    tool_join(room, tool);
    assert_int_equal(tool->rc, 0);
    assert_int_equal(tool->records, 3);
    assert_int_equal(party_wait(&room->party, room->node, PEERS_REQUEST_GONE, 1)->event.request,
                     request);
    assert_int_equal(peers_answer(room->node->peers, request, &record), ERR_NOT_FOUND);
    tool_free(tool);
}

static void control_stays_when_the_members_links_close(void **state)
{
    struct room *room = *state;
    struct tool *tool = tool_start(room, "ca", "op", ROLE_OPERATOR, "leave");
    struct guest *member =
        party_join(&room->party, party_identity(&room->party, "ca", "m", ROLE_MEMBER), 2, NULL);
    assert_int_equal(party_ping(member, room->node, 1), 0);
    party_wait(&room->party, room->node, PEERS_UP, 1);
    tool_go(tool);
    uint64_t request = party_wait(&room->party, room->node, PEERS_REQUEST, 1)->event.request;
    peers_stop_accepting(room->node->peers);
    peers_close_members(room->node->peers, loop_now());
    party_wait(&room->party, member, PEERS_DOWN, 1);
    assert_int_equal(peers_member_links(room->node->peers), 0);
    assert_int_equal(peers_answer_end(room->node->peers, request, 0, "gone"), 0);
    assert_false(peers_drained(room->node->peers));
    tool_join(room, tool);
    assert_int_equal(tool->rc, 0);
    assert_string_equal(record_text(&tool->result.end, "text"), "gone");
    tool_free(tool);
}

static void a_node_that_ends_amid_the_answer_is_unreachable(void **state)
{
    struct room *room = *state;
    struct tool *tool = tool_start(room, "ca", "op", ROLE_OPERATOR, "watch");
    tool_go(tool);
    party_wait(&room->party, room->node, PEERS_REQUEST, 1);
    peers_close_all(room->node->peers, loop_now());
    tool_join(room, tool);
    assert_int_equal(tool->rc, ERR_UNREACHABLE);
    assert_string_equal(tool->result.leg, "answer");
    tool_free(tool);
}

static void nobody_there_is_unreachable_at_udp(void **state)
{
    struct room *room = *state;
    struct tool *tool = tool_start(room, "ca", "op", ROLE_OPERATOR, "info");
    char expected[64];
    snprintf(expected, sizeof expected, "peer 127.0.0.1:%u: udp: ", room->node->addr.port);
    party_vanish(&room->party, room->node);
    tool_go(tool);
    tool_join(room, tool);
    assert_int_equal(tool->rc, ERR_UNREACHABLE);
    assert_string_equal(tool->result.leg, "udp");
    assert_memory_equal(tool->why.text, expected, strlen(expected));
    tool_free(tool);
}

static void silence_ends_at_the_timeout(void **state)
{
    struct room *room = *state;
    struct tool *tool = tool_start(room, "ca", "op", ROLE_OPERATOR, "info");
    tool->config.timeout_ns = 100 * NS_PER_MS;
    assert_null(run(tool)); /* here, so that nobody serves the node's socket */
    assert_int_equal(tool->rc, ERR_UNREACHABLE);
    assert_string_equal(tool->result.leg, "udp");
    tool_free(tool);
}

static void a_strangers_question_fails_by_identity(void **state)
{
    struct room *room = *state;
    struct tool *tool = tool_start(room, "other", "op", ROLE_OPERATOR, "info");
    tool_go(tool);
    tool_join(room, tool);
    assert_int_equal(tool->rc, ERR_UNKNOWN_CA);
    assert_string_equal(tool->result.leg, "certificate");
    assert_int_equal(party_count(room->node, PEERS_REQUEST), 0);
    tool_free(tool);
}

static void a_name_is_tried_at_each_of_its_addresses(void **state)
{
    struct room *room = *state;
    struct tool *tool = tool_start(room, "ca", "n", ROLE_MEMBER, "members");
    room->node->on_event = answer_many;
    snprintf(tool->config.target.host, sizeof tool->config.target.host, "localhost");
    tool_go(tool);
    tool_join(room, tool);
    assert_int_equal(tool->rc, 0);
    assert_int_equal(tool->records, RECORDS);
    tool_free(tool);
}

int main(void)
{
#define T(NAME) cmocka_unit_test_setup_teardown(NAME, make, clear)
    const struct CMUnitTest tests[] = {
        T(an_answer_of_many_records_comes_whole),
        T(the_nodes_own_error_comes_back_by_name),
        T(a_reader_that_stops_is_gone),
        T(control_stays_when_the_members_links_close),
        T(a_node_that_ends_amid_the_answer_is_unreachable),
        T(nobody_there_is_unreachable_at_udp),
        T(silence_ends_at_the_timeout),
        T(a_strangers_question_fails_by_identity),
        T(a_name_is_tried_at_each_of_its_addresses),
    };
#undef T
    return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
