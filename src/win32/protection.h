/* SPDX-License-Identifier: MIT */
/* protection.h - PAGE_ values: which are allowed, and what they are in the library's words. */
#ifndef W32_PROTECTION_H
#define W32_PROTECTION_H

#include <stdbool.h>

#include <steppe/region.h>

#include <windows.h>

/* Kept for the reservation and reported with every protection of its pages; without effect. */
#define W32_CACHE_FLAGS ((DWORD)(PAGE_NOCACHE | PAGE_WRITECOMBINE))

/* Just one of the six base values, and flags that go with it and with each other. */
bool w32_protection_is_valid(DWORD protect);

/* A valid one in the library's words, and back; the cache flags have none. */
steppe_protection w32_protection_to_native(DWORD protect);
DWORD w32_protection_from_native(steppe_protection protection);

#endif
