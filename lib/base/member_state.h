/**
 * The states of a member that the protocol knows and users see.
 *
 *      alive <---> suspect ---> dead          (a higher incarnation leads back to alive)
 *        '-----------'----------'---> left    (announced by the member itself)
 */
#ifndef BASE_MEMBER_STATE_H
#define BASE_MEMBER_STATE_H

#include <stdbool.h>
#include <stddef.h>

/* The order is the rank at equal incarnation (design: left > dead > suspect > alive), and the
 * number is the one on the wire. */
enum member_state { MEMBER_ALIVE, MEMBER_SUSPECT, MEMBER_DEAD, MEMBER_LEFT, MEMBER_STATE_COUNT };

const char *member_state_text(enum member_state state);

/** Finds the state named by `len` bytes. False: none. */
bool member_state_parse(const char *text, size_t len, enum member_state *state);

#endif
