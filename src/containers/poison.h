/* SPDX-License-Identifier: MIT */
/*
 * poison.h - telling AddressSanitizer and Valgrind what may be touched.
 *
 * Whether one of them watches is known at run time only: the program may be instrumented where the
 * library is not. AddressSanitizer keeps its record by 8 bytes: of a gap within 8 bytes that
 * something taken behind it shares, it knows nothing.
 */
#ifndef STP_POISON_H
#define STP_POISON_H

#include <stdbool.h>
#include <stddef.h>

#ifdef STP_HAS_VALGRIND
#include <valgrind/memcheck.h>
#else
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_MAKE_MEM_NOACCESS(address, size_bytes) ((void)(address), (void)(size_bytes))
#define VALGRIND_MAKE_MEM_DEFINED(address, size_bytes) ((void)(address), (void)(size_bytes))
#endif

void __asan_poison_memory_region(const volatile void *address, size_t size_bytes)
    __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *address, size_t size_bytes)
    __attribute__((weak));

static inline bool stp_poison_is_watched(void)
{
    return __asan_poison_memory_region || RUNNING_ON_VALGRIND;
}

/* Not to be touched. */
static inline void stp_poison(const void *address, size_t size_bytes)
{
    if (__asan_poison_memory_region)
        __asan_poison_memory_region(address, size_bytes);
    (void)VALGRIND_MAKE_MEM_NOACCESS(address, size_bytes);
}

/* As memory is: to be touched, and all that is read there was written, if only by the system. */
static inline void stp_poison_end(const void *address, size_t size_bytes)
{
    if (__asan_unpoison_memory_region)
        __asan_unpoison_memory_region(address, size_bytes);
    (void)VALGRIND_MAKE_MEM_DEFINED(address, size_bytes);
}

#endif
