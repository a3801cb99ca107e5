/* SPDX-License-Identifier: MIT */
/* timeline.c - totals over time: see timeline.h. */
#include "map/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "common/room.h"

static bool make_room(struct timeline *timeline)
{
    void *points = timeline->points;
    if (!room_make(&points, &timeline->point_capacity, timeline->point_count,
                   sizeof *timeline->points))
        return false;
    timeline->points = points;
    return true;
}

static void thin(struct timeline *timeline)
{
    size_t kept = 0;
    for (size_t i = 0; i < timeline->point_count; i += 2)
        timeline->points[kept++] = timeline->points[i];
    timeline->point_count = kept;
    timeline->stride *= 2;
}

bool timeline_add(struct timeline *timeline, const struct timeline_point *point)
{
    struct timeline_point next = *point;
    if (timeline->stride == 0)
        timeline->stride = 1;
    if (timeline->point_count) {
        struct timeline_point *last = &timeline->points[timeline->point_count - 1];
        if (next.unix_ns < last->unix_ns)
            next.unix_ns = last->unix_ns;
        /* The last point lasts when as many refreshes as a stride were taken into it. */
        if (timeline->skipped + 1 < timeline->stride) {
            *last = next;
            timeline->skipped++;
            return true;
        }
    }
    if (timeline->point_count == TIMELINE_POINT_MAX)
        thin(timeline);
    if (!make_room(timeline))
        return false;
    timeline->points[timeline->point_count++] = next;
    timeline->skipped = 0;
    return true;
}

bool timeline_copy(struct timeline *to, const struct timeline *from)
{
    struct timeline copy = {.stride = from->stride, .skipped = from->skipped};
    if (from->point_count) {
        copy.points = malloc(from->point_count * sizeof *copy.points);
        if (!copy.points)
            return false;
        memcpy(copy.points, from->points, from->point_count * sizeof *copy.points);
        copy.point_count = copy.point_capacity = from->point_count;
    }
    *to = copy;
    return true;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->points);
    *timeline = (struct timeline){0};
}
