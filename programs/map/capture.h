/* SPDX-License-Identifier: MIT */
/*
 * capture.h - the memory of a process at one instant: its regions, the runs of pages in them, and
 * sums. Self-contained; live ones come from process.h, kept ones from snapshot.h.
 *
 * Places. Holes between regions are millions of times larger than what is mapped, so pages are
 * counted without them: place 0 is the first page of the first region, and the places of a region
 * are [first_page, first_page + pages in it). Pages of the capture's page_bytes. A map of the whole
 * process is the row of all places, that of one region a part of this row.
 *
 * Invariants (capture_check): regions are in address order and do not overlap, first_page counts on
 * without a gap; runs are in order of place, none empty, none crosses the border of a region, and
 * region->first_run counts on as well.
 */
#ifndef STEPPE_MAP_CAPTURE_H
#define STEPPE_MAP_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "map/children.h"
#include "common/problem.h"
#include "map/region.h"
#include "map/timeline.h"

struct json_t;

/* What is known of a page. Pages without any of these have nothing in them and are in no run. */
enum page_flags {
    PAGE_RESIDENT = 1, /* r */
    PAGE_DIRTY = 2,    /* d: resident, and private to the process */
    PAGE_SWAPPED = 4,  /* s */
    PAGE_ZERO = 8,     /* z: the shared page of zeros; not resident in this sense */
    PAGE_HUGE = 16,    /* h: mapped as a part of a huge page */
    PAGE_OF_FILE = 32, /* f: of a file or of shared memory */
    PAGE_FLAGS_ALL = 63
};

/* Pages alike that follow one another. */
struct page_run {
    uint64_t first; /* a place */
    uint32_t count;
    uint32_t flags; /* enum page_flags, not 0 */
};

enum capture_regions_by { CAPTURE_BY_MAPS, CAPTURE_BY_PROCMAP_QUERY };
enum capture_pages_by { CAPTURE_BY_NONE, CAPTURE_BY_PAGEMAP, CAPTURE_BY_PAGEMAP_SCAN };

struct capture_cost {
    uint64_t refresh_ns;     /* by the clock */
    uint64_t cpu_ns;         /* processor time of this program, the kernel's work for it included */
    uint64_t regions_cpu_ns; /* of cpu_ns: the list of regions */
    uint64_t pages_cpu_ns;   /* of cpu_ns: the runs of pages */
    uint64_t smaps_cpu_ns;   /* not of cpu_ns: what asking smaps has cost so far; 0: nobody asked */
    enum capture_regions_by regions_by;
    enum capture_pages_by pages_by;
    const char *why_no_pages; /* a sentence; NULL: pages are known. Owned by the capture */
};

struct capture_holes {
    uint64_t count; /* between the first and the last region, and below the first one */
    uint64_t total_bytes;
    uint64_t largest_bytes, largest_start;
    double fragmentation; /* 1 - largest / total; 0 without holes */
};

struct capture {
    pid_t pid;
    char name[64];        /* as the kernel knows it; cut at 15 bytes by most kernels */
    char **command;       /* its arguments; may be none */
    size_t command_count; /* NULL follows the last */
    char state;           /* R S D T Z ... as in ps; '?' unknown */
    uint32_t
        exec_count; /* programs it ran before this one, since it is watched; not in snapshots */
    pid_t thread;   /* the first thread has ended: this one shows memory and state; else 0 */
    bool is_ended;  /* it had ended: this is the last that was seen */
    struct children *children; /* of the process, owned; NULL: nobody looked */
    size_t page_bytes;
    uint64_t taken_unix_ns;
    struct capture_cost cost;

    struct region *regions;
    size_t region_count, region_capacity;
    struct page_run *runs;
    size_t run_count, run_capacity;
    bool is_cut; /* so many runs that not all were kept: figures are right, runs are missing */
    uint64_t place_count; /* pages in all regions */

