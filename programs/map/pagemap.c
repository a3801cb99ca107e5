/* SPDX-License-Identifier: MIT */
/* pagemap.c - which pages are in memory: see pagemap.h. */
#include "map/pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* As the kernel has them; older headers do not. */
struct scan_argument {
    uint64_t size, flags, start, end, walk_end, runs, run_capacity, page_max;
    uint64_t inverted, all_of, any_of, told;
};

#define SCAN_CALL _IOWR('f', 16, struct scan_argument)

enum { BUFFER_BYTES = 1 << 19 };

/* Only the kernel has memory there. */
#define USER_END (UINT64_C(1) << 63)

/* ---- what both ways share -------------------------------------------------------------------- */

static void set_figures(struct capture *capture, uint64_t value)
{
    for (size_t i = 0; i < capture->region_count; i++) {
        struct figures *figures = &capture->regions[i].figures;
        figures->resident_bytes = figures->dirty_bytes = figures->swapped_bytes = value;
        figures->huge_bytes = value;
    }
}

static void count_bytes(struct figures *figures, uint32_t flags, uint64_t bytes)
{
    if (flags & PAGE_RESIDENT)
        figures->resident_bytes += bytes;
    if (flags & PAGE_DIRTY)
        figures->dirty_bytes += bytes;
    if (flags & PAGE_SWAPPED)
        figures->swapped_bytes += bytes;
    if (flags & PAGE_HUGE && flags & PAGE_RESIDENT)
        figures->huge_bytes += bytes;
}

/* Pages alike from start to end, given to the regions they lie in. *region is the first that may
 * have any of them, and goes on. */
static bool give(struct capture *capture, size_t *region, uint64_t start, uint64_t end,
                 uint32_t flags)
{
    for (;;) {
        while (*region < capture->region_count && capture->regions[*region].end <= start)
            ++*region;
        if (*region == capture->region_count)
            return true;
        struct region *r = &capture->regions[*region];
        uint64_t from = start > r->start ? start : r->start, to = end < r->end ? end : r->end;
        if (from >= to)
            return true;
        count_bytes(&r->figures, flags, to - from);
        if (!capture_add_run(capture, *region, (from - r->start) / capture->page_bytes,
                             (to - from) / capture->page_bytes, flags))
            return false;
        start = to;
    }
}

/* ---- scanning -------------------------------------------------------------------------------- */

static uint32_t flags_of_scan(uint64_t categories)
{
    uint32_t flags = categories & PAGEMAP_HUGE ? PAGE_HUGE : 0;
    if (categories & PAGEMAP_ZERO)
        return flags | PAGE_ZERO;
    if (categories & PAGEMAP_FILE)
        flags |= PAGE_OF_FILE;
    if (categories & PAGEMAP_PRESENT)
        return flags | PAGE_RESIDENT | (categories & PAGEMAP_FILE ? 0U : (uint32_t)PAGE_DIRTY);
    return flags | PAGE_SWAPPED;
}

bool pagemap_take_runs(struct capture *capture, size_t *region, const struct pagemap_run *runs,
                       size_t run_count)
{
    for (size_t i = 0; i < run_count; i++)
        if (!give(capture, region, runs[i].start, runs[i].end, flags_of_scan(runs[i].categories)))
            return false;
    return true;
}

static uint64_t end_of_user(const struct capture *capture)
{
    for (size_t i = capture->region_count; i > 0; i--)
        if (capture->regions[i - 1].start < USER_END)
            return capture->regions[i - 1].end;
    return 0;
}

static struct scan_argument scan_everything(const struct pagemap *pagemap,
                                            const struct pagemap_source *source,
                                            const struct capture *capture)
{
    uint64_t guard = pagemap->no_guards ? 0 : PAGEMAP_GUARD;
    return (struct scan_argument){
        .size = sizeof(struct scan_argument),
        .start = capture->regions[0].start,
        .end = end_of_user(capture),
        .runs = (uintptr_t)pagemap->buffer,
        .run_capacity = BUFFER_BYTES / sizeof(struct pagemap_run),
        .inverted = guard,
        .all_of = guard,
        .any_of = PAGEMAP_PRESENT | (source->has_no_swap ? 0 : PAGEMAP_SWAPPED),
        .told = PAGEMAP_PRESENT | PAGEMAP_SWAPPED | PAGEMAP_FILE | PAGEMAP_ZERO | PAGEMAP_HUGE,
    };
}

