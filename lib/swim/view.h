/**
 * The view hash: equal on two members exactly when they agree on who is alive or suspect, under
 * which incarnation, address and tags. A dead or left record that one holds and another does not (a
 * joiner never learns them) is no difference, nor is suspect instead of alive.
 */
#ifndef SWIM_VIEW_H
#define SWIM_VIEW_H

#include <stdint.h>

struct swim;

uint64_t view_hash(const struct swim *swim);

#endif
