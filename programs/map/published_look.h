/* SPDX-License-Identifier: MIT */
/*
 * published_look.h - one look at a description in an open file. Whatever lies there, it comes to an
 * end, in bounded time and memory, and what it tells is sound: see published.h.
 */
#ifndef STEPPE_MAP_PUBLISHED_LOOK_H
#define STEPPE_MAP_PUBLISHED_LOOK_H

#include "map/identity.h"
#include "map/published.h"

struct published_look {
    struct published_description description;
    struct published_run *runs; /* what those of its reservations point into */
    char problem[256];
};

/* look is {0} before. READ: free it some time. NONE: it is another process's (who: NULL for any),
 * or not ready. FAILED: with a problem. */
enum published_state published_look_at(struct published_look *look, int file,
                                       const struct identity *who);

void published_look_free(struct published_look *look);

#endif
