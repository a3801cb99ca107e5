/* SPDX-License-Identifier: MIT */
/*
 * tag.h - what a reservation made here remembers in its steppe_options.tag.
 *
 *   bits  0..31  the protection it was given, GUARD and cache flags included: AllocationProtect
 *   bit  32      pages written are watched (write_watch.c)
 *   bits 33..63  a mark, so that reservations the program made itself with steppe_reserve, whose
 *                tags are its own, are not misread
 */
#ifndef W32_TAG_H
#define W32_TAG_H

#include <stdbool.h>
#include <stdint.h>

#include <windows.h>

#define W32_TAG_MARK (UINT64_C(0x57494e33) << 33)
#define W32_TAG_WATCHED (UINT64_C(1) << 32)

static inline uint64_t w32_tag_of(DWORD protect, bool is_watched)
{
    return W32_TAG_MARK | (is_watched ? W32_TAG_WATCHED : 0) | protect;
}

static inline bool w32_tag_is_ours(uint64_t tag)
{
    return tag >> 33 == W32_TAG_MARK >> 33;
}

static inline bool w32_tag_is_watched(uint64_t tag)
{
    return w32_tag_is_ours(tag) && tag & W32_TAG_WATCHED;
}

static inline DWORD w32_tag_protect(uint64_t tag)
{
    return (DWORD)tag;
}

#endif
