/* SPDX-License-Identifier: MIT */
/*
 * allocation.c - VirtualAlloc and VirtualFree.
 *
 * Windows looks at the flags before it looks at the address, so the order of checks here is part
 * of the contract: a wrong type is ERROR_INVALID_PARAMETER whatever the address.
 */
#include <steppe/region.h>

#include <windows.h>

#include "decommitted.h"
#include "last_error.h"
#include "linux/signals.h"
#include "process.h"
#include "protection.h"
#include "range.h"
#include "tag.h"

struct request {
    uintptr_t address;
    size_t size_bytes;
    DWORD type, protect;
};

enum {
    TYPES = MEM_COMMIT | MEM_RESERVE | MEM_TOP_DOWN | MEM_WRITE_WATCH | MEM_LARGE_PAGES,
    BOTH = MEM_COMMIT | MEM_RESERVE
};

static bool is_reset(const struct request *request)
{
    return request->type == MEM_RESET || request->type == MEM_RESET_UNDO;
}

static bool is_valid_type(DWORD type)
{
    if (type & ~(DWORD)TYPES || !(type & BOTH))
        return false;
    if (type & MEM_WRITE_WATCH && !(type & MEM_RESERVE))
        return false;
    return !(type & MEM_LARGE_PAGES) || ((type & BOTH) == BOTH && !(type & MEM_WRITE_WATCH));
}

static bool is_valid_place(const struct request *request)
{
    if (!request->address)
        return request->size_bytes <= W32_USER_END - W32_USER_FIRST;
    return request->address >= W32_USER_FIRST &&
           w32_range_is_user(request->address, request->size_bytes);
}

static bool is_valid(const struct request *request)
{
    return request->size_bytes && (is_reset(request) || is_valid_type(request->type)) &&
           w32_protection_is_valid(request->protect) && is_valid_place(request);
}

static void *fail_with(steppe_status status)
{
    (void)w32_fail(w32_error_of(status, ERROR_INVALID_ADDRESS));
    return NULL;
}

/* ---- reserve -------------------------------------------------------------------------------- */

static void *reserve(const struct request *request)
{
    steppe_options options = {
        .address = (void *)request->address,
        .top_down = request->type & MEM_TOP_DOWN,
        .strict = true,
        .protection = w32_protection_to_native(request->protect),
        .name = "VirtualAlloc",
        .write_watch = request->type & MEM_WRITE_WATCH,
        .tag = w32_tag_of(request->protect, w32_decommitted_number()),
    };
    if (w32_signals_install() != 0)
        return fail_with(STEPPE_E_SYSTEM);
    void *base = steppe_reserve(request->size_bytes, &options);
    return base ? base : fail_with(steppe_last_status());
}

static steppe_status commit_range(const struct request *request)
{
    void *address = (void *)request->address;
    steppe_protection protection = w32_protection_to_native(request->protect);
    return steppe_commit_as(address, request->size_bytes, protection);
}

static BOOL release(void *address);

static void *reserve_and_commit(const struct request *request)
{
    char *base = reserve(request);
    if (!base || !(request->type & MEM_COMMIT))
        return base;
    struct request all = *request;
    all.address = (uintptr_t)base;
    if (request->address)
        all.size_bytes += request->address - (uintptr_t)base;
    steppe_status status = commit_range(&all);
    if (status == STEPPE_OK)
        return base;
    (void)release(base);
    return fail_with(status);
}

/* ---- in a reservation ----------------------------------------------------------------------- */

static void *commit(const struct request *request)
{
    steppe_status status = commit_range(request);
    return status == STEPPE_OK ? (void *)w32_page_down(request->address) : fail_with(status);
}

static void *reset(const struct request *request)
{
    steppe_status status = steppe_reset((void *)request->address, request->size_bytes);
    if (status != STEPPE_OK)
        return fail_with(status);
    if (request->type == MEM_RESET)
        return (void *)w32_page_down(request->address);
    (void)w32_fail(ERROR_INVALID_ADDRESS);
    return NULL;
}

LPVOID WINAPI VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    struct request request = {(uintptr_t)address, size, type, protect};
    if (!is_valid(&request)) {
        (void)w32_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (type & MEM_LARGE_PAGES) {
        (void)w32_fail(ERROR_PRIVILEGE_NOT_HELD);
        return NULL;
    }
    if (is_reset(&request))
        return reset(&request);
    if (type & MEM_RESERVE || !address)
        return reserve_and_commit(&request);
    return commit(&request);
}

LPVOID WINAPI VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    return w32_process_is_current(process) ? VirtualAlloc(address, size, type, protect) : NULL;
}

/* ---- free ----------------------------------------------------------------------------------- */

static BOOL release(void *address)
{
    steppe_reservation reservation = steppe_reservation_of(address);
    steppe_status status = steppe_release(address);
    if (status != STEPPE_OK)
        return w32_fail(w32_error_of(status, ERROR_INVALID_ADDRESS));
    w32_decommitted_forget(&reservation);
    return TRUE;
}

static BOOL decommit(void *address, size_t size_bytes)
{
    steppe_reservation reservation = steppe_reservation_of(address);
    w32_decommitted_note(&reservation, address, size_bytes);
    steppe_status status = steppe_decommit(address, size_bytes);
    if (status != STEPPE_OK)
        return w32_fail(w32_error_of(status, ERROR_INVALID_PARAMETER));
    return TRUE;
}

static BOOL decommit_all(void *address)
{
    steppe_reservation reservation = steppe_reservation_of(address);
    if (!reservation.size_bytes || w32_page_down((uintptr_t)address) != (uintptr_t)reservation.base)
        return w32_fail(ERROR_INVALID_ADDRESS);
    return decommit(reservation.base, reservation.size_bytes);
}

BOOL WINAPI VirtualFree(LPVOID address, SIZE_T size, DWORD type)
{
    uintptr_t first = (uintptr_t)address;
    if ((type != MEM_DECOMMIT && type != MEM_RELEASE) || (type == MEM_RELEASE && size))
        return w32_fail(ERROR_INVALID_PARAMETER);
    if (!w32_range_is_user(first, size ? size : 1))
        return w32_fail(ERROR_INVALID_PARAMETER);
    if (type == MEM_RELEASE)
        return release(address);
    return size ? decommit(address, size) : decommit_all(address);
}

BOOL WINAPI VirtualFreeEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type)
{
    return w32_process_is_current(process) && VirtualFree(address, size, type);
}
