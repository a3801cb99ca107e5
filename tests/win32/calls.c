/* SPDX-License-Identifier: MIT */
/*
 * calls.c - the calls that the conformance scenarios do not play: layouts, system, errors of
 * budgets, other processes, memory of others, reservations of the library's own.
 */
#include "../support/support.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <windows.h>

#include <memoryapi.h>
#include <winbase.h>
#include <winnt.h>

#define require_error(call, error)                                                                 \
    do {                                                                                           \
        SetLastError(0xdead);                                                                      \
        require(!(call));                                                                          \
        require_equal(GetLastError(), (error));                                                    \
    } while (0)

static MEMORY_BASIC_INFORMATION query(const void *address)
{
    MEMORY_BASIC_INFORMATION information;
    require_equal(VirtualQuery(address, &information, sizeof information), sizeof information);
    return information;
}

START_TEST(layouts_are_those_of_windows)
{
    require_equal(sizeof(MEMORY_BASIC_INFORMATION), 48);
    require_equal(offsetof(MEMORY_BASIC_INFORMATION, RegionSize), 24);
    require_equal(offsetof(MEMORY_BASIC_INFORMATION, Type), 40);
    require_equal(sizeof(SYSTEM_INFO), 48);
    require_equal(offsetof(SYSTEM_INFO, dwActiveProcessorMask), 24);
    require_equal(offsetof(SYSTEM_INFO, wProcessorRevision), 46);
    require_equal(sizeof(MEMORYSTATUSEX), 64);
    require_equal(sizeof(EXCEPTION_RECORD), 152);
    require_equal(offsetof(EXCEPTION_RECORD, ExceptionInformation), 32);
    require_equal(sizeof(EXCEPTION_POINTERS), 16);
    require_equal(sizeof(CONTEXT), 1232);
    require_equal(offsetof(CONTEXT, Rip), 0xf8);
    require_equal(offsetof(CONTEXT, Xmm0), 0x1a0);
    require_equal(offsetof(CONTEXT, VectorRegister), 0x300);
    require_equal(offsetof(CONTEXT, LastExceptionFromRip), 0x4c8);
    require_equal(sizeof(XMM_SAVE_AREA32), 512);
    require_equal(sizeof(DWORD), 4);
    require_equal(sizeof(LONG), 4);
    require_equal(sizeof(LONGLONG), 8);
    require_equal(sizeof(ULONG_PTR), 8);
    require_equal(sizeof(WORD), 2);
    require((LONG)-1 < 0 && (DWORD)-1 > 0);
}
END_TEST

START_TEST(system_info)
{
    SYSTEM_INFO info, native;
    GetSystemInfo(&info);
    GetNativeSystemInfo(&native);
    require(memcmp(&info, &native, sizeof info) == 0);
    require_equal(info.dwPageSize, 4096);
    require_equal(info.dwAllocationGranularity, 65536);
    require_equal((uintptr_t)info.lpMinimumApplicationAddress, 0x10000);
    require_equal((uintptr_t)info.lpMaximumApplicationAddress, 0x7ffffffeffff);
    require_equal(info.dwNumberOfProcessors, sysconf(_SC_NPROCESSORS_ONLN));
    require_equal(info.wProcessorArchitecture, PROCESSOR_ARCHITECTURE_AMD64);
    require_equal(info.dwProcessorType, PROCESSOR_AMD_X8664);
    require(info.dwActiveProcessorMask & 1);
    require_equal(GetLargePageMinimum(), 0);
}
END_TEST

