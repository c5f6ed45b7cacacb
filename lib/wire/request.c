#include "wire/request.h"

#include "base/err.h"

#include <assert.h>
#include <string.h>

#define END_EVENT "end"

static const struct {
    const char *text;
    role_set roles;
} requests[REQUEST_COUNT] = {
#define X(SYMBOL, VERB, ROLES) [REQUEST_##SYMBOL] = {(VERB), (ROLES)},
    REQUESTS(X)
#undef X
};

const char *request_text(enum request_verb verb)
{
    assert(verb < REQUEST_COUNT);
    return requests[verb].text;
}

bool request_parse(const char *text, size_t len, enum request_verb *verb)
{
    for (size_t i = 0; i < REQUEST_COUNT; i++) {
        if (strlen(requests[i].text) == len && memcmp(requests[i].text, text, len) == 0) {
            *verb = (enum request_verb)i;
            return true;
        }
    }
    return false;
}

role_set request_roles(enum request_verb verb)
{
    assert(verb < REQUEST_COUNT);
    return requests[verb].roles;
}

void request_end(struct record *record, int err, const char *text)
{
    record_init(record, END_EVENT, 0);
    record_add_text(record, "rc", err == 0 ? "ok" : err_name(err));
    record_add_uint(record, "exit", (uint64_t)err_exit(err));
    if (text == NULL)
        record_add_absent(record, "text");
    else
        record_add_text(record, "text", text);
}

bool request_is_end(const struct record *record)
{
    return strcmp(record->event, END_EVENT) == 0;
}
