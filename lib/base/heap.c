#include "base/heap.h"

#include "base/duration.h"
#include "base/err.h"

#include <assert.h>
#include <stdlib.h>

#define CAPACITY_FIRST 16

void heap_init(struct heap *heap)
{
    *heap = (struct heap){0};
}

void heap_free(struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        heap_node_init(heap->nodes[i]);
    free(heap->nodes);
    heap_init(heap);
}

void heap_node_init(struct heap_node *node)
{
    node->deadline = NEVER;
    node->index = HEAP_ABSENT;
}

static void put(struct heap *heap, size_t index, struct heap_node *node)
{
    heap->nodes[index] = node;
    node->index = index;
}

static void sift_up(struct heap *heap, struct heap_node *node)
{
    size_t index = node->index;

    while (index > 0) {
        size_t parent = (index - 1) / 2;

        if (heap->nodes[parent]->deadline <= node->deadline)
            break;
        put(heap, index, heap->nodes[parent]);
        index = parent;
    }
    put(heap, index, node);
}

static void sift_down(struct heap *heap, struct heap_node *node)
{
    size_t index = node->index;

    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            heap->nodes[child + 1]->deadline < heap->nodes[child]->deadline)
            child++;
        if (node->deadline <= heap->nodes[child]->deadline)
            break;
        put(heap, index, heap->nodes[child]);
        index = child;
    }
    put(heap, index, node);
}

static int grow(struct heap *heap)
{
    size_t capacity = heap->capacity == 0 ? CAPACITY_FIRST : heap->capacity * 2;
    struct heap_node **nodes = reallocarray(heap->nodes, capacity, sizeof(struct heap_node *));

    if (nodes == NULL)
        return ERR_NO_MEMORY;
    heap->nodes = nodes;
    heap->capacity = capacity;
    return 0;
}

int heap_set(struct heap *heap, struct heap_node *node, uint64_t deadline)
{
    if (deadline == NEVER) {
        heap_remove(heap, node);
        return 0;
    }
    if (node->index == HEAP_ABSENT) {
        if (heap->count == heap->capacity && grow(heap) != 0)
            return ERR_NO_MEMORY;
        node->deadline = deadline;
        put(heap, heap->count++, node);
        sift_up(heap, node);
        return 0;
    }
    assert(heap->nodes[node->index] == node);
    if (deadline < node->deadline) {
        node->deadline = deadline;
        sift_up(heap, node);
    } else {
        node->deadline = deadline;
        sift_down(heap, node);
    }
    return 0;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    struct heap_node *last;
    size_t index = node->index;

    if (index == HEAP_ABSENT)
        return;
    assert(index < heap->count && heap->nodes[index] == node);
    last = heap->nodes[--heap->count];
    if (last != node) {
        put(heap, index, last);
        sift_up(heap, last);
        sift_down(heap, last);
    }
    heap_node_init(node);
}

struct heap_node *heap_peek(const struct heap *heap)
{
    return heap->count == 0 ? NULL : heap->nodes[0];
}

uint64_t heap_deadline(const struct heap *heap)
{
    return heap->count == 0 ? NEVER : heap->nodes[0]->deadline;
}
