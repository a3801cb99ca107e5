/* SPDX-License-Identifier: MIT */
/*
 * none/traps.c - no traps here.
 *
 * Porter: leave it so, with facts->has_traps and has_write_marks false, where the system cannot
 * tell a program of its own missing pages.
 */
#include "platform/platform.h"

#include <errno.h>

/* Porter: traps must never be silently off: a missing page that is made by a touch would be charged
 * to nobody. */
int stp_platform_trap(uintptr_t base, size_t size_bytes, unsigned traps)
{
    (void)base;
    (void)size_bytes;
    (void)traps;
    return ENOSYS;
}

int stp_platform_untrap(uintptr_t base, size_t size_bytes)
{
    (void)base;
    (void)size_bytes;
    return ENOSYS;
}

/* Porter: present pages keep their contents, whoever made them present a moment ago. */
int stp_platform_fill(uintptr_t base, size_t size_bytes, enum stp_fill fill,
                      uint32_t *os_call_count)
{
    (void)base;
    (void)size_bytes;
    (void)fill;
    (void)os_call_count;
    return ENOSYS;
}

int stp_platform_traps_after_fork(void)
{
    return ENOSYS;
}

bool stp_platform_traps_end(void)
{
    return true;
}

bool stp_platform_page_is_missing(int os_error)
{
    (void)os_error;
    return false;
}

uint32_t stp_platform_traps_age(void)
{
    return 0;
}

bool stp_platform_traps_are_lost(int os_error)
{
    (void)os_error;
    return true;
}

int stp_platform_written(uintptr_t base, size_t size_bytes, bool clear,
                         struct stp_platform_written_run *runs, size_t capacity, size_t *count,
                         uintptr_t *next)
{
    (void)size_bytes;
    (void)clear;
    (void)runs;
    (void)capacity;
    *count = 0;
    *next = base;
    return ENOSYS;
}
