/**
 * One table of options per program: it parses the command line (getopt_long), writes `--help`,
 * and feeds completion and the tests of the man pages. Option > environment > default.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_kind {
    OPT_FLAG,     /* bool, no argument */
    OPT_TEXT,     /* const char *, borrowed from argv or the environment */
    OPT_COUNT,    /* uint64_t, min..max of the row */
    OPT_DURATION, /* uint64_t ns, min..max of the row */
    OPT_ADDRESS,  /* const char *, checked by addr_split, kept as typed */
    OPT_NAME,     /* const char *, a valid node name */
    OPT_CHOICE,   /* const char *, one of `choices`, "a|b|c" */
    OPT_LIST,     /* struct opt_list, one more each time it is given */
};

/** A repeated option's values in order, borrowed from argv. The array is grown by opt_parse and
 *  freed by opt_free. */
struct opt_list {
    const char **items;
    size_t count;
};

/** A row. `default_text` is parsed like an argument (NULL: the field keeps what it was, and
 *  --help shows none). `check` (may be NULL) refuses a text with ERR_USAGE and says in `why` what
 *  was expected. A row with long_name NULL ends the table. */
struct opt {
    char short_name;        /* 0: none */
    bool argument_optional; /* --watch[=D] */
    enum opt_kind kind;
    const char *long_name;
    const char *argument; /* as --help shows it: "D", "NAME", "KEY=VALUE" */
    const char *default_text;
    const char *choices;
    uint64_t min, max;    /* of OPT_COUNT and OPT_DURATION; max 0: no bound */
    const char *variable; /* of the environment, or NULL; empty counts as unset */
    /** What else the variable may say without being meant for this program ("a|b"): then it is
     *  ignored, so that one SWIM_FORMAT serves all programs. NULL: nothing. */
    const char *variable_choices;
    int (*check)(const char *text, struct why *why);
    const char *help;
    size_t offset; /* of the field in the program's config struct */
};

#define OPT_ROWS_MAX 64 /* of one program; getopt's own table is built on the stack */

/**
 * Parses argv into `config` after setting all defaults and variables. Stops at the first bad
 * option: ERR_USAGE with "--interval: '2x' is no duration (like 200ms, 1.5s, 2m)" in `why`. A bad
 * value of a variable names the variable. ERR_NO_MEMORY; ERR_BUG for a row that its own table
 * contradicts. After an error opt_free is due too. `*operand` is the index of the first operand
 * (options and operands may be mixed; argv is permuted).
 */
int opt_parse(const struct opt *rows, int argc, char **argv, void *config, int *operand,
              struct why *why);

/** Whether the user gave it on the command line, rather than a variable or the default. `argv` is
 *  the one that opt_parse has accepted. */
bool opt_given(const struct opt *rows, int argc, char **argv, const char *long_name);

/** Frees the lists. */
void opt_free(const struct opt *rows, void *config);

/** Whether `text` is one of `choices`, "a|b|c". */
bool opt_is_choice(const char *choices, const char *text);

/** "a|b|c" as people read it, "a, b, c". Returns `buf`, of `size` bytes, cut if too long. */
const char *opt_spell_choices(const char *choices, char *buf, size_t size);

#endif
