#include "cli/dev.h"

#include "base/duration.h"
#include "base/wall.h"
#include "keys/ca.h"
#include "keys/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAGE ".stage" /* below the root: where things are made before they are put in place */

/* The root with its lock held. */
struct root {
    struct path path;
    int lock_fd;
};

static int make_directories(const char *path, struct why *why)
{
    struct path part;
    int rc = path_format(&part, why, "%s", path);
    if (rc != 0)
        return rc;
    for (char *slash = strchr(part.text + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(part.text, 0700) != 0 && errno != EEXIST)
            return why_set(why, ERR_SYSTEM, "%s: %s", part.text, strerror(errno));
        if (slash == NULL)
            return 0;
        *slash = '/';
    }
}

/* flock, taken up again after a signal. ERR_IN_USE only with LOCK_NB. */
static int lock(int fd, int how)
{
    while (flock(fd, how) != 0) {
        if (errno == EWOULDBLOCK)
            return ERR_IN_USE;
        if (errno != EINTR)
            return ERR_SYSTEM;
    }
    return 0;
}

static int root_open(struct root *root, struct why *why)
{
    struct path path;
    int rc = paths_state_home(&root->path, "dev", why);
    if (rc == 0)
        rc = make_directories(root->path.text, why);
    if (rc == 0)
        rc = path_format(&path, why, "%s/lock", root->path.text);
    if (rc != 0)
        return rc;
    root->lock_fd = open(path.text, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (root->lock_fd < 0)
        return why_set(why, ERR_SYSTEM, "%s: %s", path.text, strerror(errno));
    rc = lock(root->lock_fd, LOCK_EX);
    if (rc != 0) {
        rc = why_set(why, rc, "%s: %s", path.text, strerror(errno));
        close(root->lock_fd);
    }
    return rc;
}

static void root_close(struct root *root)
{
    close(root->lock_fd);
}

/* What a process that was killed while it made something has left in the stage. */
static int stage_clear(const struct path *stage, struct why *why)
{
    static const char *const files[] = {"ca.pem", "ca.key", "cert.pem", "key.pem", "crl.pem"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct path file;
        int rc = path_format(&file, why, "%s/%s", stage->text, files[i]);
        if (rc != 0)
            return rc;
        if (unlink(file.text) != 0 && errno != ENOENT && errno != ENOTDIR)
            return why_set(why, ERR_SYSTEM, "%s: %s", file.text, strerror(errno));
    }
    return 0;
}

static int put_in_place(const struct path *stage, const char *target, struct why *why)
{
    if (rename(stage->text, target) != 0)
        return why_set(why, ERR_SYSTEM, "%s: %s", target, strerror(errno));
    return 0;
}

static bool exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

static int make_ca(const struct root *root, struct path *ca, struct why *why)
{
    struct path stage;
    int rc = path_format(ca, why, "%s/ca", root->path.text);
    if (rc != 0 || exists(ca->text))
        return rc;
    rc = path_format(&stage, why, "%s/" STAGE "/ca", root->path.text);
    if (rc == 0)
        rc = stage_clear(&stage, why);
    if (rc == 0)
        rc = ca_init(stage.text, DEV_CLUSTER, wall_now_ns(), why);
    if (rc == 0)
        rc = put_in_place(&stage, ca->text, why);
    return rc;
}

/* A cluster that was left alone for months shall start again as if nothing were. */
static int renew_if_due(const struct path *ca, const char *directory, struct why *why)
{
    uint64_t now = wall_now_ns(), until;
    struct identity *identity;
    struct spiffe spiffe;
    int rc = identity_load(directory, NULL, now, &identity, why);
    if (rc == 0) {
        uint64_t end = identity_until_ns(identity);
        identity_free(identity);
        if (end >= now + DEV_RENEW_S * NS_PER_S)
            return 0;
    } else if (rc != ERR_EXPIRED) {
        return rc;
    }
    return ca_renew(ca->text, directory, CA_LEAF_DAYS, now, &spiffe, &until, why);
}

/* Makes the identity `name` as the directory `target`, unless it is there. */
static int make_identity(const struct root *root, const char *name, enum role role,
                         const char *target, struct why *why)
{
    struct path ca, out, stage;
    int rc = make_ca(root, &ca, why);
    if (rc != 0)
        return rc;
    if (exists(target))
        return renew_if_due(&ca, target, why);
    struct spiffe spiffe = {.role = role};
    rc = name_set(&spiffe.name, name, strlen(name));
    if (rc == 0)
        rc = path_format(&out, why, "%s/" STAGE, root->path.text);
    if (rc == 0)
        rc = path_format(&stage, why, "%s/%s", out.text, name);
    if (rc == 0)
        rc = stage_clear(&stage, why);
    if (rc == 0)
        rc = ca_issue(ca.text, out.text, &spiffe, CA_LEAF_DAYS, wall_now_ns(), NULL, why);
    if (rc == 0)
        rc = put_in_place(&stage, target, why);
    return rc;
}

/* Opens and locks the directory of one name. ERR_IN_USE: a node lives there. */
static int try_name(const struct root *root, unsigned number, struct dev_node *node,
                    struct why *why)
{
    struct path directory;
    char name[NAME_LEN_MAX + 1];
    (void)snprintf(name, sizeof name, "dev%u", number);
    int rc = name_set(&node->name, name, strlen(name));
    if (rc == 0)
        rc = path_format(&directory, why, "%s/%s", root->path.text, name);
    if (rc == 0)
        rc = make_directories(directory.text, why);
    if (rc != 0)
        return rc;
    node->lock_fd = open(directory.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (node->lock_fd < 0)
        return why_set(why, ERR_SYSTEM, "%s: %s", directory.text, strerror(errno));
    rc = lock(node->lock_fd, LOCK_EX | LOCK_NB);
    if (rc != 0) {
        rc = why_set(why, rc, "%s: %s", directory.text, strerror(errno));
        close(node->lock_fd);
        node->lock_fd = -1;
    }
    return rc;
}

/* The name is ours: its directories, without what a dead process said of itself. */
static int settle(const struct root *root, struct dev_node *node, struct why *why)
{
    struct path file;
    const char *name = node->name.text;
    int rc = path_format(&node->state, why, "%s/%s/state", root->path.text, name);
    if (rc == 0)
        rc = path_format(&node->identity, why, "%s/%s/id", root->path.text, name);
    if (rc == 0)
        rc = path_format(&file, why, "%s/" PATHS_ADDR_FILE, node->state.text);
    if (rc == 0)
        rc = make_directories(node->state.text, why);
    if (rc == 0 && unlink(file.text) != 0 && errno != ENOENT)
        rc = why_set(why, ERR_SYSTEM, "%s: %s", file.text, strerror(errno));
    if (rc == 0)
        rc = make_identity(root, name, ROLE_MEMBER, node->identity.text, why);
    return rc;
}

int dev_claim(struct dev_node *node, struct why *why)
{
    struct root root;
    *node = (struct dev_node){.lock_fd = -1};
    int rc = root_open(&root, why);
    if (rc != 0)
        return rc;
    rc = ERR_IN_USE;
    for (unsigned n = 1; n <= DEV_NODES_MAX && rc == ERR_IN_USE; n++)
        rc = try_name(&root, n, node, why);
    if (rc == ERR_IN_USE)
        rc = why_set(why, ERR_LIMIT, "%s: %d nodes live", root.path.text, DEV_NODES_MAX);
    if (rc == 0) {
        rc = settle(&root, node, why);
        if (rc != 0)
            dev_release(node);
    }
    root_close(&root);
    return rc;
}

void dev_release(struct dev_node *node)
{
    if (node->lock_fd >= 0)
        close(node->lock_fd);
    node->lock_fd = -1;
}

/* Reads what the node of that number has written. ERR_NOT_FOUND: nothing, or no such name. */
static int read_node(const char *root, unsigned number, struct hostport *node)
{
    struct path state;
    int rc = path_format(&state, NULL, "%s/dev%u/state", root, number);
    return rc != 0 ? rc : paths_read_addr(state.text, node, NULL);
}

static bool number_exists(const char *root, unsigned number)
{
    struct path path;
    return path_format(&path, NULL, "%s/dev%u", root, number) == 0 && exists(path.text);
}

size_t dev_seeds(const struct name *self, struct hostport *seeds, size_t max)
{
    struct path root;
    size_t count = 0;
    if (paths_state_home(&root, "dev", NULL) != 0)
        return 0;
    /* Names are claimed in order and directories stay, so the first gap is the end. */
    for (unsigned n = 1; n <= DEV_NODES_MAX && count < max && number_exists(root.text, n); n++) {
        char name[NAME_LEN_MAX + 1];
        (void)snprintf(name, sizeof name, "dev%u", n);
        if (strcmp(name, self->text) != 0 && read_node(root.text, n, &seeds[count]) == 0)
            count++;
    }
    return count;
}

int dev_operator(struct path *identity, struct why *why)
{
    struct root root;
    int rc = root_open(&root, why);
    if (rc != 0)
        return rc;
    rc = path_format(identity, why, "%s/op", root.path.text);
    if (rc == 0)
        rc = make_identity(&root, "op", ROLE_OPERATOR, identity->text, why);
    root_close(&root);
    return rc;
}

int dev_first(struct hostport *node, struct why *why)
{
    struct root root;
    int rc = root_open(&root, why); /* so that looking at a lock keeps no starting node from it */
    if (rc != 0)
        return rc;
    bool found = false;
    for (unsigned n = 1; n <= DEV_NODES_MAX && !found && number_exists(root.path.text, n); n++) {
        struct dev_node probe = {.lock_fd = -1};
        rc = try_name(&root, n, &probe, why);
        dev_release(&probe);
        if (rc != 0 && rc != ERR_IN_USE)
            break;
        found = rc == ERR_IN_USE && read_node(root.path.text, n, node) == 0;
    }
    root_close(&root);
    if (rc != 0 && rc != ERR_IN_USE)
        return rc;
    if (!found)
        return why_set(why, ERR_UNREACHABLE, "no node of --dev runs (start one: swim-node --dev)");
    return 0;
}