START_TEST(memory_status)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof status}, limited = status;
    require(GlobalMemoryStatusEx(&status));
    require(status.ullTotalPhys >= 16 * STEPPE_MIB && status.ullAvailPhys <= status.ullTotalPhys);
    require_equal(status.ullTotalPhys,
                  (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
    require(status.dwMemoryLoad <= 100);
    require(status.ullTotalPageFile >= status.ullTotalPhys);
    require_equal(status.ullTotalVirtual, 0x7ffffffe0000);

    void *base = VirtualAlloc(NULL, STEPPE_MIB, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    require_ok(steppe_budget_set_limit(steppe_process_budget(), 4 * STEPPE_MIB));
    require(GlobalMemoryStatusEx(&limited));
    require_equal(limited.ullTotalPageFile, 4 * STEPPE_MIB);
    require_equal(limited.ullAvailPageFile, 3 * STEPPE_MIB);
    require(limited.ullAvailVirtual <= limited.ullTotalVirtual - STEPPE_MIB);
    require_ok(steppe_budget_set_limit(steppe_process_budget(), STEPPE_NO_LIMIT));
    require(VirtualFree(base, 0, MEM_RELEASE));

    status.dwLength = 8;
    require_error(GlobalMemoryStatusEx(&status), ERROR_INVALID_PARAMETER);
    require_error(GlobalMemoryStatusEx(NULL), ERROR_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_budget_is_the_commit_limit)
{
    require_ok(steppe_budget_set_limit(steppe_process_budget(), 2 * GRANULE));
    require_error(VirtualAlloc(NULL, 2 * GRANULE + 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                  ERROR_COMMITMENT_LIMIT);
    require_equal(reservation_count(), 0);
    char *base = VirtualAlloc(NULL, 4 * GRANULE, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
    require(base);
    require(VirtualAlloc(base, 2 * GRANULE, MEM_COMMIT, PAGE_READWRITE));
    require_error(VirtualAlloc(base + 2 * GRANULE, 1, MEM_COMMIT, PAGE_READWRITE),
                  ERROR_COMMITMENT_LIMIT);
    require_equal(query(base).RegionSize, 2 * GRANULE);
    require(VirtualFree(base, 0, MEM_RELEASE));
    require_ok(steppe_budget_set_limit(steppe_process_budget(), STEPPE_NO_LIMIT));
}
END_TEST

START_TEST(no_room_is_not_enough_memory)
{
    struct rlimit limit = {.rlim_cur = STEPPE_GIB, .rlim_max = RLIM_INFINITY};
    if (TEST_UNDER_ASAN || TEST_UNDER_TSAN || is_valgrind())
        skip_test("RLIMIT_AS is below what the tool itself has mapped");
    require_error(VirtualAlloc(NULL, (SIZE_T)127 << 40, MEM_RESERVE, PAGE_READWRITE),
                  ERROR_NOT_ENOUGH_MEMORY);
    require(setrlimit(RLIMIT_AS, &limit) == 0);
    require_error(VirtualAlloc(NULL, 2 * STEPPE_GIB, MEM_RESERVE, PAGE_READWRITE),
                  ERROR_NOT_ENOUGH_MEMORY);
}
END_TEST

START_TEST(large_pages_are_refused)
{
    const DWORD both = MEM_RESERVE | MEM_COMMIT;
    require_error(VirtualAlloc(NULL, 2 * STEPPE_MIB, both | MEM_LARGE_PAGES, PAGE_READWRITE),
                  ERROR_PRIVILEGE_NOT_HELD);
    require_error(VirtualAlloc(NULL, 2 * STEPPE_MIB, MEM_RESERVE | MEM_LARGE_PAGES, PAGE_READWRITE),
                  ERROR_INVALID_PARAMETER);
    require_equal(reservation_count(), 0);
}
END_TEST

START_TEST(reset_cannot_be_undone)
{
    char *base = VirtualAlloc(NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    store((uint8_t *)base, 5);
    require(VirtualAlloc(base, 4096, MEM_RESET, PAGE_READWRITE) == base);
    require_error(VirtualAlloc(base, 4096, MEM_RESET_UNDO, PAGE_READWRITE), ERROR_INVALID_ADDRESS);
    require_equal(load(base), 0);
    require_error(VirtualAlloc(base, 4096, MEM_RESET_UNDO | MEM_COMMIT, PAGE_READWRITE),
                  ERROR_INVALID_PARAMETER);
    require(VirtualFree(base, 0, MEM_RELEASE));
}
END_TEST

START_TEST(the_ex_forms_take_this_process_only)
{
    MEMORY_BASIC_INFORMATION information;
    DWORD old;
    HANDLE self = GetCurrentProcess(), other = (HANDLE)(LONG_PTR)44;
    require(self == INVALID_HANDLE_VALUE);
    char *base = VirtualAllocEx(self, NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    require(base && VirtualProtectEx(self, base, 1, PAGE_READONLY, &old));
    require_equal(old, PAGE_READWRITE);
    require_equal(VirtualQueryEx(self, base, &information, sizeof information), sizeof information);
    require_equal(information.Protect, PAGE_READONLY);

    require_error(VirtualAllocEx(other, NULL, 1, MEM_RESERVE, PAGE_READWRITE),
                  ERROR_INVALID_HANDLE);
    require_error(VirtualProtectEx(other, base, 1, PAGE_READWRITE, &old), ERROR_INVALID_HANDLE);
    require_error(VirtualQueryEx(other, base, &information, sizeof information),
                  ERROR_INVALID_HANDLE);
    require_error(VirtualFreeEx(other, base, 0, MEM_RELEASE), ERROR_INVALID_HANDLE);
    require_equal(query(base).Protect, PAGE_READONLY);
    require(VirtualFreeEx(self, base, 0, MEM_RELEASE));
}
END_TEST

START_TEST(bad_out_pointers)
{
    char *base = VirtualAlloc(NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    DWORD *bad = (DWORD *)VirtualAlloc(NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY);
    require_error(VirtualProtect(base, 1, PAGE_READONLY, NULL), ERROR_NOACCESS);
    require_error(VirtualProtect(base, 1, PAGE_READONLY, bad), ERROR_NOACCESS);
    require_error(VirtualProtect(base, 1, PAGE_READONLY, (DWORD *)8), ERROR_NOACCESS);
    require_equal(query(base).Protect, PAGE_READWRITE);
    require_error(VirtualQuery(base, NULL, 48), ERROR_NOACCESS);
    require_error(VirtualQuery(base, (MEMORY_BASIC_INFORMATION *)bad, 48), ERROR_NOACCESS);
    require(VirtualFree(base, 0, MEM_RELEASE) && VirtualFree(bad, 0, MEM_RELEASE));
}
END_TEST

/* ---- memory of others ------------------------------------------------------------------------ */

START_TEST(memory_of_others_is_described)
{
    uint8_t *mine =
        mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MEMORY_BASIC_INFORMATION information = query(mine + 5 * 4096 + 7);
    require(information.BaseAddress == mine + 5 * 4096);
    require_equal(information.State, MEM_COMMIT);
    require_equal(information.Type, MEM_PRIVATE);
    require_equal(information.Protect, PAGE_READWRITE);
    require((uintptr_t)information.AllocationBase <= (uintptr_t)mine);

    information = query((const void *)(uintptr_t)query);
    require_equal(information.Type, MEM_IMAGE);
    require_equal(information.Protect, PAGE_EXECUTE_READ);
    require_equal(information.State, MEM_COMMIT);
    MEMORY_BASIC_INFORMATION start = query(information.AllocationBase);
    require(start.AllocationBase == information.AllocationBase);
    require(memcmp(start.AllocationBase, "\177ELF", 4) == 0);

    require_error(VirtualAlloc(mine, 4096, MEM_COMMIT, PAGE_READWRITE), ERROR_INVALID_ADDRESS);
    require_error(VirtualAlloc(mine, 4096, MEM_RESERVE, PAGE_READWRITE), ERROR_INVALID_ADDRESS);
    require_error(VirtualFree(mine, 0, MEM_RELEASE), ERROR_INVALID_ADDRESS);
    DWORD old = 77;
    require_error(VirtualProtect(mine, 1, PAGE_READONLY, &old), ERROR_INVALID_ADDRESS);
    require_equal(old, 77);
    store(mine, 1);
    munmap(mine, 16 * 4096);
}
END_TEST

START_TEST(reservations_of_the_library_are_described)
{
    uint8_t *base = reserve(GRANULE, options(.on_fault = STEPPE_COMMIT, .strict = true,
                                             .protection = STEPPE_EXECUTE_READ_WRITE,
                                             .tag = UINT64_C(0x123456789)));
    store(base + 4096, 1);
    MEMORY_BASIC_INFORMATION information = query(base + 4096);
    require_equal(information.State, MEM_COMMIT);
    require_equal(information.Protect, PAGE_EXECUTE_READWRITE);
    require_equal(information.AllocationProtect, PAGE_EXECUTE_READWRITE);
    require(information.AllocationBase == base);
    require_equal(query(base).State, MEM_RESERVE);
    require_equal(query(base).Protect, 0);
    require(VirtualFree(base, 0, MEM_RELEASE));
}
END_TEST

START_TEST(locking)
{
    char *base = VirtualAlloc(NULL, GRANULE, MEM_RESERVE, PAGE_READWRITE);
    DWORD old;
    if (TEST_UNDER_TSAN)
        skip_test("ThreadSanitizer does nothing for mlock");
    require_error(VirtualLock(base, 1), ERROR_NOACCESS);
    require(VirtualAlloc(base, 3 * 4096, MEM_COMMIT, PAGE_READWRITE));
    require(VirtualProtect(base + 4096, 1, PAGE_READWRITE | PAGE_GUARD, &old));
    require_error(VirtualLock(base, 2 * 4096), STATUS_GUARD_PAGE_VIOLATION);
    require_equal(query(base + 4096).Protect, PAGE_READWRITE);
    require_error(VirtualUnlock(base, 1), ERROR_NOT_LOCKED);
    if (!TEST_UNDER_ASAN) { /* its mlock does nothing */
        require(VirtualLock(base, 2 * 4096));
        require_error(VirtualUnlock(base, 3 * 4096), ERROR_NOT_LOCKED);
        require(VirtualUnlock(base, 2 * 4096));
        require_error(VirtualUnlock(base, 2 * 4096), ERROR_NOT_LOCKED);
        require(VirtualLock(base, 4096));
        require(VirtualFree(base, 4096, MEM_DECOMMIT));
        require(VirtualAlloc(base, 4096, MEM_COMMIT, PAGE_READWRITE));
        require_error(VirtualUnlock(base, 4096), ERROR_NOT_LOCKED);
    }
    require(VirtualProtect(base, 1, PAGE_NOACCESS, &old));
    require_error(VirtualLock(base, 1), ERROR_NOACCESS);
    require_error(VirtualLock(base, 0), ERROR_INVALID_PARAMETER);
    require_error(VirtualLock(base, (SIZE_T)-1), ERROR_INVALID_PARAMETER);
    require(VirtualFree(base, 0, MEM_RELEASE));
}
END_TEST

/* ---- write watch and fork ---------------------------------------------------------------------
 */

static char *watched;

static int write_in_child(void *context)
{
    PVOID pages[4];
    ULONG_PTR count = 4;
    DWORD granularity;
    (void)context;
    watched[3 * 4096] = 1;
    child_require(GetWriteWatch(0, watched, GRANULE, pages, &count, &granularity) == 0);
    child_require(count == 2 && pages[0] == watched && pages[1] == watched + 3 * 4096);
    child_require(VirtualFree(watched, 0, MEM_RELEASE));
    return 0;
}

START_TEST(a_child_has_its_own_watch)
{
    PVOID pages[4];
    ULONG_PTR count = 4;
    DWORD granularity;
    watched =
        VirtualAlloc(NULL, GRANULE, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);
    watched[0] = 1;
    require_exits(run_child(write_in_child, NULL), 0);
    require_equal(GetWriteWatch(0, watched, GRANULE, pages, &count, &granularity), 0);
    require_equal(count, 1);
    require(VirtualFree(watched, 0, MEM_RELEASE));
    count = 4;
    require_equal(GetWriteWatch(0, watched, GRANULE, pages, &count, &granularity), (UINT)-1);
}
END_TEST

/* The array of addresses may lie in the watched memory itself. */
START_TEST(a_watch_reports_into_itself)
{
    ULONG_PTR count = 100;
    DWORD granularity;
    watched =
        VirtualAlloc(NULL, 256 * 4096, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);
    for (int i = 0; i < 200; i++)
        watched[i * 4096] = 1;
    PVOID *pages = (PVOID *)(watched + 250 * 4096);
    require_equal(
        GetWriteWatch(WRITE_WATCH_FLAG_RESET, watched, 256 * 4096, pages, &count, &granularity), 0);
    require_equal(count, 100);
    for (int i = 0; i < 100; i++)
        require(pages[i] == watched + i * 4096);
    require(VirtualFree(watched, 0, MEM_RELEASE));
}
END_TEST

static UINT look(DWORD flags, PVOID *pages, ULONG_PTR *count)
{
    DWORD granularity;
    return GetWriteWatch(flags, watched, GRANULE, pages, count, &granularity);
}

START_TEST(a_look_that_cannot_tell_loses_nothing)
{
    PVOID pages[4];
    ULONG_PTR count = 4;
    DWORD granularity;
    void *sealed = VirtualAlloc(NULL, 4096, MEM_COMMIT, PAGE_READONLY);
    watched =
        VirtualAlloc(NULL, GRANULE, MEM_COMMIT | MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
    watched[4096] = 1;
    require_equal(
        GetWriteWatch(WRITE_WATCH_FLAG_RESET, watched, GRANULE, sealed, &count, &granularity),
        (UINT)-1);
    require_equal(GetLastError(), ERROR_NOACCESS);
    require_equal(
        GetWriteWatch(WRITE_WATCH_FLAG_RESET, watched, GRANULE, pages, sealed, &granularity),
        (UINT)-1);
    require_equal(GetLastError(), ERROR_NOACCESS);
    require_equal(GetWriteWatch(WRITE_WATCH_FLAG_RESET, watched, GRANULE, pages, &count, sealed),
                  (UINT)-1);
    require_equal(GetLastError(), ERROR_NOACCESS);
    count = 4;
    require_equal(look(0, pages, &count), 0);
    require(count == 1 && pages[0] == watched + 4096);
    require(VirtualFree(sealed, 0, MEM_RELEASE) && VirtualFree(watched, 0, MEM_RELEASE));
}
END_TEST

/* The watch must not outlive its reservation, however that ends. */
START_TEST(a_native_release_ends_the_watch)
{
    PVOID pages[4];
    ULONG_PTR count = 4;
    watched =
        VirtualAlloc(NULL, GRANULE, MEM_COMMIT | MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
    watched[0] = 1;
    require_ok(steppe_release(watched));
    require(VirtualAlloc(watched, GRANULE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE) == watched);
    require_equal(look(0, pages, &count), (UINT)-1);
    require_equal(GetLastError(), ERROR_INVALID_PARAMETER);
    require(VirtualFree(watched, 0, MEM_RELEASE));
}
END_TEST

/* Every second page written: two mappings for each of them, more than there may be. */
START_TEST(writes_go_on_where_mappings_end)
{
    size_t count = mapping_count_max() + 2000, size_bytes = 2 * count * 4096, missed = 0;
    if (TEST_UNDER_ASAN || TEST_UNDER_TSAN || is_valgrind() || count > 200000)
        skip_test("needs the mappings for itself, and not too many");
    watched =
        VirtualAlloc(NULL, size_bytes, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);
    require(watched);
    for (size_t i = 0; i < count; i++)
        watched[2 * i * 4096] = (char)i;
    PVOID *pages = malloc(2 * count * sizeof *pages);
    ULONG_PTR found = 2 * count;
    DWORD granularity;
    require_equal(GetWriteWatch(0, watched, size_bytes, pages, &found, &granularity), 0);
    for (size_t i = 0, at = 0; i < count; i++) {
        while (at < found && (char *)pages[at] < watched + 2 * i * 4096)
            at++;
        missed += at == found || pages[at] != watched + 2 * i * 4096;
    }
    require_equal(missed, 0);
    free(pages);
    require(VirtualFree(watched, 0, MEM_RELEASE));
}
END_TEST

START_TEST(the_old_protection_may_go_into_the_range)
{
    char *base = VirtualAlloc(NULL, GRANULE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    require(VirtualProtect(base, 4096, PAGE_READONLY, (PDWORD)(void *)(base + 0x101)));
    require_equal(query(base).Protect, PAGE_READONLY);
    require(VirtualFree(base, 0, MEM_RELEASE));
}
END_TEST

START_TEST(other_locked_pages_do_not_count)
{
    char *base = VirtualAlloc(NULL, 2 * GRANULE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (TEST_UNDER_TSAN || TEST_UNDER_ASAN)
        skip_test("mlock does nothing under the sanitizer");
    require(VirtualLock(base, 4096) && VirtualLock(base + GRANULE, 4096));
    require_error(VirtualUnlock(base + 4096, 4096), ERROR_NOT_LOCKED);
    require_error(VirtualUnlock(base, GRANULE + 4096), ERROR_NOT_LOCKED);
    require(VirtualUnlock(base, 4096) && VirtualUnlock(base + GRANULE, 4096));
    require(VirtualFree(base, 0, MEM_RELEASE));
}
END_TEST

/* ---- process ----------------------------------------------------------------------------------
 */

static int exit_with_code(void *context)
{
    (void)context;
    ExitProcess(0x107);
}

START_TEST(exit_process)
{
    require_exits(run_child(exit_with_code, NULL), 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calls");
    TCase *tests = test_case(suite, "calls");
    tcase_add_test(tests, layouts_are_those_of_windows);
    tcase_add_test(tests, system_info);
    tcase_add_test(tests, memory_status);
    tcase_add_test(tests, a_budget_is_the_commit_limit);
    tcase_add_test(tests, no_room_is_not_enough_memory);
    tcase_add_test(tests, large_pages_are_refused);
    tcase_add_test(tests, reset_cannot_be_undone);
    tcase_add_test(tests, the_ex_forms_take_this_process_only);
    tcase_add_test(tests, bad_out_pointers);
    tcase_add_test(tests, memory_of_others_is_described);
    tcase_add_test(tests, reservations_of_the_library_are_described);
    tcase_add_test(tests, locking);
    tcase_add_test(tests, a_child_has_its_own_watch);
    tcase_add_test(tests, a_watch_reports_into_itself);
    tcase_add_test(tests, a_look_that_cannot_tell_loses_nothing);
    tcase_add_test(tests, a_native_release_ends_the_watch);
    tcase_add_test(tests, writes_go_on_where_mappings_end);
    tcase_add_test(tests, the_old_protection_may_go_into_the_range);
    tcase_add_test(tests, other_locked_pages_do_not_count);
    tcase_add_test(tests, exit_process);
    return test_main(suite);
}
