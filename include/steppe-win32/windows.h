/* SPDX-License-Identifier: MIT */
/*
 * windows.h - the memory and exception calls of Windows, on Linux.
 *
 * Programs written for VirtualAlloc, VirtualQuery, exception handlers and __try compile against
 * this header as they are:
 *
 *     cc program.c $(pkg-config --cflags --libs steppe-win32)
 *
 * Every call keeps Windows' rules: rounding, states, error codes, what a failed call leaves
 * behind. Microsoft's documentation is the manual; a comment here says what is worth knowing
 * beside it: rounding, the errors, threads, and where Linux shows through. The names, numbers and
 * layouts are those of 64-bit Windows (AMD64), except: WCHAR is the compiler's wchar_t, of four
 * bytes.
 *
 * Read these before you build on it:
 *  - A failing call returns FALSE, NULL or 0, sets the thread's last error, and changes nothing.
 *    A call that succeeds leaves the last error alone.
 *  - The kernel never faults for us: read(2) into memory that is not committed, is a guard or is
 *    (before Linux 6.7, or under mprotect) a watched page not written since the last reset, fails
 *    with EFAULT; no exception is raised. Touch it first.
 *  - Exceptions come from the signals SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGTRAP. Handlers for
 *    them are installed by the first VirtualAlloc that reserves, __try, RaiseException,
 *    AddVectoredExceptionHandler or SetUnhandledExceptionFilter; until then signals are what they
 *    are without this library. What no exception handler takes goes on to the signal handler that
 *    was there before, or to the default action. A handler that the program installs later must
 *    call the one that sigaction gave it, else no exception handler is asked.
 *  - Memory that these calls did not reserve (malloc's, stacks, images) can be queried; it cannot
 *    be committed, protected or freed with them.
 *
 * Threads: every call may be made from any thread at any time. Signal handlers: VirtualAlloc with
 * MEM_COMMIT or MEM_RESET alone, VirtualFree with MEM_DECOMMIT, VirtualProtect, VirtualQuery of
 * memory reserved here, GetLastError and SetLastError may be called; the rest may not. Exception
 * filters and vectored handlers run as ordinary code of the thread, so they may call everything
 * that the code which raised the exception might have called at that place.
 */
#ifndef STEPPE_WIN32_WINDOWS_H
#define STEPPE_WIN32_WINDOWS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <steppe/base.h>

#include <steppe_win32_types.h>

#include <excpt.h>

STEPPE_BEGIN_DECLS

/* ---- errors --------------------------------------------------------------------------------- */

#define NO_ERROR 0
#define ERROR_SUCCESS 0
#define ERROR_INVALID_FUNCTION 1
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_PATH_NOT_FOUND 3
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_HANDLE 6
#define ERROR_NOT_ENOUGH_MEMORY 8
#define ERROR_INVALID_DATA 13
#define ERROR_OUTOFMEMORY 14
#define ERROR_BAD_LENGTH 24
#define ERROR_NOT_SUPPORTED 50
#define ERROR_INVALID_PARAMETER 87
#define ERROR_CALL_NOT_IMPLEMENTED 120
#define ERROR_INSUFFICIENT_BUFFER 122
#define ERROR_NOT_LOCKED 158
#define ERROR_INVALID_ADDRESS 487
#define ERROR_NOACCESS 998
#define ERROR_STACK_OVERFLOW 1001
#define ERROR_PRIVILEGE_NOT_HELD 1314
#define ERROR_NO_SYSTEM_RESOURCES 1450
#define ERROR_WORKING_SET_QUOTA 1453
#define ERROR_COMMITMENT_LIMIT 1455

/* The calling thread's last error. Any thread, signal handlers included; cannot fail.
 * Like errno. */
STEPPE_API DWORD WINAPI GetLastError(void);
STEPPE_API void WINAPI SetLastError(DWORD error);

/* ---- memory --------------------------------------------------------------------------------- */

#define PAGE_NOACCESS 0x01
#define PAGE_READONLY 0x02
#define PAGE_READWRITE 0x04
#define PAGE_WRITECOPY 0x08
#define PAGE_EXECUTE 0x10
#define PAGE_EXECUTE_READ 0x20
#define PAGE_EXECUTE_READWRITE 0x40
#define PAGE_EXECUTE_WRITECOPY 0x80
#define PAGE_GUARD 0x100
#define PAGE_NOCACHE 0x200
#define PAGE_WRITECOMBINE 0x400

