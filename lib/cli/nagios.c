#include "cli/nagios.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

enum nagios_status nagios_judge(const struct nagios_value *value)
{
    if (!value->known)
        return value->warn != NULL || value->crit != NULL ? NAGIOS_UNKNOWN : NAGIOS_OK;
    if (value->crit != NULL && range_alerts(value->crit, value->value))
        return NAGIOS_CRITICAL;
    if (value->warn != NULL && range_alerts(value->warn, value->value))
        return NAGIOS_WARNING;
    return NAGIOS_OK;
}

enum nagios_status nagios_worse(enum nagios_status a, enum nagios_status b)
{
    static const int ranks[] = {
        [NAGIOS_OK] = 0, [NAGIOS_UNKNOWN] = 1, [NAGIOS_WARNING] = 2, [NAGIOS_CRITICAL] = 3};
    return ranks[a] > ranks[b] ? a : b;
}

/* "|" begins the values, and a line is all that there is. */
static void write_text(const char *text, FILE *out)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool unfit = (unsigned char)*c < 0x20 || *c == 0x7f || *c == '|';
        (void)putc(unfit ? '/' : *c, out);
    }
}

static const char *limit_text(const struct range *range)
{
    return range != NULL ? range->text : "";
}

void nagios_write(enum nagios_status status, const char *text, const struct nagios_value *values,
                  size_t count, FILE *out)
{
    (void)fprintf(out, "SWIM %s - ", names[status]);
    write_text(text, out);
    for (size_t i = 0; i < count; i++) {
        const struct nagios_value *value = &values[i];
        (void)fprintf(out, "%s%s=", i == 0 ? " | " : " ", value->label);
        if (value->known)
            (void)fprintf(out, "%.12g", value->value);
        else
            (void)putc('U', out);
        (void)fprintf(out, ";%s;%s;%s;%s", limit_text(value->warn), limit_text(value->crit),
                      value->min, value->max);
    }
    (void)putc('\n', out);
}

/* Read by hand: what getopt refuses may stand before what we look for. */
bool nagios_is_asked(int argc, char *const *argv)
{
    const char *form = getenv("SWIM_FORMAT");
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "-j") == 0 || strcmp(argv[i], "--json") == 0)
            return false;
        if (strcmp(argv[i], "--format") == 0 && i + 1 < argc)
            form = argv[++i];
        else if (strncmp(argv[i], "--format=", strlen("--format=")) == 0)
            form = argv[i] + strlen("--format=");
    }
    return form != NULL && strcmp(form, "nagios") == 0;
}

bool nagios_on_refusal(int argc, char *const *argv, const char *text, int *code)
{
    if (!nagios_is_asked(argc, argv))
        return false;
    nagios_write(NAGIOS_UNKNOWN, text, NULL, 0, stdout);
    *code = NAGIOS_UNKNOWN;
    return true;
}

enum nagios_status nagios_of_error(int err)
{
    switch (err_exit(err)) {
    case EXIT_YES:
        return NAGIOS_OK;
    case EXIT_NO:
    case EXIT_UNREACHABLE:
        return NAGIOS_CRITICAL;
    default:
        return NAGIOS_UNKNOWN;
    }
}
