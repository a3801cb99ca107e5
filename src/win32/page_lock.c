/* SPDX-License-Identifier: MIT */
/*
 * page_lock.c - VirtualLock, VirtualUnlock.
 *
 * Which pages are locked is the kernel's to know, and it forgets it when they are decommitted or
 * released; so it is asked.
 */
#include <errno.h>
#include <stdbool.h>

#include <steppe/fault.h>
#include <steppe/region.h>

#include <windows.h>

#include "last_error.h"
#include "linux/memory.h"
#include "linux/signals.h"
#include "range.h"

/* Windows makes every page present by reading it, which is what finds guards. */
static DWORD why_not_readable(uintptr_t address)
{
    char byte;
    switch (steppe_probe_read((const void *)address, &byte, 1, NULL)) {
    case STEPPE_OK:
        return ERROR_SUCCESS;
    case STEPPE_E_GUARD:
        return STATUS_GUARD_PAGE_VIOLATION;
    default:
        return ERROR_NOACCESS;
    }
}

static DWORD why_not_lockable(uintptr_t first, uintptr_t end)
{
    DWORD error = ERROR_SUCCESS;
    for (uintptr_t at = first; at < end && !error; at += W32_PAGE_BYTES)
        error = why_not_readable(at);
    return error;
}

BOOL WINAPI VirtualLock(LPVOID address, SIZE_T size)
{
    uintptr_t first = (uintptr_t)address;
    if (!w32_range_is_user(first, size))
        return w32_fail(ERROR_INVALID_PARAMETER);
    if (w32_signals_install() != 0)
        return w32_fail(ERROR_NO_SYSTEM_RESOURCES);
    uintptr_t end = w32_page_up(first + size);
    first = w32_page_down(first);
    DWORD error = why_not_lockable(first, end);
    if (error)
        return w32_fail(error);
    /* What the kernel writes to make it memory would be told by GetWriteWatch. */
    bool is_watched = steppe_reservation_of(address).write_watch;
    switch (w32_memory_lock((void *)first, end - first, is_watched)) {
    case 0:
        return TRUE;
    case ENOMEM:
    case EPERM:
    case EAGAIN:
        return w32_fail(ERROR_WORKING_SET_QUOTA);
    default:
        return w32_fail(ERROR_NO_SYSTEM_RESOURCES);
    }
}

BOOL WINAPI VirtualUnlock(LPVOID address, SIZE_T size)
{
    uintptr_t first = (uintptr_t)address;
    bool is_locked = false;
    if (!w32_range_is_user(first, size))
        return w32_fail(ERROR_INVALID_PARAMETER);
    uintptr_t end = w32_page_up(first + size);
    first = w32_page_down(first);
    if (w32_memory_is_locked(first, end, &is_locked) != 0)
        return w32_fail(ERROR_NOT_SUPPORTED);
    if (!is_locked)
        return w32_fail(ERROR_NOT_LOCKED);
    if (w32_memory_unlock((void *)first, end - first) != 0)
        return w32_fail(ERROR_NO_SYSTEM_RESOURCES);
    return TRUE;
}
