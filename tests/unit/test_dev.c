/* --dev: names, identities and addresses of the throw-away cluster, also when all start at once. */
#include "base/wall.h"
#include "cli/dev.h"
#include "keys/identity.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define STARTERS 6

static char root[64];

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(root, "/tmp/test_dev.XXXXXX");
    return mkdtemp(root) == NULL ? -1 : setenv("XDG_STATE_HOME", root, 1);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void listen_at(const struct dev_node *node, const char *addr)
{
    char path[PATHS_SIZE + 16];
    snprintf(path, sizeof path, "%s/" PATHS_ADDR_FILE, node->state.text);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s\n", addr) > 0);
    assert_int_equal(fclose(file), 0);
}

static void claim(struct dev_node *node, const char *name)
{
    struct why why = {""};
    int rc = dev_claim(node, &why);
    if (rc != 0)
        fail_msg("%s", why.text);
    assert_string_equal(node->name.text, name);
}

static void assert_identity(const struct path *directory, enum role role, const char *name)
{
    struct identity *identity;
    struct why why = {""};
    int rc = identity_load(directory->text, NULL, wall_now_ns(), &identity, &why);
    if (rc != 0)
        fail_msg("%s", why.text);
    assert_string_equal(identity_self(identity)->cluster, DEV_CLUSTER);
    assert_int_equal(identity_self(identity)->role, role);
    assert_string_equal(identity_self(identity)->name.text, name);
    identity_free(identity);
}

static void names_are_taken_in_turn_and_freed(void **state)
{
    (void)state;
    struct dev_node one, two, three;
    claim(&one, "dev1");
    claim(&two, "dev2");
    assert_identity(&one.identity, ROLE_MEMBER, "dev1");
    assert_identity(&two.identity, ROLE_MEMBER, "dev2");
    dev_release(&one);
    claim(&three, "dev1");
    dev_release(&three);
    dev_release(&two);
}

static void an_operator_is_made_once(void **state)
{
    (void)state;
    struct path first, second;
    struct stat before, after;
    char key[PATHS_SIZE + 16];
    assert_int_equal(dev_operator(&first, NULL), 0);
    assert_identity(&first, ROLE_OPERATOR, "op");
    snprintf(key, sizeof key, "%s/key.pem", first.text);
    assert_int_equal(stat(key, &before), 0);
    assert_int_equal(dev_operator(&second, NULL), 0);
    assert_string_equal(first.text, second.text);
    assert_int_equal(stat(key, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_mode & 0777, 0600);
}

static void seeds_are_the_others_that_listen(void **state)
{
    (void)state;
    struct dev_node one, two, three;
    struct hostport seeds[4];
    claim(&one, "dev1");
    claim(&two, "dev2");
    claim(&three, "dev3");
    assert_int_equal(dev_seeds(&one.name, seeds, 4), 0);
    listen_at(&one, "127.0.0.1:1001");
    listen_at(&three, "127.0.0.1:1003");
    assert_int_equal(dev_seeds(&one.name, seeds, 4), 1);
    assert_int_equal(seeds[0].port, 1003);
    assert_int_equal(dev_seeds(&two.name, seeds, 4), 2);
    assert_int_equal(seeds[0].port, 1001);
    assert_int_equal(dev_seeds(&two.name, seeds, 1), 1);
    dev_release(&one);
    dev_release(&two);
    dev_release(&three);
}

static void the_first_live_node_is_asked(void **state)
{
    (void)state;
    struct dev_node one, two;
    struct hostport node;
    struct why why = {""};
    assert_int_equal(dev_first(&node, &why), ERR_UNREACHABLE);
    assert_non_null(strstr(why.text, "swim-node --dev"));
    claim(&one, "dev1");
    claim(&two, "dev2");
    assert_int_equal(dev_first(&node, &why), ERR_UNREACHABLE); /* none listens yet */
    listen_at(&two, "127.0.0.1:1002");
    assert_int_equal(dev_first(&node, &why), 0);
    assert_int_equal(node.port, 1002);
    listen_at(&one, "127.0.0.1:1001");
    assert_int_equal(dev_first(&node, &why), 0);
    assert_int_equal(node.port, 1001);
    dev_release(&one); /* died: its address stays behind */
    assert_int_equal(dev_first(&node, &why), 0);
    assert_int_equal(node.port, 1002);
    claim(&one, "dev1"); /* and goes when the name is taken again */
    dev_release(&two);
    assert_int_equal(dev_first(&node, &why), ERR_UNREACHABLE);
    dev_release(&one);
}

/* A starter holds its name until all have one: it reads `hold` to its end. */
static int starter(int tell, int hold)
{
    struct dev_node node;
    char byte;
    if (dev_claim(&node, NULL) != 0)
        return 1;
    if (write(tell, node.name.text, sizeof node.name.text) != (ssize_t)sizeof node.name.text)
        return 2;
    return read(hold, &byte, 1) == 0 ? 0 : 3;
}

static void many_may_start_at_once(void **state)
{
    (void)state;
    int tell[2], hold[2];
    pid_t pids[STARTERS];
    unsigned seen = 0;
    assert_int_equal(pipe(tell), 0);
    assert_int_equal(pipe(hold), 0);
    for (int i = 0; i < STARTERS; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            close(hold[1]);
            _exit(starter(tell[1], hold[0]));
        }
    }
    close(tell[1]);
    for (int i = 0; i < STARTERS; i++) {
        char name[NAME_LEN_MAX + 1] = "";
        unsigned number = 0;
        assert_int_equal(read(tell[0], name, sizeof name), sizeof name);
        assert_int_equal(sscanf(name, "dev%u", &number), 1);
        assert_in_range(number, 1, STARTERS);
        seen |= 1U << number;
    }
    assert_int_equal(seen, ((1U << STARTERS) - 1) << 1);
    close(hold[0]);
    close(hold[1]);
    for (int i = 0; i < STARTERS; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    close(tell[0]);
}

static void what_a_killed_process_left_is_no_hindrance(void **state)
{
    (void)state;
    struct dev_node node;
    char path[128];
    static const char *const parts[] = {"swim", "swim/dev", "swim/dev/.stage", "swim/dev/.stage/ca",
                                        "swim/dev/.stage/dev1"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(path, sizeof path, "%s/%s", root, parts[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    static const char *const halves[] = {"ca/ca.key", "dev1/key.pem"};
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        snprintf(path, sizeof path, "%s/swim/dev/.stage/%s", root, halves[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    claim(&node, "dev1");
    assert_identity(&node.identity, ROLE_MEMBER, "dev1");
    dev_release(&node);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(names_are_taken_in_turn_and_freed),
        TEST(an_operator_is_made_once),
        TEST(seeds_are_the_others_that_listen),
        TEST(the_first_live_node_is_asked),
        TEST(many_may_start_at_once),
        TEST(what_a_killed_process_left_is_no_hindrance),
    };
    return cmocka_run_group_tests_name("dev", tests, NULL, NULL);
}
