#include "cli/help.h"

#include "base/duration.h"

#include <inttypes.h>
#include <stdarg.h>

#define COLUMN 30 /* where the explanations begin */

/* Errors stay with the stream, whose owner looks at its end. */
static void put(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(FILE *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(out, format, arguments);
    va_end(arguments);
}

/* "-t, --timeout D" ; returns how wide it was. */
static int write_name(const struct opt *row, FILE *out)
{
    int width = row->short_name != 0 ? fprintf(out, "  -%c, --%s", row->short_name, row->long_name)
                                     : fprintf(out, "      --%s", row->long_name);
    if (row->kind == OPT_FLAG)
        return width;
    width += fprintf(out, row->argument_optional ? "[=" : " ");
    if (row->argument != NULL)
        width += fprintf(out, "%s", row->argument);
    else if (row->choices != NULL)
        width += fprintf(out, "%s", row->choices);
    if (row->argument_optional)
        width += fprintf(out, "]");
    return width;
}

static void write_range(const struct opt *row, FILE *out)
{
    char min[DURATION_TEXT_SIZE], max[DURATION_TEXT_SIZE];
    if (row->max == 0)
        return;
    if (row->kind == OPT_COUNT)
        put(out, ", %" PRIu64 " to %" PRIu64, row->min, row->max);
    else if (row->kind == OPT_DURATION)
        put(out, ", %s to %s", duration_format(row->min, min), duration_format(row->max, max));
}

static void write_row(const struct opt *row, FILE *out)
{
    int width = write_name(row, out);
    if (width >= COLUMN) {
        put(out, "\n");
        width = 0;
    }
    put(out, "%*s%s", COLUMN - width, "", row->help);
    write_range(row, out);
    if (row->choices != NULL && row->argument != NULL)
        put(out, ": %s", row->choices);
    if (row->default_text != NULL)
        put(out, " [%s]", row->default_text);
    if (row->variable != NULL)
        put(out, " (%s)", row->variable);
    put(out, "\n");
}

void help_write(const struct program *program, FILE *out)
{
    put(out, "Usage: %s [OPTION]...%s%s\n%s\n\nOptions:\n", program->name,
        program->operands == NULL ? "" : " ", program->operands == NULL ? "" : program->operands,
        program->summary);
    for (const struct opt *row = program->rows; row->long_name != NULL; row++)
        write_row(row, out);
    if (program->examples == NULL)
        return;
    put(out, "\nExamples:\n");
    for (const char *const *line = program->examples; *line != NULL; line++)
        put(out, "  %s\n", *line);
}
