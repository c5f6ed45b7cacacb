/**
 * Roles that a certificate can give, and sets of them.
 */
#ifndef BASE_ROLE_H
#define BASE_ROLE_H

#include <stdbool.h>
#include <stddef.h>

enum role { ROLE_MEMBER, ROLE_MONITOR, ROLE_OPERATOR, ROLE_COUNT };

/** A set of roles, one bit each. */
typedef unsigned role_set;
#define ROLE_BIT(ROLE) (1U << (ROLE))
#define ROLES_MEMBER ROLE_BIT(ROLE_MEMBER)
#define ROLES_OPERATOR ROLE_BIT(ROLE_OPERATOR)
#define ROLES_ANY ((1U << ROLE_COUNT) - 1)

/** "member", "monitor" or "operator". */
const char *role_text(enum role role);

/** Finds the role named by `len` bytes. False: none. */
bool role_parse(const char *text, size_t len, enum role *role);

bool role_in(role_set set, enum role role);

#endif
