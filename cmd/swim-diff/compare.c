#include "compare.h"

#include "base/wall.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return name_compare(a, b);
}

/* The names that anybody knows, in order, each once; NULL: out of memory. */
static struct name *all_names(const struct witness *witnesses, size_t count, size_t *names_count)
{
    size_t total = 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        total += witnesses[i].opinion.count;
    struct name *names = calloc(total + 1, sizeof *names);
    if (names == NULL)
        return NULL;
    total = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < witnesses[i].opinion.count; k++)
            names[total++] = witnesses[i].opinion.items[k].node;
    qsort(names, total, sizeof *names, by_name);
    for (size_t i = 0; i < total; i++)
        if (kept == 0 || !name_equal(&names[kept - 1], &names[i]))
            names[kept++] = names[i];
    *names_count = kept;
    return names;
}

/* One side of a disagreement, under keys that begin with `prefix`. */
static void add_belief(struct record *record, const char *prefix, const struct belief *belief)
{
    char key[32];
    (void)snprintf(key, sizeof key, "%sstate", prefix);
    record_add_text(record, key, belief != NULL ? member_state_text(belief->state) : "unknown");
    (void)snprintf(key, sizeof key, "%sinc", prefix);
    if (belief != NULL)
        record_add_uint(record, key, belief->incarnation);
    else
        record_add_absent(record, key);
    (void)snprintf(key, sizeof key, "%saddr", prefix);
    record_add_text(record, key, belief != NULL ? belief->addr : NULL);
    (void)snprintf(key, sizeof key, "%stags", prefix);
    bool none = belief == NULL || strcmp(belief->tags, "-") == 0;
    record_add_text(record, key, none ? NULL : belief->tags);
}

static bool has_own(const struct witness *witness)
{
    return witness->state == WITNESS_TOLD;
}

/* Whether one of those before `index` holds the same: then it was told with that one. */
static bool is_told(const struct witness *witnesses, size_t index, const struct name *node)
{
    const struct belief *belief = opinion_find(&witnesses[index].opinion, node);
    for (size_t i = 1; i < index; i++)
        if (has_own(&witnesses[i]) &&
            belief_difference(opinion_find(&witnesses[i].opinion, node), belief) == NULL)
            return true;
    return false;
}

static size_t count_alike(const struct witness *witnesses, size_t count, size_t index,
                          const struct name *node)
{
    const struct belief *belief = opinion_find(&witnesses[index].opinion, node);
    size_t alike = 0;
    for (size_t i = index; i < count; i++)
        alike += has_own(&witnesses[i]) &&
                 belief_difference(opinion_find(&witnesses[i].opinion, node), belief) == NULL;
    return alike;
}

static int compare_node(const struct witness *witnesses, size_t count, const struct name *node,
                        enum format format, FILE *out, size_t *found)
{
    const struct belief *mine = opinion_find(&witnesses[0].opinion, node);
    int rc = 0;
    for (size_t i = 1; rc == 0 && i < count; i++) {
        if (!has_own(&witnesses[i]))
            continue;
        const struct belief *theirs = opinion_find(&witnesses[i].opinion, node);
        const char *what = belief_difference(mine, theirs);
        if (what == NULL || is_told(witnesses, i, node))
            continue;
        struct record record;
        record_init(&record, "diff", wall_now_ns());
        record_add_name(&record, "node", node);
        record_add_text(&record, "what", what);
        record_add_name(&record, "seen_by", &witnesses[0].node);
        add_belief(&record, "", mine);
        record_add_name(&record, "other", &witnesses[i].node);
        record_add_uint(&record, "others", count_alike(witnesses, count, i, node));
        add_belief(&record, "other_", theirs);
        ++*found;
        rc = format_write(format, &record, out);
    }
    return rc;
}

int compare_all(const struct witness *witnesses, size_t count, enum format format, FILE *out,
                size_t *found)
{
    size_t names_count;
    struct name *names = all_names(witnesses, count, &names_count);
    if (names == NULL)
        return ERR_NO_MEMORY;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < names_count; i++)
        rc = compare_node(witnesses, count, &names[i], format, out, found);
    free(names);
    return rc;
}
