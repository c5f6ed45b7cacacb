#include "cli/condition.h"

#include "base/line.h"

#include <ctype.h>
#include <stdio.h>
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

/* What can be compared besides the states and the members: metric in a condition, key in the
 * node's records. */
static const struct {
    const char *metric, *key;
    enum condition_subject subject;
} metrics[] = {
    {"cert_days", "cert_days", SUBJECT_LEAST},
    {"pool.total", "pool_total", SUBJECT_INFO},
    {"pool.in_use", "pool_in_use", SUBJECT_INFO},
    {"pool.idle", "pool_idle", SUBJECT_INFO},
    {"pool.accepted", "pool_accepted", SUBJECT_INFO},
    {"pool.opened", "pool_opened", SUBJECT_INFO},
    {"pool.reused", "pool_reused", SUBJECT_INFO},
    {"pool.evicted", "pool_evicted", SUBJECT_INFO},
    {"lhm", "lhm", SUBJECT_INFO},
};

/* Numbers of a member, behind its name. */
static const char *const member_keys[] = {"inc", "age", "rtt_ms", "cert_days"};

/* ---- parsing ---- */

static int read_limit(struct condition_term *term, const char *value, struct why *why)
{
    if (!line_is_number(value, strlen(value)))
        return why_set(why, ERR_USAGE, "'%s': '%s' is no number", term->text, value);
    term->limit = strtod(value, NULL);
    return 0;
}

/* node.NAME=STATE or node.NAME.KEY<NUMBER. Names may hold dots, so the value decides which it is.
 */
static int read_node(struct condition_term *term, const char *subject, const char *value,
                     struct why *why)
{
    size_t len = strlen(subject);
    if (member_state_parse(value, strlen(value), &term->state)) {
        if (term->op != OP_EQUAL && term->op != OP_UNEQUAL)
            return why_set(why, ERR_USAGE, "'%s': a state is compared by = or !=", term->text);
        term->subject = SUBJECT_STATE;
        term->limit = term->state;
    } else {
        const char *dot = strrchr(subject, '.');
        for (size_t i = 0; dot != NULL && i < sizeof member_keys / sizeof *member_keys; i++) {
            if (strcmp(dot + 1, member_keys[i]) == 0)
                term->key = member_keys[i];
        }
        if (term->key == NULL)
            return why_set(why, ERR_USAGE,
                           "'%s': '%s' is no state (alive, suspect, dead, left), and the name is "
                           "not followed by .inc, .age, .rtt_ms or .cert_days",
                           term->text, value);
        term->subject = SUBJECT_NODE;
        len = (size_t)(dot - subject);
        int rc = read_limit(term, value, why);
        if (rc != 0)
            return rc;
    }
    if (name_set(&term->node, subject, len) != 0)
        return why_set(why, ERR_USAGE, "'%s': '%.*s' is no node name", term->text, (int)len,
                       subject);
    return 0;
}

static int read_metric(struct condition_term *term, const char *subject, const char *value,
                       struct why *why)
{
    if (member_state_parse(subject, strlen(subject), &term->state)) {
        term->subject = SUBJECT_COUNT;
        return read_limit(term, value, why);
    }
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        if (strcmp(metrics[i].metric, subject) != 0)
            continue;
        term->subject = metrics[i].subject;
        term->key = metrics[i].key;
        return read_limit(term, value, why);
    }
    if (strncmp(subject, "rtt_ms.", strlen("rtt_ms.")) == 0)
        return why_set(why, ERR_USAGE, "'%s': this version knows no percentiles", term->text);
    return why_set(why, ERR_USAGE, "'%s': nothing is called '%s'", term->text, subject);
}

/* A term without comparison: a number, or a mistake. */
static int read_bare(struct condition_term *term, struct why *why)
{
    for (const char *c = term->text; *c != '\0'; c++) {
        if (!isdigit((unsigned char)*c))
            return why_set(why, ERR_USAGE, "'%s' compares nothing (like %s>=1)", term->text,
                           term->text);
    }
    term->subject = SUBJECT_COUNT;
    term->state = MEMBER_ALIVE;
    term->op = OP_AT_LEAST;
    return read_limit(term, term->text, why);
}

