/**
 * The forms in which records are shown, one list. Line, JSON and csv show a record at once; the
 * others wait for the last one: a table to know how wide its columns are.
 */
#ifndef CLI_FORMAT_H
#define CLI_FORMAT_H

#include "base/err.h"
#include "base/record.h"
#include "cli/columns.h"
#include "cli/nagios.h"

#include <stdbool.h>
#include <stdio.h>

/* X(SYMBOL, name, adds a record, writes what is left) */
#define FORMATS(X)                                                                                 \
    X(LINE, "line", format_line_row, NULL)                                                         \
    X(JSON, "json", format_json_row, NULL)                                                         \
    X(TABLE, "table", format_table_row, format_table_end)                                          \
    X(CSV, "csv", format_csv_row, format_csv_end)                                                  \
    X(PROMETHEUS, "prometheus", format_prometheus_row, format_prometheus_end)                      \
    X(NAGIOS, "nagios", format_nagios_row, format_nagios_end)

/* Every form that some program has: another program ignores such a SWIM_FORMAT. */
#define FORMAT_NAMES "text|table|line|json|csv|prometheus|nagios"

enum format {
#define X(SYMBOL, ...) FORMAT_##SYMBOL,
    FORMATS(X)
#undef X
        FORMAT_COUNT
};

/** Finds a form by its name; false: none. */
bool format_find(const char *name, enum format *format);

/** Writes one record as a line or as JSON with its LF. 0; ERR_NO_SPACE (it does not fit into a
 *  line, or has overflowed); ERR_MALFORMED (a key is both a value and a prefix of others);
 *  ERR_NO_MEMORY; ERR_SYSTEM (a failed write). ERR_USAGE for the
 *  other forms. */
int format_write(enum format format, const struct record *record, FILE *out);

struct checks; /* cli/checks.h */

/** Several records in one form. Fill in the upper part; the rest starts zeroed. */
struct format_rows {
    enum format format;
    FILE *out;
    const struct columns *columns; /* borrowed; NULL: as the records are */
    bool header;                   /* of a table and of csv, which takes it back once written */
    bool color;                    /* of a table: the `state` column */
    bool upright;                  /* a table of few records of many keys: one key a row */
    struct checks *checks;         /* of nagios: the limits, borrowed */

    struct columns own; /* of the first record, where `columns` is NULL */
    char **cells;       /* of a table, row by row */
    size_t count, room;
    struct record **kept; /* of prometheus; an `info` record must be among them */
    size_t kept_count, kept_room;
    enum nagios_status status; /* of nagios, once ended */
};

/** Takes one record. As format_write, and ERR_NO_MEMORY. */
int format_row(struct format_rows *rows, const struct record *record);

/** One cell of a table whose cells are no keys of a record; row by row, without format_row. 0 or
 *  ERR_NO_MEMORY. */
int format_cell(struct format_rows *rows, const char *text);

/** Writes what waits (the header alone, where there was no record but there are columns). */
int format_end(struct format_rows *rows);

/** Frees it; after an error too. */
void format_free(struct format_rows *rows);

/** Whether `out` gets colour: `when` is auto, always or never; auto is a terminal that is not dumb,
 *  without NO_COLOR. */
bool format_wants_color(const char *when, FILE *out);

/** What the form prometheus says of a node that can't be asked. Write errors stay with `out`. */
void format_prometheus_down(const char *target, FILE *out);

/** The columns in force: those given, else those of the first record. */
const struct columns *format_columns(const struct format_rows *rows);

/** Where none were given and none are known yet, takes the record's. 0 or ERR_NO_SPACE. */
int format_adopt_columns(struct format_rows *rows, const struct record *record);

/* The writers; used through the list only. */
int format_line_row(struct format_rows *rows, const struct record *record);
int format_json_row(struct format_rows *rows, const struct record *record);
int format_table_row(struct format_rows *rows, const struct record *record);
int format_table_end(struct format_rows *rows);
int format_csv_row(struct format_rows *rows, const struct record *record);
int format_csv_end(struct format_rows *rows);
int format_prometheus_row(struct format_rows *rows, const struct record *record);
int format_prometheus_end(struct format_rows *rows);
int format_nagios_row(struct format_rows *rows, const struct record *record);
int format_nagios_end(struct format_rows *rows);

#endif
