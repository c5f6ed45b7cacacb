#include "survey.h"

#include "base/line.h"
#include "cli/format.h"
#include "link/ask.h"
#include "link/loop.h"
#include "wire/request.h"

#include "base/duration.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_ONCE 16 /* a process and a handshake each */
#define READ_SIZE 65536

void witness_free(struct witness *witness)
{
    opinion_free(&witness->opinion);
    free(witness->heard);
    witness->heard = NULL;
}

static int ask(struct identity *identity, const struct hostport *target, uint64_t deadline,
               enum request_verb verb, int (*on_record)(void *user, const struct record *record),
               void *user, struct ask_result *result, struct why *why)
{
    struct record request;
    uint64_t now = loop_now();
    const struct ask_config config = {
        .identity = identity,
        .target = *target,
        .timeout_ns = deadline > now ? deadline - now : 1,
        .on_record = on_record,
        .user = user,
    };
    record_init(&request, request_text(verb), 0);
    return ask_run(&config, &request, result, why);
}

/* What a member says, whether it comes from itself or through the process that asked it. */
static int take_record(void *user, const struct record *record)
{
    struct witness *witness = user;
    if (strcmp(record->event, "member") == 0)
        return opinion_take(&witness->opinion, record);
    if (strcmp(record->event, "info") != 0)
        return 0;
    const char *view = record_text(record, "view"), *node = record_text(record, "node");
    if (view == NULL || node == NULL || name_set(&witness->node, node, strlen(node)) != 0)
        return ERR_MALFORMED;
    (void)snprintf(witness->view, sizeof witness->view, "%s", view);
    return 0;
}

int survey_reference(struct identity *identity, const struct hostport *target, uint64_t timeout_ns,
                     struct witness *witness, struct why *why)
{
    struct ask_result result;
    uint64_t deadline = duration_add(loop_now(), timeout_ns);
    int rc = ask(identity, target, deadline, REQUEST_INFO, take_record, witness, &result, why);
    if (rc == 0)
        rc = ask(identity, target, deadline, REQUEST_MEMBERS, take_record, witness, &result, why);
    opinion_sort(&witness->opinion);
    witness->state = WITNESS_TOLD;
    return rc;
}

/* One question in a process of its own: what is answered is kept as lines until all is there, so
 * that a slow reader never makes the member wait. */
struct errand {
    const char *view; /* of the reference */
    const struct name *node;
    FILE *lines;
    bool same, stranger;
};

static int keep_record(void *user, const struct record *record)
{
    struct errand *errand = user;
    const char *view = record_text(record, "view"), *node = record_text(record, "node");
    if (strcmp(record->event, "info") == 0) {
        errand->same = view != NULL && strcmp(view, errand->view) == 0;
        errand->stranger = node == NULL || strcmp(node, errand->node->text) != 0;
    }
    return format_write(FORMAT_LINE, record, errand->lines);
}

static int write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_SYSTEM;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The errand's last line: how it went. */
static int keep_end(struct errand *errand, int rc, const struct ask_result *result)
{
    struct record end;
    record_init(&end, "asked", 0);
    record_add_text(&end, "rc", rc == 0 ? "ok" : "failed");
    record_add_text(&end, "leg", result->leg);
    record_add_text(&end, "reason", err_name(result->reason != 0 ? result->reason : rc));
    return format_write(FORMAT_LINE, &end, errand->lines);
}

/* In the child. Returns its exit code. */
static int run_errand(struct identity *identity, const char *view, uint64_t timeout_ns,
                      const struct witness *witness, int fd)
{
    char *text = NULL;
    size_t len = 0;
    struct why why = {""};
    struct ask_result result;
    struct errand errand = {.view = view, .node = &witness->node};
    uint64_t deadline = duration_add(loop_now(), timeout_ns);
    errand.lines = open_memstream(&text, &len);
    if (errand.lines == NULL)
        return EXIT_RESOURCE;
    int rc = ask(identity, &witness->target, deadline, REQUEST_INFO, keep_record, &errand, &result,
                 &why);
    if (rc == 0 && errand.stranger) {
        rc = result.reason = ERR_NAME_MISMATCH;
        result.leg = "answer";
    }
    if (rc == 0 && !errand.same)
        rc = ask(identity, &witness->target, deadline, REQUEST_MEMBERS, keep_record, &errand,
                 &result, &why);
    rc = keep_end(&errand, rc, &result);
    if (fclose(errand.lines) != 0 || rc != 0)
        return EXIT_RESOURCE;
    return write_all(fd, text, len) == 0 ? EXIT_YES : EXIT_RESOURCE;
}

