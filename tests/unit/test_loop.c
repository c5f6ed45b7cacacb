#include "link/loop.h"

#include "base/duration.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

struct scene {
    struct loop *loop;
    int fd, watch;
    unsigned read, idles, signals;
    uint64_t deadline;
};

static int make(void **state)
{
    static struct scene scene;
    scene = (struct scene){.loop = loop_new(), .fd = eventfd(0, EFD_NONBLOCK), .deadline = NEVER};
    assert_non_null(scene.loop);
    assert_true(scene.fd >= 0);
    *state = &scene;
    return 0;
}

static int clear(void **state)
{
    struct scene *scene = *state;
    loop_free(scene->loop);
    close(scene->fd);
    return 0;
}

static void on_read(void *user)
{
    struct scene *scene = user;
    eventfd_t value;
    assert_int_equal(eventfd_read(scene->fd, &value), 0);
    scene->read++;
    loop_unwatch(scene->loop, scene->watch);
    loop_stop(scene->loop);
}

static void on_signal(void *user, int signum)
{
    struct scene *scene = user;
    assert_int_equal(signum, SIGUSR1);
    scene->signals++;
    loop_stop(scene->loop);
}

static uint64_t until_deadline(void *user)
{
    struct scene *scene = user;
    scene->idles++;
    if (loop_now() >= scene->deadline)
        loop_stop(scene->loop);
    return scene->deadline;
}

static void a_readable_descriptor_is_told(void **state)
{
    struct scene *scene = *state;
    scene->watch = loop_watch(scene->loop, scene->fd, on_read, scene);
    assert_true(scene->watch >= 0);
    assert_int_equal(eventfd_write(scene->fd, 1), 0);
    loop_run(scene->loop);
    assert_int_equal(scene->read, 1);
}

static void it_sleeps_until_the_deadline_and_not_much_longer(void **state)
{
    struct scene *scene = *state;
    uint64_t begun = loop_now();
    scene->deadline = begun + 20 * NS_PER_MS;
    loop_set_idle(scene->loop, until_deadline, scene);
    loop_run(scene->loop);
    assert_true(loop_now() >= scene->deadline);
    assert_true(loop_now() < begun + 5 * NS_PER_S);
    assert_true(scene->idles < 20); /* no spinning on the way */
}

static void a_signal_is_told_even_where_it_was_ignored(void **state)
{
    struct scene *scene = *state;
    signal(SIGUSR1, SIG_IGN);
    assert_int_equal(loop_signal(scene->loop, SIGUSR1, on_signal, scene), 0);
    raise(SIGUSR1);
    loop_run(scene->loop);
    assert_int_equal(scene->signals, 1);
}

static void a_stop_before_the_run_holds(void **state)
{
    struct scene *scene = *state;
    loop_set_idle(scene->loop, until_deadline, scene);
    loop_stop(scene->loop);
    loop_run(scene->loop);
    assert_int_equal(scene->idles, 0);
}

static void many_watches_come_and_go(void **state)
{
    struct scene *scene = *state;
    int watches[20];
    for (int i = 0; i < 20; i++) {
        watches[i] = loop_watch(scene->loop, scene->fd, on_read, scene);
        assert_int_equal(watches[i], i);
    }
    loop_unwatch(scene->loop, 7);
    loop_unwatch(scene->loop, 7);
    assert_int_equal(loop_watch(scene->loop, scene->fd, on_read, scene), 7);
}

int main(void)
{
#define T(NAME) cmocka_unit_test_setup_teardown(NAME, make, clear)
    const struct CMUnitTest tests[] = {
        T(a_readable_descriptor_is_told),
        T(it_sleeps_until_the_deadline_and_not_much_longer),
        T(a_signal_is_told_even_where_it_was_ignored),
        T(a_stop_before_the_run_holds),
        T(many_watches_come_and_go),
    };
#undef T
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
