/* SPDX-License-Identifier: MIT */
/*
 * lab_pages.h - what the lab's pages are: runs of pages alike, and figures of spans of pages for a
 * map. Reads the library's state and the kernel's table of pages; changes nothing, commits nothing.
 */
#ifndef STEPPE_MAP_LAB_PAGES_H
#define STEPPE_MAP_LAB_PAGES_H

#include "map/lab.h"

enum { LAB_WALK_REGIONS = 256 };

struct lab_run {
    uint64_t first, count; /* count 0: the end */
    bool is_committed, is_resident, is_guard;
};

/* A walk over runs of pages, in one direction. Its fields are lab_pages.c's. */
struct lab_walk {
    const struct lab *lab;
    uint64_t end_page;
    uint64_t run_first, run_end; /* what the library said last */
    bool is_committed, is_guard;
    uintptr_t known_end; /* the kernel's answer goes as far as this */
    size_t region_count, region_next;
    struct lab_region {
        uint64_t start, end, categories;
    } regions[LAB_WALK_REGIONS];
};

/*     struct lab_walk walk;
 *     lab_walk_begin(&walk, lab, 0, lab->page_count);
 *     for (struct lab_run run = lab_walk_from(&walk, 0); run.count;
 *          run = lab_walk_from(&walk, run.first + run.count))
 *
 * Pages asked about may be passed over, but not go back. Without a reservation there is no run. */
void lab_walk_begin(struct lab_walk *walk, const struct lab *lab, uint64_t first_page,
                    uint64_t end_page);
struct lab_run lab_walk_from(struct lab_walk *walk, uint64_t page);

/* Figures of neighbouring pages. */
struct lab_span {
    uint64_t first, count; /* of pages */
    uint64_t committed_pages, resident_pages, guard_pages;
    uint64_t slot_first, slot_count; /* structures that lie on them, with parts at least */
    uint64_t slots_in_use;
    bool is_estimate; /* so many runs that not all were counted */
};

/* Spans of so many pages each, one after the other from first_page on; the last one ends with the
 * pages. Returns how many spans there are, span_max at most. */
size_t lab_spans(const struct lab *lab, uint64_t first_page, uint64_t pages_per_span,
                 struct lab_span *spans, size_t span_max);

struct lab_span lab_span_of(const struct lab *lab, uint64_t page, uint64_t page_count);

/* How much memory is behind the page before structure 0, which is the library's; lab->slots is not
 * NULL. Where the kernel does not tell: one page of the system's. */
uint64_t lab_head_resident_bytes(const struct lab *lab);

/* Does a structure in use overlap these bytes, counted from structure 0? */
bool lab_is_used_between(const struct lab *lab, uint64_t first_byte, uint64_t end_byte);

/* A letter for a page: '_' free, '.' reserved, 'c' committed, 'r' resident, 'g' guard; capital
 * where a structure in use lies on it, which makes a reserved one 'x'. */
char lab_letter_of(const struct lab_span *span, bool is_reserved);

#endif
