/* The option table: what it sets, what it refuses, and how it says so. */
#include "base/duration.h"
#include "cli/opt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))
#define VARIABLE "SWIM_TEST_FORMAT"
#define ARGUMENTS_MAX 16

struct config {
    bool quiet;
    const char *text, *addr, *name, *format, *watch;
    uint64_t count, interval_ns, bare_ns;
    struct opt_list tags;
};

static int check_tag(const char *text, struct why *why)
{
    return strchr(text, '=') != NULL ? 0 : why_set(why, ERR_USAGE, "'%s' is no KEY=VALUE", text);
}

#define AT(FIELD) .offset = offsetof(struct config, FIELD), .help = "help"

static const struct opt rows[] = {
    {.short_name = 'q', .long_name = "quiet", .kind = OPT_FLAG, AT(quiet)},
    {.long_name = "text", .kind = OPT_TEXT, .argument = "TEXT", AT(text)},
    {.long_name = "addr", .kind = OPT_ADDRESS, .argument = "ADDR", AT(addr)},
    {.short_name = 'n', .long_name = "name", .kind = OPT_NAME, .argument = "NAME", AT(name)},
    {.long_name = "format",
     .kind = OPT_CHOICE,
     .argument = "FORM",
     .choices = "table|line|json",
     .default_text = "table",
     .variable = VARIABLE,
     .variable_choices = "csv|nagios",
     AT(format)},
    {.short_name = 'c',
     .long_name = "count",
     .kind = OPT_COUNT,
     .argument = "N",
     .min = 1,
     .max = 100,
     .default_text = "4",
     AT(count)},
    {.short_name = 'i',
     .long_name = "interval",
     .kind = OPT_DURATION,
     .argument = "D",
     .min = 10 * NS_PER_MS,
     .max = 60 * NS_PER_S,
     .default_text = "1s",
     AT(interval_ns)},
    {.long_name = "bare", .kind = OPT_DURATION, .argument = "D", AT(bare_ns)},
    {.short_name = 'T',
     .long_name = "tag",
     .kind = OPT_LIST,
     .argument = "KEY=VALUE",
     .check = check_tag,
     AT(tags)},
    {.long_name = "watch",
     .kind = OPT_TEXT,
     .argument = "D",
     .default_text = "2s",
     .argument_optional = true,
     AT(watch)},
    {.long_name = NULL},
};

/* A command line that opt_parse may permute. */
struct line {
    char *argv[ARGUMENTS_MAX + 1];
    char words[ARGUMENTS_MAX][64];
    int argc;
};

static void line_of(struct line *line, const char *const *words)
{
    memset(line, 0, sizeof *line);
    for (line->argc = 0; words[line->argc] != NULL; line->argc++) {
        strcpy(line->words[line->argc], words[line->argc]);
        line->argv[line->argc] = line->words[line->argc];
    }
}

#define PARSE(LINE, CONFIG, OPERAND, WHY, ...)                                                     \
    (line_of(LINE, (const char *const[]){"prog", __VA_ARGS__, NULL}),                              \
     memset(CONFIG, 0, sizeof *(CONFIG)),                                                          \
     opt_parse(rows, (LINE)->argc, (LINE)->argv, CONFIG, OPERAND, WHY))

static int clean(void **state)
{
    (void)state;
    return unsetenv(VARIABLE);
}

static void defaults_stand_where_nothing_is_given(void **state)
{
    (void)state;
    struct line line;
    struct config config;
    struct why why = {""};
    int operand = 0;
    assert_int_equal(PARSE(&line, &config, &operand, &why, NULL), 0);
    assert_int_equal(operand, 1);
    assert_string_equal(config.format, "table");
    assert_int_equal(config.count, 4);
    assert_int_equal(config.interval_ns, NS_PER_S);
    assert_string_equal(config.watch, "2s");
    assert_null(config.text);
    assert_false(config.quiet);
    assert_int_equal(config.tags.count, 0);
    opt_free(rows, &config);
}

static void all_kinds_are_set_and_operands_mix_in(void **state)
{
    (void)state;
    struct line line;
    struct config config;
    struct why why = {""};
    int operand = 0;
    int rc = PARSE(&line, &config, &operand, &why, "one", "-qc7", "--interval=20ms", "two", "-na.b",
                   "--addr", "[::1]:0", "--", "-q");
    assert_int_equal(rc, 0);
    assert_true(config.quiet);
    assert_int_equal(config.count, 7);
    assert_int_equal(config.interval_ns, 20 * NS_PER_MS);
    assert_string_equal(config.name, "a.b");
    assert_string_equal(config.addr, "[::1]:0");
    assert_int_equal(line.argc - operand, 3);
    assert_string_equal(line.argv[operand], "one");
    assert_string_equal(line.argv[operand + 1], "two");
    assert_string_equal(line.argv[operand + 2], "-q");
    opt_free(rows, &config);
}

static void a_list_keeps_its_order(void **state)
{
    (void)state;
    struct line line;
    struct config config;
    struct why why = {""};
    int operand = 0;
    assert_int_equal(PARSE(&line, &config, &operand, &why, "-Ta=1", "--tag", "b=2", "-T", "a=3"),
                     0);
    assert_int_equal(config.tags.count, 3);
    assert_string_equal(config.tags.items[0], "a=1");
    assert_string_equal(config.tags.items[2], "a=3");
    opt_free(rows, &config);
    assert_null(config.tags.items);
    assert_int_equal(config.tags.count, 0);
}

