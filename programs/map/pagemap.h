/* SPDX-License-Identifier: MIT */
/*
 * pagemap.h - which pages of a process are in memory: by PAGEMAP_SCAN (Linux 6.7), which passes
 * over holes and tells runs, else by reading /proc/PID/pagemap, 8 bytes a page.
 *
 * What cannot be told: before Linux 6.17 a huge page of zeros looks like private memory; without
 * PAGEMAP_SCAN, and without the right to see frame numbers, a page of zeros does too.
 */
#ifndef STEPPE_MAP_PAGEMAP_H
#define STEPPE_MAP_PAGEMAP_H

#include "map/capture.h"

struct pagemap {
    bool no_scan;        /* asked for, or found out: read */
    bool no_guards;      /* found out: the kernel does not tell guard markers (before 6.15) */
    bool is_asked;       /* the frame of zeros has been looked for */
    uint64_t zero_frame; /* where frames are told; 0: they are not */
    void *buffer;        /* kept for the next time */
};

struct pagemap_source {
    int file;         /* /proc/PID/pagemap */
    bool has_no_swap; /* nothing of the process is swapped: what looks so are markers */
};

/* Fill the figures and runs of all regions of a capture that has been given its regions. Reading
 * page by page is bounded: what is beyond keeps unknown figures. False with a sentence: nothing
 * could be read (figures unknown, no runs); *is_out_of_memory says whether that was why. */
bool pagemap_collect(struct pagemap *pagemap, const struct pagemap_source *source,
                     struct capture *capture, bool *is_out_of_memory, struct problem *problem);
void pagemap_free(struct pagemap *pagemap);

/* ---- what the kernel tells ---- */

/* Pages alike, by PAGEMAP_SCAN. */
struct pagemap_run {
    uint64_t start, end; /* addresses of pages */
    uint64_t categories; /* enum pagemap_category */
};

/* As the kernel has them; older headers do not. */
enum pagemap_category {
    PAGEMAP_FILE = 1 << 2,
    PAGEMAP_PRESENT = 1 << 3,
    PAGEMAP_SWAPPED = 1 << 4,
    PAGEMAP_ZERO = 1 << 5,
    PAGEMAP_HUGE = 1 << 6,
    PAGEMAP_GUARD = 1 << 8
};

/* Add runs, in order of address, to the regions they lie in; what lies in none is left out. *region
 * is the first that may have any of them, 0 at first, and goes on. False: out of memory. */
bool pagemap_take_runs(struct capture *capture, size_t *region, const struct pagemap_run *runs,
                       size_t run_count);

/* Reading is bounded to so many pages of one region, and of all. */
enum { PAGEMAP_REGION_PAGES_MAX = 1 << 20, PAGEMAP_PAGES_MAX = 1 << 22 };

#endif
