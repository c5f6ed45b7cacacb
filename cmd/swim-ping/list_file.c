#include "list_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blank[] = " \t\r\n";

static bool is_blank(char c)
{
    return c != '\0' && strchr(blank, c) != NULL;
}

/* The target of a line, cut out of it; "" if there is none. */
static char *cut_target(char *line)
{
    for (char *c = line; *c != '\0'; c++) {
        if (*c == '#' && (c == line || is_blank(c[-1]))) {
            *c = '\0';
            break;
        }
    }
    line += strspn(line, blank);
    size_t len = strlen(line);
    while (len > 0 && is_blank(line[len - 1])) {
        len--;
    }
    line[len] = '\0';
    return line;
}

static int take_line(char *line, size_t len, int (*add)(void *, const char *, struct why *),
                     void *user, struct why *why)
{
    if (memchr(line, '\0', len) != NULL) {
        return why_set(why, ERR_USAGE, "a NUL byte");
    }
    const char *target = cut_target(line);
    if (target[0] == '\0') {
        return 0;
    }
    if (strpbrk(target, blank) != NULL) {
        return why_set(why, ERR_USAGE, "one target a line is wanted, not '%s'", target);
    }
    return add(user, target, why);
}

static int read_all(FILE *file, const char *shown, int (*add)(void *, const char *, struct why *),
                    void *user, struct why *why)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len = 0;
    int err = 0;
    for (size_t number = 1; err == 0 && (len = getline(&line, &size, file)) >= 0; number++) {
        err = take_line(line, (size_t)len, add, user, why);
        if (err < 0) {
            err = why_prefix(why, err, "%s: line %zu", shown, number);
        }
    }
    if (err == 0 && ferror(file)) {
        err = why_set(why, ERR_USAGE, "%s: %s", shown, strerror(errno));
    }
    free(line);
    return err;
}

int list_file_read(const char *path, int (*add)(void *user, const char *text, struct why *why),
                   void *user, struct why *why)
{
    if (strcmp(path, "-") == 0) {
        return read_all(stdin, "standard input", add, user, why);
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return why_set(why, ERR_USAGE, "%s: %s", path, strerror(errno));
    }
    int err = read_all(file, path, add, user, why);
    (void)fclose(file); /* it was only read */
    return err;
}
