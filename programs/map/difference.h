/* SPDX-License-Identifier: MIT */
/*
 * difference.h - what lies between two captures: regions that came, went or changed, and in them
 * the pages that came into memory and went.
 */
#ifndef STEPPE_MAP_DIFFERENCE_H
#define STEPPE_MAP_DIFFERENCE_H

#include "map/capture.h"
#include "common/human.h"

enum difference_change { DIFFERENCE_CAME, DIFFERENCE_WENT, DIFFERENCE_CHANGED };

/* "came", "went", "changed". */
const char *difference_change_name(enum difference_change change);

/* Pages by their addresses: a region may have grown downwards. */
struct difference_run {
    uint64_t address;
    uint64_t page_count;
};

struct difference_region {
    enum difference_change change;
    const struct region *before, *after; /* of the captures; NULL for what came, or went */
    size_t first_came, came_count;       /* runs in difference->came */
    size_t first_went, went_count;
    uint64_t pages_came, pages_went;
};

struct difference {
    const struct capture *before, *after; /* borrowed: they must outlive this */
    struct difference_region *regions; /* in address order; regions without a change are left out */
    size_t region_count;
    struct difference_run *came, *went; /* pages resident after and not before; and the other way */
    size_t came_count, went_count;
    uint64_t pages_came, pages_went;
    size_t regions_came, regions_went, regions_changed;
};

/* Regions are the same when they overlap and are of one file or name and one kind (what was
 * reserved and can be used now has changed, not come): the same memory in the same place. Two
 * captures of different processes can be compared as well; then most came and went.
 * difference is {0} before. False: out of memory, or captures of different page sizes; then with a
 * sentence. */
bool difference_make(struct difference *difference, const struct capture *before,
                     const struct capture *after, struct problem *problem);
void difference_free(struct difference *difference);

/* The address that belongs to a page run of a region, counted from the start of the region that it
 * is shown with (after; before when it went). */
const struct region *difference_shown(const struct difference_region *region);

/* Its figures before and after: all 0 where it was not there. */
struct figures difference_figures_before(const struct difference_region *region);
struct figures difference_figures_after(const struct difference_region *region);

enum difference_order {
    DIFFERENCE_BY_RESIDENT, /* the largest change of resident bytes first, growth before loss of
                               the same size; then of committed ones; unknown ones last */
    DIFFERENCE_BY_ADDRESS   /* what went stands before what came in its place */
};

/* Runs stay where they are: regions know theirs by index. */
void difference_sort(struct difference_region *regions, size_t region_count,
                     enum difference_order order, bool is_reversed);

/* "+26.0 MiB", "-4.0 KiB", "0 B", or "?" where one of both is unknown. Written into room. */
const char *difference_bytes_text(uint64_t before, uint64_t after, struct human_text *room);

#endif
