/* A shutdown with owners that do as they are told: order, limits, failures, and what is reported.
 */
#include "node/shutdown.h"

#include "base/duration.h"
#include "base/err.h"
#include "base/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MS NS_PER_MS

/* An owner of three phases: how each behaves, and what has happened, as text. */
struct owner {
    int start_rc[3]; /* what `start` returns */
    int done_rc[3];  /* what `done` returns, as long as it is asked */
    char log[1024];
};

static void note(struct owner *owner, const char *what, const char *which)
{
    size_t len = strlen(owner->log);
    snprintf(owner->log + len, sizeof owner->log - len, "%s%s %s", len > 0 ? ", " : "", what,
             which);
}

static int start(struct owner *owner, int which, const char *name)
{
    note(owner, "start", name);
    return owner->start_rc[which];
}

static int start_a(void *owner, uint64_t now)
{
    (void)now;
    return start(owner, 0, "a");
}

static int start_b(void *owner, uint64_t now)
{
    (void)now;
    return start(owner, 1, "b");
}

static int start_c(void *owner, uint64_t now)
{
    (void)now;
    return start(owner, 2, "c");
}

static int done_a(void *owner)
{
    return ((struct owner *)owner)->done_rc[0];
}

static int done_c(void *owner)
{
    return ((struct owner *)owner)->done_rc[2];
}

static void end_a(void *owner)
{
    note(owner, "end", "a");
}

static uint64_t confirmed_a(void *owner)
{
    (void)owner;
    return 7;
}

static const struct shutdown_phase three[] = {
    {.name = "a",
     .limit_ns = 500 * MS,
     .start = start_a,
     .done = done_a,
     .end = end_a,
     .confirmed = confirmed_a},
    {.name = "b", .start = start_b},
    {.name = "c", .limit_ns = 200 * MS, .start = start_c, .done = done_c},
};

static void told(void *user, const struct shutdown_result *result)
{
    char text[64];
    snprintf(text, sizeof text, "%s=%s/%u", result->phase, result->rc,
             (unsigned)(result->elapsed_ns / MS));
    note(user, "told", text);
    if (result->confirmed != EVENT_ABSENT)
        note(user, "confirmed", result->confirmed == 7 ? "7" : "?");
}

static void begin(struct shutdown *shutdown, struct owner *owner, size_t first, uint64_t total_ns)
{
    *shutdown = (struct shutdown){.state = SHUTDOWN_IDLE};
    shutdown_begin(shutdown, 1000 * MS, three, 3, first, total_ns, owner, told);
    assert_int_equal(shutdown->state, SHUTDOWN_RUNNING);
}

