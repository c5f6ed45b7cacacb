#include "cli/program.h"

#include "cli/help.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A descriptor that we were started without would be taken by the first socket or key file, and
 * then written to as stdout. In its place comes one that fails: the null device the wrong way. */
static int hold_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            continue;
        int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (open("/dev/null", flags) != fd)
            return ERR_SYSTEM;
    }
    return 0;
}

/* A shell starts what it puts into the background with SIGINT ignored, some parents ignore SIGPIPE:
 * we end by them all the same, quietly, unless the program installs handlers of its own. */
static int end_by_signals(void)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (signal(signals[i], SIG_DFL) == SIG_ERR)
            return ERR_SYSTEM;
    }
    return 0;
}

static int prepare(void)
{
    int rc = hold_standard_descriptors();
    if (rc == 0)
        rc = end_by_signals();
    /* A reader of ours sees each line when it is there. */
    if (rc == 0 && setvbuf(stdout, NULL, _IOLBF, BUFSIZ) != 0)
        rc = ERR_SYSTEM;
    return rc;
}

/* The last word on stdout: what is still buffered, or failed on the way. */
static int finish(int code)
{
    bool failed = ferror(stdout) != 0;
    errno = 0;
    if (fflush(stdout) != 0)
        failed = true;
    if (!failed)
        return code;
    if (errno != 0)
        say("standard output: %s", strerror(errno));
    else
        say("standard output: a write failed");
    return code == EXIT_YES ? (int)EXIT_RESOURCE : code;
}

static int refuse(const struct program *program, const struct common *common, int rc,
                  const struct why *why)
{
    int code;
    if (rc == ERR_USAGE && program->on_refusal != NULL &&
        program->on_refusal(common->argc, common->argv, why->text, &code))
        return code;
    code = say_error(rc, why);
    if (rc == ERR_USAGE)
        say("see '%s --help'", program->name);
    return code;
}

static int run(const struct program *program, const char *about, struct common *common, int argc,
               char **argv)
{
    struct why why = {""};
    int operand = 0;
    common->argc = argc;
    common->argv = argv;
    int rc = opt_parse(program->rows, argc, argv, common, &operand, &why);
    if (rc != 0)
        return refuse(program, common, rc, &why);
    if (common->help) {
        help_write(program, stdout);
        return EXIT_YES;
    }
    if (common->version) {
        printf("%s %s (%s)\n", program->name, SWIM_VERSION, about);
        return EXIT_YES;
    }
    if (program->operands == NULL && operand < argc) {
        rc = why_set(&why, ERR_USAGE, "takes no operand: '%s'", argv[operand]);
        return refuse(program, common, rc, &why);
    }
    return program->run(program, common, argc - operand, argv + operand);
}

int program_main(const struct program *program, const char *about, int argc, char **argv)
{
    assert(program->config_size >= sizeof(struct common));
    struct why why = {""};
    int rc = prepare();
    if (rc != 0)
        return say_error(why_set(&why, rc, "standard descriptors: %s", strerror(errno)), &why);
    struct common *config = calloc(1, program->config_size);
    if (config == NULL)
        return say_error(ERR_NO_MEMORY, NULL);
    int code = finish(run(program, about, config, argc, argv));
    opt_free(program->rows, config);
    free(config);
    return code;
}