#define MEM_COMMIT 0x00001000
#define MEM_RESERVE 0x00002000
#define MEM_DECOMMIT 0x00004000
#define MEM_RELEASE 0x00008000
#define MEM_FREE 0x00010000
#define MEM_PRIVATE 0x00020000
#define MEM_MAPPED 0x00040000
#define MEM_RESET 0x00080000
#define MEM_TOP_DOWN 0x00100000
#define MEM_WRITE_WATCH 0x00200000
#define MEM_PHYSICAL 0x00400000
#define MEM_RESET_UNDO 0x01000000
#define MEM_IMAGE 0x01000000
#define MEM_LARGE_PAGES 0x20000000

#define WRITE_WATCH_FLAG_RESET 0x01

typedef struct _MEMORY_BASIC_INFORMATION {
    PVOID BaseAddress;
    PVOID AllocationBase;
    DWORD AllocationProtect;
    WORD PartitionId;
    SIZE_T RegionSize;
    DWORD State;
    DWORD Protect;
    DWORD Type;
} MEMORY_BASIC_INFORMATION, *PMEMORY_BASIC_INFORMATION;

/* Reserve (MEM_RESERVE), commit (MEM_COMMIT), both, or say that contents are not needed any more
 * (MEM_RESET).
 *
 * Rounding: a reservation starts at a multiple of 64 KiB, and the address is rounded down to it;
 * all else starts at the page that holds the address and ends behind the page that holds the last
 * byte. MEM_RESET alone leaves pages that it holds only in part as they are.
 * MEM_COMMIT: pages committed already keep their bytes and take the protection; MEM_COMMIT without
 * an address reserves as well. MEM_TOP_DOWN: the highest free place. MEM_WRITE_WATCH, with
 * MEM_RESERVE: see GetWriteWatch. MEM_LARGE_PAGES: refused with ERROR_PRIVILEGE_NOT_HELD, which is
 * what a program without the right to lock memory gets on Windows. MEM_RESET gives the physical
 * memory back at once, so the bytes are gone: MEM_RESET_UNDO always fails with
 * ERROR_INVALID_ADDRESS, which tells the program to make them anew.
 * PAGE_NOCACHE and PAGE_WRITECOMBINE are kept and reported, and have no effect.
 * Returns the start, or NULL with ERROR_INVALID_PARAMETER (size 0, unknown or contradicting flags
 * or protection, below 64 KiB or beyond the user range), ERROR_INVALID_ADDRESS (something lies
 * there; to commit: not all in one reservation), ERROR_COMMITMENT_LIMIT (a budget of
 * <steppe/budget.h> refuses), ERROR_NOT_ENOUGH_MEMORY (the address space or the kernel has no
 * room). Like steppe_reserve, steppe_commit_as, steppe_reset; like mmap. */
STEPPE_API LPVOID WINAPI VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect);

/* Give pages back (MEM_DECOMMIT), or end a reservation (MEM_RELEASE).
 *
 * MEM_DECOMMIT: every page that holds a byte of the range; with size 0 and an address in the first
 * page, the whole reservation. MEM_RELEASE: size must be 0, the address lies in the first page.
 * FALSE with ERROR_INVALID_PARAMETER (another type; a size to release; decommit past the end) or
 * ERROR_INVALID_ADDRESS (no reservation, or not its first page), ERROR_NOT_ENOUGH_MEMORY (the
 * kernel has no room to split a mapping; nothing has changed). Like steppe_decommit,
 * steppe_release; like munmap. */
STEPPE_API BOOL WINAPI VirtualFree(LPVOID address, SIZE_T size, DWORD type);

/* Change the protection of committed pages of one reservation, all or nothing.
 *
 * *old receives what the first page had; it must not be NULL. PAGE_NOCACHE and PAGE_WRITECOMBINE
 * belong to the reservation: they are neither added nor taken away.
 * FALSE with ERROR_INVALID_PARAMETER (size 0, protection), ERROR_NOACCESS (old cannot be written),
 * ERROR_INVALID_ADDRESS (a page is not committed, or not of the reservation),
 * ERROR_NOT_ENOUGH_MEMORY. Like steppe_protect; like mprotect. */
