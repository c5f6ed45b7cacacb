/**
 * What all programs share at their start and end: the common options, --help, --version, the exit
 * code. A program is one `const struct program program` in its run.c; cmd/main.c is every main.
 */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "base/duration.h"
#include "base/err.h"
#include "cli/opt.h"
#include "cli/say.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** First member of every program's config struct. */
struct common {
    bool help, version, verbose, json, dev;
    const char *identity; /* -k or SWIM_IDENTITY; NULL: search */
    uint64_t timeout_ns;  /* -t; 0: the program's own default */
    const char *color;    /* auto, always, never */
    int argc;             /* the command line, for opt_given; set by program_main */
    char **argv;
};

/* Rows that a program's table begins with; all its fields are in `struct common` at offset 0.
 * Defined in program.c's terms: -h -V -v -k -t -j --color --dev. A program that has no use for one
 * leaves it out by listing single rows. */
#define ROW_HELP                                                                                   \
    {                                                                                              \
        .short_name = 'h', .long_name = "help", .kind = OPT_FLAG,                                  \
        .help = "show this help and exit", .offset = offsetof(struct common, help)                 \
    }
#define ROW_VERSION                                                                                \
    {                                                                                              \
        .short_name = 'V', .long_name = "version", .kind = OPT_FLAG,                               \
        .help = "show the version and exit", .offset = offsetof(struct common, version)            \
    }
#define ROW_VERBOSE                                                                                \
    {                                                                                              \
        .short_name = 'v', .long_name = "verbose", .kind = OPT_FLAG,                               \
        .help = "say more on standard error", .offset = offsetof(struct common, verbose)           \
    }
#define ROW_IDENTITY                                                                               \
    {                                                                                              \
        .short_name = 'k', .long_name = "identity", .kind = OPT_TEXT, .argument = "DIR",           \
        .variable = "SWIM_IDENTITY", .help = "identity directory (ca.pem, cert.pem, key.pem)",     \
        .offset = offsetof(struct common, identity)                                                \
    }
#define ROW_TIMEOUT                                                                                \
    {                                                                                              \
        .short_name = 't', .long_name = "timeout", .kind = OPT_DURATION, .argument = "D",          \
        .min = NS_PER_MS, .help = "how long to wait for an answer",                                \
        .offset = offsetof(struct common, timeout_ns)                                              \
    }
#define ROW_JSON                                                                                   \
    {                                                                                              \
        .short_name = 'j', .long_name = "json", .kind = OPT_FLAG, .help = "same as --format json", \
        .offset = offsetof(struct common, json)                                                    \
    }
#define ROW_COLOR                                                                                  \
    {                                                                                              \
        .long_name = "color", .kind = OPT_CHOICE, .argument = "WHEN", .default_text = "auto",      \
        .choices = "auto|always|never", .help = "colour on a terminal (also NO_COLOR)",            \
        .offset = offsetof(struct common, color)                                                   \
    }
#define ROW_DEV                                                                                    \
    {                                                                                              \
        .long_name = "dev", .kind = OPT_FLAG,                                                      \
        .help = "use the throw-away cluster of this user on loopback",                             \
        .offset = offsetof(struct common, dev)                                                     \
    }
#define ROWS_COMMON                                                                                \
    ROW_HELP, ROW_VERSION, ROW_VERBOSE, ROW_IDENTITY, ROW_TIMEOUT, ROW_JSON, ROW_COLOR, ROW_DEV

struct program {
    const char *name;     /* "swim-ping" */
    const char *summary;  /* one line */
    const char *operands; /* as the usage line shows them, "TARGET..."; NULL: takes none */
    const struct opt *rows;
    size_t config_size;          /* of its config struct, which begins with struct common */
    const char *const *examples; /* lines of --help, NULL-terminated; may be NULL */
    /** May be NULL. Told of a command line that is refused: true if it has said so itself, in the
     *  form that was asked for, with the exit code of that form. */
    bool (*on_refusal)(int argc, char *const *argv, const char *text, int *code);
    /** Runs with the operands (argv-like, NULL-terminated) and returns the exit code. */
    int (*run)(const struct program *program, const void *config, int count, char **operands);
};

/**
 * The whole of a main: stdout line-buffered, options parsed, --help and --version answered, an
 * operand refused where the program takes none (exit 2), run called, stdout flushed (a failed
 * write is one line on stderr and EXIT_RESOURCE where the run itself went well).
 * `about` is the text in parentheses of --version.
 */
int program_main(const struct program *program, const char *about, int argc, char **argv);

#endif
