#include "table.h"

#include "base/event.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Which state a member event tells of. */
static const struct {
    enum event_kind kind;
    enum member_state state;
} told[] = {
    {EVENT_MEMBER_JOIN, MEMBER_ALIVE},   {EVENT_MEMBER_ALIVE, MEMBER_ALIVE},
    {EVENT_MEMBER_UPDATE, MEMBER_ALIVE}, {EVENT_MEMBER_SUSPECT, MEMBER_SUSPECT},
    {EVENT_MEMBER_DEAD, MEMBER_DEAD},    {EVENT_MEMBER_LEAVE, MEMBER_LEFT},
};

void table_free(struct table *table)
{
    free(table->rows);
    *table = (struct table){0};
}

void table_clear(struct table *table)
{
    table->count = 0;
}

static size_t position(const struct table *table, const struct name *node)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (name_compare(&table->rows[middle].node, node) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct table_row *find(const struct table *table, const struct record *record, size_t *at)
{
    struct name node;
    const char *text = record_text(record, "node");
    *at = table->count;
    if (text == NULL || name_set(&node, text, strlen(text)) != 0)
        return NULL;
    *at = position(table, &node);
    bool there = *at < table->count && name_equal(&table->rows[*at].node, &node);
    return there ? &table->rows[*at] : NULL;
}

static int insert(struct table *table, const struct record *record, size_t at)
{
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 16;
        struct table_row *rows = reallocarray(table->rows, capacity, sizeof *rows);
        if (rows == NULL)
            return ERR_NO_MEMORY;
        table->rows = rows;
        table->capacity = capacity;
    }
    memmove(table->rows + at + 1, table->rows + at, (table->count - at) * sizeof *table->rows);
    table->rows[at] = (struct table_row){.wanted = false};
    const char *text = record_text(record, "node");
    (void)name_set(&table->rows[at].node, text, strlen(text)); /* find has checked it */
    table->count++;
    return 0;
}

static bool tags_fit(const struct opt_list *tags, const struct record *record)
{
    for (size_t i = 0; i < tags->count; i++) {
        char key[sizeof("tag.") + TAG_KEY_MAX] = "tag.";
        const char *equals = strchr(tags->items[i], '=');
        size_t len = (size_t)(equals - tags->items[i]);
        memcpy(key + 4, tags->items[i], len);
        key[4 + len] = 0;
        const char *value = record_text(record, key);
        if (value == NULL || fnmatch(equals + 1, value, 0) != 0)
            return false;
    }
    return true;
}

int table_take(struct table *table, const struct opt_list *tags, const struct record *record)
{
    size_t at;
    struct table_row *row = find(table, record, &at);
    if (strcmp(record->event, event_name(EVENT_MEMBER_REAP)) == 0 && row != NULL) {
        memmove(row, row + 1, (table->count - at - 1) * sizeof *row);
        table->count--;
        return 0;
    }
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        if (strcmp(record->event, event_name(told[i].kind)) != 0)
            continue;
        if (row == NULL && insert(table, record, at) != 0)
            return ERR_NO_MEMORY;
        row = &table->rows[at];
        row->state = told[i].state;
        (void)record_uint(record, "inc", &row->incarnation);
        if (row->state == MEMBER_ALIVE) /* the others tell no tags */
            row->wanted = tags_fit(tags, record);
        return 0;
    }
    return 0;
}

bool table_wants(const struct table *table, const struct record *record)
{
    size_t at;
    const struct table_row *row = find(table, record, &at);
    return row != NULL && row->wanted;
}

bool table_holds(const struct table *table, struct condition *condition)
{
    condition_begin(condition);
    for (size_t i = 0; i < table->count; i++) {
        struct record member;
        record_init(&member, "member", 0);
        record_add_text(&member, "state", member_state_text(table->rows[i].state));
        record_add_name(&member, "node", &table->rows[i].node);
        record_add_uint(&member, "inc", table->rows[i].incarnation);
        if (condition_feed(condition, &member) != 0)
            return false; /* no memory to know it */
    }
    return condition_holds(condition, NULL);
}
