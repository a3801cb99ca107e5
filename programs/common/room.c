/* SPDX-License-Identifier: MIT */
/* room.c - growing arrays: see room.h. */
#include "common/room.h"

#include <stdlib.h>

bool room_make(void **items, size_t *capacity, size_t count, size_t item_bytes)
{
    size_t wanted = ROOM_FIRST, bytes;
    if (count < *capacity)
        return true;
    if (*capacity && __builtin_mul_overflow(*capacity, 2, &wanted))
        return false;
    if (__builtin_mul_overflow(wanted, item_bytes, &bytes))
        return false;
    void *more = realloc(*items, bytes);
    if (!more)
        return false;
    *items = more;
    *capacity = wanted;
    return true;
}
