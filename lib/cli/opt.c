#include "cli/opt.h"

#include "base/addr.h"
#include "base/duration.h"
#include "base/name.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define LONG_BASE 256 /* getopt_long returns this plus the row's index, clear of short names */
#define LABEL_SIZE 64

/* What getopt wants to know of the rows, in its own terms. */
struct getopt_table {
    struct option longs[OPT_ROWS_MAX + 1];
    char shorts[3 * OPT_ROWS_MAX + 2];
};

static int argument_of(const struct opt *row)
{
    if (row->kind == OPT_FLAG)
        return no_argument;
    return row->argument_optional ? optional_argument : required_argument;
}

static void table_build(struct getopt_table *table, const struct opt *rows)
{
    memset(table, 0, sizeof *table);
    char *shorts = table->shorts;
    *shorts++ = ':'; /* tell a missing argument from an unknown option */
    for (size_t i = 0; rows[i].long_name != NULL; i++) {
        assert(i < OPT_ROWS_MAX);
        int argument = argument_of(&rows[i]);
        table->longs[i] = (struct option){rows[i].long_name, argument, NULL, LONG_BASE + (int)i};
        if (rows[i].short_name == 0)
            continue;
        *shorts++ = rows[i].short_name;
        for (int colons = argument; colons > 0; colons--)
            *shorts++ = ':'; /* one: required, two: optional; as the constants count */
    }
}

static const struct opt *row_of(const struct opt *rows, int found)
{
    if (found >= LONG_BASE)
        return &rows[found - LONG_BASE];
    for (const struct opt *row = rows; row->long_name != NULL; row++) {
        if (row->short_name != 0 && row->short_name == found)
            return row;
    }
    return NULL;
}

bool opt_is_choice(const char *choices, const char *text)
{
    size_t len = strlen(text);
    for (const char *at = choices; len > 0;) {
        size_t n = strcspn(at, "|");
        if (n == len && strncmp(at, text, n) == 0)
            return true;
        if (at[n] == '\0')
            break;
        at += n + 1;
    }
    return false;
}

const char *opt_spell_choices(const char *choices, char *buf, size_t size)
{
    size_t used = 0;
    for (const char *c = choices; *c != '\0' && used + 3 < size; c++) {
        if (*c == '|') {
            buf[used++] = ',';
            buf[used++] = ' ';
        } else {
            buf[used++] = *c;
        }
    }
    buf[used] = '\0';
    return buf;
}

static int set_choice(const struct opt *row, const char *label, const char *text, void *field,
                      struct why *why)
{
    if (opt_is_choice(row->choices, text)) {
        *(const char **)field = text;
        return 0;
    }
    char list[WHY_SIZE / 2];
    return why_set(why, ERR_USAGE, "%s: '%s' is none of %s", label, text,
                   opt_spell_choices(row->choices, list, sizeof list));
}

static int parse_count(const char *text, uint64_t *value)
{
    if (!isdigit((unsigned char)text[0]))
        return ERR_USAGE;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return ERR_USAGE;
    *value = number;
    return 0;
}

static int set_count(const struct opt *row, const char *label, const char *text, void *field,
                     struct why *why)
{
    uint64_t value;
    if (parse_count(text, &value) != 0)
        return why_set(why, ERR_USAGE, "%s: '%s' is no whole number", label, text);
    if (value < row->min)
        return why_set(why, ERR_USAGE, "%s: %s is less than %llu", label, text,
                       (unsigned long long)row->min);
    if (row->max != 0 && value > row->max)
        return why_set(why, ERR_USAGE, "%s: %s is more than %llu", label, text,
                       (unsigned long long)row->max);
    *(uint64_t *)field = value;
    return 0;
}

static int set_duration(const struct opt *row, const char *label, const char *text, void *field,
                        struct why *why)
{
    uint64_t value;
    char bound[DURATION_TEXT_SIZE];
    if (duration_parse(text, &value) != 0)
        return why_set(why, ERR_USAGE, "%s: '%s' is no duration (like 200ms, 1.5s, 2m)", label,
                       text);
    if (value < row->min)
        return why_set(why, ERR_USAGE, "%s: %s is less than %s", label, text,
                       duration_format(row->min, bound));
    if (row->max != 0 && value > row->max)
        return why_set(why, ERR_USAGE, "%s: %s is more than %s", label, text,
                       duration_format(row->max, bound));
    *(uint64_t *)field = value;
    return 0;
}

static int set_address(const char *label, const char *text, void *field, struct why *why)
{
    struct hostport hostport;
    if (addr_split(text, PORT_DEFAULT, &hostport) != 0)
        return why_set(why, ERR_USAGE, "%s: '%s' is no address (like host:7436, [::1]:7436)", label,
                       text);
    *(const char **)field = text;
    return 0;
}

