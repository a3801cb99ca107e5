/* SPDX-License-Identifier: MIT */
/*
 * lab_pages.c - what the lab's pages are: see lab_pages.h.
 *
 * The kernel is asked about many pages at once (PAGEMAP_SCAN, Linux 6.7), and its answer kept for
 * the pages that follow. Where it does not know that call the table itself is read.
 */
#include "map/lab_pages.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    STEPS_MAX = 2048, /* runs counted in one span */
    ENTRIES = 512,    /* of the kernel's table read at once */
    PAGE_PRESENT = 1 << 3,
    PAGE_ZEROS = 1 << 5, /* the shared page of zeros: no memory of ours */
};

struct page_scan {
    uint64_t size, flags, start, end, walk_end, regions, region_max, page_max;
    uint64_t inverted, all_of, any_of, told;
};

#define SCAN_CALL _IOWR('f', 16, struct page_scan)

/* ---- the kernel's side ---------------------------------------------------------------------- */

static bool scan_pages(struct lab_walk *walk, uintptr_t start, uintptr_t end)
{
    struct page_scan scan = {
        .size = sizeof scan,
        .start = start,
        .end = end,
        .regions = (uintptr_t)walk->regions,
        .region_max = LAB_WALK_REGIONS,
        .inverted = PAGE_ZEROS,
        .all_of = PAGE_PRESENT | PAGE_ZEROS,
        .told = PAGE_PRESENT,
    };
    memset(walk->regions, 0, sizeof walk->regions); /* for checkers that do not know the call */
    int count = ioctl(walk->lab->pagemap, SCAN_CALL, &scan);
    if (count < 0)
        return false;
    walk->region_count = (size_t)count;
    walk->known_end = (uintptr_t)scan.walk_end;
    return true;
}

/* Present, and mapped by nobody else, which the page of zeros is. */
static bool is_resident_entry(uint64_t entry)
{
    return entry >> 63 && (entry >> 56 & 1);
}

static void read_table(struct lab_walk *walk, uintptr_t start, uintptr_t end)
{
    uint64_t entries[ENTRIES];
    size_t page_bytes = steppe_page_bytes(), count = (end - start) / page_bytes;
    if (count > LAB_WALK_REGIONS)
        count = LAB_WALK_REGIONS;
    ssize_t got = pread(walk->lab->pagemap, entries, count * sizeof *entries,
                        (off_t)(start / page_bytes * sizeof *entries));
    walk->region_count = 0;
    walk->known_end = start + count * page_bytes;
    for (size_t i = 0; got > 0 && i < (size_t)got / sizeof *entries; i++) {
        uintptr_t at = start + i * page_bytes;
        if (is_resident_entry(entries[i]))
            walk->regions[walk->region_count++] =
                (struct lab_region){.start = at, .end = at + page_bytes};
    }
}

static void ask_kernel(struct lab_walk *walk, uintptr_t start)
{
    const struct lab *lab = walk->lab;
    uintptr_t end = (uintptr_t)lab->slots + walk->end_page * lab->page_bytes;
    walk->region_next = walk->region_count = 0;
    walk->known_end = end;
    if (lab->pagemap >= 0 && !scan_pages(walk, start, end))
        read_table(walk, start, end);
    if (walk->known_end <= start)
        walk->known_end = end;
}

uint64_t lab_head_resident_bytes(const struct lab *lab)
{
    struct lab_walk walk = {.lab = lab};
    uintptr_t end = (uintptr_t)lab->slots;
    uint64_t bytes = 0;
    if (lab->pagemap < 0)
        return steppe_page_bytes();
    for (uintptr_t at = end - lab->page_bytes; at < end; at = walk.known_end) {
        walk.known_end = end;
        if (!scan_pages(&walk, at, end))
            read_table(&walk, at, end);
        if (walk.known_end <= at)
            return bytes;
        for (size_t i = 0; i < walk.region_count; i++)
            bytes += walk.regions[i].end - walk.regions[i].start;
    }
    return bytes;
}

/* Is there memory behind any part of the page, and up to which page is that so? */
static bool look_up_resident(struct lab_walk *walk, uint64_t page, uint64_t *end_page)
{
    const struct lab *lab = walk->lab;
    uintptr_t base = (uintptr_t)lab->slots, start = base + page * lab->page_bytes;
    uintptr_t end = base + *end_page * lab->page_bytes;
    if (walk->known_end <= start)
        ask_kernel(walk, start);
    while (walk->region_next < walk->region_count && walk->regions[walk->region_next].end <= start)
        walk->region_next++;
    uintptr_t known = walk->known_end < end ? walk->known_end : end;
    bool is_found = walk->region_next < walk->region_count;
    const struct lab_region *region = &walk->regions[is_found ? walk->region_next : 0];
    bool is_here = is_found && region->start < start + lab->page_bytes;
    uintptr_t until = is_here                             ? region->end
                      : is_found && region->start < known ? region->start
                                                          : known;
    if (until > end)
        until = end;
    uint64_t until_page = (until - base) / lab->page_bytes;
    if (is_here && (until - base) % lab->page_bytes)
        until_page++; /* the system's page is smaller, and ends in the middle of ours */
    *end_page = until_page > page ? until_page : page + 1;
    return is_here;
}

/* ---- runs ----------------------------------------------------------------------------------- */

void lab_walk_begin(struct lab_walk *walk, const struct lab *lab, uint64_t first_page,
                    uint64_t end_page)
{
    walk->lab = lab;
    walk->end_page = end_page < lab->page_count ? end_page : lab->page_count;
    walk->run_first = walk->run_end = first_page;
    walk->known_end = 0;
    walk->region_count = walk->region_next = 0;
}