STEPPE_API BOOL WINAPI VirtualProtect(LPVOID address, SIZE_T size, DWORD protect, PDWORD old);

/* What lies at an address: any address of the process. Of memory that was not reserved here,
 * AllocationBase is the start of the program or library that holds it, or of its mapping;
 * AllocationProtect is Protect.
 *
 * Returns sizeof(MEMORY_BASIC_INFORMATION), or 0 with ERROR_INVALID_PARAMETER (beyond the user
 * range), ERROR_BAD_LENGTH (length too small), ERROR_NOACCESS (the buffer cannot be written), or
 * ERROR_NOT_SUPPORTED (the kernel's map cannot be read). Like steppe_query; like /proc/self/maps.
 */
STEPPE_API SIZE_T WINAPI VirtualQuery(LPCVOID address, PMEMORY_BASIC_INFORMATION buffer,
                                      SIZE_T length);

/* The same for a process; it must be GetCurrentProcess(), else ERROR_INVALID_HANDLE. */
STEPPE_API LPVOID WINAPI VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type,
                                        DWORD protect);
STEPPE_API BOOL WINAPI VirtualFreeEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type);
STEPPE_API BOOL WINAPI VirtualProtectEx(HANDLE process, LPVOID address, SIZE_T size, DWORD protect,
                                        PDWORD old);
STEPPE_API SIZE_T WINAPI VirtualQueryEx(HANDLE process, LPCVOID address,
                                        PMEMORY_BASIC_INFORMATION buffer, SIZE_T length);

/* Keep pages in physical memory; let them go again. Pages that hold a byte of the range; all must
 * be committed. A guard page in it loses its guard, and the call fails with
 * STATUS_GUARD_PAGE_VIOLATION; the next one succeeds.
 * FALSE with ERROR_INVALID_PARAMETER (size 0, or wraps), ERROR_NOACCESS (a page is not committed,
 * or PAGE_NOACCESS), ERROR_WORKING_SET_QUOTA (RLIMIT_MEMLOCK), ERROR_NOT_LOCKED (VirtualUnlock of a
 * page that is not locked). Decommitting and releasing unlock. Like mlock, munlock. */
STEPPE_API BOOL WINAPI VirtualLock(LPVOID address, SIZE_T size);
STEPPE_API BOOL WINAPI VirtualUnlock(LPVOID address, SIZE_T size);

/* Which pages of a MEM_WRITE_WATCH reservation were written since it was made or last reset.
 *
 * addresses receives at most *count addresses in ascending order, *count how many; with
 * WRITE_WATCH_FLAG_RESET those pages, and only those, count as not written again. Committing,
 * decommitting and protecting do not change what is recorded; a write that was refused is not
 * recorded. What the first write to a page after a reset costs is told in <steppe/watch.h>.
 * Every page that holds a byte of the range counts; *count is in addresses, *granularity, 4096, in
 * bytes. When *count comes back as it was given, go on behind the last address. A decommitted page
 * stays listed: query before you copy. <steppe/watch.h> says when a page is listed that was not
 * written.
 * Returns 0, or (UINT)-1 with ERROR_INVALID_PARAMETER (size 0, *count 0, unknown flag, not all in
 * one watched reservation), ERROR_NOACCESS (an out pointer cannot be written: nothing is reset),
 * ERROR_NOT_ENOUGH_MEMORY (to reset: the kernel has no room for the mappings; *count says how many
 * were found and reset).
 * Like steppe_watch_look and steppe_watch_collect; like PAGEMAP_SCAN. */
STEPPE_API UINT WINAPI GetWriteWatch(DWORD flags, PVOID base, SIZE_T size, PVOID *addresses,
                                     ULONG_PTR *count, LPDWORD granularity);

/* Have the pages count as not written. The same rounding and errors. Like steppe_watch_clear. */
STEPPE_API UINT WINAPI ResetWriteWatch(LPVOID base, SIZE_T size);