static int read_term(const char *text, size_t len, struct condition_term *term, struct why *why)
{
    char subject[sizeof term->text];
    memset(term, 0, sizeof *term);
    if (len == 0)
        return why_set(why, ERR_USAGE, "an empty term");
    if (len >= sizeof term->text)
        return why_set(why, ERR_USAGE, "'%.20s…' is too long", text);
    memcpy(term->text, text, len);
    size_t at = strcspn(term->text, "<>=!");
    if (term->text[at] == '\0')
        return read_bare(term, why);
    memcpy(subject, term->text, at);
    subject[at] = '\0';
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        size_t n = strlen(ops[i].text);
        if (strncmp(term->text + at, ops[i].text, n) != 0)
            continue;
        term->op = ops[i].op;
        const char *value = term->text + at + n;
        if (strncmp(subject, NODE_PREFIX, strlen(NODE_PREFIX)) == 0)
            return read_node(term, subject + strlen(NODE_PREFIX), value, why);
        return read_metric(term, subject, value, why);
    }
    return why_set(why, ERR_USAGE, "'%s': compare by = != < <= > >=", term->text);
}

int condition_parse(const char *text, struct condition *condition, struct why *why)
{
    condition->count = 0;
    for (const char *at = text;;) {
        size_t len = strcspn(at, ",");
        if (condition->count == CONDITION_TERMS_MAX)
            return why_set(why, ERR_USAGE, "more than %d terms", CONDITION_TERMS_MAX);
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
        if (condition->terms[i].subject == SUBJECT_INFO)
            return true;
    }
    return false;
}

bool condition_needs_members(const struct condition *condition)
{
    for (size_t i = 0; i < condition->count; i++) {
        if (condition->terms[i].subject != SUBJECT_INFO)
            return true;
    }
    return false;
}

void condition_begin(struct condition *condition)
{
    for (size_t i = 0; i < condition->count; i++) {
        struct condition_term *term = &condition->terms[i];
        term->known = term->subject == SUBJECT_COUNT; /* no record of a state: there are none */
        term->value = 0;
    }
}

static void feed_number(struct condition_term *term, const struct record *record)
{
    double value;
    if (!record_real(record, term->key, &value))
        return;
    if (term->subject != SUBJECT_LEAST || !term->known || value < term->value)
        term->value = value;
    term->known = true;
}

static void feed_member(struct condition_term *term, const struct record *record)
{
    const char *name = record_text(record, "node"), *text = record_text(record, "state");
    enum member_state state;
    bool same = name != NULL && strcmp(name, term->node.text) == 0;
    bool stated = text != NULL && member_state_parse(text, strlen(text), &state);
    switch (term->subject) {
    case SUBJECT_COUNT:
        term->value += stated && state == term->state ? 1 : 0;
        break;
    case SUBJECT_STATE:
        if (same && stated) {
            term->known = true;
            term->value = state;
        }
        break;
    case SUBJECT_NODE:
        if (same)
            feed_number(term, record);
        break;
    case SUBJECT_LEAST:
        feed_number(term, record);
        break;
    case SUBJECT_INFO:
        break;
    }
}

void condition_feed(struct condition *condition, const struct record *record)
{
    bool member = strcmp(record->event, "member") == 0, info = strcmp(record->event, "info") == 0;
    for (size_t i = 0; i < condition->count; i++) {
        struct condition_term *term = &condition->terms[i];
        if (member)
            feed_member(term, record);
        else if (info && term->subject == SUBJECT_INFO)
            feed_number(term, record);
    }
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

bool condition_holds(const struct condition *condition, struct why *why)
{
    for (size_t i = 0; i < condition->count; i++) {
        const struct condition_term *term = &condition->terms[i];
        if (term->known && compare(term->value, term->op, term->limit))
            continue;
        if (!term->known)
            why_set(why, 0, "%s is not true: unknown here", term->text);
        else if (term->subject == SUBJECT_STATE)
            why_set(why, 0, "%s is not true: it is %s", term->text,
                    member_state_text((enum member_state)(int)term->value));
        else
            why_set(why, 0, "%s is not true: it is %.15g", term->text, term->value);
        return false;
    }
    return true;
}
