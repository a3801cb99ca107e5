/* SPDX-License-Identifier: MIT */
/*
 * bad_pointer.c - IsBadReadPtr, IsBadWritePtr: touch one byte of every page.
 *
 * Real accesses, not steppe_probe_read, which would go past the vectored handlers: one of them may
 * well commit the page.
 */
#include <windows.h>

#include "range.h"

#define UNCHECKED __attribute__((noinline, no_sanitize("address", "thread", "undefined")))

static UNCHECKED void read_byte(uintptr_t address)
{
    (void)*(volatile char *)address;
}

static UNCHECKED void rewrite_byte(uintptr_t address)
{
    volatile char *byte = (volatile char *)address;
    *byte = *byte;
}

static BOOL faults(uintptr_t address, void (*touch)(uintptr_t))
{
    volatile BOOL is_faulty = FALSE;
    __try {
        touch(address);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        is_faulty = TRUE;
    }
    return is_faulty;
}

static BOOL is_bad(uintptr_t first, size_t size_bytes, void (*touch)(uintptr_t))
{
    if (!size_bytes)
        return FALSE;
    if (!first || !w32_range_is_user(first, size_bytes))
        return TRUE;
    for (uintptr_t at = first; at < first + size_bytes; at = w32_page_down(at) + W32_PAGE_BYTES)
        if (faults(at, touch))
            return TRUE;
    return FALSE;
}

BOOL WINAPI IsBadReadPtr(const void *address, UINT_PTR size)
{
    return is_bad((uintptr_t)address, size, read_byte);
}

BOOL WINAPI IsBadWritePtr(LPVOID address, UINT_PTR size)
{
    return is_bad((uintptr_t)address, size, rewrite_byte);
}
