#include "cli/tagmatch.h"

#include "base/name.h"
#include "cli/columns.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum comparison { HAS, EQUAL, UNEQUAL };

struct pattern {
    const char *key;
    size_t key_len;
    enum comparison comparison;
    const char *value;
};

static struct pattern read_pattern(const char *text)
{
    size_t len = strcspn(text, "=!");
    struct pattern pattern = {.key = text, .key_len = len, .comparison = HAS};
    if (text[len] == '=') {
        pattern.comparison = EQUAL;
        pattern.value = text + len + 1;
    } else if (text[len] == '!') {
        pattern.comparison = UNEQUAL;
        pattern.value = text[len + 1] == '=' ? text + len + 2 : NULL;
    }
    return pattern;
}

int tagmatch_check(const char *text, struct why *why)
{
    struct pattern pattern = read_pattern(text);
    bool valid = name_is_tag_key(pattern.key, pattern.key_len);
    if (!valid || (pattern.comparison == UNEQUAL && pattern.value == NULL))
        return why_set(why, ERR_USAGE, "'%s' is not KEY, KEY=VALUE or KEY!=VALUE", text);
    return 0;
}

static bool fits(const struct pattern *pattern, const struct record *record)
{
    char key[sizeof COLUMN_TAG_PREFIX + TAG_KEY_MAX];
    (void)snprintf(key, sizeof key, COLUMN_TAG_PREFIX "%.*s", (int)pattern->key_len, pattern->key);
    const struct record_field *field = record_find(record, key);
    bool has = field != NULL && field->kind != RECORD_ABSENT;
    if (pattern->comparison == HAS)
        return has;
    bool same = has && fnmatch(pattern->value, field->value, 0) == 0;
    return same == (pattern->comparison == EQUAL);
}

static bool same_key(const struct pattern *a, const struct pattern *b)
{
    return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

bool tagmatch_fits(const struct opt_list *wanted, const struct record *record)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const struct pattern pattern = read_pattern(wanted->items[i]);
        bool any = fits(&pattern, record);
        for (size_t j = 0; !any && j < wanted->count && pattern.comparison != UNEQUAL; j++) {
            const struct pattern other = read_pattern(wanted->items[j]);
            any = other.comparison != UNEQUAL && same_key(&pattern, &other) && fits(&other, record);
        }
        if (!any)
            return false;
    }
    return true;
}
