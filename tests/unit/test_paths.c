/* Where things are looked for, and in which order. */
#include "cli/paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const variables[] = {"CREDENTIALS_DIRECTORY", "XDG_CONFIG_HOME",
                                        "XDG_STATE_HOME", "HOME", "SWIM_STATE"};

struct fixture {
    char root[64];
};

static void write_file(const char *root, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_directory(const char *root, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL)
        return -1;
    *state = fixture;
    strcpy(fixture->root, "/tmp/test_paths.XXXXXX");
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    return mkdtemp(fixture->root) == NULL ? -1 : setenv("HOME", fixture->root, 1);
}

static int tear_down(void **state)
{
    static const char *const made[] = {"creds/cert.pem",
                                       "creds/key.pem",
                                       "creds",
                                       ".config/swim/id/cert.pem",
                                       ".config/swim/id/key.pem",
                                       ".config/swim/id",
                                       ".config/swim",
                                       ".config",
                                       "node.addr",
                                       ""};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", fixture->root, made[i]);
        (void)remove(path);
    }
    free(fixture);
    return 0;
}

static void the_base_directories_have_defaults(void **state)
{
    const struct fixture *fixture = *state;
    struct path path;
    char expected[128];
    struct why why = {""};
    snprintf(expected, sizeof expected, "%s/.config/swim/id", fixture->root);
    assert_int_equal(paths_config(&path, "id", &why), 0);
    assert_string_equal(path.text, expected);
    snprintf(expected, sizeof expected, "%s/.local/state/swim/dev", fixture->root);
    assert_int_equal(paths_state_home(&path, "dev", &why), 0);
    assert_string_equal(path.text, expected);
    setenv("XDG_STATE_HOME", "relative", 1);
    assert_int_equal(paths_state_home(&path, "dev", &why), 0);
    assert_string_equal(path.text, expected);
    setenv("XDG_STATE_HOME", "/s", 1);
    assert_int_equal(paths_state_home(&path, "dev", &why), 0);
    assert_string_equal(path.text, "/s/swim/dev");
    unsetenv("HOME");
    assert_int_equal(paths_config(&path, "id", &why), ERR_USAGE);
    assert_string_equal(why.text, "neither XDG_CONFIG_HOME nor HOME is an absolute path");
}

static void a_path_has_a_bound(void **state)
{
    (void)state;
    struct path path;
    struct why why = {""};
    static char longest[PATHS_SIZE];
    memset(longest, 'x', sizeof longest - 1);
    assert_int_equal(path_format(&path, &why, "%s", longest), 0);
    assert_int_equal(path_format(&path, &why, "/%s", longest), ERR_LIMIT);
    assert_true(why.text[0] != '\0');
}

static void an_identity_is_the_first_readable(void **state)
{
    const struct fixture *fixture = *state;
    struct path path;
    struct why why = {""};
    char creds[128], own[128];
    assert_int_equal(paths_identity("/given", &path, &why), 0);
    assert_string_equal(path.text, "/given");

    snprintf(own, sizeof own, "%s/.config/swim/id", fixture->root);
    make_directory(fixture->root, ".config");
    make_directory(fixture->root, ".config/swim");
    make_directory(fixture->root, ".config/swim/id");
    write_file(own, "cert.pem", "");
    write_file(own, "key.pem", "");
    assert_int_equal(paths_identity(NULL, &path, &why), 0);
    assert_string_equal(path.text, own);

    snprintf(creds, sizeof creds, "%s/creds", fixture->root);
    make_directory(fixture->root, "creds");
    setenv("CREDENTIALS_DIRECTORY", creds, 1);
    write_file(creds, "cert.pem", "");
    assert_int_equal(paths_identity(NULL, &path, &why), 0);
    assert_string_equal(path.text, own); /* half of an identity is none */
    write_file(creds, "key.pem", "");
    assert_int_equal(paths_identity(NULL, &path, &why), 0);
    assert_string_equal(path.text, creds);
}

static void no_identity_tells_how_to_make_one(void **state)
{
    const struct fixture *fixture = *state;
    struct path path;
    struct why why = {""};
    int rc = paths_identity(NULL, &path, &why);
    if (rc == 0) { /* this machine has one for all its users */
        assert_int_equal(strncmp(path.text, "/etc/swim/", strlen("/etc/swim/")), 0);
        return;
    }
    assert_int_equal(rc, ERR_NO_IDENTITY);
    assert_non_null(strstr(why.text, fixture->root));
    assert_non_null(strstr(why.text, "/etc/swim/id"));
    assert_non_null(strstr(why.text, "swim-keys init"));
    assert_non_null(strstr(why.text, "swim-keys issue"));
}

static void a_state_directory_has_the_name(void **state)
{
    const struct fixture *fixture = *state;
    struct path path;
    struct name name;
    char expected[128];
    assert_int_equal(name_set(&name, "web1", 4), 0);
    assert_int_equal(paths_state("/given", &name, &path, NULL), 0);
    assert_string_equal(path.text, "/given");
    assert_int_equal(paths_state(NULL, &name, &path, NULL), 0);
    snprintf(expected, sizeof expected, "%s/.local/state/swim/web1", fixture->root);
    assert_string_equal(path.text, geteuid() == 0 ? "/var/lib/swim" : expected);
}

static void the_node_to_ask_is_found(void **state)
{
    const struct fixture *fixture = *state;
    struct hostport target;
    struct why why = {""};
    assert_int_equal(paths_connect("[::1]:77", &target, &why), 0);
    assert_string_equal(target.host, "::1");
    assert_int_equal(target.port, 77);
    assert_int_equal(paths_connect("a:b:c:99999", &target, &why), ERR_USAGE);

    setenv("SWIM_STATE", fixture->root, 1);
    assert_int_equal(paths_connect(NULL, &target, &why), 0);
    assert_string_equal(target.host, "127.0.0.1");
    assert_int_equal(target.port, PORT_DEFAULT);

    write_file(fixture->root, PATHS_ADDR_FILE, "127.0.0.1:4711\n");
    assert_int_equal(paths_connect(NULL, &target, &why), 0);
    assert_int_equal(target.port, 4711);
    assert_int_equal(paths_connect("h", &target, &why), 0);
    assert_string_equal(target.host, "h");

    write_file(fixture->root, PATHS_ADDR_FILE, "");
    assert_int_equal(paths_connect(NULL, &target, &why), ERR_USAGE);
    assert_non_null(strstr(why.text, PATHS_ADDR_FILE ": '' is no address"));
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_base_directories_have_defaults), TEST(a_path_has_a_bound),
        TEST(an_identity_is_the_first_readable),  TEST(no_identity_tells_how_to_make_one),
        TEST(a_state_directory_has_the_name),     TEST(the_node_to_ask_is_found),
    };
    return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
