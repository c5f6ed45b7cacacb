#include "cli/format.h"

#include <stdlib.h>
#include <string.h>

#define GAP 2 /* blanks between two columns */
#define CELL_SIZE 4096
#define COLOR_END "\033[0m"

static const struct {
    const char *state, *code;
} colors[] = {
    {"alive", "\033[32m"},
    {"suspect", "\033[33m"},
    {"dead", "\033[31m"},
    {"left", "\033[2m"},
};

int format_cell(struct format_rows *rows, const char *text)
{
    if (rows->count == rows->room) {
        size_t room = rows->room == 0 ? 64 : rows->room * 2;
        char **cells = reallocarray(rows->cells, room, sizeof *cells);
        if (cells == NULL)
            return ERR_NO_MEMORY;
        rows->cells = cells;
        rows->room = room;
    }
    char *copy = strdup(text);
    if (copy == NULL)
        return ERR_NO_MEMORY;
    rows->cells[rows->count++] = copy;
    return 0;
}

int format_table_row(struct format_rows *rows, const struct record *record)
{
    int rc = format_adopt_columns(rows, record);
    const struct columns *columns = format_columns(rows);
    for (size_t i = 0; rc == 0 && i < columns->count; i++) {
        char cell[CELL_SIZE];
        rc = format_cell(rows, columns_cell(columns->names[i], record, cell, sizeof cell));
    }
    return rc;
}

/* Characters, not bytes: in UTF-8 those that continue one are 10xxxxxx. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0U) != 0x80U;
    return width;
}

static const char *color_of(const struct format_rows *rows, const char *column, const char *cell)
{
    if (!rows->color || strcmp(column, "state") != 0)
        return NULL;
    for (size_t i = 0; i < sizeof colors / sizeof *colors; i++) {
        if (strcmp(colors[i].state, cell) == 0)
            return colors[i].code;
    }
    return NULL;
}

/* Writes one cell, filled up to `width` unless that is 0 (the last of its row). */
static int write_cell(const char *cell, const char *color, size_t width, FILE *out)
{
    int rc = color == NULL ? fputs(cell, out) : fprintf(out, "%s%s" COLOR_END, color, cell);
    if (rc >= 0 && width > 0)
        rc = fprintf(out, "%*s", (int)(width - width_of(cell) + GAP), "");
    return rc < 0 ? ERR_SYSTEM : 0;
}

static void measure(const struct format_rows *rows, const struct columns *columns, size_t *widths)
{
    for (size_t c = 0; c < columns->count; c++)
        widths[c] = rows->header ? width_of(columns->names[c]) : 0;
    for (size_t i = 0; i < rows->count; i++) {
        size_t width = width_of(rows->cells[i]), *widest = &widths[i % columns->count];
        *widest = width > *widest ? width : *widest;
    }
}

static int write_flat(const struct format_rows *rows, const struct columns *columns)
{
    size_t widths[COLUMNS_MAX];
    measure(rows, columns, widths);
    size_t head = rows->header ? columns->count : 0;
    for (size_t i = 0; i < head + rows->count; i++) {
        size_t c = i % columns->count;
        const char *cell = i < head ? columns->names[c] : rows->cells[i - head];
        const char *color = i < head ? NULL : color_of(rows, columns->names[c], cell);
        bool last = c + 1 == columns->count;
        int rc = write_cell(cell, color, last ? 0 : widths[c], rows->out);
        if (rc == 0 && last && fputc('\n', rows->out) == EOF)
            rc = ERR_SYSTEM;
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int write_upright(const struct format_rows *rows, const struct columns *columns)
{
    size_t widest = 0;
    for (size_t c = 0; c < columns->count; c++) {
        size_t width = width_of(columns->names[c]);
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < rows->count; i++) {
        const char *name = columns->names[i % columns->count];
        int rc = rows->header ? write_cell(name, NULL, widest, rows->out) : 0;
        if (rc == 0 && fprintf(rows->out, "%s\n", rows->cells[i]) < 0)
            rc = ERR_SYSTEM;
        if (rc != 0)
            return rc;
    }
    return 0;
}

int format_table_end(struct format_rows *rows)
{
    const struct columns *columns = format_columns(rows);
    if (columns->count == 0)
        return 0;
    return rows->upright ? write_upright(rows, columns) : write_flat(rows, columns);
}