    struct figures totals;
    bool is_committed_exact; /* of all regions; else totals.committed_bytes is an upper bound */
    struct figures kinds[REGION_KIND_COUNT];
    size_t kind_counts[REGION_KIND_COUNT]; /* regions of each kind */
    size_t mapping_count;
    struct capture_holes holes;

    struct timeline timeline; /* empty in a live one: process_timeline */
    struct json_t *steppe;    /* what the library published, owned; NULL: nothing */

    struct text_pool *texts; /* where names lie */
};

/* Free all it has; it is as {0} afterwards. */
void capture_free(struct capture *capture);

/* A copy that shares nothing but the steppe member, which nobody changes. to is {0} before. False:
 * out of memory, and to is {0}. */
bool capture_copy(struct capture *to, const struct capture *from);

/* ---- building ----
 * capture_clear, then regions in address order and their runs in order, then capture_sum. */

/* Empty, but the memory is kept for the next use. */
void capture_clear(struct capture *capture);

/* Keep a text of so many bytes; NULL: out of memory. The same text as the last time is kept once.
 */
const char *capture_keep_text(struct capture *capture, const char *text, size_t text_bytes);

/* Append a region: first_page and first_run are set here, run_count is 0. The pointer is good until
 * the next one. NULL: out of memory. */
struct region *capture_add_region(struct capture *capture, const struct region *region);

/* Make the last region longer. */
void capture_extend_last(struct capture *capture, uint64_t end);

/* A run of a region, none of which may follow with a smaller index; page counts from the region's
 * start, and the run must lie in it behind its last one. Joined to the run before where it can be.
 * False: out of memory. When there are CAPTURE_RUN_MAX already, is_cut is set and it is left out.
 */
bool capture_add_run(struct capture *capture, size_t region_index, uint64_t page,
                     uint64_t page_count, uint32_t flags);
enum { CAPTURE_RUN_MAX = 1 << 22 };

/* Totals, kinds and holes from the regions, and the first_run of those without runs. */
void capture_sum(struct capture *capture);

/* The invariants; a sentence for the first that does not hold. */
bool capture_check(const struct capture *capture, struct problem *problem);

/* ---- looking ---- */

/* The region that has a place; region_count: none. */
size_t capture_region_of_place(const struct capture *capture, uint64_t place);

/* The address of a place; 0: there is no such place. */
uint64_t capture_address_of_place(const struct capture *capture, uint64_t place);

/* The place of an address; false: it is in a hole. */
bool capture_place_of_address(const struct capture *capture, uint64_t address, uint64_t *place);

/* What is known of one page: enum page_flags, 0: nothing in it. */
uint32_t capture_page_flags(const struct capture *capture, uint64_t place);

/* How many pages of each sort a cell of a map has. */
struct page_cell {
    uint64_t page_count; /* 0: behind the last page */
    uint64_t resident, dirty, swapped, zero, huge, of_file;
    size_t region_index; /* the region that has the most of the cell; region_count: none */
    size_t region_count; /* how many have a part of it */
};

/* Fill cells: the i-th has the places [first + i * pages_per_cell, ... + pages_per_cell), cut at
 * `end` (a place; UINT64_MAX: the last one). The window of a struct tiles whose units are places
 * counted from `base`: first = base + tiles.first, pages_per_cell = tiles.units_per_cell,
 * end = base + tiles.unit_count. Time goes by the runs, regions and cells in the window, not by
 * pages: a terabyte is as cheap as a page.
 * Precondition: pages_per_cell is not 0. */
void capture_fill_cells(const struct capture *capture, uint64_t first, uint64_t pages_per_cell,
                        uint64_t end, struct page_cell *cells, size_t cell_count);

/* Is the shared library of Steppe mapped? Of a program that has it linked in nobody can tell. */
bool capture_has_library(const struct capture *capture);

/* The letters of flags, "rd" and so on: room for 7 bytes. */
void page_flags_to_letters(uint32_t flags, char letters[7]);
bool page_flags_from_letters(const char *letters, uint32_t *flags); /* each letter once */

#endif
