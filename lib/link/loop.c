#include "link/loop.h"

#include "base/duration.h"
#include "base/err.h"

#include <ev.h>
#include <stdlib.h>
#include <time.h>

/* libev casts between its watcher types, as its documentation shows; a pointer to the first member
 * is a pointer to the struct, so each watcher stands first in its own. */
struct watch {
    ev_io io;
    void (*fn)(void *user);
    void *user;
};

struct signal_watch {
    ev_signal signal;
    void (*fn)(void *user, int signum);
    void *user;
    struct signal_watch *next;
};

struct loop {
    struct ev_loop *ev;
    ev_prepare prepare;
    ev_timer timer;
    uint64_t (*idle)(void *user);
    void *idle_user;
    struct watch **watches; /* a free place is NULL */
    size_t watch_capacity;
    struct signal_watch *signals;
    bool stopped;
};

uint64_t loop_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void on_readable(struct ev_loop *ev, ev_io *io, int events)
{
    struct watch *watch = (struct watch *)io;
    (void)ev;
    (void)events;
    watch->fn(watch->user);
}

static void on_signal(struct ev_loop *ev, ev_signal *signal, int events)
{
    struct signal_watch *watch = (struct signal_watch *)signal;
    (void)ev;
    (void)events;
    watch->fn(watch->user, signal->signum);
}

/* The timer only ends the sleep: what is due is done by the idle function. */
static void on_timer(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev;
    (void)timer;
    (void)events;
}

/* Runs after all other watchers and before the sleep, thus once per wake-up. */
static void on_prepare(struct ev_loop *ev, ev_prepare *prepare, int events)
{
    struct loop *loop = prepare->data;
    (void)events;
    if (!loop->idle || loop->stopped)
        return;
    uint64_t deadline = loop->idle(loop->idle_user);
    uint64_t now = loop_now();
    ev_timer_stop(ev, &loop->timer);
    if (deadline == NEVER || loop->stopped)
        return;
    double after = deadline > now ? (double)(deadline - now) / (double)NS_PER_S : 0.0;
    /* The timer counts from libev's cached time, which was read before the work of this wake-up. */
    ev_now_update(ev);
    ev_timer_set(&loop->timer, after, 0.0);
    ev_timer_start(ev, &loop->timer);
}

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    loop->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (!loop->ev) {
        free(loop);
        return NULL;
    }
    ev_prepare_init(&loop->prepare, on_prepare);
    loop->prepare.data = loop;
    ev_prepare_start(loop->ev, &loop->prepare);
    ev_timer_init(&loop->timer, on_timer, 0.0, 0.0);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    ev_timer_stop(loop->ev, &loop->timer);
    ev_prepare_stop(loop->ev, &loop->prepare);
    for (size_t i = 0; i < loop->watch_capacity; i++)
        loop_unwatch(loop, (int)i);
    free(loop->watches);
    while (loop->signals) {
        struct signal_watch *watch = loop->signals;
        loop->signals = watch->next;
        ev_signal_stop(loop->ev, &watch->signal);
        free(watch);
    }
    ev_loop_destroy(loop->ev);
    free(loop);
}

static int watch_place(struct loop *loop)
{
    for (size_t i = 0; i < loop->watch_capacity; i++)
        if (!loop->watches[i])
            return (int)i;
    size_t capacity = loop->watch_capacity ? 2 * loop->watch_capacity : 4;
    struct watch **watches = reallocarray(loop->watches, capacity, sizeof *watches);
    if (!watches)
        return ERR_NO_MEMORY;
    for (size_t i = loop->watch_capacity; i < capacity; i++)
        watches[i] = NULL;
    int place = (int)loop->watch_capacity;
    loop->watches = watches;
    loop->watch_capacity = capacity;
    return place;
}

int loop_watch(struct loop *loop, int fd, void (*fn)(void *user), void *user)
{
    int place = watch_place(loop);
    struct watch *watch = place < 0 ? NULL : calloc(1, sizeof *watch);
    if (!watch)
        return ERR_NO_MEMORY;
    watch->fn = fn;
    watch->user = user;
    ev_io_init(&watch->io, on_readable, fd, EV_READ);
    ev_io_start(loop->ev, &watch->io);
    loop->watches[place] = watch;
    return place;
}

void loop_unwatch(struct loop *loop, int number)
{
    if (number < 0 || (size_t)number >= loop->watch_capacity || !loop->watches[number])
        return;
    ev_io_stop(loop->ev, &loop->watches[number]->io);
    free(loop->watches[number]);
    loop->watches[number] = NULL;
}

int loop_signal(struct loop *loop, int signum, void (*fn)(void *user, int signum), void *user)
{
    struct signal_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return ERR_NO_MEMORY;
    watch->fn = fn;
    watch->user = user;
    watch->next = loop->signals;
    loop->signals = watch;
    ev_signal_init(&watch->signal, on_signal, signum);
    ev_signal_start(loop->ev, &watch->signal);
    return 0;
}

void loop_set_idle(struct loop *loop, uint64_t (*fn)(void *user), void *user)
{
    loop->idle = fn;
    loop->idle_user = user;
}

void loop_run(struct loop *loop)
{
    while (!loop->stopped)
        ev_run(loop->ev, EVRUN_ONCE);
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
    ev_break(loop->ev, EVBREAK_ALL);
}
