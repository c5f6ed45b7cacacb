#include "cli/columns.h"

#include "base/line.h"
#include "cli/opt.h"

#include <stdio.h>
#include <string.h>

static bool is_tag(const char *key)
{
    return strncmp(key, COLUMN_TAG_PREFIX, strlen(COLUMN_TAG_PREFIX)) == 0;
}

static bool is_known(const char *known, const char *name)
{
    if (known == NULL || opt_is_choice(known, name))
        return true;
    return is_tag(name) && opt_is_choice(known, COLUMN_TAGS);
}

int columns_parse(const char *list, const char *known, struct columns *columns, struct why *why)
{
    columns->count = 0;
    size_t size = strlen(list) + 1;
    if (size > sizeof columns->text)
        return why_set(why, ERR_USAGE, "the list is too long");
    memcpy(columns->text, list, size);
    for (char *at = columns->text, *name; (name = strsep(&at, ",")) != NULL;) {
        char choices[WHY_SIZE / 2];
        if (name[0] == '\0')
            return why_set(why, ERR_USAGE, "'%s' holds an empty name", list);
        if (!is_known(known, name))
            return why_set(why, ERR_USAGE, "'%s' is none of %s", name,
                           opt_spell_choices(known, choices, sizeof choices));
        if (columns_have(columns, name))
            return why_set(why, ERR_USAGE, "'%s' is named twice", name);
        if (columns->count == COLUMNS_MAX)
            return why_set(why, ERR_USAGE, "more than %d names", COLUMNS_MAX);
        columns->names[columns->count++] = name;
    }
    return 0;
}

void columns_of_record(const struct record *record, struct columns *columns)
{
    columns->count = 0;
    for (size_t i = 0; i < record->count && columns->count < COLUMNS_MAX; i++) {
        const char *key = record->fields[i].key;
        if (!is_tag(key))
            columns->names[columns->count++] = key;
        else if (!columns_have(columns, COLUMN_TAGS))
            columns->names[columns->count++] = COLUMN_TAGS;
    }
}

bool columns_have(const struct columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (strcmp(columns->names[i], name) == 0)
            return true;
    }
    return false;
}

static void add_field(struct record *to, const struct record_field *field)
{
    switch (field->kind) {
    case RECORD_ABSENT:
        record_add_absent(to, field->key);
        break;
    case RECORD_NUMBER:
        record_add_number_text(to, field->key, field->value, field->value_len);
        break;
    case RECORD_TEXT:
        record_add_bytes(to, field->key, field->value, field->value_len);
        break;
    }
}

void columns_pick(const struct columns *columns, const struct record *from, struct record *to)
{
    record_init(to, from->event, from->wall_ns);
    for (size_t i = 0; i < columns->count; i++) {
        const char *name = columns->names[i];
        if (strcmp(name, COLUMN_TAGS) == 0) {
            for (size_t f = 0; f < from->count; f++) {
                if (is_tag(from->fields[f].key))
                    add_field(to, &from->fields[f]);
            }
            continue;
        }
        const struct record_field *field = record_find(from, name);
        if (field == NULL)
            record_add_absent(to, name);
        else
            add_field(to, field);
    }
}

/* Whether a reader who splits rows at spaces would take it for something else. */
static bool needs_quotes(const struct record_field *field)
{
    if (field->value_len == 0 || strcmp(field->value, "-") == 0)
        return true;
    for (const char *c = field->value; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        bool c1 = byte == 0xc2 && (unsigned char)c[1] < 0xa0; /* a terminal obeys these too */
        if (byte <= ' ' || byte == 0x7f || c1)
            return true;
    }
    return false;
}

static size_t put_value(const struct record_field *field, char *buf, size_t size)
{
    if (field == NULL || field->kind == RECORD_ABSENT)
        return (size_t)snprintf(buf, size, "-");
    if (field->kind == RECORD_TEXT && needs_quotes(field)) {
        size_t len = line_format_value(field->value, field->value_len, buf, size);
        return len > 0 ? len : (size_t)snprintf(buf, size, "(too-long)");
    }
    return (size_t)snprintf(buf, size, "%s", field->value);
}

static void put_tags(const struct record *record, char *buf, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < record->count && used < size; i++) {
        const struct record_field *field = &record->fields[i];
        if (!is_tag(field->key))
            continue;
        used += (size_t)snprintf(buf + used, size - used, "%s%s=", used == 0 ? "" : ",",
                                 field->key + strlen(COLUMN_TAG_PREFIX));
        if (used < size)
            used += put_value(field, buf + used, size - used);
    }
    if (used == 0)
        (void)snprintf(buf, size, "-");
}

const char *columns_cell(const char *column, const struct record *record, char *buf, size_t size)
{
    if (strcmp(column, COLUMN_TAGS) == 0)
        put_tags(record, buf, size);
    else
        put_value(record_find(record, column), buf, size);
    return buf;
}
