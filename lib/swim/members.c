#include "swim/members.h"

#include "base/duration.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_FIRST 16

void members_init(struct members *members)
{
    *members = (struct members){0};
}

static void member_free(struct member *member)
{
    free(member->told.tags);
    free(member->told.reason);
    free(member->evidence);
    free(member);
}

void members_free(struct members *members)
{
    members_sweep(members);
    for (size_t i = 0; i < members->count; i++)
        member_free(members->sorted[i]);
    free(members->sorted);
    members_init(members);
}

/* Where `name` stands, or would stand. */
static size_t members_position(const struct members *members, const struct name *name)
{
    size_t low = 0, high = members->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (name_compare(&members->sorted[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct member *members_find(const struct members *members, const struct name *name)
{
    size_t i = members_position(members, name);
    if (i < members->count && name_equal(&members->sorted[i]->name, name))
        return members->sorted[i];
    return NULL;
}

static bool members_grow(struct members *members)
{
    size_t capacity = members->capacity ? members->capacity * 2 : MEMBERS_FIRST;
    struct member **sorted = realloc(members->sorted, capacity * sizeof(struct member *));
    if (!sorted)
        return false;
    members->sorted = sorted;
    members->capacity = capacity;
    return true;
}

struct member *members_add(struct members *members, const struct name *name, uint64_t now)
{
    if (members->count == MEMBERS_MAX)
        return NULL;
    if (members->count == members->capacity && !members_grow(members))
        return NULL;
    struct member *member = calloc(1, sizeof(*member));
    if (!member)
        return NULL;
    member->name = *name;
    member->known_ns = now;
    member->rtt_ns = NEVER;
    heap_node_init(&member->timer);
    size_t i = members_position(members, name);
    assert(i == members->count || !name_equal(&members->sorted[i]->name, name));
    memmove(members->sorted + i + 1, members->sorted + i,
            (members->count - i) * sizeof(struct member *));
    members->sorted[i] = member;
    members->count++;
    return member;
}

void members_remove(struct members *members, struct member *member)
{
    size_t i = members_position(members, &member->name);
    assert(i < members->count && members->sorted[i] == member);
    members->count--;
    memmove(members->sorted + i, members->sorted + i + 1,
            (members->count - i) * sizeof(struct member *));
    member->next = members->gone;
    members->gone = member;
}

struct blob *members_blob(const uint8_t *data, size_t len, bool *ok)
{
    *ok = true;
    if (len == 0)
        return NULL;
    struct blob *blob = malloc(sizeof(*blob) + len + 1);
    if (!blob) {
        *ok = false;
        return NULL;
    }
    blob->next = NULL;
    blob->len = len;
    memcpy(blob->data, data, len);
    blob->data[len] = 0;
    return blob;
}

void members_retire(struct members *members, struct blob *blob)
{
    if (!blob)
        return;
    blob->next = members->retired;
    members->retired = blob;
}

void members_sweep(struct members *members)
{
    while (members->retired) {
        struct blob *blob = members->retired;
        members->retired = blob->next;
        free(blob);
    }
    while (members->gone) {
        struct member *member = members->gone;
        members->gone = member->next;
        member_free(member);
    }
}

void member_to_update(const struct member *member, const struct name *us, uint64_t now,
                      struct update *update)
{
    const struct told *told = &member->told;
    *update = (struct update){
        .node = member->name,
        .incarnation = told->incarnation,
        .state = told->state,
        .instance = told->instance,
        .addr = told->addr,
        .tags = member_tags(member),
        .by = told->state == MEMBER_SUSPECT && member->accused ? *us : told->by,
        .accusation = told->accusation,
        .prune = member->prune,
    };
    if (told->state >= MEMBER_DEAD)
        update->age_ms = (now - told->since_ns + told->older_ns) / NS_PER_MS;
    if (told->reason)
        update->reason = (struct bytes){told->reason->data, told->reason->len};
}

bool member_is_live(const struct member *member)
{
    return member->shown == MEMBER_ALIVE || member->shown == MEMBER_SUSPECT;
}

struct tags member_tags(const struct member *member)
{
    const struct blob *blob = member->told.tags;
    return blob ? (struct tags){blob->data, blob->len} : (struct tags){NULL, 0};
}
