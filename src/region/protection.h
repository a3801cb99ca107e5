/* SPDX-License-Identifier: MIT */
/* protection.h - what a steppe_protection means. */
#ifndef STP_PROTECTION_H
#define STP_PROTECTION_H

#include <steppe/region.h>

static inline bool stp_protection_is_valid(steppe_protection protection)
{
    if ((protection & ~(steppe_protection)STEPPE_GUARD) > STEPPE_EXECUTE_READ_WRITE)
        return false;
    return protection != (STEPPE_NO_ACCESS | STEPPE_GUARD);
}

/* Does a page with this protection, no guard, allow the access? */
static inline bool stp_protection_permits(steppe_protection protection, steppe_access access)
{
    switch (access) {
    case STEPPE_ACCESS_READ: /* platforms make no page that is executable and not readable */
        return protection != STEPPE_NO_ACCESS;
    case STEPPE_ACCESS_WRITE:
        return protection == STEPPE_READ_WRITE || protection == STEPPE_EXECUTE_READ_WRITE;
    default:
        return protection >= STEPPE_EXECUTE && protection <= STEPPE_EXECUTE_READ_WRITE;
    }
}

#endif
