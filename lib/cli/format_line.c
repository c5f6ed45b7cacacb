#include "base/line.h"
#include "cli/format.h"

int format_line_row(struct format_rows *rows, const struct record *record)
{
    char line[LINE_MAX_BYTES + 1];
    size_t len = line_format(record, line, sizeof line);
    if (len == 0)
        return ERR_NO_SPACE;
    return fwrite(line, 1, len, rows->out) == len ? 0 : ERR_SYSTEM;
}
