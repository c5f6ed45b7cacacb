#include "node/report.h"

#include "base/duration.h"
#include "base/wall.h"
#include "keys/identity.h"
#include "link/pool.h"
#include "node/inside.h"

#define DAY_NS (INT64_C(86400) * (int64_t)NS_PER_S)

/* Whole days, rounded down; below 0 of one that has expired. */
static void add_cert_days(struct record *record, uint64_t until_ns)
{
    if (until_ns == 0) {
        record_add_absent(record, "cert_days");
        return;
    }
    int64_t left_ns = (int64_t)until_ns - (int64_t)wall_now_ns();
    int64_t days = left_ns / DAY_NS - (left_ns % DAY_NS < 0);
    record_add_int(record, "cert_days", days);
}

static void add_reason(struct record *record, const struct swim_member *member)
{
    bool accused = member->state == MEMBER_SUSPECT || member->state == MEMBER_DEAD;
    if (accused && member->accusation != ACCUSATION_NONE)
        record_add_text(record, "reason", accusation_text(member->accusation));
    else if (member->state == MEMBER_LEFT && member->reason.len > 0)
        record_add_bytes(record, "reason", (const char *)member->reason.data, member->reason.len);
    else
        record_add_absent(record, "reason");
}

static void add_rtt(struct record *record, const struct swim_member *member)
{
    if (member->rtt_ns == EVENT_ABSENT)
        record_add_absent(record, "rtt_ms");
    else
        record_add_ms(record, "rtt_ms", member->rtt_ns);
}

static int answer_member(const struct node *node, uint64_t request,
                         const struct swim_member *member, uint64_t until_ns)
{
    struct record record;
    record_init(&record, "member", wall_now_ns());
    record_add_text(&record, "state", member_state_text(member->state));
    record_add_name(&record, "node", member->name);
    record_add_addr(&record, "addr", &member->addr);
    record_add_uint(&record, "inc", member->incarnation);
    record_add_real(&record, "age", (double)(node->now - member->since_ns) / (double)NS_PER_S, 3);
    add_rtt(&record, member);
    record_add_tags(&record, member->tags);
    record_add_name(&record, "by", &member->by);
    add_reason(&record, member);
    add_cert_days(&record, until_ns);
    return peers_answer(node->peers, request, &record);
}

static uint64_t until_ns_of(const struct node *node, const struct name *name)
{
    if (name_equal(name, &node->self))
        return identity_until_ns(node->config.identity);
    return certificates_until_ns(&node->certificates, name);
}

int report_members(const struct node *node, uint64_t request)
{
    struct swim_member member;
    int rc = ERR_BUG; /* the core always knows itself */
    if (swim_member_find(node->core, &node->self, &member))
        rc = answer_member(node, request, &member, until_ns_of(node, &node->self));
    for (size_t i = 0; rc == 0 && i < swim_member_count(node->core); i++) {
        swim_member_at(node->core, i, &member);
        if (!name_equal(member.name, &node->self))
            rc = answer_member(node, request, &member, until_ns_of(node, member.name));
    }
    return rc;
}

int report_pool(const struct node *node, uint64_t request)
{
    struct peers_row row;
    int rc = 0;
    for (size_t cursor = 0; rc == 0 && peers_next_row(node->peers, node->now, &cursor, &row);) {
        struct record record;
        if (row.tool)
            continue;
        record_init(&record, "pool", wall_now_ns());
        record_add_name(&record, "peer", &row.name);
        record_add_addr(&record, "addr", &row.addr);
        record_add_text(&record, "dir", row.dialled ? "out" : "in");
        record_add_text(&record, "state", row.state);
        record_add_ms(&record, "age_ms", row.age_ns);
        record_add_uint(&record, "uses", row.uses);
        rc = peers_answer(node->peers, request, &record);
    }
    return rc;
}

static void add_members(struct record *record, const struct swim_info *info)
{
    record_add_hex(record, "view", info->view);
    record_add_uint(record, "inc", info->incarnation);
    record_add_uint(record, "lhm", info->health);
    size_t members = 0;
    for (size_t state = 0; state < MEMBER_STATE_COUNT; state++)
        members += info->counts[state];
    record_add_uint(record, "members", members);
    for (size_t state = 0; state < MEMBER_STATE_COUNT; state++)
        record_add_uint(record, member_state_text((enum member_state)state), info->counts[state]);
}

static void add_pool(struct record *record, const struct pool_stats *pool)
{
    record_add_uint(record, "pool_total", pool->total);
    record_add_uint(record, "pool_in_use", pool->in_use);
    record_add_uint(record, "pool_idle", pool->idle);
    record_add_uint(record, "pool_accepted", pool->accepted);
    record_add_uint(record, "pool_opened", pool->opened);
    record_add_uint(record, "pool_reused", pool->reused);
    record_add_uint(record, "pool_evicted", pool->evicted);
}

/* `rejected` counts all that came from outside and was not believed: packets that are no QUIC of
 * ours, handshakes, messages, and updates. */