/* 0: there are no large pages, see VirtualAlloc. */
STEPPE_API SIZE_T WINAPI GetLargePageMinimum(void);

/* TRUE when a byte of the range cannot be read; written. Touches it, so a guard page loses its
 * guard, as on Windows. Better: steppe_probe_read. Size 0 is never bad. */
STEPPE_API BOOL WINAPI IsBadReadPtr(const void *address, UINT_PTR size);
STEPPE_API BOOL WINAPI IsBadWritePtr(LPVOID address, UINT_PTR size);

/* ---- system --------------------------------------------------------------------------------- */

#define PROCESSOR_ARCHITECTURE_INTEL 0
#define PROCESSOR_ARCHITECTURE_AMD64 9
#define PROCESSOR_ARCHITECTURE_ARM64 12
#define PROCESSOR_INTEL_386 386
#define PROCESSOR_AMD_X8664 8664

typedef struct _SYSTEM_INFO {
    __extension__ union {
        DWORD dwOemId;
        __extension__ struct {
            WORD wProcessorArchitecture;
            WORD wReserved;
        };
    };
    DWORD dwPageSize;
    LPVOID lpMinimumApplicationAddress;
    LPVOID lpMaximumApplicationAddress;
    DWORD_PTR dwActiveProcessorMask;
    DWORD dwNumberOfProcessors;
    DWORD dwProcessorType;
    DWORD dwAllocationGranularity;
    WORD wProcessorLevel;
    WORD wProcessorRevision;
} SYSTEM_INFO, *LPSYSTEM_INFO;

/* Page size, granularity (64 KiB), user range (0x10000..0x7ffffffeffff), processors that are
 * online. info must be writable. Cannot fail. Like sysconf. */
STEPPE_API void WINAPI GetSystemInfo(LPSYSTEM_INFO info);
STEPPE_API void WINAPI GetNativeSystemInfo(LPSYSTEM_INFO info);

typedef struct _MEMORYSTATUSEX {
    DWORD dwLength;
    DWORD dwMemoryLoad;
    DWORDLONG ullTotalPhys;
    DWORDLONG ullAvailPhys;
    DWORDLONG ullTotalPageFile;
    DWORDLONG ullAvailPageFile;
    DWORDLONG ullTotalVirtual;
    DWORDLONG ullAvailVirtual;
    DWORDLONG ullAvailExtendedVirtual;
} MEMORYSTATUSEX, *LPMEMORYSTATUSEX;

/* The machine's memory, and what this process may still commit: ullTotalPageFile and
 * ullAvailPageFile are memory plus swap, or the limit and the rest of the process's budget
 * (<steppe/budget.h>) where that is less. dwLength must be sizeof(MEMORYSTATUSEX), else FALSE with
 * ERROR_INVALID_PARAMETER; ERROR_NOT_SUPPORTED when the kernel does not tell.
 * Like /proc/meminfo. */
STEPPE_API BOOL WINAPI GlobalMemoryStatusEx(LPMEMORYSTATUSEX status);

/* The pseudo handle of this process, (HANDLE)-1. */
STEPPE_API HANDLE WINAPI GetCurrentProcess(void);

/* End the process as exit() does; code's low eight bits are its exit status. */
STEPPE_API DECLSPEC_NORETURN void WINAPI ExitProcess(UINT code);

/* ---- exceptions ----------------------------------------------------------------------------- */

typedef LONG NTSTATUS;

