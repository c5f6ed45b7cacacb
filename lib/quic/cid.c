#include "quic/cid.h"

#include "base/err.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 64

struct cid_entry {
    uint8_t len;
    uint8_t bytes[CID_LEN_MAX];
    struct route *route;
    struct cid_entry *next_in_bucket;
    struct cid_entry *next_in_route;
};

/* Peers choose the first ID of a connection they open: the seed keeps them from aiming at one
 * bucket, and the bound on accepted connections bounds what they could gain. */
static uint64_t hash(uint64_t seed, const uint8_t *cid, size_t len)
{
    uint64_t h = seed ^ len;
    for (size_t i = 0; i < len; i++) {
        h = (h ^ cid[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h;
}

static struct cid_entry **slot(const struct cid_table *table, const uint8_t *cid, size_t len)
{
    size_t bucket = (size_t)hash(table->seed, cid, len) & (table->bucket_count - 1);
    struct cid_entry **entry = &table->buckets[bucket];
    while (*entry != NULL && ((*entry)->len != len || memcmp((*entry)->bytes, cid, len) != 0))
        entry = &(*entry)->next_in_bucket;
    return entry;
}

int cid_table_init(struct cid_table *table, uint64_t seed)
{
    *table = (struct cid_table){.bucket_count = BUCKETS_FIRST, .seed = seed};
    table->buckets = calloc(table->bucket_count, sizeof(struct cid_entry *));
    return table->buckets != NULL ? 0 : ERR_NO_MEMORY;
}

void cid_table_free(struct cid_table *table)
{
    assert(table->count == 0);
    free(table->buckets);
    table->buckets = NULL;
}

/* A failure to grow costs time only, so it is no error. */
static void grow(struct cid_table *table)
{
    struct cid_table larger = {
        .bucket_count = table->bucket_count * 2, .count = table->count, .seed = table->seed};
    larger.buckets = calloc(larger.bucket_count, sizeof(struct cid_entry *));
    if (larger.buckets == NULL)
        return;
    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct cid_entry *entry = table->buckets[i], *next; entry != NULL; entry = next) {
            next = entry->next_in_bucket;
            entry->next_in_bucket = NULL;
            *slot(&larger, entry->bytes, entry->len) = entry;
        }
    }
    free(table->buckets);
    *table = larger;
}

int cid_add(struct cid_table *table, struct route *route, const uint8_t *cid, size_t len)
{
    assert(len > 0 && len <= CID_LEN_MAX);
    if (*slot(table, cid, len) != NULL)
        return ERR_EXISTS;
    struct cid_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return ERR_NO_MEMORY;
    entry->len = (uint8_t)len;
    memcpy(entry->bytes, cid, len);
    entry->route = route;
    entry->next_in_route = route->entries;
    route->entries = entry;
    if (table->count >= table->bucket_count)
        grow(table);
    *slot(table, cid, len) = entry;
    table->count++;
    return 0;
}

static void unlink_from_table(struct cid_table *table, const struct cid_entry *entry)
{
    struct cid_entry **at = slot(table, entry->bytes, entry->len);
    assert(*at == entry);
    *at = entry->next_in_bucket;
    table->count--;
}

void cid_remove(struct cid_table *table, const uint8_t *cid, size_t len)
{
    struct cid_entry *entry = *slot(table, cid, len);
    if (entry == NULL)
        return;
    unlink_from_table(table, entry);
    struct cid_entry **at = &entry->route->entries;
    while (*at != entry)
        at = &(*at)->next_in_route;
    *at = entry->next_in_route;
    free(entry);
}

void cid_remove_all(struct cid_table *table, struct route *route)
{
    for (struct cid_entry *entry = route->entries, *next; entry != NULL; entry = next) {
        next = entry->next_in_route;
        unlink_from_table(table, entry);
        free(entry);
    }
    route->entries = NULL;
}

struct route *cid_find(const struct cid_table *table, const uint8_t *cid, size_t len)
{
    if (len == 0 || len > CID_LEN_MAX)
        return NULL;
    const struct cid_entry *entry = *slot(table, cid, len);
    return entry != NULL ? entry->route : NULL;
}
