#include "matrix.h"

#include "base/wall.h"
#include "link/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A host that is silent does not use up the time of the others. */
#define SHARE_MIN_NS (500 * NS_PER_MS)

#define CORNER "from/to" /* no name holds a slash */
#define CELL_SIZE 64

static struct hostport hostport_of(const struct addr *addr)
{
    char text[ADDR_TEXT_SIZE];
    struct hostport hostport;
    /* An address that was read or none: then it is one that nothing can be reached at. */
    if (addr_is_none(addr) || addr_split(addr_format(addr, text), 0, &hostport) != 0)
        hostport = (struct hostport){.host = "0.0.0.0"};
    return hostport;
}

/* What is not known is in the answer too, as nothing. */
static int show_nothing_of(struct look *look, const struct teller *teller)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < look->teller_count; i++) {
        struct record record;
        if (&look->tellers[i] == teller)
            continue;
        record_init(&record, look->plan->verb->event, wall_now_ns());
        record_add_name(&record, "node", &teller->name);
        record_add_name(&record, "peer", &look->tellers[i].name);
        record_add_absent(&record, "state");
        record_add_absent(&record, "rtt_ms");
        rc = look_show(look, &record);
    }
    return rc;
}

static uint64_t share_of(uint64_t deadline, size_t left)
{
    assert(left > 0);
    uint64_t now = loop_now(), rest = deadline > now ? deadline - now : 0, share = rest / left;
    if (share < SHARE_MIN_NS)
        share = SHARE_MIN_NS < rest ? SHARE_MIN_NS : rest;
    return now + share;
}

/* Half an answer is none. */
static int ask_one(struct look *look, const struct teller *teller, const struct hostport *at,
                   uint64_t deadline)
{
    struct why why = {""}, *outer = look->why;
    size_t before = look->kept.count;
    look->why = &why;
    int rc = look_ask(look, REQUEST_RTT, at, deadline);
    look->why = outer;
    if (rc == 0)
        return 0;
    if (teller->first || look->refusal.text[0] != '\0') {
        *look->why = why;
        return rc;
    }
    (void)say_error(why_prefix(&why, rc, "%s", teller->name.text), &why);
    look->complete = false;
    rowset_cut(&look->kept, before);
    return show_nothing_of(look, teller);
}

int matrix_ask(struct look *look, const struct hostport *first)
{
    int rc = 0;
    size_t left = 0;
    for (size_t i = 0; i < look->teller_count; i++)
        left += look->tellers[i].asked;
    for (size_t i = 0; rc == 0 && i < look->teller_count; i++) {
        const struct teller *teller = &look->tellers[i];
        struct hostport at = teller->first ? *first : hostport_of(&teller->addr);
        if (!teller->asked)
            continue;
        look->found = true;
        rc = ask_one(look, teller, &at, share_of(look->deadline, left--));
    }
    return rc;
}

bool matrix_fits(const struct look *look)
{
    return look->teller_count < COLUMNS_MAX;
}

static int by_name(const void *a, const void *b)
{
    const struct teller *one = a, *other = b;
    return name_compare(&one->name, &other->name);
}

/* Where a name stands, or `count`. */
static size_t place_of(const struct look *look, const struct record *record, const char *key)
{
    const char *text = record_text(record, key);
    for (size_t i = 0; text != NULL && i < look->teller_count; i++) {
        if (strcmp(look->tellers[i].name.text, text) == 0)
            return i;
    }
    return look->teller_count;
}

static int write_row(struct look *look, const struct record **cells, const struct teller *teller)
{
    int rc = format_cell(&look->rows, teller->name.text);
    for (size_t i = 0; rc == 0 && i < look->teller_count; i++) {
        char cell[CELL_SIZE] = "-";
        if (cells[i] != NULL)
            columns_cell("rtt_ms", cells[i], cell, sizeof cell);
        rc = format_cell(&look->rows, cell);
    }
    return rc;
}

int matrix_write(struct look *look)
{
    size_t count = look->teller_count;
    struct columns columns = {.names = {CORNER}, .count = 1};
    const struct record **cells = calloc(count * count + 1, sizeof(struct record *));
    if (cells == NULL)
        return ERR_NO_MEMORY;
    if (count > 0)
        qsort(look->tellers, count, sizeof *look->tellers, by_name);
    for (size_t i = 0; i < count; i++)
        columns.names[columns.count++] = look->tellers[i].name.text;
    for (size_t i = 0; i < look->kept.count; i++) {
        const struct record *record = look->kept.items[i];
        size_t from = place_of(look, record, "node"), to = place_of(look, record, "peer");
        if (from < count && to < count)
            cells[from * count + to] = record;
    }
    int rc = 0;
    look->rows.columns = &columns;
    look->rows.upright = false;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (look->tellers[i].asked)
            rc = write_row(look, cells + i * count, &look->tellers[i]);
    }
    if (rc == 0)
        rc = format_end(&look->rows);
    look->rows.columns = NULL;
    look->shown = look->kept.count;
    free(cells);
    return rc;
}