#define STATUS_GUARD_PAGE_VIOLATION ((DWORD)0x80000001)
#define STATUS_DATATYPE_MISALIGNMENT ((DWORD)0x80000002)
#define STATUS_BREAKPOINT ((DWORD)0x80000003)
#define STATUS_SINGLE_STEP ((DWORD)0x80000004)
#define STATUS_ACCESS_VIOLATION ((DWORD)0xC0000005)
#define STATUS_IN_PAGE_ERROR ((DWORD)0xC0000006)
#define STATUS_NO_MEMORY ((DWORD)0xC0000017)
#define STATUS_ILLEGAL_INSTRUCTION ((DWORD)0xC000001D)
#define STATUS_NONCONTINUABLE_EXCEPTION ((DWORD)0xC0000025)
#define STATUS_INVALID_DISPOSITION ((DWORD)0xC0000026)
#define STATUS_ARRAY_BOUNDS_EXCEEDED ((DWORD)0xC000008C)
#define STATUS_FLOAT_DENORMAL_OPERAND ((DWORD)0xC000008D)
#define STATUS_FLOAT_DIVIDE_BY_ZERO ((DWORD)0xC000008E)
#define STATUS_FLOAT_INEXACT_RESULT ((DWORD)0xC000008F)
#define STATUS_FLOAT_INVALID_OPERATION ((DWORD)0xC0000090)
#define STATUS_FLOAT_OVERFLOW ((DWORD)0xC0000091)
#define STATUS_FLOAT_STACK_CHECK ((DWORD)0xC0000092)
#define STATUS_FLOAT_UNDERFLOW ((DWORD)0xC0000093)
#define STATUS_INTEGER_DIVIDE_BY_ZERO ((DWORD)0xC0000094)
#define STATUS_INTEGER_OVERFLOW ((DWORD)0xC0000095)
#define STATUS_PRIVILEGED_INSTRUCTION ((DWORD)0xC0000096)
#define STATUS_STACK_OVERFLOW ((DWORD)0xC00000FD)

#define EXCEPTION_GUARD_PAGE STATUS_GUARD_PAGE_VIOLATION
#define EXCEPTION_DATATYPE_MISALIGNMENT STATUS_DATATYPE_MISALIGNMENT
#define EXCEPTION_BREAKPOINT STATUS_BREAKPOINT
#define EXCEPTION_SINGLE_STEP STATUS_SINGLE_STEP
#define EXCEPTION_ACCESS_VIOLATION STATUS_ACCESS_VIOLATION
#define EXCEPTION_IN_PAGE_ERROR STATUS_IN_PAGE_ERROR
#define EXCEPTION_ILLEGAL_INSTRUCTION STATUS_ILLEGAL_INSTRUCTION
#define EXCEPTION_NONCONTINUABLE_EXCEPTION STATUS_NONCONTINUABLE_EXCEPTION
#define EXCEPTION_INVALID_DISPOSITION STATUS_INVALID_DISPOSITION
#define EXCEPTION_ARRAY_BOUNDS_EXCEEDED STATUS_ARRAY_BOUNDS_EXCEEDED
#define EXCEPTION_FLT_DENORMAL_OPERAND STATUS_FLOAT_DENORMAL_OPERAND
#define EXCEPTION_FLT_DIVIDE_BY_ZERO STATUS_FLOAT_DIVIDE_BY_ZERO
#define EXCEPTION_FLT_INEXACT_RESULT STATUS_FLOAT_INEXACT_RESULT
#define EXCEPTION_FLT_INVALID_OPERATION STATUS_FLOAT_INVALID_OPERATION
#define EXCEPTION_FLT_OVERFLOW STATUS_FLOAT_OVERFLOW
#define EXCEPTION_FLT_STACK_CHECK STATUS_FLOAT_STACK_CHECK
#define EXCEPTION_FLT_UNDERFLOW STATUS_FLOAT_UNDERFLOW
#define EXCEPTION_INT_DIVIDE_BY_ZERO STATUS_INTEGER_DIVIDE_BY_ZERO
#define EXCEPTION_INT_OVERFLOW STATUS_INTEGER_OVERFLOW
#define EXCEPTION_PRIV_INSTRUCTION STATUS_PRIVILEGED_INSTRUCTION
#define EXCEPTION_STACK_OVERFLOW STATUS_STACK_OVERFLOW

#define EXCEPTION_NONCONTINUABLE 0x1
#define EXCEPTION_UNWINDING 0x2
#define EXCEPTION_MAXIMUM_PARAMETERS 15

/* For access violations, guard pages and stack overflows ExceptionInformation[0] is 0 for a read, 1
 * for a write, 8 for a fetch of code, and ExceptionInformation[1] the exact address; for
 * EXCEPTION_IN_PAGE_ERROR too, with a status in [2]. An address that no processor forms is told as
 * a read of (ULONG_PTR)-1. */
