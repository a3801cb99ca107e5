/* SPDX-License-Identifier: MIT */
/*
 * none/maps.c - the process's map cannot be seen here.
 */
#include "platform/platform.h"

#include <errno.h>

/* Porter: may be called in a fault handler, so no allocation and no buffered reading. */
int stp_platform_mapping_at(uintptr_t address, struct stp_platform_mapping *mapping, bool *found)
{
    (void)address;
    (void)mapping;
    *found = false;
    return ENOSYS;
}

/* Porter: an error is fine where the system cannot tell; the figures are then reported as unknown.
 */
int stp_platform_measure(uintptr_t base, size_t size_bytes, uint64_t *mapping_count,
                         uint64_t *resident_bytes)
{
    (void)base;
    (void)size_bytes;
    (void)mapping_count;
    (void)resident_bytes;
    return ENOSYS;
}
