#include "look.h"

#include "cli/tagmatch.h"
#include "link/ask.h"
#include "link/loop.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return name_compare(a, b);
}

bool look_fits(struct look *look, const char *name)
{
    struct name key;
    return look->options->tags.count == 0 ||
           (look->fitting_count > 0 && name_set(&key, name, strlen(name)) == 0 &&
            bsearch(&key, look->fitting, look->fitting_count, sizeof key, by_name) != NULL);
}

/* Members come in order of name, but for the one asked, who is first. */
static int add_fitting(struct look *look, const struct name *name)
{
    struct name *names =
        reallocarray(look->fitting, look->fitting_count + 1, sizeof *look->fitting);
    if (names == NULL)
        return ERR_NO_MEMORY;
    size_t at = look->fitting_count;
    look->fitting = names;
    for (; at > 0 && name_compare(name, &names[at - 1]) < 0; at--)
        names[at] = names[at - 1];
    names[at] = *name;
    look->fitting_count++;
    return 0;
}

static int add_teller(struct look *look, const struct teller *teller)
{
    struct teller *tellers =
        reallocarray(look->tellers, look->teller_count + 1, sizeof *look->tellers);
    if (tellers == NULL)
        return ERR_NO_MEMORY;
    look->tellers = tellers;
    tellers[look->teller_count++] = *teller;
    return 0;
}

/* A member on the way to something else: its name may be needed, and where it is. */
static int note_member(struct look *look, const struct record *record)
{
    const char *text = record_text(record, "node"), *addr = record_text(record, "addr");
    const char *state = record_text(record, "state"), *node = look->options->node;
    struct teller teller = {.first = !look->first_told};
    int rc = 0;
    look->first_told = true;
    if (text == NULL || state == NULL || name_set(&teller.name, text, strlen(text)) != 0)
        return why_set(&look->refusal, ERR_MALFORMED, "a member without name or state");
    bool fits = tagmatch_fits(&look->options->tags, record);
    bool live = strcmp(state, "alive") == 0 || strcmp(state, "suspect") == 0;
    if (look->options->tags.count > 0 && fits)
        rc = add_fitting(look, &teller.name);
    if (rc != 0 || look->plan->verb->request != REQUEST_RTT || !live || !fits)
        return rc;
    if (addr == NULL || addr_parse(addr, 0, &teller.addr) != 0)
        teller.addr = (struct addr){0};
    teller.asked = node == NULL || strcmp(node, text) == 0;
    return add_teller(look, &teller);
}

/* Of an open set of columns the node's answer is what tells which exist. */
static int check_columns(struct look *look, const struct record *record)
{
    const struct columns *columns = &look->plan->columns;
    for (size_t i = 0; look->plan->verb->columns == NULL && i < columns->count; i++) {
        if (record_find(record, columns->names[i]) == NULL)
            return why_set(&look->refusal, ERR_USAGE, "--columns: the node tells no '%s'",
                           columns->names[i]);
    }
    return 0;
}

static bool has_fitting_name(struct look *look, const struct record *record, const char *key)
{
    const char *name = key == NULL ? NULL : record_text(record, key);
    return key == NULL || (name != NULL && look_fits(look, name));
}

/* Whether the user wants to see it. */
static bool is_wanted(struct look *look, const struct record *record)
{
    const struct verb *verb = look->plan->verb;
    const char *node = look->options->node;
    if (node != NULL) {
        const char *name = record_text(record, verb->name_key);
        if (name == NULL || strcmp(name, node) != 0)
            return false;
        look->found = true;
    }
    if (verb->request == REQUEST_MEMBERS && !tagmatch_fits(&look->options->tags, record))
        return false;
    if (verb->request != REQUEST_MEMBERS && (!has_fitting_name(look, record, verb->name_key) ||
                                             !has_fitting_name(look, record, verb->peer_key)))
        return false;
    const char *state = record_text(record, "state");
    if (look->plan->states.count > 0)
        return state != NULL && columns_have(&look->plan->states, state);
    return look->plan->pick == PICK_ALL || (state != NULL && strcmp(state, "alive") == 0);
}

int look_write(struct look *look, const struct record *record)
{
    look->shown++;
    return format_row(&look->rows, record);
}

int look_show(struct look *look, const struct record *record)
{
    if (!is_wanted(look, record))
        return 0;
    int rc = check_columns(look, record);
    if (rc != 0)
        return rc;
    return look->keep ? rowset_add(&look->kept, record) : look_write(look, record);
}

static int on_record(void *user, const struct record *record)
{
    struct look *look = user;
    const struct stat_plan *plan = look->plan;
    bool member = strcmp(record->event, "member") == 0, info = strcmp(record->event, "info") == 0;
    bool with_info = plan->format == FORMAT_PROMETHEUS || plan->format == FORMAT_NAGIOS;
    int rc = condition_feed(&look->plan->condition, record);
    if (rc == 0 && strcmp(record->event, plan->verb->event) == 0)
        return look_show(look, record);
    if (rc == 0 && member)
        return note_member(look, record);
    return rc == 0 && info && with_info ? format_row(&look->rows, record) : rc;
}

int look_ask(struct look *look, enum request_verb verb, const struct hostport *hostport,
             uint64_t deadline)
{
    struct record request;
    struct ask_result result;
    uint64_t now = loop_now();
    record_init(&request, request_text(verb), 0);
    const struct ask_config config = {
        .identity = look->target->identity,
        .target = *hostport,
        .timeout_ns = deadline > now ? deadline - now : 1,
        .on_record = on_record,
        .user = look,
    };
    int rc = ask_run(&config, &request, &result, look->why);
    if (look->refusal.text[0] != '\0')
        *look->why = look->refusal;
    return rc;
}

void look_free(struct look *look)
{
    format_free(&look->rows);
    rowset_free(&look->kept);
    free(look->fitting);
    free(look->tellers);
}
