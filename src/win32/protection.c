/* SPDX-License-Identifier: MIT */
#include "protection.h"

static const struct {
    DWORD windows;
    steppe_protection native;
} base_values[] = {
    {PAGE_NOACCESS, STEPPE_NO_ACCESS},        {PAGE_READONLY, STEPPE_READ_ONLY},
    {PAGE_READWRITE, STEPPE_READ_WRITE},      {PAGE_EXECUTE, STEPPE_EXECUTE},
    {PAGE_EXECUTE_READ, STEPPE_EXECUTE_READ}, {PAGE_EXECUTE_READWRITE, STEPPE_EXECUTE_READ_WRITE},
};

enum { FLAGS = PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE };

static bool is_base_value(DWORD protect)
{
    for (size_t i = 0; i < ARRAYSIZE(base_values); i++)
        if (base_values[i].windows == protect)
            return true;
    return false;
}

bool w32_protection_is_valid(DWORD protect)
{
    DWORD base = protect & ~(DWORD)FLAGS;
    DWORD flags = protect & FLAGS;
    bool is_one_flag = (flags & (flags - 1)) == 0;
    return is_base_value(base) && is_one_flag && !(flags && base == PAGE_NOACCESS);
}

steppe_protection w32_protection_to_native(DWORD protect)
{
    steppe_protection guard = protect & PAGE_GUARD ? STEPPE_GUARD : 0;
    for (size_t i = 0; i < ARRAYSIZE(base_values); i++)
        if (base_values[i].windows == (protect & ~(DWORD)FLAGS))
            return base_values[i].native | guard;
    return STEPPE_NO_ACCESS;
}

DWORD w32_protection_from_native(steppe_protection protection)
{
    DWORD guard = protection & STEPPE_GUARD ? PAGE_GUARD : 0;
    for (size_t i = 0; i < ARRAYSIZE(base_values); i++)
        if (base_values[i].native == (protection & ~(steppe_protection)STEPPE_GUARD))
            return base_values[i].windows | guard;
    return PAGE_NOACCESS;
}
