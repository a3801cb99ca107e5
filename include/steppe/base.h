/* SPDX-License-Identifier: MIT */
/*
 * steppe/base.h - versions, units, page sizes, and the one list of statuses.
 *
 * Every call that can fail returns a steppe_status, except the few that make memory or an object:
 * those return a pointer, NULL on failure. Either way the status of the last failed call of the
 * calling thread, with its figures, stays readable through steppe_last_status and
 * steppe_last_message. A failed call has changed nothing, unless its own comment says otherwise.
 */
#ifndef STEPPE_BASE_H
#define STEPPE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define STEPPE_BEGIN_DECLS extern "C" {
#define STEPPE_END_DECLS }
#else
#define STEPPE_BEGIN_DECLS
#define STEPPE_END_DECLS
#endif

#if defined(_WIN32)
#define STEPPE_API
#else
#define STEPPE_API __attribute__((visibility("default")))
#endif

STEPPE_BEGIN_DECLS

#define STEPPE_VERSION_MAJOR 0
#define STEPPE_VERSION_MINOR 1
#define STEPPE_VERSION_PATCH 0

/* What a call returns as void *, as a pointer of the type of another one. */
#ifdef __cplusplus
#define STEPPE_TYPED(pointer, memory) ((decltype(+(pointer)))(memory))
#define STEPPE_ALIGN_OF(type) alignof(type)
#else
#define STEPPE_TYPED(pointer, memory) ((__typeof__(pointer))(memory))
#define STEPPE_ALIGN_OF(type) _Alignof(type)
#endif

#define STEPPE_KIB ((size_t)1 << 10)
#define STEPPE_MIB ((size_t)1 << 20)
#define STEPPE_GIB ((size_t)1 << 30)
#define STEPPE_TIB ((size_t)1 << 40)

/* The version of the library that runs, "major.minor.patch"; the macros give the one compiled
 * against. Any thread, signal handlers included; never fails. */
STEPPE_API const char *steppe_version(void);

/* The operating system's page, in bytes: the smallest unit of commit, protect and decommit.
 * A power of two, 4096 on most machines. Any thread, signal handlers included; never fails.
 * Like sysconf(_SC_PAGESIZE). */
STEPPE_API size_t steppe_page_bytes(void);

/* The allocation granularity, in bytes: every reservation starts at a multiple of it.
 * 65,536 on every platform. Any thread, signal handlers included; never fails.
 * Like SYSTEM_INFO.dwAllocationGranularity. */
STEPPE_API size_t steppe_granularity_bytes(void);

/*
 * The statuses. X(NAME, number, sentence): the enum, steppe_status_name and steppe_status_text
 * are all made from this list, so they cannot drift apart. Numbers never change meaning.
 */
#define STEPPE_STATUS_LIST(X)                                                                      \
    X(STEPPE_OK, 0, "success")                                                                     \
    X(STEPPE_E_NULL, 1, "a pointer that must not be null is null")                                 \
    X(STEPPE_E_SIZE, 2, "the size is zero, or address plus size runs past the address space")      \
    X(STEPPE_E_OPTION, 3, "an option, flag or enumerated value is not one of those listed")        \
    X(STEPPE_E_ADDRESS, 4, "the address is outside the range a program may use")                   \
    X(STEPPE_E_NOT_RESERVED, 5, "no reservation holds the address (never made, or released)")      \
    X(STEPPE_E_NOT_BASE, 6, "the address is not in the first page of its reservation")             \
    X(STEPPE_E_OUTSIDE, 7, "the range, or the index, lies beyond the end")                         \
    X(STEPPE_E_NOT_COMMITTED, 8, "a page is reserved but not committed")                           \
    X(STEPPE_E_PROTECTION, 9, "the page's protection forbids the access")                          \
    X(STEPPE_E_GUARD, 10, "a guard page was touched")                                              \
    X(STEPPE_E_BUDGET, 11, "the commit would exceed a budget")                                     \
    X(STEPPE_E_ADDRESS_IN_USE, 12, "something else already lies at the address asked for")         \
    X(STEPPE_E_ADDRESS_SPACE, 13, "no room in the address space (or RLIMIT_AS) for the size")      \
    X(STEPPE_E_MEMORY, 14, "the system refused memory")                                            \
    X(STEPPE_E_MAP_COUNT, 15, "the kernel's limit on mappings (vm.max_map_count) is used up")      \
    X(STEPPE_E_MECHANISM, 16, "the mechanism asked for is unknown or not available here")          \
    X(STEPPE_E_UNSUPPORTED, 17, "this platform cannot do that")                                    \
    X(STEPPE_E_IN_USE, 18, "the object is still in use")                                           \
    X(STEPPE_E_NO_BUDGET, 19, "the pointer is not a living budget")                                \
    X(STEPPE_E_UNMAPPED, 20, "no memory lies at the address")                                      \
    X(STEPPE_E_SYSTEM, 21, "the system failed in a way that was not expected")                     \
    X(STEPPE_E_NOT_CONTAINER, 22, "the pointer is not a living container of that kind")            \
    X(STEPPE_E_FILE, 23, "the file cannot be opened, read or written")                             \
    X(STEPPE_E_FOREIGN, 24, "the file holds something else, or another layout")                    \
    X(STEPPE_E_DAMAGED, 25, "the file is damaged")

typedef enum steppe_status {
#define STEPPE_STATUS_ENUM_(name, number, text) name = number,
    STEPPE_STATUS_LIST(STEPPE_STATUS_ENUM_)
#undef STEPPE_STATUS_ENUM_
} steppe_status;

/* The status's own name, "STEPPE_E_BUDGET"; "STEPPE_E_?" for a number not in the list. The string
 * is constant. Any thread, signal handlers included; never fails. */
STEPPE_API const char *steppe_status_name(steppe_status status);

/* The status's sentence, lower case and without a full stop; "not a status" for a number not in the
 * list. The string is constant. Any thread, signal handlers included; never fails. */
STEPPE_API const char *steppe_status_text(steppe_status status);

/* The status of the calling thread's last failed call; STEPPE_OK when none failed yet. A call that
 * succeeds does not reset it, as with errno. Any thread, signal handlers included; never fails.
 * Like GetLastError. */
STEPPE_API steppe_status steppe_last_status(void);

/* The calling thread's last failure in words with its figures, for example
 * "steppe_commit: the commit would exceed a budget: address 0x20001000, size 8192 bytes; ...".
 * Empty when nothing failed yet. The string belongs to the library and lives until the calling
 * thread's next call of this function. Any thread, but not in signal handlers (it formats text);
 * never fails. Like strerror(errno), with the figures. */
STEPPE_API const char *steppe_last_message(void);

STEPPE_END_DECLS
#endif