static int set_name(const char *label, const char *text, void *field, struct why *why)
{
    struct name name;
    if (name_set(&name, text, strlen(text)) != 0)
        return why_set(why, ERR_USAGE,
                       "%s: '%s' is no node name (1 to %d letters, digits, '.', '_', '-', the "
                       "first a letter or digit)",
                       label, text, NAME_LEN_MAX);
    *(const char **)field = text;
    return 0;
}

static int add_to_list(const char *text, struct opt_list *list)
{
    const char **items = reallocarray(list->items, list->count + 1, sizeof *items);
    if (items == NULL)
        return ERR_NO_MEMORY;
    list->items = items;
    list->items[list->count++] = text;
    return 0;
}

/* Sets one field from a text; `label` says whose text it is. */
static int set_field(const struct opt *row, const char *label, const char *text, void *config,
                     struct why *why)
{
    void *field = (char *)config + row->offset;
    if (row->check != NULL) {
        int rc = row->check(text, why);
        if (rc != 0)
            return why_prefix(why, rc, "%s", label);
    }
    switch (row->kind) {
    case OPT_FLAG:
        *(bool *)field = true;
        return 0;
    case OPT_TEXT:
        *(const char **)field = text;
        return 0;
    case OPT_COUNT:
        return set_count(row, label, text, field, why);
    case OPT_DURATION:
        return set_duration(row, label, text, field, why);
    case OPT_ADDRESS:
        return set_address(label, text, field, why);
    case OPT_NAME:
        return set_name(label, text, field, why);
    case OPT_CHOICE:
        return set_choice(row, label, text, field, why);
    case OPT_LIST:
        return add_to_list(text, field);
    }
    return ERR_BUG;
}

static int set_default(const struct opt *row, void *config, struct why *why)
{
    if (row->default_text != NULL &&
        set_field(row, row->long_name, row->default_text, config, why) != 0)
        return ERR_BUG;
    const char *value = row->variable == NULL ? NULL : getenv(row->variable);
    if (value == NULL || value[0] == '\0')
        return 0;
    if (row->kind == OPT_CHOICE && row->variable_choices != NULL &&
        !opt_is_choice(row->choices, value) && opt_is_choice(row->variable_choices, value))
        return 0;
    return set_field(row, row->variable, value, config, why);
}

static int set_given(const struct opt *row, const char *argument, void *config, struct why *why)
{
    char label[LABEL_SIZE] = "--";
    strncat(label, row->long_name, sizeof label - 3);
    if (row->kind != OPT_FLAG && argument == NULL) {
        if (row->default_text == NULL)
            return ERR_BUG; /* an optional argument needs what it stands for */
        argument = row->default_text;
    }
    return set_field(row, label, argument, config, why);
}

/* getopt found a fault; optopt and argv tell which. */
static int tell_fault(const struct opt *rows, int found, char **argv, struct why *why)
{
    const struct opt *row = optopt == 0 ? NULL : row_of(rows, optopt);
    if (row != NULL && found == ':')
        return why_set(why, ERR_USAGE, "--%s: needs an argument, %s", row->long_name,
                       row->argument);
    if (row != NULL)
        return why_set(why, ERR_USAGE, "--%s: takes no argument", row->long_name);
    if (optopt != 0)
        return why_set(why, ERR_USAGE, "unknown option -%c", optopt);
    return why_set(why, ERR_USAGE, "unknown or ambiguous option %s", argv[optind - 1]);
}

int opt_parse(const struct opt *rows, int argc, char **argv, void *config, int *operand,
              struct why *why)
{
    for (const struct opt *row = rows; row->long_name != NULL; row++) {
        int rc = set_default(row, config, why);
        if (rc != 0)
            return rc;
    }
    struct getopt_table table;
    table_build(&table, rows);
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    for (;;) {
        int found = getopt_long(argc, argv, table.shorts, table.longs, NULL);
        if (found == -1)
            break;
        const struct opt *row = found == '?' || found == ':' ? NULL : row_of(rows, found);
        if (row == NULL)
            return tell_fault(rows, found, argv, why);
        int rc = set_given(row, optarg, config, why);
        if (rc != 0)
            return rc;
    }
    *operand = optind;
    return 0;
}

bool opt_given(const struct opt *rows, int argc, char **argv, const char *long_name)
{
    struct getopt_table table;
    table_build(&table, rows);
    optind = 0;
    opterr = 0;
    for (;;) {
        int found = getopt_long(argc, argv, table.shorts, table.longs, NULL);
        if (found == -1)
            return false;
        const struct opt *row = found == '?' || found == ':' ? NULL : row_of(rows, found);
        if (row != NULL && strcmp(row->long_name, long_name) == 0)
            return true;
    }
}

void opt_free(const struct opt *rows, void *config)
{
    for (const struct opt *row = rows; row->long_name != NULL; row++) {
        if (row->kind != OPT_LIST)
            continue;
        struct opt_list *list = (struct opt_list *)(void *)((char *)config + row->offset);
        free(list->items);
        *list = (struct opt_list){NULL, 0};
    }
}
