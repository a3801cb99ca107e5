/* SPDX-License-Identifier: MIT */
/*
 * commit_on_fault.c - memory that comes when it is touched.
 *
 * Reserves address space, then just writes. The first write to every page faults; the filter of the
 * __except commits the page that the exception names and lets the instruction run again. The page
 * behind the last one allowed is refused, and the handler of the __except runs.
 *
 *     commit_on_fault [PAGES]      80 pages, if not told otherwise
 *
 * The same text compiles for Windows and, with steppe-win32, for Linux. No output depends on where
 * the memory lies.
 */
#include <windows.h>

#include <tchar.h>

#include <stdio.h>
#include <stdlib.h>

#ifdef __MINGW32__
#include "try_on_mingw.h"
#endif

#define PAGES_BY_DEFAULT 80
#define PAGES_MAX 100000

/* The reservation is one page longer than what may be committed: that page is the one refused. */
static BYTE *base;
static SIZE_T page_bytes;
static SIZE_T pages_allowed;
static SIZE_T filter_calls;
static SIZE_T refused_page;

static void fail(LPCTSTR what)
{
    _ftprintf(stderr, TEXT("commit_on_fault: %s: error %lu\n"), what, GetLastError());
    exit(EXIT_FAILURE);
}

/* The page the exception is about; FALSE when it is none of ours. */
static BOOL page_of(const EXCEPTION_RECORD *record, SIZE_T *page)
{
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
        return FALSE;
    SIZE_T offset = (SIZE_T)(record->ExceptionInformation[1] - (ULONG_PTR)base);
    *page = offset / page_bytes;
    return *page <= pages_allowed;
}

static int commit_page(const EXCEPTION_POINTERS *exception)
{
    SIZE_T page;
    filter_calls++;
    if (!page_of(exception->ExceptionRecord, &page))
        return EXCEPTION_CONTINUE_SEARCH;
    if (page >= pages_allowed) {
        refused_page = page;
        return EXCEPTION_EXECUTE_HANDLER;
    }
    if (!VirtualAlloc(base + page * page_bytes, page_bytes, MEM_COMMIT, PAGE_READWRITE))
        return EXCEPTION_EXECUTE_HANDLER;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static BYTE pattern(SIZE_T page, SIZE_T index)
{
    return (BYTE)(page * 31 + index * 7 + 1);
}

/* Write every byte of a page, FALSE when the page is not to be had. */
static BOOL fill(SIZE_T page)
{
    volatile BYTE *bytes = base + page * page_bytes;
    volatile BOOL is_filled = FALSE;
    __try {
        for (SIZE_T i = 0; i < page_bytes; i++)
            bytes[i] = pattern(page, i);
        is_filled = TRUE;
    } __except (commit_page(GetExceptionInformation())) {
        _tprintf(TEXT("page %Iu is refused\n"), refused_page);
    }
    return is_filled;
}

static SIZE_T count_wrong_bytes(SIZE_T pages)
{
    SIZE_T wrong = 0;
    for (SIZE_T page = 0; page < pages; page++)
        for (SIZE_T i = 0; i < page_bytes; i++)
            wrong += base[page * page_bytes + i] != pattern(page, i);
    return wrong;
}

/* How many bytes of the reservation are in this state. */
static SIZE_T bytes_in_state(DWORD state)
{
    SIZE_T total = 0, offset = 0, size = (pages_allowed + 1) * page_bytes;
    while (offset < size) {
        MEMORY_BASIC_INFORMATION run;
        if (!VirtualQuery(base + offset, &run, sizeof run))
            fail(TEXT("cannot query"));
        if (run.State == state)
            total += run.RegionSize;
        offset += run.RegionSize;
    }
    return total;
}

static void show_states(void)
{
    _tprintf(TEXT("committed %Iu bytes, reserved %Iu bytes\n"), bytes_in_state(MEM_COMMIT),
             bytes_in_state(MEM_RESERVE));
}

static void run(void)
{
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    page_bytes = system.dwPageSize;
    base = VirtualAlloc(NULL, (pages_allowed + 1) * page_bytes, MEM_RESERVE, PAGE_NOACCESS);
    if (!base)
        fail(TEXT("cannot reserve"));
    _tprintf(TEXT("pages of %Iu bytes, %Iu of them allowed\n"), page_bytes, pages_allowed);
    show_states();

    SIZE_T filled = 0;
    while (fill(filled))
        filled++;
    _tprintf(TEXT("filled %Iu pages, the filter was asked %Iu times\n"), filled, filter_calls);
    _tprintf(TEXT("%Iu wrong bytes\n"), count_wrong_bytes(filled));
    show_states();

    if (!VirtualFree(base, 0, MEM_RELEASE))
        fail(TEXT("cannot release"));
    _tprintf(TEXT("released\n"));
}

int _tmain(int argc, TCHAR *argv[])
{
    pages_allowed = PAGES_BY_DEFAULT;
    if (argc > 1) {
        TCHAR *end;
        pages_allowed = _tcstoul(argv[1], &end, 10);
        BOOL is_number = _istdigit(argv[1][0]) && *end == 0;
        if (argc > 2 || !is_number || pages_allowed == 0 || pages_allowed > PAGES_MAX) {
            _ftprintf(stderr, TEXT("usage: commit_on_fault [PAGES]   (1 to %d)\n"), PAGES_MAX);
            return 2;
        }
    }
    run();
    return EXIT_SUCCESS;
}
