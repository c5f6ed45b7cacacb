#include "cli/format.h"

#include <string.h>

#define CELL_SIZE 4096

/* RFC 4180, but that a line ends as lines do here. An empty text is quoted: absent is not. */
static int write_text(const char *text, size_t len, FILE *out)
{
    if (len > 0 && strcspn(text, ",\"\r\n") == len)
        return fwrite(text, 1, len, out) == len ? 0 : ERR_SYSTEM;
    int rc = putc('"', out);
    for (size_t i = 0; i < len && rc != EOF; i++) {
        if (text[i] == '"')
            rc = putc('"', out);
        if (rc != EOF)
            rc = putc(text[i], out);
    }
    return rc == EOF || putc('"', out) == EOF ? ERR_SYSTEM : 0;
}

static int write_cell(const char *column, const struct record *record, FILE *out)
{
    if (strcmp(column, COLUMN_TAGS) == 0) {
        char cell[CELL_SIZE];
        columns_cell(column, record, cell, sizeof cell);
        return strcmp(cell, "-") == 0 ? 0 : write_text(cell, strlen(cell), out);
    }
    const struct record_field *field = record_find(record, column);
    if (field == NULL || field->kind == RECORD_ABSENT)
        return 0;
    return write_text(field->value, field->value_len, out);
}

static int end_cell(const struct columns *columns, size_t i, FILE *out)
{
    return putc(i + 1 < columns->count ? ',' : '\n', out) == EOF ? ERR_SYSTEM : 0;
}

static int write_header(struct format_rows *rows, const struct columns *columns)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < columns->count; i++) {
        rc = write_text(columns->names[i], strlen(columns->names[i]), rows->out);
        if (rc == 0)
            rc = end_cell(columns, i, rows->out);
    }
    rows->header = false;
    return rc;
}

int format_csv_row(struct format_rows *rows, const struct record *record)
{
    int rc = format_adopt_columns(rows, record);
    const struct columns *columns = format_columns(rows);
    if (rc == 0 && rows->header)
        rc = write_header(rows, columns);
    for (size_t i = 0; rc == 0 && i < columns->count; i++) {
        rc = write_cell(columns->names[i], record, rows->out);
        if (rc == 0)
            rc = end_cell(columns, i, rows->out);
    }
    return rc;
}

int format_csv_end(struct format_rows *rows)
{
    const struct columns *columns = format_columns(rows);
    return rows->header && columns->count > 0 ? write_header(rows, columns) : 0;
}
