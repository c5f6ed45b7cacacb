#include "cli/target.h"

#include "cli/dev.h"
#include "cli/paths.h"

static bool given(const struct program *program, const struct common *common, const char *name)
{
    return opt_given(program->rows, common->argc, common->argv, name);
}

int target_open(const struct program *program, const struct common *common, const char *connect,
                struct target *target, struct why *why)
{
    struct path identity;
    const char *directory = common->identity;
    *target = (struct target){.connect = connect, .verbose = common->verbose};
    if (common->dev && !given(program, common, "connect")) {
        target->connect = NULL;
        target->dev = true;
    }
    if (common->dev && !given(program, common, "identity")) {
        int rc = dev_operator(&identity, why);
        if (rc != 0)
            return rc;
        directory = identity.text;
    }
    return paths_load_identity(directory, &target->identity, why);
}

int target_locate(const struct target *target, struct hostport *hostport, struct why *why)
{
    int rc = target->dev ? dev_first(hostport, why) : paths_connect(target->connect, hostport, why);
    if (rc == 0 && target->verbose) {
        const struct spiffe *self = identity_self(target->identity);
        say("asking %s port %u as %s %s of %s", hostport->host, (unsigned)hostport->port,
            role_text(self->role), self->name.text, self->cluster);
    }
    return rc;
}

void target_close(struct target *target)
{
    identity_free(target->identity);
    target->identity = NULL;
}
