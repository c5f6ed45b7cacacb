#include "base/utf8.h"
#include "base/wall.h"
#include "cli/format.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Numbers go out as the digits that the record holds: through a double 0.1 would not come back as
 * 0.1 everywhere. So the nesting is written here, and only texts are jansson's. */

/* A text with each byte that is no UTF-8 replaced, as the line form has it. NULL: no memory. */
static json_t *mend_string(const char *text, size_t len)
{
    char *mended = malloc(len * UTF8_REPLACEMENT_LEN + 1);
    size_t used = 0;
    if (mended == NULL)
        return NULL;
    for (size_t i = 0; i < len;) {
        size_t n = utf8_sequence(text + i, len - i);
        memcpy(mended + used, n > 0 ? text + i : UTF8_REPLACEMENT,
               n > 0 ? n : UTF8_REPLACEMENT_LEN);
        used += n > 0 ? n : UTF8_REPLACEMENT_LEN;
        i += n > 0 ? n : 1;
    }
    json_t *string = json_stringn(mended, used);
    free(mended);
    return string;
}

static int write_text(const char *text, size_t len, FILE *out)
{
    json_t *string = json_stringn(text, len);
    if (string == NULL)
        string = mend_string(text, len);
    if (string == NULL)
        return ERR_NO_MEMORY;
    char *quoted = json_dumps(string, JSON_ENCODE_ANY | JSON_COMPACT);
    json_decref(string);
    if (quoted == NULL)
        return ERR_NO_MEMORY;
    int rc = fputs(quoted, out) < 0 ? ERR_SYSTEM : 0;
    free(quoted);
    return rc;
}

static int write_value(const struct record_field *field, FILE *out)
{
    if (field->kind == RECORD_TEXT)
        return write_text(field->value, field->value_len, out);
    const char *bare = field->kind == RECORD_NUMBER ? field->value : "null";
    return fputs(bare, out) < 0 ? ERR_SYSTEM : 0;
}

/* The part of a key behind the prefix, or NULL if it has another one. */
static const char *behind(const char *key, const char *prefix, size_t prefix_len)
{
    return strncmp(key, prefix, prefix_len) == 0 ? key + prefix_len : NULL;
}

/* Whether an earlier field of the record has the same name below the prefix: then the name was
 * written there, its object as a whole. `*clash`: one is a value and the other an object. */
static bool is_written(const struct record *record, size_t until, size_t prefix_len,
                       const char *name, size_t name_len, bool *clash)
{
    const char *key = record->fields[until].key;
    for (size_t i = 0; i < until; i++) {
        const char *other = behind(record->fields[i].key, key, prefix_len);
        if (other == NULL || strncmp(other, name, name_len) != 0 ||
            (other[name_len] != '.' && other[name_len] != '\0'))
            continue;
        *clash = other[name_len] == '\0' || name[name_len] == '\0';
        return true;
    }
    return false;
}

/* Writes the members of the object of all keys that begin like `like` up to `prefix_len`. Depth is
 * bounded by the dots of a key, and that by the record's arena. */
static int write_members(const struct record *record, const char *like, size_t prefix_len,
                         bool first, FILE *out)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct record_field *field = &record->fields[i];
        const char *name = behind(field->key, like, prefix_len);
        if (name == NULL)
            continue;
        size_t len = strcspn(name, ".");
        bool clash = false;
        if (is_written(record, i, prefix_len, name, len, &clash)) {
            if (clash)
                return ERR_MALFORMED;
            continue;
        }
        if (!first && fputc(',', out) == EOF)
            return ERR_SYSTEM;
        first = false;
        int rc = write_text(name, len, out);
        if (rc == 0 && fputc(':', out) == EOF)
            rc = ERR_SYSTEM;
        if (rc == 0 && name[len] == '\0') {
            rc = write_value(field, out);
        } else if (rc == 0) {
            if (fputc('{', out) == EOF)
                return ERR_SYSTEM;
            rc = write_members(record, field->key, prefix_len + len + 1, true, out);
            if (rc == 0 && fputc('}', out) == EOF)
                rc = ERR_SYSTEM;
        }
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int write_object(const struct record *record, FILE *out)
{
    char time[WALL_TEXT_SIZE];
    if (fprintf(out, "{\"time\":\"%s\",\"event\":\"%s\"", wall_format(record->wall_ns, time),
                record->event) < 0)
        return ERR_SYSTEM;
    int rc = write_members(record, "", 0, false, out);
    if (rc == 0 && fputs("}\n", out) < 0)
        rc = ERR_SYSTEM;
    return rc;
}

/* By way of a buffer, so that a record that can't be written leaves no half of a line. */
int format_json_row(struct format_rows *rows, const struct record *record)
{
    char *text = NULL;
    size_t size = 0;
    if (record->overflow)
        return ERR_NO_SPACE;
    FILE *buffer = open_memstream(&text, &size);
    if (buffer == NULL)
        return ERR_NO_MEMORY;
    int rc = write_object(record, buffer);
    if (fclose(buffer) != 0 && rc == 0)
        rc = ERR_NO_MEMORY;
    if (rc == 0 && fwrite(text, 1, size, rows->out) != size)
        rc = ERR_SYSTEM;
    free(text);
    return rc;
}
