#include "cli/condition.h"

#include "base/line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NODE_PREFIX "node."

/* Two characters before one, or "<=" would be "<" and "=…". */
static const struct {
    const char *text;
    enum condition_op op;
} ops[] = {
    {">=", OP_AT_LEAST}, {"<=", OP_AT_MOST}, {"!=", OP_UNEQUAL},
    {"=", OP_EQUAL},     {"<", OP_LESS},     {">", OP_MORE},
};

/* ---- parsing ---- */

static int read_limit(struct condition_term *term, const char *value, struct why *why)
{
    if (!line_is_number(value, strlen(value)))
        return why_set(why, ERR_USAGE, "'%s' is no number", value);
    term->limit = strtod(value, NULL);
    return 0;
}

/* node.NAME=STATE or node.NAME.KEY<NUMBER. Names may hold dots, so the value decides which it is.
 */
static int read_subject(struct condition_term *term, const char *subject, const char *value,
                        struct why *why)
{
    bool node = strncmp(subject, NODE_PREFIX, strlen(NODE_PREFIX)) == 0;
    enum member_state state;
    if (node && member_state_parse(value, strlen(value), &state)) {
        const char *name = subject + strlen(NODE_PREFIX);
        if (term->op != OP_EQUAL && term->op != OP_UNEQUAL)
            return why_set(why, ERR_USAGE, "a state is compared by = or !=");
        term->limit = state;
        return metric_of_state(name, strlen(name), &term->metric, why);
    }
    int rc = metric_parse(subject, &term->metric, why);
    if (rc != 0 && node && term->metric.key == NULL)
        return why_prefix(why, rc, "'%s' is no state (alive, suspect, dead, left)", value);
    return rc == 0 ? read_limit(term, value, why) : rc;
}

/* A term without comparison: a number, or a mistake. */
static int read_bare(struct condition_term *term, struct why *why)
{
    for (const char *c = term->text; *c != '\0'; c++) {
        if (!isdigit((unsigned char)*c))
            return why_set(why, ERR_USAGE, "'%s' compares nothing (like %s>=1)", term->text,
                           term->text);
    }
    term->metric = (struct metric){.subject = METRIC_COUNT, .state = MEMBER_ALIVE};
    term->op = OP_AT_LEAST;
    return read_limit(term, term->text, why);
}

static int read_comparison(struct condition_term *term, size_t at, struct why *why)
{
    char subject[METRIC_TEXT_SIZE];
    memcpy(subject, term->text, at);
    subject[at] = '\0';
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        size_t n = strlen(ops[i].text);
        if (strncmp(term->text + at, ops[i].text, n) != 0)
            continue;
        term->op = ops[i].op;
        return read_subject(term, subject, term->text + at + n, why);
    }
    return why_set(why, ERR_USAGE, "compare by = != < <= > >=");
}

static int read_term(const char *text, size_t len, struct condition_term *term, struct why *why)
{
    memset(term, 0, sizeof *term);
    if (len >= sizeof term->text)
        return why_set(why, ERR_USAGE, "'%.20s…' is too long", text);
    memcpy(term->text, text, len);
    size_t at = strcspn(term->text, "<>=!");
    if (term->text[at] == '\0')
        return read_bare(term, why);
    int rc = read_comparison(term, at, why);
    return rc == 0 ? 0 : why_prefix(why, rc, "'%s'", term->text);
}

int condition_parse(const char *text, struct condition *condition, struct why *why)
{
    condition->count = 0;
    for (const char *at = text;;) {
        size_t len = strcspn(at, ",");
        if (condition->count == CONDITION_TERMS_MAX)
            return why_set(why, ERR_USAGE, "more than %d terms", CONDITION_TERMS_MAX);
        if (len == 0)
            return why_set(why, ERR_USAGE, "'%.60s' has an empty term", text);
        int rc = read_term(at, len, &condition->terms[condition->count], why);
        if (rc != 0)
            return rc;
        condition->count++;
        if (at[len] == '\0')
            return 0;
        at += len + 1;
    }
}

/* ---- judging ---- */

bool condition_needs_info(const struct condition *condition)
{
    for (size_t i = 0; i < condition->count; i++) {
        if (metric_needs_info(&condition->terms[i].metric))
            return true;
    }
    return false;
}

bool condition_needs_members(const struct condition *condition)
{
    for (size_t i = 0; i < condition->count; i++) {
        if (!metric_needs_info(&condition->terms[i].metric))
            return true;
    }
    return false;
}

void condition_begin(struct condition *condition)
{
    for (size_t i = 0; i < condition->count; i++)
        metric_begin(&condition->terms[i].metric);
}

int condition_feed(struct condition *condition, const struct record *record)
{
    for (size_t i = 0; i < condition->count; i++) {
        int rc = metric_feed(&condition->terms[i].metric, record);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static bool compare(double value, enum condition_op op, double limit)
{
    switch (op) {
    case OP_EQUAL:
        return !(value < limit) && !(value > limit);
    case OP_UNEQUAL:
        return value < limit || value > limit;
    case OP_LESS:
        return value < limit;
    case OP_AT_MOST:
        return value <= limit;
    case OP_MORE:
        return value > limit;
    case OP_AT_LEAST:
        return value >= limit;
    }
    return false;
}

bool condition_holds(struct condition *condition, struct why *why)
{
    for (size_t i = 0; i < condition->count; i++) {
        struct condition_term *term = &condition->terms[i];
        double value;
        bool known = metric_value(&term->metric, &value);
        if (known && compare(value, term->op, term->limit))
            continue;
        if (!known)
            why_set(why, 0, "%s is not true: unknown here", term->text);
        else if (term->metric.subject == METRIC_STATE)
            why_set(why, 0, "%s is not true: it is %s", term->text,
                    member_state_text((enum member_state)(int)value));
        else
            why_set(why, 0, "%s is not true: it is %.15g", term->text, value);
        return false;
    }
    return true;
}

void condition_free(struct condition *condition)
{
    for (size_t i = 0; i < condition->count; i++)
        metric_free(&condition->terms[i].metric);
}
