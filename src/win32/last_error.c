/* SPDX-License-Identifier: MIT */
/* last_error.c - GetLastError, SetLastError, and which error a status is. */
#include "last_error.h"

#include "thread.h"

DWORD WINAPI GetLastError(void)
{
    return w32_thread.last_error;
}

void WINAPI SetLastError(DWORD error)
{
    w32_thread.last_error = error;
}

BOOL w32_fail(DWORD error)
{
    SetLastError(error);
    return FALSE;
}

DWORD w32_error_of(steppe_status status, DWORD outside)
{
    switch (status) {
    case STEPPE_E_ADDRESS_IN_USE:
    case STEPPE_E_NOT_RESERVED:
    case STEPPE_E_NOT_BASE:
    case STEPPE_E_NOT_COMMITTED:
    case STEPPE_E_NULL:
        return ERROR_INVALID_ADDRESS;
    case STEPPE_E_OUTSIDE:
        return outside;
    case STEPPE_E_BUDGET:
        return ERROR_COMMITMENT_LIMIT;
    case STEPPE_E_ADDRESS_SPACE:
    case STEPPE_E_MEMORY:
    case STEPPE_E_MAP_COUNT:
        return ERROR_NOT_ENOUGH_MEMORY;
    case STEPPE_E_MECHANISM:
    case STEPPE_E_UNSUPPORTED:
        return ERROR_NOT_SUPPORTED;
    case STEPPE_E_SYSTEM:
        return ERROR_NO_SYSTEM_RESOURCES;
    default:
        return ERROR_INVALID_PARAMETER;
    }
}
