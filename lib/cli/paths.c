#include "cli/paths.h"

#include "base/wall.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_STATE "/var/lib/swim"
#define SYSTEM_IDENTITY "/etc/swim/id"
#define SYSTEM_MONITOR "/etc/swim/monitor"

int path_format(struct path *path, struct why *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(path->text, sizeof path->text, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= sizeof path->text)
        return why_set(why, ERR_LIMIT, "the path '%.64s…'", path->text);
    return 0;
}

/* A variable that is unset, empty or (XDG) relative says nothing. */
static const char *absolute(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] == '/' ? value : NULL;
}

static int xdg(struct path *path, const char *variable, const char *in_home, const char *below,
               struct why *why)
{
    const char *base = absolute(variable);
    if (base != NULL)
        return path_format(path, why, "%s/swim/%s", base, below);
    const char *home = absolute("HOME");
    if (home == NULL)
        return why_set(why, ERR_USAGE, "neither %s nor HOME is an absolute path", variable);
    return path_format(path, why, "%s/%s/swim/%s", home, in_home, below);
}

int paths_config(struct path *path, const char *below, struct why *why)
{
    return xdg(path, "XDG_CONFIG_HOME", ".config", below, why);
}

int paths_state_home(struct path *path, const char *below, struct why *why)
{
    return xdg(path, "XDG_STATE_HOME", ".local/state", below, why);
}

static bool is_readable_identity(const char *directory)
{
    static const char *const files[] = {"cert.pem", "key.pem"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct path file;
        if (path_format(&file, NULL, "%s/%s", directory, files[i]) != 0 ||
            access(file.text, R_OK) != 0)
            return false;
    }
    return true;
}

int paths_identity(const char *option, struct path *path, struct why *why)
{
    if (option != NULL)
        return path_format(path, why, "%s", option);
    struct path of_user = {""};
    if (paths_config(&of_user, "id", NULL) != 0)
        of_user.text[0] = '\0'; /* a service without a home looks in the other places */
    const char *const places[] = {getenv("CREDENTIALS_DIRECTORY"), of_user.text, SYSTEM_IDENTITY,
                                  SYSTEM_MONITOR};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i] != NULL && places[i][0] != '\0' && is_readable_identity(places[i]))
            return path_format(path, why, "%s", places[i]);
    }
    return why_set(why, ERR_NO_IDENTITY,
                   "no identity: none readable in %s%s" SYSTEM_IDENTITY ", " SYSTEM_MONITOR
                   "; " IDENTITY_HOW_TO_MAKE,
                   of_user.text, of_user.text[0] == '\0' ? "" : ", ");
}

int paths_load_identity(const char *option, struct identity **identity, struct why *why)
{
    struct path path;
    int rc = paths_identity(option, &path, why);
    if (rc != 0)
        return rc;
    return identity_load(path.text, getenv("CREDENTIALS_DIRECTORY"), wall_now_ns(), identity, why);
}

int paths_state(const char *option, const struct name *name, struct path *path, struct why *why)
{
    if (option != NULL)
        return path_format(path, why, "%s", option);
    if (geteuid() == 0)
        return path_format(path, why, SYSTEM_STATE);
    return paths_state_home(path, name->text, why);
}

/* The first line of a small file. */
static int read_line(const char *path, char *text, size_t size, struct why *why)
{
    FILE *file = fopen(path, "re");
    if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
        return why_set(why, ERR_NOT_FOUND, "%s", path);
    if (file == NULL)
        return why_set(why, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    bool empty = fgets(text, (int)size, file) == NULL;
    bool failed = ferror(file) != 0;
    (void)fclose(file); /* it was only read */
    if (failed)
        return why_set(why, ERR_SYSTEM, "%s: can't be read", path);
    if (empty)
        text[0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return 0;
}

int paths_read_addr(const char *directory, struct hostport *target, struct why *why)
{
    struct path path;
    char text[ADDR_TEXT_SIZE + HOST_LEN_MAX];
    int rc = path_format(&path, why, "%s/" PATHS_ADDR_FILE, directory);
    if (rc == 0)
        rc = read_line(path.text, text, sizeof text, why);
    if (rc != 0)
        return rc;
    if (addr_split(text, PORT_DEFAULT, target) != 0)
        return why_set(why, ERR_USAGE, "%s: '%s' is no address", path.text, text);
    return 0;
}

int paths_connect(const char *option, struct hostport *target, struct why *why)
{
    if (option != NULL) {
        int rc = addr_split(option, PORT_DEFAULT, target);
        return rc == 0 ? 0 : why_set(why, rc, "'%s' is no address", option);
    }
    const char *state = getenv("SWIM_STATE");
    if (state == NULL || state[0] == '\0')
        state = SYSTEM_STATE;
    int rc = paths_read_addr(state, target, why);
    if (rc != ERR_NOT_FOUND)
        return rc;
    return addr_split("127.0.0.1", PORT_DEFAULT, target);
}
