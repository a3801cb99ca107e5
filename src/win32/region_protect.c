/* SPDX-License-Identifier: MIT */
/* region_protect.c - VirtualProtect. */
#include <steppe/fault.h>
#include <steppe/region.h>

#include <windows.h>

#include "last_error.h"
#include "pointer.h"
#include "process.h"
#include "protection.h"
#include "range.h"
#include "tag.h"

BOOL WINAPI VirtualProtect(LPVOID address, SIZE_T size, DWORD protect, PDWORD old)
{
    if (!w32_protection_is_valid(protect))
        return w32_fail(ERROR_INVALID_PARAMETER);
    if (!w32_pointer_is_writable(old, sizeof *old))
        return w32_fail(ERROR_NOACCESS);
    if (!w32_range_is_user((uintptr_t)address, size))
        return w32_fail(ERROR_INVALID_PARAMETER);

    uint64_t tag = steppe_reservation_of(address).tag;
    steppe_protection protection = w32_protection_to_native(protect), before;
    steppe_status status = steppe_protect(address, size, protection, &before);
    if (status != STEPPE_OK)
        return w32_fail(w32_error_of(status, ERROR_INVALID_ADDRESS));
    DWORD cache = w32_tag_is_ours(tag) ? w32_tag_protect(tag) & W32_CACHE_FLAGS : 0;
    DWORD value = w32_protection_from_native(before) | cache;
    (void)steppe_probe_write(old, &value, sizeof value, NULL); /* it may lie in the range itself */
    return TRUE;
}

BOOL WINAPI VirtualProtectEx(HANDLE process, LPVOID address, SIZE_T size, DWORD protect, PDWORD old)
{
    return w32_process_is_current(process) && VirtualProtect(address, size, protect, old);
}
