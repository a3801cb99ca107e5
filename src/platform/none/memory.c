/* SPDX-License-Identifier: MIT */
/*
 * none/memory.c - no memory here: every call says so.
 *
 * Porter: a call that fails must have changed nothing. Where the system can stop half way (a change
 * of protection over several mappings, for example), undo the first half before returning.
 */
#include "platform/platform.h"

#include <errno.h>

/* Porter: reserve address space without access and without any charge; over-map and trim, or ask
 * the system, to get the alignment; never replace what lies at a fixed address. */
int stp_platform_reserve(uintptr_t address, size_t size_bytes, size_t alignment_bytes,
                         unsigned flags, uintptr_t *base, bool *in_use, uint32_t *os_call_count)
{
    (void)address;
    (void)size_bytes;
    (void)alignment_bytes;
    (void)flags;
    (void)os_call_count;
    *base = 0;
    *in_use = false;
    return ENOSYS;
}

/* Porter: head, tail or all of one reservation. */
int stp_platform_release(uintptr_t base, size_t size_bytes)
{
    (void)base;
    (void)size_bytes;
    return ENOSYS;
}

/* Porter: six protections; anything with STEPPE_GUARD is no access. Contents stay. */
int stp_platform_protect(uintptr_t base, size_t size_bytes, steppe_protection protection)
{
    (void)base;
    (void)size_bytes;
    (void)protection;
    return ENOSYS;
}

/* Porter: physical memory goes now, not when the system feels like it. */
int stp_platform_discard(uintptr_t base, size_t size_bytes)
{
    (void)base;
    (void)size_bytes;
    return ENOSYS;
}

/* Porter: a loop over stp_platform_discard will do. */
int stp_platform_discard_all(const struct stp_platform_range *ranges, size_t range_count,
                             size_t *done_count, uint32_t *os_call_count)
{
    (void)ranges;
    (void)range_count;
    (void)os_call_count;
    *done_count = 0;
    return ENOSYS;
}

/* Porter: a hint. */
void stp_platform_huge_pages(uintptr_t base, size_t size_bytes, bool on)
{
    (void)base;
    (void)size_bytes;
    (void)on;
}

/* Porter: never unmap first and map again: another thread would take the hole. */
int stp_platform_renew(uintptr_t base, size_t size_bytes, unsigned flags)
{
    (void)base;
    (void)size_bytes;
    (void)flags;
    return ENOSYS;
}

/* Porter: leave both as they are where the system has no per-page markers; has_guard_markers stays
 * false, and the library then works with protections alone. */
int stp_platform_guard_install(uintptr_t base, size_t size_bytes)
{
    (void)base;
    (void)size_bytes;
    return ENOSYS;
}

int stp_platform_guard_remove(uintptr_t base, size_t size_bytes)
{
    (void)base;
    (void)size_bytes;
    return ENOSYS;
}

/* Porter: without a system call for it, touching each page from the handler-safe copy code will do;
 * a write must keep the byte it touches. */
int stp_platform_populate(uintptr_t base, size_t size_bytes, steppe_access access)
{
    (void)base;
    (void)size_bytes;
    (void)access;
    return ENOSYS;
}

/* Porter: one system error often has several causes; look at the process's limits to tell them
 * apart, so that the user learns which limit to raise. */
steppe_status stp_platform_diagnose(int os_error, size_t size_bytes)
{
    (void)os_error;
    (void)size_bytes;
    return STEPPE_E_UNSUPPORTED;
}
