#include "fault.h"

#include "base/duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[FAULT_KIND_COUNT] = {
    [FAULT_ANY] = "any", [FAULT_PING] = "ping", [FAULT_PING_REQ] = "ping-req",
    [FAULT_ACK] = "ack", [FAULT_SYNC] = "sync", [FAULT_CONN] = "conn",
};

#define FORM "[ping|ping-req|ack|sync|conn|any][@PEER][#n|#n-m|%%p]:ACTION"

static bool parse_kind(const char *text, size_t len, enum fault_kind *kind)
{
    if (len == 0) {
        *kind = FAULT_ANY;
        return true;
    }
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if (kind_names[i] != NULL && strlen(kind_names[i]) == len &&
            memcmp(kind_names[i], text, len) == 0) {
            *kind = (enum fault_kind)i;
            return true;
        }
    }
    return false;
}

/* Reads digits from `*text` on; no sign, no space, at most what fits in 53 bits. */
static bool parse_number(const char **text, uint64_t *number)
{
    const char *p = *text;
    uint64_t value = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint64_t)(*p - '0');
        if (value > INCARNATION_MAX) {
            return false;
        }
    }
    if (p == *text) {
        return false;
    }
    *text = p;
    *number = value;
    return true;
}

/* `n` or `n-m`, n from 1. */
static bool parse_range(const char *text, struct fault_rule *rule)
{
    rule->when = FAULT_NUMBERED;
    if (!parse_number(&text, &rule->first)) {
        return false;
    }
    rule->last = rule->first;
    if (*text == '-') {
        text++;
        if (!parse_number(&text, &rule->last)) {
            return false;
        }
    }
    return *text == '\0' && rule->first >= 1 && rule->first <= rule->last;
}

/* 0 to 100, decimals allowed. */
static bool parse_percent(const char *text, struct fault_rule *rule)
{
    rule->when = FAULT_CHANCE;
    if (text[0] == '\0' || text[strspn(text, "0123456789.")] != '\0') {
        return false;
    }
    char *end = NULL;
    rule->percent = strtod(text, &end);
    return *end == '\0' && rule->percent >= 0 && rule->percent <= 100;
}

/* What stands before the colon. */
static int parse_selector(const char *text, struct fault_rule *rule, struct why *why)
{
    size_t len = strcspn(text, "@#%");
    if (!parse_kind(text, len, &rule->kind)) {
        return why_set(why, ERR_USAGE, "'%.*s' is no kind: the form is " FORM, (int)len, text);
    }
    text += len;
    if (*text == '@') {
        text++;
        len = strcspn(text, "#%");
        if (name_set(&rule->peer, text, len) < 0) {
            return why_set(why, ERR_USAGE, "'%.*s' is no node's name", (int)len, text);
        }
        text += len;
    }
    rule->when = FAULT_ALWAYS;
    if (*text == '#' && !parse_range(text + 1, rule)) {
        return why_set(why, ERR_USAGE, "'%s' is no number from 1 or range of them (#3, #2-5)",
                       text);
    }
    if (*text == '%' && !parse_percent(text + 1, rule)) {
        return why_set(why, ERR_USAGE, "'%s' is no chance from %%0 to %%100", text);
    }
    return 0;
}

int fault_parse(const char *text, struct fault_rule *rule, struct why *why)
{
    memset(rule, 0, sizeof(*rule));
    size_t len = strlen(text);
    const char *colon = strchr(text, ':');
    if (colon == NULL) {
        return why_set(why, ERR_USAGE, "'%.60s' is no rule: the form is " FORM, text);
    }
    if (len > FAULT_TEXT_MAX) {
        return why_set(why, ERR_USAGE, "a rule has at most %d bytes", FAULT_TEXT_MAX);
    }
    memcpy(rule->text, text, len);
    char selector[FAULT_TEXT_MAX + 1] = {0};
    memcpy(selector, text, (size_t)(colon - text));
    int err = parse_selector(selector, rule, why);
    if (err < 0) {
        return err;
    }
    return action_parse(colon + 1, &rule->use, why);
}