static void phases_without_waiting_end_in_one_step(void **state)
{
    struct owner owner = {.done_rc = {1, 0, 1}};
    struct shutdown shutdown;
    (void)state;
    begin(&shutdown, &owner, 0, 8000 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    assert_string_equal(owner.log,
                        "start a, end a, told a=ok/0, confirmed 7, start b, told b=ok/0, "
                        "start c, told c=ok/0, told done=ok/0");
    assert_int_equal(shutdown.state, SHUTDOWN_DONE);
    assert_true(shutdown_deadline(&shutdown) == NEVER);
}

static void a_phase_waits_until_its_owner_is_done(void **state)
{
    struct owner owner = {.done_rc = {0, 0, 1}};
    struct shutdown shutdown;
    (void)state;
    begin(&shutdown, &owner, 0, 8000 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    shutdown_step(&shutdown, 1300 * MS);
    assert_string_equal(owner.log, "start a");
    assert_true(shutdown_deadline(&shutdown) == 1500 * MS);
    owner.done_rc[0] = 1;
    shutdown_step(&shutdown, 1400 * MS);
    assert_string_equal(owner.log,
                        "start a, end a, told a=ok/400, confirmed 7, start b, told b=ok/0, "
                        "start c, told c=ok/0, told done=ok/400");
}

static void a_phase_that_times_out_is_told_and_the_next_one_runs(void **state)
{
    struct owner owner = {.done_rc = {0, 0, 1}};
    struct shutdown shutdown;
    (void)state;
    begin(&shutdown, &owner, 0, 8000 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    shutdown_step(&shutdown, 1499 * MS);
    assert_string_equal(owner.log, "start a");
    shutdown_step(&shutdown, 1500 * MS);
    assert_string_equal(owner.log,
                        "start a, end a, told a=timeout/500, confirmed 7, start b, told b=ok/0, "
                        "start c, told c=ok/0, told done=timeout/500");
}

static void the_limit_of_a_phase_counts_from_its_own_start(void **state)
{
    struct owner owner = {.done_rc = {0, 0, 0}};
    struct shutdown shutdown;
    (void)state;
    begin(&shutdown, &owner, 0, 8000 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    shutdown_step(&shutdown, 1500 * MS);
    assert_int_equal(shutdown.state, SHUTDOWN_RUNNING);
    assert_true(shutdown_deadline(&shutdown) == 1700 * MS);
    shutdown_step(&shutdown, 1700 * MS);
    assert_int_equal(shutdown.state, SHUTDOWN_DONE);
    assert_non_null(strstr(owner.log, "told c=timeout/200, told done=timeout/700"));
}

static void a_phase_that_fails_is_told_and_the_next_one_runs(void **state)
{
    struct owner at_start = {.start_rc = {ERR_NO_MEMORY}, .done_rc = {1, 0, 1}};
    struct owner later = {.done_rc = {1, 0, ERR_SYSTEM}};
    struct shutdown shutdown;
    (void)state;
    begin(&shutdown, &at_start, 0, 8000 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    assert_string_equal(at_start.log,
                        "start a, end a, told a=error/0, confirmed 7, start b, told b=ok/0, "
                        "start c, told c=ok/0, told done=error/0");
    begin(&shutdown, &later, 0, 8000 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    assert_non_null(strstr(later.log, "told c=error/0, told done=error/0"));
}

static void an_error_weighs_more_than_a_timeout(void **state)
{
    struct owner owner = {.start_rc = {0, ERR_SYSTEM}, .done_rc = {0, 0, 1}};
    struct shutdown shutdown;
    (void)state;
    begin(&shutdown, &owner, 0, 8000 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    shutdown_step(&shutdown, 1500 * MS);
    assert_non_null(strstr(owner.log, "told a=timeout/500, confirmed 7, start b, told b=error/0"));
    assert_non_null(strstr(owner.log, "told done=error/500"));
}

static void the_limit_of_all_cuts_a_phase_and_those_after_it_do_not_wait(void **state)
{
    struct owner owner = {.done_rc = {0, 0, 0}};
    struct shutdown shutdown;
    (void)state;
    begin(&shutdown, &owner, 0, 300 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    assert_true(shutdown_deadline(&shutdown) == 1300 * MS);
    shutdown_step(&shutdown, 1300 * MS);
    assert_string_equal(owner.log,
                        "start a, end a, told a=timeout/300, confirmed 7, start b, told b=ok/0, "
                        "start c, told c=timeout/0, told done=timeout/300");
    assert_int_equal(shutdown.state, SHUTDOWN_DONE);
}

static void it_may_begin_with_a_later_phase(void **state)
{
    struct owner owner = {.done_rc = {0, 0, 1}};
    struct shutdown shutdown;
    (void)state;
    begin(&shutdown, &owner, 1, 8000 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    assert_string_equal(owner.log, "start b, told b=ok/0, start c, told c=ok/0, told done=ok/0");
}

static void what_has_not_begun_or_is_done_does_nothing(void **state)
{
    struct owner owner = {.done_rc = {1, 0, 1}};
    struct shutdown shutdown = {.state = SHUTDOWN_IDLE};
    (void)state;
    shutdown_step(&shutdown, 1000 * MS);
    assert_true(shutdown_deadline(&shutdown) == NEVER);
    begin(&shutdown, &owner, 2, 8000 * MS);
    shutdown_step(&shutdown, 1000 * MS);
    shutdown_step(&shutdown, 2000 * MS);
    assert_string_equal(owner.log, "start c, told c=ok/0, told done=ok/0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_without_waiting_end_in_one_step),
        cmocka_unit_test(a_phase_waits_until_its_owner_is_done),
        cmocka_unit_test(a_phase_that_times_out_is_told_and_the_next_one_runs),
        cmocka_unit_test(the_limit_of_a_phase_counts_from_its_own_start),
        cmocka_unit_test(a_phase_that_fails_is_told_and_the_next_one_runs),
        cmocka_unit_test(an_error_weighs_more_than_a_timeout),
        cmocka_unit_test(the_limit_of_all_cuts_a_phase_and_those_after_it_do_not_wait),
        cmocka_unit_test(it_may_begin_with_a_later_phase),
        cmocka_unit_test(what_has_not_begun_or_is_done_does_nothing),
    };
    return cmocka_run_group_tests_name("shutdown", tests, NULL, NULL);
}
