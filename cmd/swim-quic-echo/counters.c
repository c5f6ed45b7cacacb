#include "counters.h"

void counters_add_received(struct echo_counters *counters, enum message_type type)
{
    switch (type) {
    case MESSAGE_PING:
        counters->pings++;
        break;
    case MESSAGE_PING_REQ:
        counters->ping_reqs++;
        break;
    case MESSAGE_SYNC:
        counters->syncs++;
        break;
    case MESSAGE_HELLO:
        counters->hellos++;
        break;
    case MESSAGE_GOSSIP:
        counters->gossips++;
        break;
    case MESSAGE_LEAVE:
        counters->leaves++;
        break;
    default: /* acks and the like: nobody owes us one */
        break;
    }
}

void counters_add_sent(struct echo_counters *counters, enum message_type type)
{
    if (type == MESSAGE_ACK) {
        counters->acks++;
    } else if (type == MESSAGE_NACK) {
        counters->nacks++;
    }
}
