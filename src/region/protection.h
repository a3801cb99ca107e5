/* SPDX-License-Identifier: MIT */
/* protection.h - what a steppe_protection means, and an attribute of the page map. */
#ifndef STP_PROTECTION_H
#define STP_PROTECTION_H

#include <steppe/region.h>

/* Beside a writable protection in the page map: the page counts as not written (region/watch.h),
 * so the kernel enforces what refuses writes and allows the rest. */
enum { STP_CLEAN = 0x20 };

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

/* Of an attribute: what the program gave the page. */
static inline uint8_t stp_protection_given(steppe_protection attribute)
{
    return (uint8_t)(attribute & ~(steppe_protection)STP_CLEAN);
}

/* Of an attribute: what the kernel is to enforce; one value for each way it can. */
static inline steppe_protection stp_protection_enforced(steppe_protection attribute)
{
    if (attribute & STEPPE_GUARD)
        return STEPPE_NO_ACCESS;
    switch (attribute) {
    case STEPPE_READ_WRITE | STP_CLEAN:
        return STEPPE_READ_ONLY;
    case STEPPE_EXECUTE:
    case STEPPE_EXECUTE_READ_WRITE | STP_CLEAN:
        return STEPPE_EXECUTE_READ;
    default:
        return stp_protection_given(attribute);
    }
}

#endif