static int start(struct identity *identity, const char *view, uint64_t timeout_ns,
                 struct witness *witness, struct why *why)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        return why_set(why, ERR_SYSTEM, "a pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(fds[0]);
        _exit(run_errand(identity, view, timeout_ns, witness, fds[1]));
    }
    (void)close(fds[1]);
    if (pid < 0) {
        (void)close(fds[0]);
        return why_set(why, ERR_SYSTEM, "a process to ask %s: %s", witness->node.text,
                       strerror(errno));
    }
    witness->pid = pid;
    witness->fd = fds[0];
    witness->state = WITNESS_ASKED;
    return 0;
}

void witness_fall_silent(struct witness *witness, const char *leg, const char *reason)
{
    witness->state = WITNESS_SILENT;
    (void)snprintf(witness->leg, sizeof witness->leg, "%s", leg != NULL ? leg : "-");
    (void)snprintf(witness->reason, sizeof witness->reason, "%s", reason != NULL ? reason : "-");
}

static int take_line(struct witness *witness, const char *line, size_t len)
{
    struct record record;
    int rc = line_parse(line, len, &record);
    if (rc != 0)
        return rc;
    if (strcmp(record.event, "asked") != 0)
        return take_record(witness, &record);
    const char *how = record_text(&record, "rc");
    if (how != NULL && strcmp(how, "ok") == 0)
        witness->state = witness->opinion.count > 0 ? WITNESS_TOLD : WITNESS_SAME;
    else
        witness_fall_silent(witness, record_text(&record, "leg"), record_text(&record, "reason"));
    return 0;
}

/* All has been said: understands it. */
static int conclude(struct witness *witness)
{
    const struct name asked = witness->node;
    int status, rc = 0;
    (void)close(witness->fd);
    while (waitpid(witness->pid, &status, 0) < 0 && errno == EINTR)
        ;
    for (size_t at = 0; rc == 0 && at < witness->heard_len;) {
        const char *line = witness->heard + at;
        const char *lf = memchr(line, '\n', witness->heard_len - at);
        size_t len = lf != NULL ? (size_t)(lf - line) + 1 : witness->heard_len - at;
        rc = take_line(witness, line, len);
        at += len;
    }
    witness->node = asked;
    opinion_sort(&witness->opinion);
    if (witness->state == WITNESS_ASKED || rc == ERR_MALFORMED) /* it told no end, or nonsense */
        witness_fall_silent(witness, "answer", err_name(ERR_MALFORMED));
    free(witness->heard);
    witness->heard = NULL;
    witness->heard_len = 0;
    return rc == ERR_MALFORMED ? 0 : rc;
}

static int listen_to(struct witness *witness)
{
    char *grown = realloc(witness->heard, witness->heard_len + READ_SIZE);
    if (grown == NULL)
        return ERR_NO_MEMORY;
    witness->heard = grown;
    ssize_t n = read(witness->fd, grown + witness->heard_len, READ_SIZE);
    if (n < 0)
        return errno == EINTR ? 0 : ERR_SYSTEM;
    witness->heard_len += (size_t)n;
    return n == 0 ? conclude(witness) : 0;
}

/* Waits for any of those asked, and hears who has something to say. */
static int listen_all(struct witness *witnesses, size_t count)
{
    struct pollfd fds[AT_ONCE];
    struct witness *asked[AT_ONCE];
    nfds_t n = 0;
    for (size_t i = 0; i < count && n < AT_ONCE; i++) {
        if (witnesses[i].state != WITNESS_ASKED)
            continue;
        fds[n] = (struct pollfd){.fd = witnesses[i].fd, .events = POLLIN};
        asked[n++] = &witnesses[i];
    }
    if (poll(fds, n, -1) < 0)
        return errno == EINTR ? 0 : ERR_SYSTEM;
    int rc = 0;
    for (nfds_t i = 0; rc == 0 && i < n; i++)
        if (fds[i].revents != 0)
            rc = listen_to(asked[i]);
    return rc;
}

/* Ends whom a survey that was broken off has sent out. */
static void call_back(struct witness *witnesses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (witnesses[i].state != WITNESS_ASKED)
            continue;
        (void)kill(witnesses[i].pid, SIGKILL);
        (void)conclude(&witnesses[i]);
    }
}

int survey_ask(struct identity *identity, const char *view, uint64_t timeout_ns,
               struct witness *witnesses, size_t count, struct why *why)
{
    int rc = 0;
    for (;;) {
        size_t asked = 0, waiting = 0;
        for (size_t i = 0; i < count; i++)
            asked += witnesses[i].state == WITNESS_ASKED;
        for (size_t i = 0; rc == 0 && i < count; i++) {
            if (witnesses[i].state != WITNESS_WAITING)
                continue;
            if (asked < AT_ONCE) {
                rc = start(identity, view, timeout_ns, &witnesses[i], why);
                asked++;
            } else {
                waiting++;
            }
        }
        if (rc == 0 && asked == 0 && waiting == 0)
            return 0;
        if (rc == 0)
            rc = listen_all(witnesses, count);
        if (rc != 0) {
            call_back(witnesses, count);
            return rc;
        }
    }
}
