/* swim-keys renew: new keys and certificates for who is there. */
#include "base/wall.h"
#include "cli/say.h"
#include "keys/ca.h"
#include "verb.h"

/* One that fails does not keep the others from their renewal. */
int verb_renew(const struct keys_options *options, int count, char **operands)
{
    const char *ca = options->ca != NULL ? options->ca : VERB_CA_DEFAULT;
    int code = EXIT_YES;

    for (int i = 0; i < count; i++) {
        struct why why = {""};
        struct spiffe spiffe;
        uint64_t until_ns = 0;
        const int err = ca_renew(ca, operands[i], (unsigned)options->days, wall_now_ns(), &spiffe,
                                 &until_ns, &why);
        if (err == 0) {
            verb_print_made(operands[i], &spiffe, until_ns);
        } else {
            code = verb_worse(code, say_error(err, &why));
        }
    }
    return code;
}
