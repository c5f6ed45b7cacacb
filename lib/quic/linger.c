#include "quic/linger.h"

#include "base/duration.h"

#include <stdlib.h>
#include <string.h>

struct linger {
    struct heap_node timer; /* first: the heap's pointers are ours */
    struct route *route;
    struct quic_path path;
    uint64_t strays;
    size_t close_len;
    uint8_t close[];
};

void linger_init_all(struct lingers *lingers)
{
    heap_init(&lingers->timers);
}

static void route_free(struct cid_table *cids, struct route *route)
{
    cid_remove_all(cids, route);
    free(route);
}

void linger_start(struct lingers *lingers, struct cid_table *cids, struct route *route,
                  uint64_t until, const struct quic_path *path, const uint8_t *close, size_t len)
{
    route->conn = NULL;
    struct linger *linger = malloc(sizeof(*linger) + len);
    if (linger == NULL) {
        route_free(cids, route);
        return;
    }
    *linger = (struct linger){.route = route, .path = *path, .close_len = len};
    if (len > 0)
        memcpy(linger->close, close, len);
    heap_node_init(&linger->timer);
    if (heap_set(&lingers->timers, &linger->timer, until) != 0) {
        free(linger);
        route_free(cids, route);
        return;
    }
    route->linger = linger;
}

void linger_feed(struct linger *linger, struct outbox *outbox)
{
    linger->strays++;
    bool power_of_two = (linger->strays & (linger->strays - 1)) == 0;
    /* A full outbox loses the answer, as the network might. */
    if (linger->close_len > 0 && power_of_two)
        (void)outbox_push(outbox, &linger->path, linger->close, linger->close_len);
}

static void end(struct lingers *lingers, struct cid_table *cids, struct linger *linger)
{
    heap_remove(&lingers->timers, &linger->timer);
    route_free(cids, linger->route);
    free(linger);
}

void linger_expire(struct lingers *lingers, struct cid_table *cids, uint64_t now)
{
    while (heap_deadline(&lingers->timers) <= now)
        end(lingers, cids, (struct linger *)(void *)heap_peek(&lingers->timers));
}

uint64_t linger_deadline(const struct lingers *lingers)
{
    return heap_deadline(&lingers->timers);
}

void linger_free_all(struct lingers *lingers, struct cid_table *cids)
{
    struct heap_node *node;
    while ((node = heap_peek(&lingers->timers)) != NULL)
        end(lingers, cids, (struct linger *)(void *)node);
    heap_free(&lingers->timers);
}