static bool ask_library(struct lab_walk *walk, uint64_t page)
{
    const struct lab *lab = walk->lab;
    steppe_run run;
    if (steppe_query(lab->slots + page * lab->page_bytes, &run) != STEPPE_OK || !run.reservation)
        return false;
    walk->run_first = page;
    walk->run_end = page + run.size_bytes / lab->page_bytes;
    walk->is_committed = run.state == STEPPE_COMMITTED;
    walk->is_guard = walk->is_committed && (run.protection & STEPPE_GUARD) != 0;
    return walk->run_end > page;
}

struct lab_run lab_walk_from(struct lab_walk *walk, uint64_t page)
{
    struct lab_run none = {.first = page};
    if (!walk->lab->slots || page >= walk->end_page)
        return none;
    if ((page < walk->run_first || page >= walk->run_end) && !ask_library(walk, page))
        return none;
    uint64_t end = walk->run_end < walk->end_page ? walk->run_end : walk->end_page;
    bool is_resident = walk->is_committed && look_up_resident(walk, page, &end);
    return (struct lab_run){.first = page,
                            .count = end - page,
                            .is_committed = walk->is_committed,
                            .is_resident = is_resident,
                            .is_guard = walk->is_guard};
}

/* ---- spans ---------------------------------------------------------------------------------- */

/* Runs that follow each other may be alike: where the kernel's answer ended. */
static void count_pages(struct lab_walk *walk, struct lab_span *span)
{
    uint64_t page = span->first, end = span->first + span->count;
    for (size_t steps = 0; page < end; steps++) {
        struct lab_run run = lab_walk_from(walk, page);
        if (!run.count || steps == STEPS_MAX) {
            span->is_estimate = run.count != 0;
            break;
        }
        uint64_t count = run.count < end - page ? run.count : end - page;
        span->committed_pages += run.is_committed ? count : 0;
        span->resident_pages += run.is_resident ? count : 0;
        span->guard_pages += run.is_guard ? count : 0;
        page += count;
    }
    if (!span->is_estimate)
        return;
    double share = (double)span->count / (double)(page - span->first);
    span->committed_pages = (uint64_t)((double)span->committed_pages * share);
    span->resident_pages = (uint64_t)((double)span->resident_pages * share);
    span->guard_pages = (uint64_t)((double)span->guard_pages * share);
}

static void find_slots(const struct lab *lab, struct lab_span *span)
{
    uint64_t first_byte = span->first * lab->page_bytes;
    uint64_t last_byte = first_byte + span->count * lab->page_bytes - 1;
    uint64_t last = last_byte / lab->options.slot_bytes;
    if (last >= lab->options.slot_max)
        last = lab->options.slot_max - 1;
    span->slot_first = first_byte / lab->options.slot_bytes;
    span->slot_count = last - span->slot_first + 1;
}

/* *run: found last, for spans before this one. It is kept, for to find where a run ends takes time
 * with all of it: asked anew, each of a hundred spans would go to the end of one run of millions.
 */
static void count_slots(const struct lab *lab, struct lab_span *span, steppe_slots_run *run)
{
    uint64_t slot = span->slot_first, end = span->slot_first + span->slot_count;
    size_t steps = 0;
    for (; slot < end; steps++) {
        if (run->first + run->count <= slot)
            *run = steppe_slots_next_run(lab->slots, slot);
        if (!run->count)
            run->first = lab->options.slot_max; /* none from here on */
        if (run->first >= end)
            return;
        if (steps == STEPS_MAX)
            break;
        uint64_t from = run->first > slot ? run->first : slot, to = run->first + run->count;
        slot = to < end ? to : end;
        span->slots_in_use += slot - from;
    }
    if (slot >= end)
        return;
    span->is_estimate = true;
    span->slots_in_use = (uint64_t)((double)span->slots_in_use * (double)span->slot_count /
                                    (double)(slot - span->slot_first));
}

size_t lab_spans(const struct lab *lab, uint64_t first_page, uint64_t pages_per_span,
                 struct lab_span *spans, size_t span_max)
{
    struct lab_walk walk;
    steppe_slots_run run = {0};
    size_t count = 0;
    uint64_t end = lab->page_count;
    if (first_page >= end || !pages_per_span)
        return 0;
    if (span_max < (end - first_page) / pages_per_span)
        end = first_page + span_max * pages_per_span;
    lab_walk_begin(&walk, lab, first_page, end);
    for (uint64_t page = first_page; page < end && count < span_max; page += spans[count++].count) {
        uint64_t left = end - page;
        struct lab_span *span = &spans[count];
        *span = (struct lab_span){.first = page,
                                  .count = left < pages_per_span ? left : pages_per_span};
        find_slots(lab, span);
        if (!lab->slots)
            continue;
        count_pages(&walk, span);
        count_slots(lab, span, &run);
    }
    return count;
}

struct lab_span lab_span_of(const struct lab *lab, uint64_t page, uint64_t page_count)
{
    struct lab_span span = {0};
    (void)lab_spans(lab, page, page_count, &span, 1); /* none: all is zero */
    return span;
}

bool lab_is_used_between(const struct lab *lab, uint64_t first_byte, uint64_t end_byte)
{
    uint64_t first = first_byte / lab->options.slot_bytes;
    uint64_t last = (end_byte - 1) / lab->options.slot_bytes;
    return lab->slots && steppe_slots_next(lab->slots, first) <= last;
}

char lab_letter_of(const struct lab_span *span, bool is_reserved)
{
    bool is_used = span->slots_in_use != 0;
    if (!is_reserved)
        return '_';
    if (span->guard_pages)
        return is_used ? 'G' : 'g';
    if (span->resident_pages)
        return is_used ? 'R' : 'r';
    if (span->committed_pages)
        return is_used ? 'C' : 'c';
    return is_used ? 'x' : '.';
}
