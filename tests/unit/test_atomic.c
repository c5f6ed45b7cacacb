/* --output: the whole file or none of it, its mode, and what can't be replaced. */
#include "cli/atomic.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

static char directory[64];
static char path[128];

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/swim-atomic-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/file.prom", directory);
    return 0;
}

/* Also counts what the directory holds, before all of it goes. */
static size_t empty_directory(void)
{
    size_t count = 0;
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[512];
        if (entry->d_name[0] == '.' && strlen(entry->d_name) < 3)
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", directory, entry->d_name);
        assert_int_equal(unlink(name), 0);
        count++;
    }
    assert_int_equal(closedir(dir), 0);
    return count;
}

static int remove_directory(void **state)
{
    (void)state;
    (void)empty_directory();
    return rmdir(directory);
}

static void write_file(const char *text)
{
    struct why why = {""};
    if (atomic_write(path, text, strlen(text), &why) != 0)
        fail_msg("%s", why.text);
}

static void assert_file(const char *name, const char *expected)
{
    char buf[256];
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    size_t len = fread(buf, 1, sizeof buf - 1, file);
    buf[len] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(buf, expected);
}

static mode_t mode_of(const char *name)
{
    struct stat info;
    assert_int_equal(lstat(name, &info), 0);
    return info.st_mode & 07777;
}

static void a_new_file_has_the_usual_mode(void **state)
{
    (void)state;
    mode_t before = umask(027);
    write_file("one\n");
    (void)umask(before);
    assert_file(path, "one\n");
    assert_int_equal(mode_of(path), 0640);
    assert_int_equal(empty_directory(), 1);
}

static void an_existing_file_keeps_its_mode(void **state)
{
    (void)state;
    write_file("one, and longer than the next\n");
    assert_int_equal(chmod(path, 0604), 0);
    write_file("two\n");
    assert_file(path, "two\n");
    assert_int_equal(mode_of(path), 0604);
    assert_int_equal(empty_directory(), 1);
}

static void a_reader_keeps_what_it_has_opened(void **state)
{
    (void)state;
    char buf[8] = "";
    write_file("one\n");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    write_file("two\n");
    assert_int_equal(read(fd, buf, sizeof buf - 1), 4);
    assert_string_equal(buf, "one\n");
    assert_int_equal(close(fd), 0);
    assert_int_equal(empty_directory(), 1);
}

static void a_link_stays_one(void **state)
{
    (void)state;
    char link[256];
    (void)snprintf(link, sizeof link, "%s/link", directory);
    write_file("one\n");
    assert_int_equal(symlink("file.prom", link), 0);
    assert_int_equal(atomic_write(link, "two\n", 4, NULL), 0);
    assert_file(path, "two\n");
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(empty_directory(), 2);
}

static void a_full_device_is_told(void **state)
{
    (void)state;
    struct why why = {""};
    assert_int_equal(atomic_write("/dev/full", "x", 1, &why), ERR_SYSTEM);
    assert_string_equal(why.text, "/dev/full: No space left on device");
    struct stat info;
    assert_int_equal(lstat("/dev/full", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void a_failure_leaves_nothing(void **state)
{
    (void)state;
    struct why why = {""};
    char deep[256];
    (void)snprintf(deep, sizeof deep, "%s/none/file", directory);
    assert_int_equal(atomic_write(deep, "x", 1, &why), ERR_SYSTEM);
    assert_non_null(strstr(why.text, "/none/file: No such file or directory"));
    assert_int_equal(atomic_write(directory, "x", 1, &why), ERR_SYSTEM);
    assert_non_null(strstr(why.text, "Is a directory"));
    assert_int_equal(empty_directory(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_has_the_usual_mode),
        cmocka_unit_test(an_existing_file_keeps_its_mode),
        cmocka_unit_test(a_reader_keeps_what_it_has_opened),
        cmocka_unit_test(a_link_stays_one),
        cmocka_unit_test(a_full_device_is_told),
        cmocka_unit_test(a_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("atomic", tests, make_directory, remove_directory);
}
