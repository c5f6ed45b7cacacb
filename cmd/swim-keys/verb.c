#include "verb.h"

#include "base/wall.h"
#include "cli/format.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

void verb_print_made(const char *path, const struct spiffe *spiffe, uint64_t until_ns)
{
    char uri[SPIFFE_TEXT_SIZE], until[WALL_TEXT_SIZE];

    printf("%s %s until=%s\n", path, spiffe_format(spiffe, uri), wall_format(until_ns, until));
}

bool verb_wants_records(const struct keys_options *options)
{
    return options->common.json || strcmp(options->format, "text") != 0;
}

int verb_write(const struct keys_options *options, const struct record *record)
{
    const bool json = options->common.json || strcmp(options->format, "json") == 0;
    const int err = format_write(json ? FORMAT_JSON : FORMAT_LINE, record, stdout);

    if (err != 0) {
        (void)say_error(err, NULL);
    }
    return err;
}

int verb_worse(int a, int b)
{
    static const int order[] = {EXIT_USAGE,     EXIT_IDENTITY,    EXIT_RESOURCE,
                                EXIT_FORBIDDEN, EXIT_UNREACHABLE, EXIT_NO};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return a > b ? a : b; /* 70, which none of them hides, or 0 */
}
