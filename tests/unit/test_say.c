/* What is said on standard error, and which exit code goes with it. */
#include "cli/say.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

/* stderr while it goes to a file of ours. */
struct capture {
    FILE *file;
    int saved;
};

static void capture_begin(struct capture *capture)
{
    capture->file = tmpfile();
    assert_non_null(capture->file);
    capture->saved = dup(STDERR_FILENO);
    assert_true(capture->saved >= 0);
    assert_true(dup2(fileno(capture->file), STDERR_FILENO) >= 0);
}

static void capture_end(struct capture *capture, char *text, size_t size)
{
    assert_true(dup2(capture->saved, STDERR_FILENO) >= 0);
    assert_int_equal(close(capture->saved), 0);
    rewind(capture->file);
    text[fread(text, 1, size - 1, capture->file)] = '\0';
    assert_int_equal(fclose(capture->file), 0);
}

static void assert_said(const char *text, const char *expected)
{
    char line[SAY_SIZE];
    (void)snprintf(line, sizeof line, "%s: %s\n", program_invocation_short_name, expected);
    assert_string_equal(text, line);
}

static const struct {
    int err;
    const char *why, *said;
    int code;
} cases[] = {
    {ERR_TIMEOUT, "", "no answer in time", EXIT_NO},
    {ERR_UNREACHABLE, "peer a:1: udp", "peer a:1: udp: the node can't be reached",
     EXIT_UNREACHABLE},
    {ERR_UNKNOWN_CA, "peer a:1", "peer a:1: the certificate is not of the cluster's CA",
     EXIT_IDENTITY},
    {ERR_EXPIRED, "id: the certificate has expired", "id: the certificate has expired",
     EXIT_IDENTITY},
    {ERR_USAGE, "--count: 0 is less than 1", "--count: 0 is less than 1", EXIT_USAGE},
    {ERR_SYSTEM, "/x: Permission denied", "/x: Permission denied", EXIT_RESOURCE},
    {ERR_NO_IDENTITY, "no identity: none readable in x", "no identity: none readable in x",
     EXIT_IDENTITY},
    {ERR_FORBIDDEN, "a monitor may not ask for 'leave'",
     "a monitor may not ask for 'leave': the role forbids it", EXIT_FORBIDDEN},
    {ERR_BUG, "", "a failed invariant, please report it", EXIT_BUG},
};

static void an_error_is_one_line_and_an_exit_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct capture capture;
        struct why why = {""};
        char text[SAY_SIZE * 2];
        why_set(&why, 0, "%s", cases[i].why);
        capture_begin(&capture);
        int code = say_error(cases[i].err, &why);
        capture_end(&capture, text, sizeof text);
        assert_said(text, cases[i].said);
        assert_int_equal(code, cases[i].code);
    }
}

static void no_why_is_fine(void **state)
{
    (void)state;
    struct capture capture;
    char text[SAY_SIZE];
    capture_begin(&capture);
    int code = say_error(ERR_NO_MEMORY, NULL);
    capture_end(&capture, text, sizeof text);
    assert_said(text, "out of memory");
    assert_int_equal(code, EXIT_RESOURCE);
}

static void what_a_peer_wrote_can_not_steer_a_terminal(void **state)
{
    (void)state;
    struct capture capture;
    char text[SAY_SIZE];
    capture_begin(&capture);
    say("%s", "a\nb\033[2Jc\x7f\xc2\x9b"
              "d");
    capture_end(&capture, text, sizeof text);
    assert_said(text, "a?b?[2Jc???d");
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    struct capture capture;
    char text[SAY_SIZE * 3], lots[SAY_SIZE * 2];
    memset(lots, 'x', sizeof lots - 1);
    lots[sizeof lots - 1] = '\0';
    capture_begin(&capture);
    say("%s", lots);
    capture_end(&capture, text, sizeof text);
    size_t len = strlen(text);
    assert_int_equal(len, strlen(program_invocation_short_name) + 2 + SAY_SIZE - 1 + 1);
    assert_int_equal(text[len - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_one_line_and_an_exit_code),
        cmocka_unit_test(no_why_is_fine),
        cmocka_unit_test(what_a_peer_wrote_can_not_steer_a_terminal),
        cmocka_unit_test(a_long_line_is_cut),
    };
    return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
