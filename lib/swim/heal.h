/**
 * Healing of splits: one random dead member is dialled now and then, so often
 * that the whole cluster tries about once a second, for as long as the split
 * may last. Whoever answers is synced with at once.
 */
#ifndef SWIM_HEAL_H
#define SWIM_HEAL_H

#include <stddef.h>
#include <stdint.h>

struct swim;
struct member;

struct heal {
    uint64_t next_ns;
};

/** max(heal, 1 s * live): each of `live` members tries that often. Nanoseconds.
 */
uint64_t heal_interval_ns(uint64_t heal_ns, size_t live);

/** A link to that member is up: if it is held dead, both learn at once what the
 * other holds. */
void heal_linked(struct swim *swim, struct member *member);

void heal_tick(struct swim *swim);
uint64_t heal_deadline(const struct swim *swim);

#endif
