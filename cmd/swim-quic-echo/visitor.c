#include "visitor.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

struct visitor *visitor_new(uint64_t id, struct quic_conn *conn)
{
    struct visitor *visitor = calloc(1, sizeof(*visitor));
    if (visitor == NULL) {
        return NULL;
    }
    visitor->id = id;
    visitor->conn = conn;
    visitor->message_stream = VISITOR_STREAM_NONE;
    return visitor;
}

static void inflow_free(struct inflow *inflow)
{
    free(inflow->data);
    free(inflow);
}

void visitor_free(struct visitor *visitor)
{
    while (visitor->inflows != NULL) {
        struct inflow *next = visitor->inflows->next;
        inflow_free(visitor->inflows);
        visitor->inflows = next;
    }
    free(visitor);
}

static struct inflow *find_inflow(const struct visitor *visitor, int64_t stream)
{
    struct inflow *inflow = visitor->inflows;
    while (inflow != NULL && inflow->stream != stream) {
        inflow = inflow->next;
    }
    return inflow;
}

static int add_inflow(struct visitor *visitor, int64_t stream, struct inflow **inflow)
{
    if (visitor->inflow_count == VISITOR_INFLOWS_MAX) {
        return ERR_LIMIT;
    }
    *inflow = calloc(1, sizeof(**inflow));
    if (*inflow == NULL) {
        return ERR_NO_MEMORY;
    }
    (*inflow)->stream = stream;
    (*inflow)->next = visitor->inflows;
    visitor->inflows = *inflow;
    visitor->inflow_count++;
    return 0;
}

int visitor_take(struct visitor *visitor, int64_t stream, const uint8_t *data, size_t len,
                 struct inflow **inflow)
{
    *inflow = find_inflow(visitor, stream);
    if (*inflow == NULL) {
        int err = add_inflow(visitor, stream, inflow);
        if (err < 0) {
            return err;
        }
    }
    struct inflow *in = *inflow;
    if (in->len + len > in->size) {
        uint8_t *grown = realloc(in->data, in->len + len);
        if (grown == NULL) {
            return ERR_NO_MEMORY;
        }
        in->data = grown;
        in->size = in->len + len;
    }
    if (len > 0) {
        memcpy(in->data + in->len, data, len);
        in->len += len;
    }
    return 0;
}

void inflow_consume(struct inflow *inflow, size_t used)
{
    inflow->len -= used;
    if (used > 0 && inflow->len > 0) {
        memmove(inflow->data, inflow->data + used, inflow->len);
    }
}

void visitor_end_stream(struct visitor *visitor, int64_t stream)
{
    for (struct inflow **at = &visitor->inflows; *at != NULL; at = &(*at)->next) {
        if ((*at)->stream == stream) {
            struct inflow *gone = *at;
            *at = gone->next;
            inflow_free(gone);
            visitor->inflow_count--;
            return;
        }
    }
}

bool visitor_is_two_way(int64_t stream)
{
    return (stream & 0x2) == 0;
}
