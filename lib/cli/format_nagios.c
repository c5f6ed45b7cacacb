#include "cli/checks.h"
#include "cli/format.h"

int format_nagios_row(struct format_rows *rows, const struct record *record)
{
    return checks_feed(rows->checks, record);
}

int format_nagios_end(struct format_rows *rows)
{
    rows->status = checks_write(rows->checks, rows->out);
    return ferror(rows->out) ? ERR_SYSTEM : 0;
}
