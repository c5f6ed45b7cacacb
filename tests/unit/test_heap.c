/* The heap of deadlines, against a list that is searched from end to end. */
#include "base/duration.h"
#include "base/heap.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NODES 200

static void an_empty_heap_never_wakes(void **state)
{
    struct heap heap;
    struct heap_node node;

    (void)state;
    heap_init(&heap);
    heap_node_init(&node);
    assert_null(heap_peek(&heap));
    assert_true(heap_deadline(&heap) == NEVER);
    heap_remove(&heap, &node);
    assert_int_equal(heap_set(&heap, &node, NEVER), 0);
    assert_true(node.index == HEAP_ABSENT);
    assert_null(heap_peek(&heap));
    heap_free(&heap);
}

static void never_takes_a_node_out(void **state)
{
    struct heap heap;
    struct heap_node a, b;

    (void)state;
    heap_init(&heap);
    heap_node_init(&a);
    heap_node_init(&b);
    assert_int_equal(heap_set(&heap, &a, 5), 0);
    assert_int_equal(heap_set(&heap, &b, 7), 0);
    assert_ptr_equal(heap_peek(&heap), &a);
    assert_int_equal(heap_set(&heap, &a, 9), 0);
    assert_ptr_equal(heap_peek(&heap), &b);
    assert_int_equal(heap_set(&heap, &b, NEVER), 0);
    assert_true(b.index == HEAP_ABSENT);
    assert_true(heap_deadline(&heap) == 9);
    heap_free(&heap);
    assert_true(a.index == HEAP_ABSENT);
}

/* What the heap should say, from the nodes themselves: those that wait know their deadline. */
static uint64_t earliest(const uint64_t deadlines[NODES])
{
    uint64_t least = NEVER;

    for (size_t i = 0; i < NODES; i++)
        if (deadlines[i] < least)
            least = deadlines[i];
    return least;
}

static void random_operations_agree_with_a_list(void **state)
{
    struct heap_node *nodes = calloc(NODES, sizeof(*nodes));
    uint64_t deadlines[NODES];
    struct heap heap;
    struct rng rng;

    (void)state;
    assert_non_null(nodes);
    heap_init(&heap);
    rng_seed(&rng, 1);
    for (size_t i = 0; i < NODES; i++) {
        heap_node_init(&nodes[i]);
        deadlines[i] = NEVER;
    }
    for (int round = 0; round < 20000; round++) {
        size_t i = (size_t)rng_below(&rng, NODES);
        uint64_t what = rng_below(&rng, 10);

        if (what < 6) {
            deadlines[i] = rng_below(&rng, 1000); /* few values, so that many are equal */
            assert_int_equal(heap_set(&heap, &nodes[i], deadlines[i]), 0);
        } else if (what < 8) {
            deadlines[i] = NEVER;
            heap_remove(&heap, &nodes[i]);
        } else if (heap_peek(&heap) != NULL) {
            i = (size_t)(heap_peek(&heap) - nodes);
            assert_true(deadlines[i] == earliest(deadlines));
            deadlines[i] = NEVER;
            heap_remove(&heap, &nodes[i]);
        }
        assert_true(heap_deadline(&heap) == earliest(deadlines));
        assert_int_equal(nodes[i].index == HEAP_ABSENT, deadlines[i] == NEVER);
        assert_true(nodes[i].deadline == deadlines[i]);
    }
    heap_free(&heap);
    free(nodes);
}

static int compare_deadlines(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void nodes_come_out_sorted(void **state)
{
    struct heap_node nodes[NODES];
    uint64_t sorted[NODES];
    struct heap heap;
    struct rng rng;

    (void)state;
    heap_init(&heap);
    rng_seed(&rng, 2);
    for (size_t i = 0; i < NODES; i++) {
        heap_node_init(&nodes[i]);
        sorted[i] = rng_below(&rng, NODES);
        assert_int_equal(heap_set(&heap, &nodes[i], sorted[i]), 0);
    }
    qsort(sorted, NODES, sizeof(sorted[0]), compare_deadlines);
    for (size_t i = 0; i < NODES; i++) {
        assert_true(heap_deadline(&heap) == sorted[i]);
        heap_remove(&heap, heap_peek(&heap));
    }
    assert_null(heap_peek(&heap));
    heap_free(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_never_wakes),
        cmocka_unit_test(never_takes_a_node_out),
        cmocka_unit_test(random_operations_agree_with_a_list),
        cmocka_unit_test(nodes_come_out_sorted),
    };

    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
