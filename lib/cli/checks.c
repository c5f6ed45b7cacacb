#include "cli/checks.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void checks_init(struct checks *checks)
{
    memset(checks, 0, sizeof *checks);
    for (; checks->count < MEMBER_STATE_COUNT; checks->count++) {
        struct check *check = &checks->items[checks->count];
        enum member_state state = (enum member_state)checks->count;
        check->metric = (struct metric){.subject = METRIC_COUNT, .state = state};
        (void)snprintf(check->label, sizeof check->label, "%s", member_state_text(state));
    }
}

/* The check of that metric, added if there is none. */
static int find(struct checks *checks, const char *label, struct check **check, struct why *why)
{
    for (size_t i = 0; i < checks->count; i++) {
        *check = &checks->items[i];
        if (strcmp(checks->items[i].label, label) == 0)
            return 0;
    }
    if (checks->count == CHECKS_MAX)
        return why_set(why, ERR_USAGE, "more than %d limits", CHECKS_MAX);
    *check = &checks->items[checks->count];
    int rc = metric_parse(label, &(*check)->metric, why);
    if (rc != 0)
        return rc;
    memcpy((*check)->label, label, strlen(label) + 1);
    checks->count++;
    return 0;
}

int checks_add(struct checks *checks, const char *text, bool critical, struct why *why)
{
    char label[METRIC_TEXT_SIZE];
    struct check *check = NULL;
    const char *equals = strchr(text, '=');
    if (equals == NULL)
        return why_set(why, ERR_USAGE, "'%s' is not METRIC=RANGE (like dead=0)", text);
    size_t len = (size_t)(equals - text);
    if (len >= sizeof label)
        return why_set(why, ERR_USAGE, "'%.20s…' is too long", text);
    memcpy(label, text, len);
    label[len] = '\0';
    int rc = find(checks, label, &check, why);
    if (rc != 0)
        return why_prefix(why, rc, "'%s'", text);
    bool *has = critical ? &check->has_crit : &check->has_warn;
    if (*has)
        return why_set(why, ERR_USAGE, "'%s': %s has a limit already", text, label);
    *has = true;
    rc = range_parse(equals + 1, critical ? &check->crit : &check->warn, why);
    return rc == 0 ? 0 : why_prefix(why, rc, "'%s'", text);
}

int checks_add_default(struct checks *checks, struct why *why)
{
    int rc = checks_add(checks, "suspect=0", false, why);
    return rc == 0 ? checks_add(checks, "dead=0", true, why) : rc;
}

bool checks_need_info(const struct checks *checks)
{
    for (size_t i = 0; i < checks->count; i++) {
        if (metric_needs_info(&checks->items[i].metric))
            return true;
    }
    return false;
}

void checks_begin(struct checks *checks)
{
    memset(checks->who, 0, sizeof checks->who);
    for (size_t i = 0; i < checks->count; i++)
        metric_begin(&checks->items[i].metric);
}

/* Adds a name, or "…" where it has no room. */
static void add_who(char *who, const char *name)
{
    static const char more[] = "…";
    size_t used = strlen(who), need = used + 1 + strlen(name) + sizeof more;
    if (used >= sizeof more - 1 && strcmp(who + used - (sizeof more - 1), more) == 0)
        return;
    (void)snprintf(who + used, CHECKS_WHO_SIZE - used, "%s%s", used > 0 ? " " : "",
                   need < CHECKS_WHO_SIZE ? name : more);
}

int checks_feed(struct checks *checks, const struct record *record)
{
    const char *name = record_text(record, "node"), *text = record_text(record, "state");
    enum member_state state;
    if (strcmp(record->event, "member") == 0 && name != NULL && text != NULL &&
        member_state_parse(text, strlen(text), &state))
        add_who(checks->who[state], name);
    for (size_t i = 0; i < checks->count; i++) {
        int rc = metric_feed(&checks->items[i].metric, record);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static void append(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(text);
    va_start(arguments, format);
    (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

/* What is wrong with one value: which, how much, who. */
static void tell(const struct checks *checks, const struct check *check,
                 const struct nagios_value *value, char *text, size_t size)
{
    append(text, size, "%s is ", check->label);
    if (value->known)
        append(text, size, "%.12g", value->value);
    else
        append(text, size, "unknown");
    if (check->metric.subject == METRIC_COUNT && check->metric.state != MEMBER_ALIVE &&
        checks->who[check->metric.state][0] != '\0')
        append(text, size, " (%s)", checks->who[check->metric.state]);
    append(text, size, ", ");
}

enum nagios_status checks_write(struct checks *checks, FILE *out)
{
    struct nagios_value values[CHECKS_MAX];
    enum nagios_status status = NAGIOS_OK;
    char text[2048] = "";
    assert(checks->count >= MEMBER_STATE_COUNT); /* checks_init has put them there */
    for (size_t i = 0; i < checks->count; i++) {
        struct check *check = &checks->items[i];
        bool counts = check->metric.subject == METRIC_COUNT;
        values[i] = (struct nagios_value){
            .label = check->label,
            .warn = check->has_warn ? &check->warn : NULL,
            .crit = check->has_crit ? &check->crit : NULL,
            .min = counts ? "0" : "",
            .max = "",
        };
        values[i].known = metric_value(&check->metric, &values[i].value);
        enum nagios_status own = nagios_judge(&values[i]);
        status = nagios_worse(status, own);
        if (own != NAGIOS_OK)
            tell(checks, check, &values[i], text, sizeof text);
    }
    append(text, sizeof text, "%.0f alive, %.0f suspect, %.0f dead", values[MEMBER_ALIVE].value,
           values[MEMBER_SUSPECT].value, values[MEMBER_DEAD].value);
    nagios_write(status, text, values, checks->count, out);
    return status;
}

void checks_free(struct checks *checks)
{
    for (size_t i = 0; i < checks->count; i++)
        metric_free(&checks->items[i].metric);
}
