/* SPDX-License-Identifier: MIT */
/*
 * timeline.h - totals over time. The memory it takes is bounded: when it is full every second point
 * goes and from then on half as many are taken, so the beginning is never lost.
 *
 * Invariants: points are in order of time, point_count <= TIMELINE_POINT_MAX, stride is a power of
 * two. Starts as {0}, but for the stride which 0 stands for 1.
 */
#ifndef STEPPE_MAP_TIMELINE_H
#define STEPPE_MAP_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map/region.h"

enum { TIMELINE_POINT_MAX = 4096 };

struct timeline_point {
    uint64_t unix_ns;
    struct figures totals;
    uint64_t region_count;
    uint64_t fault_count; /* page faults of the process so far, as the kernel counts; or
                             FIGURE_UNKNOWN */
};

struct timeline {
    struct timeline_point *points;
    size_t point_count, point_capacity;
    uint64_t stride;  /* every how many-th refresh is a lasting point */
    uint64_t skipped; /* since the last lasting one */
};

/* Take a point. The last one is always the latest (and is replaced until it is a lasting one). A
 * clock set back never makes the points go backwards. False: out of memory, nothing has changed. */
bool timeline_add(struct timeline *timeline, const struct timeline_point *point);
bool timeline_copy(struct timeline *to, const struct timeline *from); /* to: {0} before */
void timeline_free(struct timeline *timeline);

#endif
