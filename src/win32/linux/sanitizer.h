/* SPDX-License-Identifier: MIT */
/*
 * sanitizer.h - telling AddressSanitizer of functions that are left by a jump.
 *
 * It has marks around the variables of functions, which they take away when they return. One that
 * is left otherwise leaves them behind, and what comes to lie there later seems out of bounds.
 */
#ifndef W32_SANITIZER_H
#define W32_SANITIZER_H

#include <stddef.h>
#include <stdint.h>

extern void __asan_unpoison_memory_region(const volatile void *address, size_t size)
    __attribute__((weak));
extern void __asan_handle_no_return(void) __attribute__((weak));

/* The functions between the calling one, itself included, and this place farther out on its stack.
 */
#define W32_LEAVE_STACK_UP_TO(end)                                                                 \
    w32_leave_stack((uintptr_t)__builtin_frame_address(0), (uintptr_t)(end))

static inline void w32_leave_stack(uintptr_t first, uintptr_t end)
{
    enum { BELOW_BYTES = 4096 }; /* variables of the calling function itself */
    if (__asan_unpoison_memory_region && first < end)
        __asan_unpoison_memory_region((void *)(first - BELOW_BYTES), end - first + BELOW_BYTES);
}

/* All functions that are active, on this stack and others. */
static inline void w32_leave_all_stack(void)
{
    if (__asan_handle_no_return)
        __asan_handle_no_return();
}

#endif
