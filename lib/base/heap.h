/**
 * A binary heap of deadlines. The nodes live inside the caller's objects; the heap holds
 * pointers to them and never owns them.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_ABSENT SIZE_MAX

/** Embedded in what waits. `index` is HEAP_ABSENT while in no heap; start with heap_node_init. */
struct heap_node {
    uint64_t deadline;
    size_t index;
};

struct heap {
    struct heap_node **nodes;
    size_t count, capacity;
};

void heap_init(struct heap *heap);

/** Frees the heap's own memory, not the nodes. */
void heap_free(struct heap *heap);

void heap_node_init(struct heap_node *node);

/** Inserts the node, or moves it to its new deadline; NEVER takes it out. 0 or ERR_NO_MEMORY
 *  (only an insertion can fail). */
int heap_set(struct heap *heap, struct heap_node *node, uint64_t deadline);

/** Takes it out; nothing happens if it is not in. */
void heap_remove(struct heap *heap, struct heap_node *node);

/** The earliest node, or NULL. */
struct heap_node *heap_peek(const struct heap *heap);

/** Its deadline, or NEVER. */
uint64_t heap_deadline(const struct heap *heap);

#endif
