#include "rule_input.h"

#include "cli/say.h"
#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Cuts white space (a CR too) off both ends. */
static char *trim(char *line)
{
    static const char blank[] = " \t\r";
    line += strspn(line, blank);
    size_t len = strlen(line);
    while (len > 0 && strchr(blank, line[len - 1]) != NULL) {
        len--;
    }
    line[len] = '\0';
    return line;
}

static void apply(char *raw, struct faults *faults)
{
    const char *line = trim(raw);
    if (line[0] == '\0' || line[0] == '#') {
        return;
    }
    if (strcmp(line, "clear") == 0) {
        faults_clear(faults);
        output_fault(line);
        return;
    }
    struct why why = {0};
    int err = faults_add(faults, line, &why);
    if (err < 0) {
        (void)say_error(why_prefix(&why, err, "rule '%s'", line), &why);
        return;
    }
    output_fault(line);
}

static void end_line(struct rule_input *input, struct faults *faults)
{
    input->line[input->len] = '\0';
    if (input->too_long) {
        say("a rule has at most %d bytes: '%.40s…'", FAULT_TEXT_MAX, input->line);
    } else {
        apply(input->line, faults);
    }
    input->len = 0;
    input->too_long = false;
}

static void take_byte(struct rule_input *input, char byte, struct faults *faults)
{
    if (byte == '\n') {
        end_line(input, faults);
    } else if (input->len + 1 < sizeof(input->line)) {
        input->line[input->len++] = byte;
    } else {
        input->too_long = true;
    }
}

bool rule_input_read(struct rule_input *input, int fd, struct faults *faults)
{
    char bytes[512];
    ssize_t n = read(fd, bytes, sizeof(bytes));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return true;
    }
    for (ssize_t i = 0; i < n; i++) {
        take_byte(input, bytes[i], faults);
    }
    if (n > 0) {
        return true;
    }
    if (n < 0) {
        say("standard input: %s", strerror(errno));
    }
    if (input->len > 0) {
        end_line(input, faults);
    }
    return false;
}
