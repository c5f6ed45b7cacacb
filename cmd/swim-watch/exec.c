#include "exec.h"

#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void export(const struct record *record, const char *key, const char *variable)
{
    const char *value = record_text(record, key);
    if (value != NULL)
        (void)setenv(variable, value, 1);
    else
        (void)unsetenv(variable);
}

static void become(const char *command, const struct record *record, int in)
{
    (void)setenv("SWIM_EVENT", record->event, 1);
    export(record, "node", "SWIM_NODE");
    export(record, "addr", "SWIM_ADDR");
    export(record, "seq", "SWIM_SEQ");
    if (dup2(in, STDIN_FILENO) < 0)
        _exit(126);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* A command need not read its input: then the rest of the line is lost to it, and that is its
 * choice. */
static void feed(int out, const char *line, size_t len)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    (void)sigaction(SIGPIPE, &ignore, &before);
    while (len > 0) {
        ssize_t n = write(out, line, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        line += n;
        len -= (size_t)n;
    }
    (void)sigaction(SIGPIPE, &before, NULL);
}

int exec_for_line(const char *command, const struct record *record, const char *line, size_t len,
                  struct why *why)
{
    int fds[2], status;
    if (pipe2(fds, O_CLOEXEC) != 0)
        return why_set(why, ERR_SYSTEM, "a pipe for '%s': %s", command, strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        become(command, record, fds[0]);
    (void)close(fds[0]);
    if (pid < 0) {
        (void)close(fds[1]);
        return why_set(why, ERR_SYSTEM, "'%s' can't be started: %s", command, strerror(errno));
    }
    feed(fds[1], line, len);
    (void)close(fds[1]);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return why_set(why, ERR_SYSTEM, "waiting for '%s': %s", command, strerror(errno));
    if (WIFSIGNALED(status))
        say("'%s' was ended by signal %d", command, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        say("'%s' ended with %d", command, WEXITSTATUS(status));
    return 0;
}
