/**
 * A tool's question to a running node: dial with the control protocol, send one request record,
 * take the records of the answer as they come. Blocks; runs a loop of its own.
 */
#ifndef LINK_ASK_H
#define LINK_ASK_H

#include "base/addr.h"
#include "base/err.h"
#include "base/record.h"
#include "keys/identity.h"

#include <stdbool.h>
#include <stdint.h>

struct ask_config {
    struct identity *identity;
    struct hostport target; /* resolved inside, within the timeout */
    uint64_t timeout_ns;    /* of the whole: look-up, handshake, answer. NEVER: none */
    uint64_t keep_alive_ns; /* between two signs of life of a quiet connection; 0: the usual */
    bool ends_with_stdout;  /* standard output's reader is gone: the question ends, ERR_CLOSED */
    /** Called for each record of the answer but the `end`. Returns 0 to go on, 1 to stop (the
     *  question is then answered), or an error that ends it. */
    int (*on_record)(void *user, const struct record *record);
    void *user;
};

/** How a question ended. `leg` names where it failed: resolve, udp, handshake, certificate,
 *  cluster, alpn, answer; or "-". `reason` is the error of that leg alone (refused, no-reply, ..),
 *  where the question's own is ERR_UNREACHABLE; 0: none. */
struct ask_result {
    const char *leg;
    int reason;
    struct record end; /* the node's own last record, when it came; else its event is empty */
};

/**
 * Asks. 0: answered, and the node says ok. Otherwise the named error, of the node (from `end`) or
 * of the way to it: refused, no reply, timeout, lost are ERR_UNREACHABLE with the leg and reason in
 * `why`; a certificate refused by either side keeps its own error; ERR_RESOLVE.
 * `peer` in `why` is as the user typed it.
 */
int ask_run(const struct ask_config *config, const struct record *request,
            struct ask_result *result, struct why *why);

#endif