int fault_check(const char *text, struct why *why)
{
    struct fault_rule rule;
    return fault_parse(text, &rule, why);
}

void faults_init(struct faults *faults, uint64_t seed)
{
    memset(faults, 0, sizeof(*faults));
    rng_seed(&faults->rng, seed);
}

void faults_free(struct faults *faults)
{
    free(faults->peers);
    faults->peers = NULL;
    faults->peer_count = 0;
}

int faults_add(struct faults *faults, const char *text, struct why *why)
{
    if (faults->count == FAULT_RULES_MAX) {
        return why_set(why, ERR_LIMIT, "at most %d rules", FAULT_RULES_MAX);
    }
    int err = fault_parse(text, &faults->rules[faults->count], why);
    if (err < 0) {
        return err;
    }
    faults->count++;
    return 0;
}

void faults_clear(struct faults *faults)
{
    faults->count = 0;
}

enum fault_kind fault_kind_of(enum message_type type)
{
    switch (type) {
    case MESSAGE_PING:
        return FAULT_PING;
    case MESSAGE_PING_REQ:
        return FAULT_PING_REQ;
    case MESSAGE_ACK:
        return FAULT_ACK;
    case MESSAGE_SYNC:
        return FAULT_SYNC;
    default:
        return FAULT_OTHER;
    }
}

/* The tally of one peer, made at its first arrival. NULL: out of memory. */
static struct fault_tally *tally_of(struct faults *faults, const struct name *peer)
{
    for (size_t i = 0; i < faults->peer_count; i++) {
        if (name_equal(&faults->peers[i].peer, peer)) {
            return &faults->peers[i];
        }
    }
    struct fault_tally *grown =
        reallocarray(faults->peers, faults->peer_count + 1, sizeof(*faults->peers));
    if (grown == NULL) {
        return NULL;
    }
    faults->peers = grown;
    struct fault_tally *tally = &grown[faults->peer_count++];
    *tally = (struct fault_tally){.peer = *peer};
    return tally;
}

static void count_arrival(struct fault_tally *tally, enum fault_kind kind)
{
    tally->count[kind]++;
    if (kind != FAULT_CONN) { /* a connection is no message */
        tally->count[FAULT_ANY]++;
    }
}

static bool selects(const struct fault_rule *rule, enum fault_kind kind, const struct name *peer)
{
    bool kind_fits = rule->kind == kind || (rule->kind == FAULT_ANY && kind != FAULT_CONN);
    return kind_fits && (name_is_empty(&rule->peer) || name_equal(&rule->peer, peer));
}

/* Whether a rule that selects this arrival applies to it. */
static bool applies(struct faults *faults, const struct fault_rule *rule,
                    const struct fault_tally *tally)
{
    uint64_t number = tally->count[rule->kind];
    switch (rule->when) {
    case FAULT_ALWAYS:
        return true;
    case FAULT_NUMBERED:
        return number >= rule->first && number <= rule->last;
    case FAULT_CHANCE:
        return rng_unit(&faults->rng) * 100 < rule->percent;
    }
    return false;
}

int faults_match(struct faults *faults, enum fault_kind kind, const struct name *peer,
                 const struct fault_rule **rule)
{
    *rule = NULL;
    struct fault_tally *own = tally_of(faults, peer);
    if (own == NULL) {
        return ERR_NO_MEMORY;
    }
    count_arrival(own, kind);
    count_arrival(&faults->all, kind);
    for (size_t i = 0; i < faults->count; i++) {
        struct fault_rule *one = &faults->rules[i];
        const struct fault_tally *tally = name_is_empty(&one->peer) ? &faults->all : own;
        if (selects(one, kind, peer) && applies(faults, one, tally)) {
            one->fired++;
            faults->fired++;
            *rule = one;
            return 0;
        }
    }
    return 0;
}

const struct fault_rule *faults_unfired(const struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault_rule *rule = &faults->rules[i];
        if (rule->when == FAULT_NUMBERED && rule->fired == 0) {
            return rule;
        }
    }
    return NULL;
}
