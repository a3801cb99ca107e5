/* SPDX-License-Identifier: MIT */
/*
 * write_watch.c - GetWriteWatch, ResetWriteWatch: the library's own watch, in Windows' words.
 */
#include <steppe/fault.h>
#include <steppe/region.h>
#include <steppe/watch.h>

#include <windows.h>

#include "last_error.h"
#include "pointer.h"
#include "range.h"

enum { TURN_PAGES = 256 }; /* looked for at a time; they lie on the stack */

static UINT fail(DWORD error)
{
    (void)w32_fail(error);
    return (UINT)-1;
}

static DWORD error_of(steppe_status status)
{
    bool is_unwatched = status == STEPPE_E_NOT_RESERVED;
    return is_unwatched ? ERROR_INVALID_PARAMETER : w32_error_of(status, ERROR_INVALID_PARAMETER);
}

static bool tell(PVOID *addresses, void *const *told, size_t count)
{
    return steppe_probe_write(addresses, told, count * sizeof *told, NULL) == STEPPE_OK;
}

/* One turn, from *at on. The program's array may be memory that faults, and then no mark may be
 * lost: so it is written before anything is reset. Pages below the last one that were written a
 * moment ago are reset with it, or instead, and so the array is written again. */
static DWORD look_once(DWORD flags, uintptr_t *at, uintptr_t end, PVOID *addresses, size_t *count)
{
    void *told[TURN_PAGES];
    size_t room = *count;
    steppe_status status = steppe_watch_look((void *)*at, end - *at, told, count);
    uintptr_t next = *count == room ? (uintptr_t)told[room - 1] + W32_PAGE_BYTES : end;
    if (status == STEPPE_OK && !tell(addresses, told, *count))
        return ERROR_NOACCESS;
    if (status == STEPPE_OK && *count && flags & WRITE_WATCH_FLAG_RESET) {
        room = *count;
        status = steppe_watch_collect((void *)*at, next - *at, told, count);
        if (status == STEPPE_OK && *count == room)
            next = (uintptr_t)told[room - 1] + W32_PAGE_BYTES;
        if (status == STEPPE_OK && !tell(addresses, told, *count))
            return ERROR_NOACCESS;
    }
    *at = next;
    return status == STEPPE_OK ? ERROR_SUCCESS : error_of(status);
}

static UINT look(DWORD flags, uintptr_t at, uintptr_t end, PVOID *addresses, ULONG_PTR *count)
{
    ULONG_PTR found = 0, most = *count;
    while (at < end && found < most) {
        size_t now = min(most - found, TURN_PAGES);
        DWORD error = look_once(flags, &at, end, addresses + found, &now);
        if (error && error != ERROR_NOACCESS)
            *count = found;
        if (error)
            return fail(error);
        found += now;
    }
    *count = found;
    return 0;
}

UINT WINAPI GetWriteWatch(DWORD flags, PVOID base, SIZE_T size, PVOID *addresses, ULONG_PTR *count,
                          LPDWORD granularity)
{
    const DWORD page_bytes = W32_PAGE_BYTES;
    uintptr_t first = (uintptr_t)base;
    if (flags & ~(DWORD)WRITE_WATCH_FLAG_RESET)
        return fail(ERROR_INVALID_PARAMETER);
    if (!w32_pointer_is_writable(count, sizeof *count))
        return fail(ERROR_NOACCESS);
    if (!*count || !w32_range_is_user(first, size))
        return fail(ERROR_INVALID_PARAMETER);
    if (!steppe_reservation_of(base).write_watch)
        return fail(ERROR_INVALID_PARAMETER);
    if (!addresses || !w32_pointer_is_writable(granularity, sizeof *granularity))
        return fail(ERROR_NOACCESS);
    if (look(flags, w32_page_down(first), w32_page_up(first + size), addresses, count) != 0)
        return (UINT)-1;
    (void)steppe_probe_write(granularity, &page_bytes, sizeof page_bytes, NULL);
    return 0;
}

UINT WINAPI ResetWriteWatch(LPVOID base, SIZE_T size)
{
    if (!w32_range_is_user((uintptr_t)base, size))
        return fail(ERROR_INVALID_PARAMETER);
    steppe_status status = steppe_watch_clear(base, size);
    return status == STEPPE_OK ? 0 : fail(error_of(status));
}
