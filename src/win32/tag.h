/* SPDX-License-Identifier: MIT */
/*
 * tag.h - what a reservation made here remembers in its steppe_options.tag.
 *
 *   bits  0..10  the protection it was given, GUARD and cache flags included: AllocationProtect
 *   bits 11..42  its number (decommitted.c); never used twice
 *   bits 44..63  a mark, so that reservations the program made itself with steppe_reserve, whose
 *                tags are its own, are not misread
 */
#ifndef W32_TAG_H
#define W32_TAG_H

#include <stdbool.h>
#include <stdint.h>

#include <windows.h>

#define W32_TAG_MARK (UINT64_C(0x57332) << 44)
#define W32_TAG_PROTECT UINT64_C(0x7ff)
#define W32_TAG_NUMBER_SHIFT 11

static inline uint64_t w32_tag_of(DWORD protect, uint32_t number)
{
    return W32_TAG_MARK | (uint64_t)number << W32_TAG_NUMBER_SHIFT | protect;
}

static inline bool w32_tag_is_ours(uint64_t tag)
{
    return tag >> 44 == W32_TAG_MARK >> 44;
}

static inline uint32_t w32_tag_number(uint64_t tag)
{
    return (uint32_t)(tag >> W32_TAG_NUMBER_SHIFT);
}

static inline DWORD w32_tag_protect(uint64_t tag)
{
    return (DWORD)(tag & W32_TAG_PROTECT);
}

#endif
