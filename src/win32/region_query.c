/* SPDX-License-Identifier: MIT */
/* region_query.c - VirtualQuery. */
#include <steppe/fault.h>
#include <steppe/region.h>

#include <windows.h>

#include "decommitted.h"
#include "last_error.h"
#include "linux/images.h"
#include "process.h"
#include "protection.h"
#include "range.h"
#include "tag.h"

static DWORD type_of(steppe_owner owner)
{
    switch (owner) {
    case STEPPE_OWNER_NONE:
        return 0;
    case STEPPE_OWNER_FILE:
        return MEM_MAPPED;
    case STEPPE_OWNER_IMAGE:
        return MEM_IMAGE;
    default:
        return MEM_PRIVATE;
    }
}

static DWORD state_of(const steppe_run *run)
{
    static const DWORD states[] = {MEM_FREE, MEM_RESERVE, MEM_COMMIT};
    return states[run->state];
}

static void describe_reserved_here(const steppe_run *run, MEMORY_BASIC_INFORMATION *information)
{
    bool is_ours = w32_tag_is_ours(run->tag);
    DWORD given = is_ours ? w32_tag_protect(run->tag)
                          : w32_protection_from_native(run->reservation_protection);
    information->AllocationBase = run->reservation;
    information->AllocationProtect = given;
    if (run->state == STEPPE_COMMITTED)
        information->Protect =
            w32_protection_from_native(run->protection) | (given & W32_CACHE_FLAGS);
}

/* A program's or library's neighbouring mappings that look alike are one region. */
static void join_image(const void *image, steppe_run *run)
{
    steppe_run next;
    while (steppe_query((const char *)run->base + run->size_bytes, &next) == STEPPE_OK &&
           next.owner == STEPPE_OWNER_IMAGE && next.protection == run->protection &&
           w32_image_base(next.base) == image)
        run->size_bytes += next.size_bytes;
}

static void describe_of_others(steppe_run *run, MEMORY_BASIC_INFORMATION *information)
{
    DWORD protect = w32_protection_from_native(run->protection);
    void *image = run->owner == STEPPE_OWNER_IMAGE ? w32_image_base(run->base) : NULL;
    if (image)
        join_image(image, run);
    information->RegionSize = run->size_bytes;
    information->AllocationBase = image ? image : run->mapping;
    information->AllocationProtect = protect;
    information->Protect = run->state == STEPPE_COMMITTED ? protect : 0;
}

static void describe(steppe_run *run, MEMORY_BASIC_INFORMATION *information)
{
    *information = (MEMORY_BASIC_INFORMATION){
        .BaseAddress = run->base,
        .RegionSize = run->size_bytes,
        .State = state_of(run),
        .Type = type_of(run->owner),
    };
    if (run->owner == STEPPE_OWNER_STEPPE)
        describe_reserved_here(run, information);
    else if (run->owner == STEPPE_OWNER_NONE)
        information->Protect = PAGE_NOACCESS;
    else
        describe_of_others(run, information);
}

static steppe_status query(uintptr_t address, steppe_run *run)
{
    steppe_status status = steppe_query((const void *)address, run);
    if (status == STEPPE_OK)
        w32_decommitted_shorten(run);
    return status;
}

SIZE_T WINAPI VirtualQuery(LPCVOID address, PMEMORY_BASIC_INFORMATION buffer, SIZE_T length)
{
    MEMORY_BASIC_INFORMATION information;
    steppe_run run;
    if (length < sizeof information)
        return (SIZE_T)w32_fail(ERROR_BAD_LENGTH);
    if (!w32_range_is_user((uintptr_t)address, 1))
        return (SIZE_T)w32_fail(ERROR_INVALID_PARAMETER);
    steppe_status status = query((uintptr_t)address, &run);
    if (status != STEPPE_OK)
        return (SIZE_T)w32_fail(status == STEPPE_E_ADDRESS ? ERROR_INVALID_PARAMETER
                                                           : ERROR_NOT_SUPPORTED);
    if (run.size_bytes > W32_USER_END - (uintptr_t)run.base)
        run.size_bytes = W32_USER_END - (uintptr_t)run.base;
    describe(&run, &information);
    if (steppe_probe_write(buffer, &information, sizeof information, NULL) != STEPPE_OK)
        return (SIZE_T)w32_fail(ERROR_NOACCESS);
    return sizeof information;
}

SIZE_T WINAPI VirtualQueryEx(HANDLE process, LPCVOID address, PMEMORY_BASIC_INFORMATION buffer,
                             SIZE_T length)
{
    return w32_process_is_current(process) ? VirtualQuery(address, buffer, length) : 0;
}