static void add_traffic(struct record *record, const struct node *node,
                        const struct swim_info *info)
{
    const struct peers_stats *peers = peers_stats(node->peers);
    const struct events_stats *events = node_events_stats(node->events);
    record_add_uint(record, "events", events->told);
    record_add_uint(record, "dropped", events->dropped);
    record_add_uint(record, "rejected",
                    peers->garbage + peers->rejected + peers->malformed + peers->forbidden +
                        peers->unknown_messages + info->rejected + info->inc_jump +
                        info->unknown_messages);
    record_add_uint(record, "garbage", peers->garbage);
    record_add_uint(record, "unsent", peers->unsent + node->lost);
    record_add_uint(record, "packets_in", peers->packets_in);
    record_add_uint(record, "packets_out", peers->packets_out);
    record_add_uint(record, "bytes_in", peers->bytes_in);
    record_add_uint(record, "bytes_out", peers->bytes_out);
}

int report_info(const struct node *node, uint64_t request)
{
    struct record record;
    struct swim_info info;
    swim_info(node->core, &info);
    record_init(&record, "info", wall_now_ns());
    record_add_name(&record, "node", &node->self);
    record_add_addr(&record, "addr", &node->advertised);
    record_add_text(&record, "name", node->self.text);
    record_add_text(&record, "cluster", node->cluster);
    add_members(&record, &info);
    add_pool(&record, peers_pool_stats(node->peers));
    add_traffic(&record, node, &info);
    record_add_real(&record, "uptime_s", (double)(node->now - node->start_ns) / (double)NS_PER_S,
                    3);
    record_add_text(&record, "profile", node->profile.name);
    return peers_answer(node->peers, request, &record);
}

/* One record for each member but ourselves, by name. */
static int answer_others(const struct node *node, uint64_t request, const char *event,
                         void (*fill)(const struct node *node, const struct swim_info *info,
                                      const struct swim_member *member, struct record *record))
{
    struct swim_info info;
    int rc = 0;
    swim_info(node->core, &info);
    for (size_t i = 0; rc == 0 && i < swim_member_count(node->core); i++) {
        struct swim_member member;
        struct record record;
        swim_member_at(node->core, i, &member);
        if (name_equal(member.name, &node->self))
            continue;
        record_init(&record, event, wall_now_ns());
        fill(node, &info, &member, &record);
        rc = peers_answer(node->peers, request, &record);
    }
    return rc;
}

static void fill_health(const struct node *node, const struct swim_info *info,
                        const struct swim_member *member, struct record *record)
{
    record_add_name(record, "node", member->name);
    record_add_text(record, "state", member_state_text(member->state));
    if (member->phi < 0)
        record_add_absent(record, "phi");
    else
        record_add_real(record, "phi", member->phi, 3);
    add_rtt(record, member);
    if (member->heard_ns == 0)
        record_add_absent(record, "heard_ms");
    else
        record_add_ms(record, "heard_ms", node->now - member->heard_ns);
    if (member->suspicion_left_ns == NEVER)
        record_add_absent(record, "suspicion_left_ms");
    else
        record_add_ms(record, "suspicion_left_ms", member->suspicion_left_ns);
    record_add_uint(record, "lhm", info->health);
}

int report_health(const struct node *node, uint64_t request)
{
    return answer_others(node, request, "health", fill_health);
}

static void fill_rtt(const struct node *node, const struct swim_info *info,
                     const struct swim_member *member, struct record *record)
{
    (void)info;
    record_add_name(record, "node", &node->self);
    record_add_name(record, "peer", member->name);
    record_add_text(record, "state", member_state_text(member->state));
    add_rtt(record, member);
}

int report_rtt(const struct node *node, uint64_t request)
{
    return answer_others(node, request, "rtt", fill_rtt);
}

static void add_count(struct record *record, const char *key, uint64_t value)
{
    if (value == 0)
        record_add_absent(record, key);
    else
        record_add_uint(record, key, value);
}

/* The keys are the same in every step, for tables and scripts. */
static int answer_step(const struct node *node, uint64_t request, const struct name *name,
                       const struct evidence_step *step)
{
    struct record record;
    bool direct = step->kind == EVIDENCE_PING;
    record_init(&record, "evidence", wall_now_ns());
    record_add_ms(&record, "age_ms", node->now > step->at_ns ? node->now - step->at_ns : 0);
    record_add_text(&record, "step", evidence_text(step->kind));
    record_add_name(&record, "node", name);
    record_add_name(&record, "by", &step->by);
    if (direct)
        record_add_text(&record, "via", "direct");
    else
        record_add_name(&record, "via", &step->via);
    add_count(&record, "pseq", step->pseq);
    record_add_text(&record, "rc", step->rc);
    if (step->accusation == ACCUSATION_NONE)
        record_add_absent(&record, "reason");
    else
        record_add_text(&record, "reason", accusation_text(step->accusation));
    add_count(&record, "inc", step->incarnation);
    if (step->rtt_ns == 0)
        record_add_absent(&record, "rtt_ms");
    else
        record_add_ms(&record, "rtt_ms", step->rtt_ns);
    return peers_answer(node->peers, request, &record);
}

int report_why(const struct node *node, uint64_t request, const struct name *name)
{
    struct swim_member member;
    int rc = 0;
    if (!swim_member_find(node->core, name, &member))
        return ERR_NOT_FOUND;
    const struct evidence *chain = swim_evidence(node->core, name);
    for (size_t i = 0; rc == 0 && i < evidence_count(chain); i++)
        rc = answer_step(node, request, name, evidence_at(chain, i));
    if (rc == 0)
        rc = answer_member(node, request, &member, until_ns_of(node, name));
    return rc;
}
