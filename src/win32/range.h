/* SPDX-License-Identifier: MIT */
/* range.h - addresses as 64-bit Windows sees them. */
#ifndef W32_RANGE_H
#define W32_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#define W32_USER_FIRST ((uintptr_t)0x10000)
#define W32_USER_END ((uintptr_t)0x7fffffff0000)
#define W32_PAGE_BYTES ((uintptr_t)4096)

/* The range is not empty, does not wrap, and ends inside the user range. */
static inline bool w32_range_is_user(uintptr_t first, size_t size_bytes)
{
    return size_bytes && first < W32_USER_END && size_bytes <= W32_USER_END - first;
}

static inline uintptr_t w32_page_down(uintptr_t address)
{
    return address & ~(W32_PAGE_BYTES - 1);
}

static inline uintptr_t w32_page_up(uintptr_t address)
{
    return w32_page_down(address + W32_PAGE_BYTES - 1);
}

#endif
