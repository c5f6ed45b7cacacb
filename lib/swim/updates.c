#include "swim/updates.h"

#include <assert.h>

void updates_init(struct updates *updates)
{
    *updates = (struct updates){0};
    for (int p = 0; p < UPDATE_PRIORITIES; p++)
        updates->lowest[p] = UPDATES_BUDGET_MAX;
}

static void updates_append(struct updates *updates, struct update_entry *entry)
{
    struct update_list *list = &updates->lists[entry->priority][entry->sent];
    entry->queue = updates;
    entry->previous = list->last;
    entry->next = NULL;
    if (list->last)
        list->last->next = entry;
    else
        list->first = entry;
    list->last = entry;
    updates->count++;
    if (entry->sent < updates->lowest[entry->priority])
        updates->lowest[entry->priority] = entry->sent;
    if (entry->sent > updates->highest[entry->priority])
        updates->highest[entry->priority] = entry->sent;
}

void updates_add(struct updates *updates, struct update_entry *entry, enum update_priority priority)
{
    updates_remove(entry);
    entry->priority = priority;
    entry->sent = 0;
    updates_append(updates, entry);
}

void updates_remove(struct update_entry *entry)
{
    struct updates *updates = entry->queue;
    if (!updates)
        return;
    struct update_list *list = &updates->lists[entry->priority][entry->sent];
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        list->first = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    else
        list->last = entry->previous;
    entry->previous = entry->next = NULL;
    entry->queue = NULL;
    updates->count--;
    if (updates->count == 0)
        for (int p = 0; p < UPDATE_PRIORITIES; p++) {
            updates->lowest[p] = UPDATES_BUDGET_MAX;
            updates->highest[p] = 0;
        }
}

unsigned updates_budget(unsigned mult, size_t n)
{
    unsigned digits = 0; /* ceil(log10(n + 1)) is the number of decimal digits of n */
    for (; n > 0; n /= 10)
        digits++;
    unsigned budget = mult * (digits ? digits : 1);
    return budget > UPDATES_BUDGET_MAX ? UPDATES_BUDGET_MAX : budget ? budget : 1;
}

static struct update_entry *updates_search(const struct updates *updates, int priority,
                                           unsigned sent)
{
    for (; priority < UPDATE_PRIORITIES; priority++) {
        if (sent < updates->lowest[priority])
            sent = updates->lowest[priority];
        for (; sent < UPDATES_BUDGET_MAX && sent <= updates->highest[priority]; sent++)
            if (updates->lists[priority][sent].first)
                return updates->lists[priority][sent].first;
        sent = 0;
    }
    return NULL;
}

struct update_entry *updates_first(const struct updates *updates)
{
    return updates->count ? updates_search(updates, 0, 0) : NULL;
}

struct update_entry *updates_after(const struct updates *updates, const struct update_entry *entry)
{
    assert(entry->queue == updates);
    if (entry->next)
        return entry->next;
    return updates_search(updates, (int)entry->priority, entry->sent + 1);
}

void updates_sent(struct update_entry *entry, unsigned budget)
{
    struct updates *updates = entry->queue;
    unsigned sent = entry->sent + 1;
    updates_remove(entry);
    if (sent >= budget || sent >= UPDATES_BUDGET_MAX)
        return;
    entry->sent = sent;
    updates_append(updates, entry);
}