typedef struct _EXCEPTION_RECORD {
    DWORD ExceptionCode;
    DWORD ExceptionFlags;
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    DWORD NumberParameters;
    ULONG_PTR ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
} EXCEPTION_RECORD, *PEXCEPTION_RECORD;

typedef struct _EXCEPTION_POINTERS {
    PEXCEPTION_RECORD ExceptionRecord;
    PCONTEXT ContextRecord;
} EXCEPTION_POINTERS, *PEXCEPTION_POINTERS, *LPEXCEPTION_POINTERS;

typedef LONG(CALLBACK *PVECTORED_EXCEPTION_HANDLER)(PEXCEPTION_POINTERS exception);
typedef LONG(WINAPI *PTOP_LEVEL_EXCEPTION_FILTER)(PEXCEPTION_POINTERS exception);
typedef PTOP_LEVEL_EXCEPTION_FILTER LPTOP_LEVEL_EXCEPTION_FILTER;

/* Have a handler called for every exception of the process, before any __except is asked: the
 * first of all with first != 0, else the last. It returns EXCEPTION_CONTINUE_EXECUTION or
 * EXCEPTION_CONTINUE_SEARCH.
 *
 * Returns what RemoveVectoredExceptionHandler takes, or NULL with ERROR_INVALID_PARAMETER (no
 * handler) or ERROR_NOT_ENOUGH_MEMORY. A handler may remove itself or others while it runs; one
 * that is being run by another thread may still run for a moment after it was removed. Remove
 * returns 0 for what is not a registered handler. Like sigaction. */
STEPPE_API PVOID WINAPI AddVectoredExceptionHandler(ULONG first,
                                                    PVECTORED_EXCEPTION_HANDLER handler);
STEPPE_API ULONG WINAPI RemoveVectoredExceptionHandler(PVOID handle);

/* Set the filter for exceptions that no __except takes, NULL for none; returns the one before.
 * EXCEPTION_EXECUTE_HANDLER ends the process quietly: its exit status is the low eight bits of the
 * exception's code, or 1 where they are 0; atexit handlers do not run. EXCEPTION_CONTINUE_EXECUTION
 * resumes, EXCEPTION_CONTINUE_SEARCH does what would be done without
 * the filter: UnhandledExceptionFilter's message, then the signal's earlier owner or its default
 * action. Like sigaction. */
STEPPE_API LPTOP_LEVEL_EXCEPTION_FILTER WINAPI
SetUnhandledExceptionFilter(LPTOP_LEVEL_EXCEPTION_FILTER filter);

/* Ask the filter that was set; when there is none, or it says EXCEPTION_CONTINUE_SEARCH, write one
 * line to standard error that says what happened and where. Returns the filter's answer, or
 * EXCEPTION_CONTINUE_SEARCH. It may be called in the filter of an __except; when nobody takes the
 * exception, it is called once more then. */
STEPPE_API LONG WINAPI UnhandledExceptionFilter(PEXCEPTION_POINTERS exception);

/* Raise an exception of the program's own. At most EXCEPTION_MAXIMUM_PARAMETERS arguments are
 * kept. flags: 0 or EXCEPTION_NONCONTINUABLE. Returns when a handler says
 * EXCEPTION_CONTINUE_EXECUTION; after EXCEPTION_NONCONTINUABLE that raises
 * EXCEPTION_NONCONTINUABLE_EXCEPTION instead. An exception nobody takes ends the process by
 * SIGABRT, or by the signal that its code comes from (EXCEPTION_ACCESS_VIOLATION: SIGSEGV). Like
 * raise. */
STEPPE_API void WINAPI RaiseException(DWORD code, DWORD flags, DWORD argument_count,
                                      const ULONG_PTR *arguments);

/* The registers of the caller, as they are when the call returns. Like getcontext. */
STEPPE_API void WINAPI RtlCaptureContext(PCONTEXT context);

STEPPE_END_DECLS

/* Int3: EXCEPTION_BREAKPOINT, whose Rip is the place of the instruction. */
#define DebugBreak() __asm__ volatile("int3")
#define __debugbreak() __asm__ volatile("int3")

#include <steppe_win32_names.h>

#ifdef STEPPE_WIN32_PRINTF
#include <steppe_win32_printf.h>
#endif

#endif
