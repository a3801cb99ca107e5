/* SPDX-License-Identifier: MIT */
/* steppe_win32_names.h - the rest of windows.h, which includes it: numbers, and calls that need
 * nothing of the library. */
#ifndef STEPPE_WIN32_NAMES_H
#define STEPPE_WIN32_NAMES_H

#include <windows.h>

#include <steppe_win32_text.h>
#include <steppe_win32_types.h>

STEPPE_BEGIN_DECLS

/* ---- errors --------------------------------------------------------------------------------- */

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_NOTIMPL ((HRESULT)0x80004001)
#define E_NOINTERFACE ((HRESULT)0x80004002)
#define E_POINTER ((HRESULT)0x80004003)
#define E_ABORT ((HRESULT)0x80004004)
#define E_FAIL ((HRESULT)0x80004005)
#define E_UNEXPECTED ((HRESULT)0x8000FFFF)
#define E_ACCESSDENIED ((HRESULT)0x80070005)
#define E_HANDLE ((HRESULT)0x80070006)
#define E_OUTOFMEMORY ((HRESULT)0x8007000E)
#define E_INVALIDARG ((HRESULT)0x80070057)
#define SUCCEEDED(result) ((HRESULT)(result) >= 0)
#define FAILED(result) ((HRESULT)(result) < 0)

/* ---- memory --------------------------------------------------------------------------------- */

/* Of these VirtualAlloc and VirtualFree know only the names: they refuse them. */
#define MEM_COALESCE_PLACEHOLDERS 0x00000001
#define MEM_PRESERVE_PLACEHOLDER 0x00000002
#define MEM_REPLACE_PLACEHOLDER 0x00004000
#define MEM_RESERVE_PLACEHOLDER 0x00040000
#define MEM_4MB_PAGES 0x80000000
#define PAGE_TARGETS_NO_UPDATE 0x40000000
#define PAGE_TARGETS_INVALID 0x40000000

/* Zeros that are written even if nothing reads them. Like explicit_bzero. */
STEPPE_WIN32_INLINE_ PVOID SecureZeroMemory(PVOID address, SIZE_T size)
{
    memset(address, 0, size);
    __asm__ volatile("" : : "r"(address) : "memory");
    return address;
}
#define RtlSecureZeroMemory SecureZeroMemory

/* Have code that was written be seen where it is run. process must be GetCurrentProcess(), else
 * FALSE with ERROR_INVALID_HANDLE. Like __builtin___clear_cache. */
STEPPE_WIN32_INLINE_ BOOL FlushInstructionCache(HANDLE process, LPCVOID base, SIZE_T size)
{
    char *start = (char *)(UINT_PTR)base;
    if (process != GetCurrentProcess()) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    if (base)
        __builtin___clear_cache(start, start + size);
    return TRUE;
}

/* ---- system --------------------------------------------------------------------------------- */

#define PROCESSOR_ARCHITECTURE_ARM 5
#define PROCESSOR_ARCHITECTURE_IA64 6
#define PROCESSOR_ARCHITECTURE_UNKNOWN 0xFFFF

/* ---- exceptions ----------------------------------------------------------------------------- */

#define STATUS_INVALID_HANDLE ((DWORD)0xC0000008)
#define EXCEPTION_INVALID_HANDLE STATUS_INVALID_HANDLE

/* ExceptionInformation[0] of an access violation. */
#define EXCEPTION_READ_FAULT 0
#define EXCEPTION_WRITE_FAULT 1
#define EXCEPTION_EXECUTE_FAULT 8

/* ExceptionFlags that never occur here. */
#define EXCEPTION_EXIT_UNWIND 0x4
#define EXCEPTION_STACK_INVALID 0x8
#define EXCEPTION_NESTED_CALL 0x10
#define EXCEPTION_TARGET_UNWIND 0x20
#define EXCEPTION_COLLIDED_UNWIND 0x40
#define EXCEPTION_SOFTWARE_ORIGINATE 0x80
#define EXCEPTION_UNWIND                                                                           \
    (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND | EXCEPTION_TARGET_UNWIND |                       \
     EXCEPTION_COLLIDED_UNWIND)
#define IS_UNWINDING(flags) (((flags)&EXCEPTION_UNWIND) != 0)
#define IS_DISPATCHING(flags) (((flags)&EXCEPTION_UNWIND) == 0)
#define IS_TARGET_UNWIND(flags) ((flags)&EXCEPTION_TARGET_UNWIND)

/* Make a stack that overflowed whole again. There is nothing to do: 1. */
STEPPE_WIN32_INLINE_ int _resetstkoflw(void)
{
    return 1;
}

/* ---- interlocked ---------------------------------------------------------------------------- */

/* Full barriers. Increment, Decrement and Add return the new value, the others the old one. Any
 * thread, signal handlers included. Like <stdatomic.h>. */
STEPPE_WIN32_INLINE_ LONG InterlockedIncrement(LONG volatile *target)
{
    return __atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG InterlockedDecrement(LONG volatile *target)
{
    return __atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG InterlockedAdd(LONG volatile *target, LONG value)
{
    return __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG InterlockedExchangeAdd(LONG volatile *target, LONG value)
{
    return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG InterlockedExchange(LONG volatile *target, LONG value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG InterlockedAnd(LONG volatile *target, LONG value)
{
    return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG InterlockedOr(LONG volatile *target, LONG value)
{
    return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG InterlockedXor(LONG volatile *target, LONG value)
{
    return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG InterlockedCompareExchange(LONG volatile *target, LONG value,
                                                     LONG comparand)
{
    (void)__atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
    return comparand;
}
STEPPE_WIN32_INLINE_ LONG64 InterlockedIncrement64(LONG64 volatile *target)
{
    return __atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG64 InterlockedDecrement64(LONG64 volatile *target)
{
    return __atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG64 InterlockedAdd64(LONG64 volatile *target, LONG64 value)
{
    return __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG64 InterlockedExchangeAdd64(LONG64 volatile *target, LONG64 value)
{
    return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG64 InterlockedExchange64(LONG64 volatile *target, LONG64 value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG64 InterlockedAnd64(LONG64 volatile *target, LONG64 value)
{
    return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG64 InterlockedOr64(LONG64 volatile *target, LONG64 value)
{
    return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG64 InterlockedXor64(LONG64 volatile *target, LONG64 value)
{
    return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ LONG64 InterlockedCompareExchange64(LONG64 volatile *target, LONG64 value,
                                                         LONG64 comparand)
{
    (void)__atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
    return comparand;
}
STEPPE_WIN32_INLINE_ PVOID InterlockedExchangePointer(PVOID volatile *target, PVOID value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}
STEPPE_WIN32_INLINE_ PVOID InterlockedCompareExchangePointer(PVOID volatile *target, PVOID value,
                                                             PVOID comparand)
{
    (void)__atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
    return comparand;
}

STEPPE_END_DECLS
#endif
