#include "cmd/swim-node/sink.h"

#include "base/duration.h"
#include "base/event.h"
#include "base/wall.h"
#include "cli/say.h"
#include "link/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)256 * 1024) /* more than a thousand lines, sixteen of the longest */
#define RETRY_NS (20 * NS_PER_MS)
#define LAST_WAIT_MS 500           /* at the end, for a reader that takes nothing at all */
#define LAST_ALL_NS (2 * NS_PER_S) /* and for one that takes a little now and then */

/* Another process may write to the same pipe, so that a look whether there is room proves nothing,
 * and O_NONBLOCK on what we inherited would be set for all that share it. Opened anew it is ours
 * alone. Where that can't be done (a socket, no /proc) a look must do. */
static int open_anew(int fd)
{
    char path[64];
    struct stat status;
    if (fstat(fd, &status) != 0 || (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)))
        return -1;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static int open_output(struct sink *sink, struct why *why)
{
    if (strcmp(sink->where, "stdout") == 0) {
        sink->fd = open_anew(STDOUT_FILENO);
        sink->own = sink->fd >= 0;
        if (!sink->own)
            sink->fd = STDOUT_FILENO;
        return 0;
    }
    sink->fd =
        open(sink->where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (sink->fd < 0)
        return why_set(why, ERR_SYSTEM, "--events: %s: %s", sink->where, strerror(errno));
    sink->own = true;
    return 0;
}

int sink_open(struct sink *sink, const char *where, enum format format, struct why *why)
{
    *sink = (struct sink){.state = SINK_OFF, .format = format, .where = where, .fd = -1};
    if (strcmp(where, "off") == 0)
        return 0;
    int rc = open_output(sink, why);
    if (rc != 0)
        return rc;
    sink->state = SINK_OPEN;
    sink->buffer = malloc(BUFFER_SIZE);
    return sink->buffer != NULL ? 0 : why_set(why, ERR_NO_MEMORY, "--events");
}

/* Any state -> GIVEN_UP */
static void give_up(struct sink *sink, int error)
{
    sink->state = SINK_GIVEN_UP;
    sink->len = 0;
    say("%s: %s; no more events are written there", sink->where, strerror(error));
}

/* Adds to the buffer. False: no room. */
static bool store(struct sink *sink, const char *text, size_t len)
{
    if (sink->len + len > BUFFER_SIZE)
        return false;
    if (sink->start + sink->len + len > BUFFER_SIZE) {
        memmove(sink->buffer, sink->buffer + sink->start, sink->len);
        sink->start = 0;
    }
    memcpy(sink->buffer + sink->start + sink->len, text, len);
    sink->len += len;
    return true;
}

/* Formats a record into the buffer. 0, ERR_LIMIT without room, or an error of format_write. */
static int store_record(struct sink *sink, const struct record *record)
{
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    if (stream == NULL)
        return ERR_NO_MEMORY;
    int rc = format_write(sink->format, record, stream);
    if (fclose(stream) != 0 && rc == 0)
        rc = ERR_NO_MEMORY;
    if (rc == 0 && !store(sink, text, len))
        rc = ERR_LIMIT;
    free(text);
    return rc;
}

/* FULL -> OPEN: the reader has caught up, and is told what it has missed. The line has the number
 * of the last event that was dropped. */
static void tell_overflow(struct sink *sink)
{
    struct record record;
    struct event event;
    event_init(&event, EVENT_OVERFLOW);
    event.dropped = sink->dropped;
    event_to_record(&event, sink->dropped_seq, wall_now_ns(), &record);
    if (store_record(sink, &record) != 0)
        return;
    sink->state = SINK_OPEN;
    sink->dropped = 0;
}

/* As many whole lines as a pipe takes at once, so that lines of several writers do not mix; else a
 * part of a long one. */
static size_t next_piece(const struct sink *sink)
{
    if (sink->len <= PIPE_BUF)
        return sink->len;
    const char *text = sink->buffer + sink->start;
    const char *end = memrchr(text, '\n', PIPE_BUF);
    return end != NULL ? (size_t)(end - text) + 1 : PIPE_BUF;
}

/* Writes one piece, waiting at most so long for room. False: it does not flow. */
static bool write_piece(struct sink *sink, int wait_ms)
{
    struct pollfd room = {.fd = sink->fd, .events = POLLOUT};
    int ready = poll(&room, 1, wait_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR))
        return false;
    ssize_t n = write(sink->fd, sink->buffer + sink->start, next_piece(sink));
    if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOSPC || errno == EDQUOT))
        return false; /* a full disk, too, may have room again */
    if (n < 0) {
        give_up(sink, errno);
        return false;
    }
    sink->start += (size_t)n;
    sink->len -= (size_t)n;
    return true;
}

void sink_flush(struct sink *sink)
{
    while (sink->len > 0 && write_piece(sink, 0))
        ;
    if (sink->state == SINK_FULL && sink->len <= BUFFER_SIZE / 2) {
        tell_overflow(sink);
        while (sink->len > 0 && write_piece(sink, 0))
            ;
    }
}

/* OPEN -> FULL, or still FULL */
static int drop(struct sink *sink, const struct record *record, int rc)
{
    if (rc == ERR_LIMIT)
        sink->state = SINK_FULL;
    sink->dropped++;
    if (!record_uint(record, "seq", &sink->dropped_seq))
        sink->dropped_seq = EVENT_ABSENT;
    return rc;
}

int sink_take(void *user, const struct record *record)
{
    struct sink *sink = user;
    if (sink->state == SINK_OFF)
        return 0;
    if (sink->state == SINK_FULL)
        sink_flush(sink);
    if (sink->state == SINK_GIVEN_UP)
        return ERR_CLOSED;
    int rc = sink->state == SINK_FULL ? ERR_LIMIT : store_record(sink, record);
    if (rc != 0)
        return drop(sink, record, rc);
    sink_flush(sink);
    return 0;
}

uint64_t sink_deadline(const struct sink *sink, uint64_t now)
{
    return sink->len > 0 ? now + RETRY_NS : NEVER;
}

static void write_last(struct sink *sink, uint64_t until)
{
    while (sink->len > 0 && loop_now() < until && write_piece(sink, LAST_WAIT_MS))
        ;
}

void sink_close(struct sink *sink)
{
    uint64_t until = duration_add(loop_now(), LAST_ALL_NS);
    sink_flush(sink);
    write_last(sink, until);
    if (sink->state == SINK_FULL && sink->len == 0) {
        tell_overflow(sink);
        write_last(sink, until);
    }
    if (sink->len > 0)
        say("%s: the last %zu bytes of events were not taken", sink->where, sink->len);
    if (sink->own && close(sink->fd) != 0)
        say("%s: %s", sink->where, strerror(errno));
    free(sink->buffer);
    *sink = (struct sink){.state = SINK_OFF, .fd = -1};
}
