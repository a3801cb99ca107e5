/* SPDX-License-Identifier: MIT */
/* room.h - room in an array that grows at its end. */
#ifndef STEPPE_COMMON_ROOM_H
#define STEPPE_COMMON_ROOM_H

#include <stdbool.h>
#include <stddef.h>

enum { ROOM_FIRST = 128 }; /* items, when there were none */

/* Room for one item more behind count of them: twice as much whenever it is used up. False: out of
 * memory, and the array is as it was. *items is the caller's, NULL at first. */
bool room_make(void **items, size_t *capacity, size_t count, size_t item_bytes);

#endif
