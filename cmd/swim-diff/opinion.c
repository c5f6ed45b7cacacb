#include "opinion.h"

#include "base/err.h"
#include "cli/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAGS_SIZE 8192

void opinion_free(struct opinion *opinion)
{
    for (size_t i = 0; i < opinion->count; i++)
        free(opinion->items[i].tags);
    free(opinion->items);
    *opinion = (struct opinion){.items = NULL};
}

static int read_belief(const struct record *record, struct belief *belief)
{
    const char *node = record_text(record, "node"), *state = record_text(record, "state");
    const char *addr = record_text(record, "addr");
    *belief = (struct belief){.tags = NULL};
    if (node == NULL || name_set(&belief->node, node, strlen(node)) != 0 || state == NULL ||
        !member_state_parse(state, strlen(state), &belief->state) ||
        !record_uint(record, "inc", &belief->incarnation))
        return ERR_MALFORMED;
    (void)snprintf(belief->addr, sizeof belief->addr, "%s", addr != NULL ? addr : "-");
    return 0;
}

int opinion_take(struct opinion *opinion, const struct record *record)
{
    char tags[TAGS_SIZE];
    struct belief belief;
    int rc = read_belief(record, &belief);
    if (rc != 0)
        return rc;
    if (opinion->count == opinion->room) {
        size_t room = opinion->room == 0 ? 16 : opinion->room * 2;
        struct belief *items = reallocarray(opinion->items, room, sizeof *items);
        if (items == NULL)
            return ERR_NO_MEMORY;
        opinion->items = items;
        opinion->room = room;
    }
    belief.tags = strdup(columns_cell(COLUMN_TAGS, record, tags, sizeof tags));
    if (belief.tags == NULL)
        return ERR_NO_MEMORY;
    opinion->items[opinion->count++] = belief;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct belief *one = a, *other = b;
    return name_compare(&one->node, &other->node);
}

void opinion_sort(struct opinion *opinion)
{
    if (opinion->count > 0)
        qsort(opinion->items, opinion->count, sizeof *opinion->items, by_name);
}

const struct belief *opinion_find(const struct opinion *opinion, const struct name *node)
{
    const struct belief key = {.node = *node};
    if (opinion->count == 0)
        return NULL;
    return bsearch(&key, opinion->items, opinion->count, sizeof key, by_name);
}

bool belief_is_live(const struct belief *belief)
{
    return belief != NULL && (belief->state == MEMBER_ALIVE || belief->state == MEMBER_SUSPECT);
}

const char *belief_difference(const struct belief *one, const struct belief *other)
{
    if (!belief_is_live(one) || !belief_is_live(other))
        return belief_is_live(one) == belief_is_live(other) ? NULL : "state";
    if (one->incarnation != other->incarnation)
        return "inc";
    if (strcmp(one->addr, other->addr) != 0)
        return "addr";
    return strcmp(one->tags, other->tags) != 0 ? "tags" : NULL;
}