/* 0 or an error number. */
static int scan(const struct pagemap *pagemap, const struct pagemap_source *source,
                struct capture *capture)
{
    struct scan_argument argument = scan_everything(pagemap, source, capture);
    const struct pagemap_run *runs = pagemap->buffer;
    size_t region = 0;
    while (argument.start < argument.end) {
        int count = ioctl(source->file, SCAN_CALL, &argument);
        if (count < 0)
            return errno;
        if (!pagemap_take_runs(capture, &region, runs, (size_t)count))
            return ENOMEM;
        if (argument.walk_end <= argument.start)
            return EIO;
        argument.start = argument.walk_end;
    }
    return 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_SWAPPED (UINT64_C(1) << 62)
#define ENTRY_FILE (UINT64_C(1) << 61)
#define ENTRY_GUARD (UINT64_C(1) << 58)
#define ENTRY_FRAME ((UINT64_C(1) << 55) - 1)

/* The frame of a page of our own that was only read. */
static void find_zero_frame(struct pagemap *pagemap, size_t page_bytes)
{
    uint64_t entry = 0;
    pagemap->is_asked = true;
    int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    volatile char *page = mmap(NULL, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) {
        off_t where = (off_t)((uintptr_t)page / page_bytes * sizeof entry);
        /* Its value is looked at, or a checker would leave the access out. */
        if (*page == 0 && pread(file, &entry, sizeof entry, where) == sizeof entry &&
            entry & ENTRY_PRESENT)
            pagemap->zero_frame = entry & ENTRY_FRAME;
        (void)munmap((void *)page, page_bytes); /* ours, and whole: nothing to be refused */
    }
    (void)close(file); /* only read */
}

static uint32_t flags_of_entry(const struct pagemap *pagemap, const struct pagemap_source *source,
                               uint64_t entry)
{
    uint32_t file = entry & ENTRY_FILE ? PAGE_OF_FILE : 0;
    if (entry & ENTRY_PRESENT) {
        if (pagemap->zero_frame && (entry & ENTRY_FRAME) == pagemap->zero_frame)
            return PAGE_ZERO;
        return PAGE_RESIDENT | (file ? file : (uint32_t)PAGE_DIRTY);
    }
    if (!(entry & ENTRY_SWAPPED) || entry & ENTRY_GUARD || source->has_no_swap)
        return 0;
    return PAGE_SWAPPED | file;
}

enum { STRETCH_PAGES = BUFFER_BYTES / sizeof(uint64_t) };

/* So many pages from an address on. *region as in give(). */
static int read_stretch(const struct pagemap *pagemap, const struct pagemap_source *source,
                        struct capture *capture, size_t *region, uint64_t start, size_t page_count)
{
    const uint64_t *entries = pagemap->buffer;
    uint64_t page = capture->page_bytes;
    off_t where = (off_t)(start / page * sizeof *entries);
    ssize_t bytes = pread(source->file, pagemap->buffer, page_count * sizeof *entries, where);
    if (bytes < 0)
        return errno;
    page_count = (size_t)bytes / sizeof *entries;
    for (size_t first = 0, end; first < page_count; first = end) {
        uint32_t flags = flags_of_entry(pagemap, source, entries[first]);
        for (end = first + 1; end < page_count && entries[end] == entries[first]; end++)
            ;
        if (flags && !give(capture, region, start + first * page, start + end * page, flags))
            return ENOMEM;
    }
    return 0;
}

static int read_span(const struct pagemap *pagemap, const struct pagemap_source *source,
                     struct capture *capture, size_t *region, uint64_t start, uint64_t end)
{
    uint64_t pages = (end - start) / capture->page_bytes;
    int error = 0;
    for (uint64_t done = 0; done < pages && !error; done += STRETCH_PAGES)
        error = read_stretch(pagemap, source, capture, region, start + done * capture->page_bytes,
                             pages - done < STRETCH_PAGES ? (size_t)(pages - done)
                                                          : (size_t)STRETCH_PAGES);
    return error;
}

/* What is beyond the bounds gets unknown figures. *left: how many pages may still be read. */
static bool may_be_read(const struct capture *capture, struct region *region, uint64_t *left)
{
    uint64_t pages = region_size_bytes(region) / capture->page_bytes;
    struct figures *figures = &region->figures;
    figures->huge_bytes = FIGURE_UNKNOWN;
    if (region->start >= USER_END)
        return false;
    if (pages <= PAGEMAP_REGION_PAGES_MAX && pages <= *left) {
        *left -= pages;
        return true;
    }
    figures->resident_bytes = figures->dirty_bytes = figures->swapped_bytes = FIGURE_UNKNOWN;
    return false;
}

/* Neighbours without a hole between them are read together. */
static int read_all(const struct pagemap *pagemap, const struct pagemap_source *source,
                    struct capture *capture)
{
    uint64_t left = PAGEMAP_PAGES_MAX, start = 0, end = 0;
    size_t region = 0;
    int error = 0;
    for (size_t i = 0; i < capture->region_count && !error; i++) {
        struct region *next = &capture->regions[i];
        if (!may_be_read(capture, next, &left))
            continue;
        if (next->start != end) {
            error = read_span(pagemap, source, capture, &region, start, end);
            start = next->start;
        }
        end = next->end;
    }
    return error ? error : read_span(pagemap, source, capture, &region, start, end);
}

/* ---- both ------------------------------------------------------------------------------------ */

static void forget_runs(struct capture *capture, uint64_t value)
{
    set_figures(capture, value);
    for (size_t i = 0; i < capture->region_count; i++)
        capture->regions[i].run_count = 0;
    capture->run_count = 0;
    capture->is_cut = false;
}

/* What tools between us and the kernel say of a call that they do not know. */
static bool is_unknown_call(int error)
{
    return error == ENOTTY || error == EINVAL || error == ENOSYS || error == EPERM;
}

static int collect_by_scan(struct pagemap *pagemap, const struct pagemap_source *source,
                           struct capture *capture)
{
    int error = scan(pagemap, source, capture);
    if (error == EINVAL && !pagemap->no_guards) {
        pagemap->no_guards = true;
        forget_runs(capture, 0);
        error = scan(pagemap, source, capture);
    }
    return error;
}

bool pagemap_collect(struct pagemap *pagemap, const struct pagemap_source *source,
                     struct capture *capture, bool *is_out_of_memory, struct problem *problem)
{
    int error = ENOTTY;
    *is_out_of_memory = false;
    /* Zeros, though the kernel fills it: checkers that do not know the call see a write that way.
     */
    if (!pagemap->buffer && !(pagemap->buffer = calloc(1, BUFFER_BYTES))) {
        *is_out_of_memory = true;
        return problem_say(problem, "no memory for the pages");
    }
    forget_runs(capture, 0);
    if (capture->region_count == 0)
        return true;
    capture->cost.pages_by = CAPTURE_BY_PAGEMAP_SCAN;
    if (!pagemap->no_scan) {
        error = collect_by_scan(pagemap, source, capture);
        pagemap->no_scan = is_unknown_call(error);
    }
    if (pagemap->no_scan) {
        if (!pagemap->is_asked)
            find_zero_frame(pagemap, capture->page_bytes);
        forget_runs(capture, 0);
        capture->cost.pages_by = CAPTURE_BY_PAGEMAP;
        error = read_all(pagemap, source, capture);
    }
    if (!error)
        return true;
    forget_runs(capture, FIGURE_UNKNOWN);
    capture->cost.pages_by = CAPTURE_BY_NONE;
    *is_out_of_memory = error == ENOMEM;
    return problem_say(problem, "the pages cannot be read: %s", strerror(error));
}

void pagemap_free(struct pagemap *pagemap)
{
    free(pagemap->buffer);
    *pagemap = (struct pagemap){0};
}
