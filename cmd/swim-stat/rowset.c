#include "rowset.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

int rowset_add(struct rowset *rows, const struct record *record)
{
    if (rows->count == rows->room) {
        size_t room = rows->room == 0 ? 64 : rows->room * 2;
        struct record **items = reallocarray(rows->items, room, sizeof(struct record *));
        if (items == NULL)
            return ERR_NO_MEMORY;
        rows->items = items;
        rows->room = room;
    }
    struct record *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return ERR_NO_MEMORY;
    record_copy(copy, record);
    rows->items[rows->count++] = copy;
    return 0;
}

/* Numbers, then texts, then what is absent. */
static int rank(const struct record_field *field)
{
    if (field == NULL || field->kind == RECORD_ABSENT)
        return 2;
    return field->kind == RECORD_NUMBER ? 0 : 1;
}

static int compare_column(const struct record *a, const struct record *b, const char *column)
{
    bool reverse = column[0] == '-';
    const char *key = reverse ? column + 1 : column;
    const struct record_field *one = record_find(a, key), *other = record_find(b, key);
    int one_rank = rank(one), other_rank = rank(other), order = one_rank - other_rank;
    if (one_rank == 2 || other_rank == 2)
        return order;
    double x, y;
    if (order == 0 && one_rank == 0 && record_real(a, key, &x) && record_real(b, key, &y))
        order = (x > y) - (x < y);
    else if (order == 0)
        order = strcmp(one->value, other->value);
    return reverse ? -order : order;
}

struct keyed {
    const struct columns *by;
    struct record *record;
    size_t at; /* qsort is not stable by itself */
};

static int compare(const void *a, const void *b)
{
    const struct keyed *one = a, *other = b;
    for (size_t i = 0; i < one->by->count; i++) {
        int order = compare_column(one->record, other->record, one->by->names[i]);
        if (order != 0)
            return order;
    }
    return (one->at > other->at) - (one->at < other->at);
}

int rowset_sort(struct rowset *rows, const struct columns *by)
{
    if (rows->count == 0)
        return 0;
    struct keyed *keyed = calloc(rows->count, sizeof *keyed);
    if (keyed == NULL)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < rows->count; i++)
        keyed[i] = (struct keyed){by, rows->items[i], i};
    qsort(keyed, rows->count, sizeof *keyed, compare);
    for (size_t i = 0; i < rows->count; i++)
        rows->items[i] = keyed[i].record;
    free(keyed);
    return 0;
}

bool rowset_least(const struct rowset *rows, const char *key, size_t *which)
{
    bool found = false;
    double least = 0, value;
    for (size_t i = 0; i < rows->count; i++) {
        if (!record_real(rows->items[i], key, &value) || (found && value >= least))
            continue;
        found = true;
        least = value;
        *which = i;
    }
    return found;
}

void rowset_cut(struct rowset *rows, size_t count)
{
    for (size_t i = count; i < rows->count; i++)
        free(rows->items[i]);
    if (count < rows->count)
        rows->count = count;
}

void rowset_free(struct rowset *rows)
{
    rowset_cut(rows, 0);
    free(rows->items);
    *rows = (struct rowset){.items = NULL};
}