static void an_optional_argument_may_be_left_out(void **state)
{
    (void)state;
    struct line line;
    struct config config;
    struct why why = {""};
    int operand = 0;
    assert_int_equal(PARSE(&line, &config, &operand, &why, "--watch", "x"), 0);
    assert_string_equal(config.watch, "2s");
    assert_string_equal(line.argv[operand], "x");
    assert_int_equal(PARSE(&line, &config, &operand, &why, "--watch=5s"), 0);
    assert_string_equal(config.watch, "5s");
}

struct refusal {
    const char *words[3];
    const char *why;
};

static const struct refusal refusals[] = {
    {{"--interval", "2x"}, "--interval: '2x' is no duration (like 200ms, 1.5s, 2m)"},
    {{"--interval", "5ms"}, "--interval: 5ms is less than 10ms"},
    {{"--interval=2m"}, "--interval: 2m is more than 1m"},
    {{"-i", ""}, "--interval: '' is no duration (like 200ms, 1.5s, 2m)"},
    {{"-c", "0"}, "--count: 0 is less than 1"},
    {{"-c", "101"}, "--count: 101 is more than 100"},
    {{"-c", "-1"}, "--count: '-1' is no whole number"},
    {{"-c", " 1"}, "--count: ' 1' is no whole number"},
    {{"-c", "99999999999999999999"}, "--count: '99999999999999999999' is no whole number"},
    {{"--addr", "a:b:c:99999"}, "--addr: 'a:b:c:99999' is no address (like host:7436, [::1]:7436)"},
    {{"-n", ".x"},
     "--name: '.x' is no node name (1 to 64 letters, digits, '.', '_', '-', the first a letter or "
     "digit)"},
    {{"--format", "csv"}, "--format: 'csv' is none of table, line, json"},
    {{"--format", "tab"}, "--format: 'tab' is none of table, line, json"},
    {{"--format", ""}, "--format: '' is none of table, line, json"},
    {{"-T", "novalue"}, "--tag: 'novalue' is no KEY=VALUE"},
    {{"--text"}, "--text: needs an argument, TEXT"},
    {{"-n"}, "--name: needs an argument, NAME"},
    {{"--quiet=yes"}, "--quiet: takes no argument"},
    {{"--bogus"}, "unknown or ambiguous option --bogus"},
    {{"-qz"}, "unknown option -z"},
};

static void a_bad_one_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct line line;
        struct config config;
        struct why why = {""};
        int operand = 0;
        const char *const *words = refusals[i].words;
        assert_int_equal(PARSE(&line, &config, &operand, &why, words[0], words[1]), ERR_USAGE);
        assert_string_equal(why.text, refusals[i].why);
        opt_free(rows, &config);
    }
}

static void an_option_beats_a_variable_and_that_the_default(void **state)
{
    (void)state;
    struct line line;
    struct config config;
    struct why why = {""};
    int operand = 0;
    setenv(VARIABLE, "json", 1);
    assert_int_equal(PARSE(&line, &config, &operand, &why, NULL), 0);
    assert_string_equal(config.format, "json");
    assert_false(opt_given(rows, line.argc, line.argv, "format"));
    assert_int_equal(PARSE(&line, &config, &operand, &why, "--format=line", "x"), 0);
    assert_string_equal(config.format, "line");
    assert_true(opt_given(rows, line.argc, line.argv, "format"));
    assert_false(opt_given(rows, line.argc, line.argv, "quiet"));
    setenv(VARIABLE, "", 1);
    assert_int_equal(PARSE(&line, &config, &operand, &why, NULL), 0);
    assert_string_equal(config.format, "table");
}

static void a_variable_may_be_meant_for_another_program(void **state)
{
    (void)state;
    struct line line;
    struct config config;
    struct why why = {""};
    int operand = 0;
    setenv(VARIABLE, "nagios", 1);
    assert_int_equal(PARSE(&line, &config, &operand, &why, NULL), 0);
    assert_string_equal(config.format, "table");
    setenv(VARIABLE, "yaml", 1);
    assert_int_equal(PARSE(&line, &config, &operand, &why, NULL), ERR_USAGE);
    assert_string_equal(why.text, VARIABLE ": 'yaml' is none of table, line, json");
}

static void choices_are_whole_words(void **state)
{
    (void)state;
    char buf[16];
    assert_true(opt_is_choice("a|bc|d", "bc"));
    assert_true(opt_is_choice("a|bc|d", "d"));
    assert_false(opt_is_choice("a|bc|d", "b"));
    assert_false(opt_is_choice("a|bc|d", "c|d"));
    assert_false(opt_is_choice("a|bc|d", ""));
    assert_string_equal(opt_spell_choices("a|bc|d", buf, sizeof buf), "a, bc, d");
    assert_string_equal(opt_spell_choices("a|bc|d", buf, 4), "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_stand_where_nothing_is_given),
        cmocka_unit_test(all_kinds_are_set_and_operands_mix_in),
        cmocka_unit_test(a_list_keeps_its_order),
        cmocka_unit_test(an_optional_argument_may_be_left_out),
        cmocka_unit_test(a_bad_one_is_named),
        cmocka_unit_test_setup_teardown(an_option_beats_a_variable_and_that_the_default, clean,
                                        clean),
        cmocka_unit_test_setup_teardown(a_variable_may_be_meant_for_another_program, clean, clean),
        cmocka_unit_test(choices_are_whole_words),
    };
    return cmocka_run_group_tests_name("opt", tests, NULL, NULL);
}
