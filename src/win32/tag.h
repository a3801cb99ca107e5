/* SPDX-License-Identifier: MIT */
/*
 * tag.h - what a reservation made here remembers in its steppe_options.tag.
 *
 *   bits  0..10  the protection it was given, GUARD and cache flags included: AllocationProtect
 *   bit  11      pages written are watched (write_watch.c)
 *   bits 12..43  its number (decommitted.c); never used twice
 *   bits 44..63  a mark, so that reservations the program made itself with steppe_reserve, whose
 *                tags are its own, are not misread
 */
#ifndef W32_TAG_H
#define W32_TAG_H

#include <stdbool.h>
#include <stdint.h>

#include <windows.h>

#define W32_TAG_MARK (UINT64_C(0x57332) << 44)
#define W32_TAG_WATCHED (UINT64_C(1) << 11)
#define W32_TAG_PROTECT UINT64_C(0x7ff)
#define W32_TAG_NUMBER_SHIFT 12

static inline uint64_t w32_tag_of(DWORD protect, bool is_watched, uint32_t number)
{
    return W32_TAG_MARK | (uint64_t)number << W32_TAG_NUMBER_SHIFT |
           (is_watched ? W32_TAG_WATCHED : 0) | protect;
}

static inline bool w32_tag_is_ours(uint64_t tag)
{
    return tag >> 44 == W32_TAG_MARK >> 44;
}

static inline bool w32_tag_is_watched(uint64_t tag)
{
    return w32_tag_is_ours(tag) && tag & W32_TAG_WATCHED;
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
