#include "cli/format.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct writer {
    const char *name;
    int (*row)(struct format_rows *rows, const struct record *record);
    int (*end)(struct format_rows *rows);
};

static const struct writer writers[FORMAT_COUNT] = {
#define X(SYMBOL, NAME, ROW, END) [FORMAT_##SYMBOL] = {NAME, ROW, END},
    FORMATS(X)
#undef X
};

bool format_find(const char *name, enum format *format)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (strcmp(writers[i].name, name) == 0) {
            *format = (enum format)i;
            return true;
        }
    }
    return false;
}

int format_write(enum format format, const struct record *record, FILE *out)
{
    if (writers[format].end != NULL)
        return ERR_USAGE;
    struct format_rows rows = {.format = format, .out = out};
    return writers[format].row(&rows, record);
}

int format_row(struct format_rows *rows, const struct record *record)
{
    const struct writer *writer = &writers[rows->format];
    if (rows->columns == NULL || writer->end != NULL)
        return writer->row(rows, record);
    struct record picked;
    columns_pick(rows->columns, record, &picked);
    return writer->row(rows, &picked);
}

int format_end(struct format_rows *rows)
{
    const struct writer *writer = &writers[rows->format];
    return writer->end == NULL ? 0 : writer->end(rows);
}

void format_free(struct format_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->cells[i]);
    free(rows->cells);
    rows->cells = NULL;
    rows->count = rows->room = 0;
    for (size_t i = 0; i < rows->kept_count; i++)
        free(rows->kept[i]);
    free(rows->kept);
    rows->kept = NULL;
    rows->kept_count = rows->kept_room = 0;
}

const struct columns *format_columns(const struct format_rows *rows)
{
    return rows->columns != NULL ? rows->columns : &rows->own;
}

/* They outlive the record. */
int format_adopt_columns(struct format_rows *rows, const struct record *record)
{
    struct columns *own = &rows->own;
    if (rows->columns != NULL || own->count > 0)
        return 0;
    columns_of_record(record, own);
    size_t used = 0;
    for (size_t i = 0; i < own->count; i++) {
        size_t size = strlen(own->names[i]) + 1;
        if (size > sizeof own->text - used)
            return ERR_NO_SPACE;
        memcpy(own->text + used, own->names[i], size);
        own->names[i] = own->text + used;
        used += size;
    }
    return 0;
}

bool format_wants_color(const char *when, FILE *out)
{
    if (strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    if (none != NULL && none[0] != '\0')
        return false;
    return term != NULL && strcmp(term, "dumb") != 0 && isatty(fileno(out)) == 1;
}
