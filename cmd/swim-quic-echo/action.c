#include "action.h"

#include "base/duration.h"
#include "echo.h"

#include <stdio.h>
#include <string.h>

static void apply_nothing(struct echo *echo, const struct incident *incident,
                          const struct action_args *args)
{
    (void)echo;
    (void)incident;
    (void)args;
}

static void apply_delay(struct echo *echo, const struct incident *incident,
                        const struct action_args *args)
{
    uint64_t delay_ns = args->duration_ns;
    if (args->jitter_ns > 0) { /* uniform in D - J .. D + J, never in the past */
        uint64_t drawn = delay_ns + echo_draw(echo, 2 * args->jitter_ns + 1);
        delay_ns = drawn > args->jitter_ns ? drawn - args->jitter_ns : 0;
    }
    echo_answer(echo, incident, delay_ns);
}

static void apply_dup(struct echo *echo, const struct incident *incident,
                      const struct action_args *args)
{
    (void)args;
    echo_answer(echo, incident, 0);
    echo_answer(echo, incident, 0);
}

static void apply_corrupt(struct echo *echo, const struct incident *incident,
                          const struct action_args *args)
{
    (void)args;
    echo_answer_damaged(echo, incident, DAMAGE_CORRUPT);
}

static void apply_garbage(struct echo *echo, const struct incident *incident,
                          const struct action_args *args)
{
    (void)args;
    echo_answer_damaged(echo, incident, DAMAGE_GARBAGE);
}

/* At once, whoever asks; of what else it would be a nack nobody could say. */
static void apply_nack(struct echo *echo, const struct incident *incident,
                       const struct action_args *args)
{
    (void)args;
    struct incident refused = *incident;
    enum message_type type = incident->answer.type;
    refused.has_answer = incident->has_answer && (type == MESSAGE_ACK || type == MESSAGE_NACK);
    refused.answer.type = MESSAGE_NACK;
    refused.answer.wait_ns = 0;
    echo_answer(echo, &refused, 0);
}

static void apply_close(struct echo *echo, const struct incident *incident,
                        const struct action_args *args)
{
    (void)args;
    echo_close_visitor(echo, incident);
}

static void apply_reset(struct echo *echo, const struct incident *incident,
                        const struct action_args *args)
{
    (void)args;
    echo_reset_visitor(echo, incident);
}

static void apply_stall(struct echo *echo, const struct incident *incident,
                        const struct action_args *args)
{
    (void)args;
    echo_stall_visitor(echo, incident);
}

static void apply_die(struct echo *echo, const struct incident *incident,
                      const struct action_args *args)
{
    echo_die(echo, incident->now_ns, args->duration_ns);
}

static const struct action actions[] = {
    {"drop", ARGUMENT_NONE, true, apply_nothing},
    {"no-ack", ARGUMENT_NONE, false, apply_nothing},
    {"delay", ARGUMENT_DELAY, false, apply_delay},
    {"dup", ARGUMENT_NONE, false, apply_dup},
    {"corrupt", ARGUMENT_NONE, false, apply_corrupt},
    {"nack", ARGUMENT_NONE, false, apply_nack},
    {"garbage", ARGUMENT_NONE, false, apply_garbage},
    {"close", ARGUMENT_NONE, false, apply_close},
    {"reset", ARGUMENT_NONE, false, apply_reset},
    {"stall", ARGUMENT_NONE, false, apply_stall},
    {"die", ARGUMENT_OPTIONAL_DURATION, false, apply_die},
};

#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

static int parse_duration(const char *text, size_t len, uint64_t *ns, struct why *why)
{
    char copy[DURATION_TEXT_SIZE];
    if (len < sizeof(copy)) {
        memcpy(copy, text, len);
        copy[len] = '\0';
        if (duration_parse(copy, ns) == 0) {
            return 0;
        }
    }
    return why_set(why, ERR_USAGE, "'%.*s' is no duration (like 200ms, 1.5s, 2m)", (int)len, text);
}

static int parse_delay(const char *text, struct action_args *args, struct why *why)
{
    size_t len = strcspn(text, "~");
    int err = parse_duration(text, len, &args->duration_ns, why);
    if (err < 0 || text[len] == '\0') {
        return err;
    }
    const char *jitter = text + len + 1;
    return parse_duration(jitter, strlen(jitter), &args->jitter_ns, why);
}

static int unknown_action(const char *text, size_t len, struct why *why)
{
    char known[128] = "";
    size_t used = 0;
    for (size_t i = 0; i < ACTION_COUNT && used < sizeof(known); i++) {
        int n = snprintf(known + used, sizeof(known) - used, "%s%s", i > 0 ? ", " : "",
                         actions[i].name);
        used += n > 0 ? (size_t)n : 0;
    }
    return why_set(why, ERR_USAGE, "'%.*s' is no action: known are %s", (int)len, text, known);
}

int action_parse(const char *text, struct action_use *use, struct why *why)
{
    *use = (struct action_use){0};
    size_t len = strcspn(text, "=");
    const char *argument = text[len] == '=' ? text + len + 1 : NULL;
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        const struct action *action = &actions[i];
        if (strlen(action->name) != len || memcmp(action->name, text, len) != 0) {
            continue;
        }
        use->action = action;
        switch (action->argument) {
        case ARGUMENT_NONE:
            return argument == NULL ? 0
                                    : why_set(why, ERR_USAGE, "%s takes no argument", action->name);
        case ARGUMENT_OPTIONAL_DURATION:
            return argument == NULL
                       ? 0
                       : parse_duration(argument, strlen(argument), &use->args.duration_ns, why);
        case ARGUMENT_DELAY:
            return argument == NULL
                       ? why_set(why, ERR_USAGE, "%s needs =D or =D~JITTER", action->name)
                       : parse_delay(argument, &use->args, why);
        }
    }
    return unknown_action(text, len, why);
}
