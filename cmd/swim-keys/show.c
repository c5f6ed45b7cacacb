/* swim-keys show: what certificates say, without judging them. */
#include "base/duration.h"
#include "base/wall.h"
#include "certificates.h"
#include "cli/format.h"
#include "cli/say.h"
#include "verb.h"

#include <stdio.h>

#define NS_PER_DAY ((int64_t)(86400 * NS_PER_S))

struct show {
    const struct keys_options *options;
    uint64_t now_ns;
    unsigned shown;
    int err;
};

static const char *status_of(const struct cert_facts *facts, uint64_t now_ns)
{
    if (now_ns / NS_PER_S > facts->until_ns / NS_PER_S) {
        return "expired";
    }
    return now_ns < facts->from_ns ? "not-yet-valid" : "valid";
}

/* Whole days, rounded down: of an expired one negative. */
static int64_t days_left(uint64_t until_ns, uint64_t now_ns)
{
    if (until_ns >= now_ns) {
        return (int64_t)(until_ns - now_ns) / NS_PER_DAY;
    }
    return -1 - (int64_t)(now_ns - until_ns - 1) / NS_PER_DAY;
}

static void add_or_absent(struct record *record, const char *key, const char *text, bool there)
{
    if (there) {
        record_add_text(record, key, text);
    } else {
        record_add_absent(record, key);
    }
}

static void add_identity(struct record *record, const struct cert_facts *facts)
{
    const struct spiffe *spiffe = &facts->spiffe;
    const bool leaf = facts->is_ours && !facts->is_ca;

    add_or_absent(record, "identity", facts->uri, facts->uri[0] != '\0');
    add_or_absent(record, "cluster", spiffe->cluster, facts->is_ours);
    add_or_absent(record, "role", facts->is_ca ? "ca" : role_text(spiffe->role),
                  facts->is_ca || leaf);
    add_or_absent(record, "name", spiffe->name.text, leaf);
}

static int write_upright(const struct record *record, bool first)
{
    struct format_rows rows = {
        .format = FORMAT_TABLE, .out = stdout, .header = true, .upright = true};

    if (!first) {
        printf("\n");
    }
    int err = format_row(&rows, record);
    if (err == 0) {
        err = format_end(&rows);
    }
    format_free(&rows);
    return err;
}

static void show_one(const char *path, const struct cert_facts *facts, void *user)
{
    struct show *show = user;
    struct record record;
    char time[WALL_TEXT_SIZE];

    record_init(&record, "certificate", show->now_ns);
    record_add_text(&record, "path", path);
    add_identity(&record, facts);
    record_add_text(&record, "status", status_of(facts, show->now_ns));
    record_add_int(&record, "days", days_left(facts->until_ns, show->now_ns));
    record_add_text(&record, "from", wall_format(facts->from_ns, time));
    record_add_text(&record, "until", wall_format(facts->until_ns, time));
    record_add_text(&record, "serial", facts->serial);
    record_add_text(&record, "sha256", facts->fingerprint);
    record_add_text(&record, "issuer", facts->issuer);
    int err = 0;
    if (verb_wants_records(show->options)) {
        err = verb_write(show->options, &record);
    } else {
        err = write_upright(&record, show->shown == 0);
    }
    show->err = show->err != 0 ? show->err : err;
    show->shown++;
}

int verb_show(const struct keys_options *options, int count, char **operands)
{
    struct show show = {.options = options, .now_ns = wall_now_ns()};
    int code = EXIT_YES;

    for (int i = 0; i < count; i++) {
        struct why why = {""};
        const int err = certificates_each(operands[i], CERTIFICATES_OF_ANY, show_one, &show, &why);
        if (err != 0) {
            code = verb_worse(code, say_error(err, &why));
        }
    }
    return verb_worse(code, (int)err_exit(show.err));
}
