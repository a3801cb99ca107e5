/* SPDX-License-Identifier: MIT */
/* process.c - live processes, against /proc/PID/smaps and what is known of the test's own. */
#include "map/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executing.h"
#include "support.h"

static struct problem problem;

#define require_says(words) require(strstr(problem.text, (words)), "it says \"%s\"", problem.text)

static struct process *open_process(pid_t pid, const struct process_options *options)
{
    struct process *process = process_open(pid, options, &problem);
    require(process, "%s", problem.text);
    require(capture_check(process_capture(process), &problem), "%s", problem.text);
    return process;
}

static void refresh(struct process *process)
{
    require(process_refresh(process, &problem), "%s", problem.text);
    require(capture_check(process_capture(process), &problem), "%s", problem.text);
}

static const struct region *region_of(const struct process *process, const void *address)
{
    const struct capture *seen = process_capture(process);
    size_t index = region_at(seen->regions, seen->region_count, (uintptr_t)address);
    require(index < seen->region_count, "%p is in no region", address);
    return &seen->regions[index];
}

static uint8_t *map(size_t size_bytes, int protection, int flags, int file)
{
    void *memory = mmap(NULL, size_bytes, protection, flags, file, 0);
    require(memory != MAP_FAILED, "mmap: %s", strerror(errno));
    return memory;
}

/* ---- a child with known regions -------------------------------------------------------------- */

struct child {
    pid_t pid;
    uint8_t *addresses[16]; /* what it told */
};

/* Start a child that does something, tells addresses, and waits until it is ended. */
static struct child start_child(void (*body)(uint8_t **addresses))
{
    struct child child = {0};
    int told[2];
    require_equal(pipe(told), 0);
    child.pid = fork();
    require(child.pid >= 0);
    if (child.pid == 0) {
        uint8_t *addresses[16] = {0};
        child_require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        body(addresses);
        child_require(write(told[1], addresses, sizeof addresses) == sizeof addresses);
        for (;;)
            (void)pause();
    }
    (void)close(told[1]);
    require_equal(read(told[0], child.addresses, sizeof child.addresses), sizeof child.addresses);
    (void)close(told[0]);
    return child;
}

static void end_child(struct child *child)
{
    require_equal(kill(child->pid, SIGKILL), 0);
    require_equal(waitpid(child->pid, NULL, 0), child->pid);
}

static uint8_t *map_in_child(size_t size_bytes, int protection, int flags, int file)
{
    void *memory = mmap(NULL, size_bytes, protection, flags, file, 0);
    child_require(memory != MAP_FAILED);
    return memory;
}

/* In order: anonymous; reserved; private of a file; shared; memfd; read-only private of a file. */
static void make_known(uint8_t **addresses)
{
    size_t page = steppe_page_bytes();
    int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int memory = memfd_create("two words", MFD_CLOEXEC);
    child_require(program >= 0 && memory >= 0 && ftruncate(memory, (off_t)(8 * page)) == 0);
    addresses[0] = map_in_child(16 * page, PROT_READ | PROT_WRITE, anonymous, -1);
    child_require(madvise(addresses[0], 16 * page, MADV_NOHUGEPAGE) == 0 || errno == EINVAL);
    for (size_t i = 0; i < 5; i++)
        store(addresses[0] + i * page, 1);
    for (size_t i = 8; i < 11; i++)
        (void)load(addresses[0] + i * page);
    addresses[1] = map_in_child(STEPPE_GIB, PROT_NONE, anonymous | MAP_NORESERVE, -1);
    addresses[2] = map_in_child(4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, program);
    store(addresses[2] + page, 1);
    (void)load(addresses[2] + 3 * page);
    addresses[3] = map_in_child(8 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
    store(addresses[3], 1);
    store(addresses[3] + page, 1);
    addresses[4] = map_in_child(8 * page, PROT_READ | PROT_WRITE, MAP_SHARED, memory);
    store(addresses[4] + 7 * page, 1);
    addresses[5] = map_in_child(4 * page, PROT_READ, MAP_PRIVATE, program);
    (void)load(addresses[5]);
}

/* Every region of the capture that is one mapping is what smaps says of it. */
static size_t compare_with_smaps(struct process *process)
{
    const struct capture *seen = process_capture(process);
    size_t compared = 0;
    for (size_t i = 0; i < seen->region_count; i++) {
        const struct region *region = &seen->regions[i];
        const struct figures *figures = &region->figures;
        struct smaps smaps;
        if (region->kind == REGION_SPECIAL || region->mapping_count != 1)
            continue;
        if (!figure_is_known(figures->resident_bytes))
            continue; /* too large to be read page by page: a checker's own */
        require(process_ask_smaps(process, region->start, &smaps, &problem), "%s", problem.text);
        if (smaps.start != region->start || smaps.end != region->end)
            continue; /* a part of a mapping, beside a reservation */
        require(figures->resident_bytes == smaps.rss_bytes &&
                    figures->dirty_bytes == smaps.anonymous_bytes &&
                    figures->swapped_bytes == smaps.swap_bytes &&
                    figures->reserved_bytes == smaps.size_bytes,
                "0x%" PRIx64 " %s: resident %" PRIu64 ", smaps %" PRIu64 "; dirty %" PRIu64
                ", smaps %" PRIu64,
                region->start, region->name, figures->resident_bytes, smaps.rss_bytes,
                figures->dirty_bytes, smaps.anonymous_bytes);
        require(region->kind != REGION_ANONYMOUS || !figure_is_known(figures->huge_bytes) ||
                    figures->huge_bytes == smaps.anonymous_huge_bytes,
                "0x%" PRIx64 ": huge %" PRIu64 ", smaps %" PRIu64, region->start,
                figures->huge_bytes, smaps.anonymous_huge_bytes);
        compared++;
    }
    return compared;
}

static void require_region(const struct process *process, const uint8_t *address,
                           enum region_kind kind, size_t pages, size_t committed, size_t resident,
                           size_t dirty)
{
    size_t page = steppe_page_bytes();
    const struct region *region = region_of(process, address);
    require(region->kind == kind, "%s, not %s", region_kind_name(region->kind),
            region_kind_name(kind));
    require_equal(region->figures.reserved_bytes, pages * page);
    require_equal(region->figures.committed_bytes, committed * page);
    require_equal(region->figures.resident_bytes, resident * page);
    require_equal(region->figures.dirty_bytes, dirty * page);
}

static void look_at_known(const struct child *child, const struct process_options *options)
{
    struct process *process = open_process(child->pid, options);
    uint8_t *const *at = child->addresses;
    size_t giga = STEPPE_GIB / steppe_page_bytes();
    require_region(process, at[0], REGION_ANONYMOUS, 16, 16, 5, 5);
    require_region(process, at[1], REGION_RESERVED, giga, 0, 0, 0);
    require_equal(region_of(process, at[2])->figures.dirty_bytes, steppe_page_bytes());
    require_region(process, at[3], REGION_SHARED, 8, 8, 2, 0);
    require_region(process, at[4], REGION_SHARED, 8, 1, 1, 0);
    require(strstr(region_of(process, at[4])->name, "two words (deleted)"));
    require_equal(region_of(process, at[5])->figures.dirty_bytes, 0);
    require_equal(region_of(process, at[5])->figures.committed_bytes, 0);
    require(compare_with_smaps(process) > 5);
    process_close(process);
}

/* The page of zeros, which reading pagemap tells only those who may see frame numbers. */
static bool sees_frames(void)
{
    return geteuid() == 0;
}

START_TEST(known_regions_are_as_smaps_has_them)
{
    struct child child = start_child(make_known);
    struct process *process = open_process(child.pid, NULL);
    enum capture_pages_by pages_by = process_capture(process)->cost.pages_by;
    uint64_t place;
    size_t page = steppe_page_bytes();
    if (pages_by == CAPTURE_BY_PAGEMAP_SCAN || sees_frames()) {
        require(capture_place_of_address(process_capture(process),
                                         (uintptr_t)child.addresses[0] + 8 * page, &place));
        require_equal(capture_page_flags(process_capture(process), place), PAGE_ZERO);
        require(capture_place_of_address(process_capture(process),
                                         (uintptr_t)child.addresses[0] + 4 * page, &place));
        require_equal(capture_page_flags(process_capture(process), place),
                      PAGE_RESIDENT | PAGE_DIRTY);
        require_equal(capture_page_flags(process_capture(process), place + 1), 0);
        look_at_known(&child, NULL);
    }
    process_close(process);
    end_child(&child);
}
END_TEST

START_TEST(reading_pagemap_tells_the_same)
{
    struct process_options options = {.no_pagemap_scan = true};
    if (!sees_frames())
        skip_test("the page of zeros is told apart by frame numbers, which only root sees");
    struct child child = start_child(make_known);
    struct process *process = open_process(child.pid, &options);
    require_equal(process_capture(process)->cost.pages_by, CAPTURE_BY_PAGEMAP);
    require(!figure_is_known(region_of(process, child.addresses[0])->figures.huge_bytes));
    process_close(process);
    look_at_known(&child, &options);
    end_child(&child);
}
END_TEST

/* Two huge pages: one written, one only read. */
static void make_huge(uint8_t **addresses)
{
    uint8_t *memory =
        map_in_child(8 * STEPPE_MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    uint8_t *first = memory + (2 * STEPPE_MIB - (uintptr_t)memory % (2 * STEPPE_MIB));
    (void)madvise(memory, 8 * STEPPE_MIB, MADV_HUGEPAGE);
    store(first, 1);
    (void)load(first + 2 * STEPPE_MIB);
    addresses[0] = first;
}

START_TEST(huge_pages_are_told)
{
    struct child child = start_child(make_huge);
    struct process *process = open_process(child.pid, NULL);
    const struct figures *figures = &region_of(process, child.addresses[0])->figures;
    bool is_told = process_capture(process)->cost.pages_by == CAPTURE_BY_PAGEMAP_SCAN;
    bool has_any = figures->huge_bytes != 0;
    if (is_told && has_any) {
        require_equal(figures->huge_bytes, 2 * STEPPE_MIB);
        require(compare_with_smaps(process) > 5);
    }
    process_close(process);
    end_child(&child);
    if (!is_told || !has_any)
        skip_test("no huge pages here, or none told");
}
END_TEST

/* ---- committed ------------------------------------------------------------------------------- */

enum { LARGE_BYTES = 64 << 20 };

/* In order: counted; not counted; not counted and shared. One page of each is used. */
static void make_promises(uint8_t **addresses)
{
    int all = PROT_READ | PROT_WRITE, private = MAP_PRIVATE | MAP_ANONYMOUS;
    int shared = MAP_SHARED | MAP_ANONYMOUS;
    addresses[0] = map_in_child(LARGE_BYTES, all, private, -1);
    addresses[3] = map_in_child(steppe_page_bytes(), PROT_NONE, private, -1); /* joins nothing */
    addresses[1] = map_in_child(LARGE_BYTES, all, private | MAP_NORESERVE, -1);
    addresses[2] = map_in_child(LARGE_BYTES, all, shared | MAP_NORESERVE, -1);
    for (size_t i = 0; i < 3; i++) {
        (void)madvise(addresses[i], LARGE_BYTES, MADV_NOHUGEPAGE); /* some kernels have none */
        store(addresses[i], 1);
    }
}

static uint64_t committed_of(const struct process *process, const uint8_t *address, bool is_exact)
{
    const struct region *region = region_of(process, address);
    require_equal(region->is_committed_exact, is_exact);
    return region->figures.committed_bytes;
}

static void require_exact(const struct process *process, const struct child *child)
{
    uint8_t *const *at = child->addresses;
    require_equal(committed_of(process, at[0], true), LARGE_BYTES);
    require_equal(committed_of(process, at[1], true), steppe_page_bytes());
    require_equal(committed_of(process, at[2], true), steppe_page_bytes());
    require(process_capture(process)->is_committed_exact);
    require(process_capture(process)->cost.smaps_cpu_ns > 0);
    require(is_valgrind() || /* which has memory of its own */
            process_capture(process)->totals.committed_bytes < 2 * (uint64_t)LARGE_BYTES);
    const struct timeline *timeline = process_timeline(process);
    require_equal(timeline->points[timeline->point_count - 1].totals.committed_bytes,
                  process_capture(process)->totals.committed_bytes);
}

START_TEST(committed_is_exact_once_smaps_was_asked)
{
    struct child child = start_child(make_promises);
    uint8_t *const *at = child.addresses;
    struct process *process = open_process(child.pid, NULL);
    for (size_t i = 0; i < 3; i++)
        require_equal(committed_of(process, at[i], false), LARGE_BYTES);
    require(!process_capture(process)->is_committed_exact);
    require_equal(process_capture(process)->cost.smaps_cpu_ns, 0);
    require(committed_of(process, (const uint8_t *)(uintptr_t)make_promises, true) == 0);
    struct smaps smaps;
    require(process_ask_smaps(process, (uintptr_t)at[1], &smaps, &problem), "%s", problem.text);
    if (!smaps_has_flag(&smaps, "nr")) {
        process_close(process);
        end_child(&child);
        skip_test("the system counts MAP_NORESERVE as well (vm.overcommit_memory)");
    }
    require_exact(process, &child);
    refresh(process);
    require_exact(process, &child); /* without asking again */
    process_close(process);
    process = open_process(child.pid, NULL);
    require(process_ask_charges(process, &problem), "%s", problem.text);
    require_exact(process, &child);
    process_close(process);
    end_child(&child);
}
END_TEST

START_TEST(what_comes_later_is_not_known)
{
    if (is_valgrind() || TEST_UNDER_ASAN || TEST_UNDER_TSAN)
        skip_test("a checker maps memory of its own meanwhile");
    struct process *process = open_process(getpid(), NULL);
    require(process_ask_charges(process, &problem), "%s", problem.text);
    require(process_capture(process)->is_committed_exact);
    uint8_t *apart = map(3 * (size_t)LARGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    uint8_t *memory = apart + LARGE_BYTES;
    require(mmap(memory, LARGE_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == memory);
    refresh(process);
    require_equal(committed_of(process, memory, false), LARGE_BYTES);
    require(!process_capture(process)->is_committed_exact);
    require(process_ask_charges(process, &problem), "%s", problem.text);
    require(process_capture(process)->is_committed_exact);
    process_close(process);
    require_equal(munmap(apart, 3 * (size_t)LARGE_BYTES), 0);
}
END_TEST

/* ---- reservations ---------------------------------------------------------------------------- */

static steppe_mechanism mechanism_of_child;

enum { RESERVED_PAGES = 3000, TOUCHED_PAGES = 40 };

static void make_reservation(uint8_t **addresses)
{
    size_t page = steppe_page_bytes();
    addresses[0] =
        steppe_reserve(RESERVED_PAGES * page, options(.on_fault = STEPPE_COMMIT, .strict = true,
                                                      .mechanism = mechanism_of_child));
    child_require(addresses[0]);
    for (size_t i = 0; i < TOUCHED_PAGES; i++)
        store(addresses[0] + i * 70 * page, 1);
}

static uint64_t smaps_bytes(struct process *process, uint64_t start, uint64_t end)
{
    uint64_t rss_bytes = 0;
    struct smaps smaps;
    for (uint64_t at = start; at < end; at = smaps.end) {
        require(process_ask_smaps(process, at, &smaps, &problem), "%s", problem.text);
        rss_bytes += smaps.rss_bytes;
    }
    return rss_bytes;
}

START_TEST(a_reservation_is_one_region)
{
    size_t page = steppe_page_bytes();
    mechanism_of_child = (steppe_mechanism)_i;
    if (!steppe_mechanism_is_available(mechanism_of_child))
        skip_test("mechanism %s is not available", steppe_mechanism_name(mechanism_of_child));
    struct child child = start_child(make_reservation);
    struct process *process = open_process(child.pid, NULL);
    uint64_t start = (uintptr_t)child.addresses[0], size_bytes = RESERVED_PAGES * page;
    struct process_reservation known = {start, size_bytes, TOUCHED_PAGES * page, "cells"};
    require(process_set_reservations(process, &known, 1));
    refresh(process);
    const struct region *region = region_of(process, child.addresses[0]);
    require(region->kind == REGION_STEPPE && strcmp(region->name, "cells") == 0);
    require_equal(region->start, start);
    require_equal(region_size_bytes(region), size_bytes);
    require_equal(region->figures.committed_bytes, TOUCHED_PAGES * page);
    require_equal(region->figures.resident_bytes, TOUCHED_PAGES * page);
    require_equal(region->figures.dirty_bytes, TOUCHED_PAGES * page);
    /* Markers of missing pages look like swapped ones. */
    require_equal(region->figures.swapped_bytes, 0);
    require_equal(region->run_count, TOUCHED_PAGES);
    require_equal(region->figures.resident_bytes, smaps_bytes(process, region->start, region->end));
    uint64_t id = region->id;
    refresh(process);
    require_equal(region_of(process, child.addresses[0])->id, id);
    require_equal(process_capture(process)->kind_counts[REGION_STEPPE], 1);
    process_close(process);
    end_child(&child);
}
END_TEST

START_TEST(a_hostile_list_of_reservations_harms_nothing)
{
    size_t page = steppe_page_bytes();
    uint8_t *memory = map(64 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    uint64_t start = (uintptr_t)memory;
    struct process_reservation hostile[] = {
        {start + 8 * page, 4 * page, UINT64_MAX - 1, "inside"},
        {start + 10 * page, 40 * page, 0, "overlapping"},
        {start + 20 * page, 4 * page, FIGURE_UNKNOWN, NULL},
        {start + 30 * page + 1, 4 * page, 0, "between pages"},
        {start + 40 * page, 0, 0, "empty"},
        {UINT64_MAX - page + 1, page, 0, "at the end of the world"},
        {0, UINT64_MAX, 0, "everything"},
        {page, page, 0, "unmapped"},
        {UINT64_MAX - 2 * page + 1, 8 * page, 0, "round the end"},
    };
    struct process *process = open_process(getpid(), NULL);
    require(process_set_reservations(process, hostile, array_count(hostile)));
    refresh(process);
    const struct region *inside = region_of(process, memory + 9 * page);
    require(inside->kind == REGION_STEPPE && inside->start == start + 8 * page);
    require_equal(region_size_bytes(inside), 4 * page);
    require_equal(inside->figures.committed_bytes, 4 * page);
    require(region_of(process, memory)->end == inside->start);
    require(region_of(process, memory + 12 * page)->kind == REGION_ANONYMOUS);
    require_equal(region_of(process, memory + 21 * page)->kind, REGION_STEPPE);
    require_equal(region_of(process, memory + 21 * page)->figures.committed_bytes, 4 * page);
    require(strcmp(region_of(process, memory + 21 * page)->name, "(no name), 16.0 KiB") == 0 ||
            page != 4096);
    require(process_set_reservations(process, NULL, 0));
    refresh(process);
    require_equal(process_capture(process)->kind_counts[REGION_STEPPE], 0);
    /* One that claims all memory gets neither files nor stacks. */
    struct process_reservation all = {page, (UINT64_C(1) << 62), 0, "all"};
    require(process_set_reservations(process, &all, 1));
    refresh(process);
    require(region_of(process, memory)->kind == REGION_STEPPE);
    require(process_capture(process)->kind_counts[REGION_STACK] > 0);
    require(process_capture(process)->kind_counts[REGION_CODE] > 0);
    process_close(process);
    require_equal(munmap(memory, 64 * page), 0);
}
END_TEST

/* ---- size ------------------------------------------------------------------------------------ */

static size_t many_regions;

static void make_many(uint8_t **addresses)
{
    size_t page = steppe_page_bytes();
    uint8_t *memory = map_in_child(many_regions * page, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    for (size_t i = 0; i < many_regions; i += 2) {
        store(memory + i * page, 1);
        child_require(mprotect(memory + (i + 1) * page, page, PROT_NONE) == 0);
    }
    addresses[0] = memory;
}

START_TEST(fifty_thousand_regions)
{
    size_t page = steppe_page_bytes();
    many_regions = is_slow() ? 2000 : 50000;
    if (mapping_count_max() < many_regions + 2000)
        skip_test("vm.max_map_count is %zu", mapping_count_max());
    struct child child = start_child(make_many);
    for (int way = 0; way < 2; way++) {
        struct process_options options = {.no_pagemap_scan = way == 1};
        struct process *process = open_process(child.pid, &options);
        uint64_t last_id = 0;
        for (int again = 0; again < 3; again++) {
            const struct capture *seen = process_capture(process);
            size_t first =
                region_at(seen->regions, seen->region_count, (uintptr_t)child.addresses[0] + page);
            require(seen->region_count >= many_regions);
            require(seen->kind_counts[REGION_RESERVED] >= many_regions / 2);
            for (size_t i = 0; i < many_regions - 1; i++) {
                const struct region *region = &seen->regions[first + i];
                require(region->kind == (i % 2 ? REGION_ANONYMOUS : REGION_RESERVED));
                require_equal(region->figures.resident_bytes, i % 2 * page);
                require_equal(region->figures.committed_bytes, i % 2 * page);
                require_equal(region_size_bytes(region), page);
            }
            require(again == 0 || seen->regions[first + 1000].id == last_id);
            last_id = seen->regions[first + 1000].id;
            refresh(process);
        }
        require_equal(process_timeline(process)->point_count, 4);
        process_close(process);
    }
    end_child(&child);
}
END_TEST

static void make_vast(uint8_t **addresses)
{
    size_t page = steppe_page_bytes();
    addresses[0] = map_in_child(STEPPE_TIB, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    child_require(madvise(addresses[0], STEPPE_TIB, MADV_NOHUGEPAGE) == 0 || errno == EINVAL);
    store(addresses[0], 1);
    store(addresses[0] + STEPPE_TIB / 2, 1);
    store(addresses[0] + STEPPE_TIB - page, 1);
}

START_TEST(a_terabyte_costs_what_is_in_it)
{
    if (TEST_UNDER_ASAN || TEST_UNDER_TSAN || is_valgrind())
        skip_test("checkers leave no room for a terabyte");
    size_t page = steppe_page_bytes();
    struct page_cell cells[64];
    struct child child = start_child(make_vast);
    struct process *process = open_process(child.pid, NULL);
    const struct capture *seen = process_capture(process);
    const struct region *region = region_of(process, child.addresses[0]);
    if (seen->cost.pages_by == CAPTURE_BY_PAGEMAP_SCAN) {
        require_equal(region->figures.resident_bytes, 3 * page);
        uint64_t pages = region_size_bytes(region) / page;
        capture_fill_cells(seen, region->first_page, pages / 64, region->first_page + pages, cells,
                           64);
        for (size_t i = 0; i < 64; i++)
            require_equal(cells[i].resident, i == 0 || i == 32 || i == 63);
    }
    process_close(process);
    /* Page by page it is too much: then nobody knows, and nobody waits. */
    struct process_options options = {.no_pagemap_scan = true};
    process = open_process(child.pid, &options);
    region = region_of(process, child.addresses[0]);
    require(!figure_is_known(region->figures.resident_bytes));
    require_equal(region->figures.reserved_bytes, STEPPE_TIB);
    require(!figure_is_known(process_capture(process)->totals.resident_bytes));
    require(figure_is_known(process_capture(process)->kinds[REGION_CODE].resident_bytes));
    process_close(process);
    end_child(&child);
}
END_TEST

/* ---- from one refresh to the next ------------------------------------------------------------ */

START_TEST(a_region_stays_the_same_while_it_changes)
{
    size_t page = steppe_page_bytes();
    uint8_t *memory = map(64 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    require_equal(mprotect(memory + 16 * page, 16 * page, PROT_READ | PROT_WRITE), 0);
    struct process *process = open_process(getpid(), NULL);
    uint64_t id = region_of(process, memory + 20 * page)->id;
    uint64_t before = region_of(process, memory)->id;
    require(id != 0 && id != before);
    require_equal(mprotect(memory + 8 * page, 32 * page, PROT_READ | PROT_WRITE), 0);
    refresh(process);
    require_equal(region_of(process, memory + 20 * page)->id, id);
    require_equal(region_of(process, memory)->id, before);
    require_equal(region_size_bytes(region_of(process, memory + 20 * page)), 32 * page);
    require_equal(munmap(memory, 64 * page), 0);
    refresh(process);
    const struct capture *seen = process_capture(process);
    for (size_t i = 0; i < seen->region_count; i++)
        require(seen->regions[i].id != id);
    process_close(process);
}
END_TEST

static void *wait_for_byte(void *context)
{
    int *pipes = context;
    char byte;
    const void *here = &byte;
    require_equal(write(pipes[3], &here, sizeof here), sizeof here);
    require_equal(read(pipes[0], &byte, 1), 1);
    return NULL;
}

START_TEST(stacks_of_threads_are_found)
{
    int pipes[4];
    const void *on_stack;
    pthread_t thread;
    if (is_valgrind() || TEST_UNDER_ASAN || TEST_UNDER_TSAN)
        skip_test("a checker gives threads other stacks");
    if (access("/proc/self/syscall", R_OK) != 0)
        skip_test("the kernel does not tell stack pointers");
    require(pipe(pipes) == 0 && pipe(pipes + 2) == 0);
    require_equal(pthread_create(&thread, NULL, wait_for_byte, pipes), 0);
    require_equal(read(pipes[2], &on_stack, sizeof on_stack), sizeof on_stack);
    struct process *process = open_process(getpid(), NULL);
    int at = 0;
    require(region_of(process, &at)->kind == REGION_STACK);
    /* It may not have come to its wait yet. */
    for (int i = 0; i < 1000 && region_of(process, on_stack)->kind != REGION_STACK; i++) {
        (void)usleep(10000);
        refresh(process);
    }
    bool is_found = region_of(process, on_stack)->kind == REGION_STACK;
    require_equal(write(pipes[1], "", 1), 1);
    require_equal(pthread_join(thread, NULL), 0);
    process_close(process);
    require(is_found);
}
END_TEST

START_TEST(a_process_that_becomes_another_program_is_followed)
{
    int go;
    pid_t pid = start_executing(&go);
    struct process *process = open_process(pid, NULL);
    refresh(process);
    require_equal(process_capture(process)->exec_count, 0);
    require_equal(write(go, "", 1), 1);
    /* While it changes there may be no memory for an instant. */
    for (int i = 0; i < 1000 && strcmp(process_capture(process)->name, "sleep") != 0; i++) {
        (void)usleep(10000);
        (void)process_refresh(process, &problem);
    }
    refresh(process);
    require(strcmp(process_capture(process)->name, "sleep") == 0);
    require_equal(process_capture(process)->exec_count, 1);
    require_equal(process_capture(process)->command_count, 2);
    require(strcmp(process_capture(process)->command[1], "1000") == 0);
    require(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid && close(go) == 0);
    process_close(process);
}
END_TEST

START_TEST(a_process_that_ends_leaves_what_was_seen_last)
{
    struct child child = start_child(make_known);
    struct process *process = open_process(child.pid, NULL);
    size_t regions = process_capture(process)->region_count;
    require_equal(kill(child.pid, SIGKILL), 0);
    siginfo_t ended;
    require_equal(waitid(P_PID, (id_t)child.pid, &ended, WEXITED | WNOWAIT), 0);
    /* A zombie, and then nothing at all. */
    for (int i = 0; i < 3; i++) {
        require(!process_refresh(process, &problem));
        require_says("has ended");
        require(process_is_ended(process) && process_capture(process)->is_ended);
        require_equal(process_capture(process)->region_count, regions);
        require(capture_check(process_capture(process), &problem), "%s", problem.text);
        if (i == 0) {
            require(!process_open(child.pid, NULL, &problem));
            require_says("zombie");
            require_equal(waitpid(child.pid, NULL, 0), child.pid);
        }
    }
    process_close(process);
    require(!process_open(child.pid, NULL, &problem));
    require_says("there is no process");
}
END_TEST

static void *tell_and_wait(void *context)
{
    long *told = context;
    (void)usleep(1000);
    *told = gettid();
    for (;;)
        (void)pause();
    return NULL;
}

/* A page that both processes see. */
static volatile long *shared_number;

static void end_first_thread(uint8_t **addresses)
{
    pthread_t thread;
    (void)addresses;
    child_require(pthread_create(&thread, NULL, tell_and_wait, (void *)shared_number) == 0);
    while (*shared_number == 0)
        (void)usleep(1000);
}

START_TEST(a_process_without_its_first_thread)
{
    void *shared = map(steppe_page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
    shared_number = shared;
    pid_t pid = fork();
    require(pid >= 0);
    if (pid == 0) {
        child_require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        end_first_thread(NULL);
        (void)prctl(PR_SET_PDEATHSIG, 0);
        pthread_exit(NULL);
    }
    /* Watched before, it goes on; and it can be opened when it is so. */
    struct process *process = open_process(pid, NULL), *late = NULL;
    for (int i = 0; i < 1000 && process_capture(process)->thread == 0; i++) {
        (void)usleep(10000);
        (void)process_refresh(process, &problem); /* at the very moment there may be no memory */
    }
    late = open_process(pid, NULL);
    for (int i = 0; i < 2; i++) {
        const struct capture *seen = process_capture(i ? late : process);
        require_equal(seen->pid, pid);
        require_equal(seen->thread, *shared_number);
        require(seen->state == 'S' && !seen->is_ended);
        require(region_of(i ? late : process, shared)->kind == REGION_SHARED);
        require(seen->command_count > 0);
        require(compare_with_smaps(i ? late : process) > 5);
        refresh(i ? late : process);
    }
    /* The last thread ends as well. */
    require(kill(pid, SIGKILL) == 0);
    siginfo_t ended;
    require_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    require(!process_refresh(process, &problem));
    require_says("has ended");
    require(process_is_ended(process) && process_capture(process)->region_count > 0);
    process_close(process);
    process_close(late);
    require(!process_open(pid, NULL, &problem));
    require_says("zombie");
    require_equal(waitpid(pid, NULL, 0), pid);
    require_equal(munmap(shared, steppe_page_bytes()), 0);
}
END_TEST

START_TEST(what_cannot_be_watched_is_refused_with_a_sentence)
{
    require(!process_open(0, NULL, &problem));
    require_says("0 is no process number");
    require(!process_open(-7, NULL, &problem));
    require_says("-7 is no process number");
    require(!process_open(INT32_MAX, NULL, &problem));
    require_says("there is no process 2147483647");
    require(!process_open(INT32_MAX, NULL, NULL));
    struct process_options options = {.folder = "/nowhere"};
    require(!process_open(1, &options, &problem));
    require_says("/nowhere/1 cannot be opened");
}
END_TEST

static int open_as_nobody(void *context)
{
    const pid_t *pid = context;
    struct problem told = {0};
    child_require(geteuid() != 0 || setuid(65534) == 0);
    child_require(!process_open(*pid, NULL, &told));
    child_require(strstr(told.text, "no permission to see the memory"));
    child_require(strstr(told.text, "CAP_SYS_PTRACE"));
    return 0;
}

START_TEST(without_permission_it_says_what_to_do)
{
    pid_t other = geteuid() == 0 ? getpid() : 1;
    require_exits(run_child(open_as_nobody, &other), 0);
}
END_TEST

/* ---- a /proc of the test's own --------------------------------------------------------------- */

static char folder[] = "/tmp/steppe-map-XXXXXX";
static struct process_options in_folder = {.folder = folder};

static void write_file(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/77/%s", folder, name);
    FILE *stream = fopen(path, "w");
    require(stream && fputs(text, stream) >= 0 && fclose(stream) == 0);
}

static void remove_file(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/77/%s", folder, name);
    (void)unlink(path);
}

#define STAT(name, state, flags, start)                                                            \
    "77 (" name ") " state " 1 77 77 0 -1 " flags " 10 0 2 0 1 1 0 0 20 0 1 0 " start " 1 1\n"
#define LINE "00400000-00402000 rw-p 00000000 00:00 0 \n"

static void make_folder(void)
{
    char path[256];
    require(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/77", folder);
    require_equal(mkdir(path, 0700), 0);
    write_file("stat", STAT("a) name (", "S", "0", "500"));
    write_file("maps", LINE);
    write_file("cmdline", "");
}

static void remove_folder(void)
{
    char path[256];
    static const char *const names[] = {"stat", "maps", "cmdline", "pagemap", "status"};
    for (size_t i = 0; i < array_count(names); i++)
        remove_file(names[i]);
    (void)snprintf(path, sizeof path, "%s/77", folder);
    (void)rmdir(path);
    (void)rmdir(folder);
}

START_TEST(regions_without_pages_are_shown_all_the_same)
{
    struct process *process = open_process(77, &in_folder);
    const struct capture *seen = process_capture(process);
    require(strcmp(seen->name, "a) name (") == 0 && seen->command_count == 0);
    require_equal(seen->region_count, 1);
    require_equal(seen->cost.pages_by, CAPTURE_BY_NONE);
    require(seen->cost.why_no_pages && strstr(seen->cost.why_no_pages, "pagemap"));
    require(!figure_is_known(seen->totals.resident_bytes));
    require_equal(seen->totals.committed_bytes, 0x2000);
    require_equal(process_timeline(process)->points[0].fault_count, 12);
    process_close(process);
}
END_TEST

START_TEST(a_number_given_to_another_process_is_the_end)
{
    struct process *process = open_process(77, &in_folder);
    write_file("stat", STAT("other", "S", "0", "501"));
    require(!process_refresh(process, &problem));
    require_says("its number belongs to another process");
    require(process_is_ended(process));
    require(strcmp(process_capture(process)->name, "a) name (") == 0);
    process_close(process);
}
END_TEST

START_TEST(kernel_threads_and_zombies)
{
    write_file("stat", STAT("kthreadd", "S", "2129984", "1"));
    require(!process_open(77, &in_folder, &problem));
    require_says("thread of the kernel");
    write_file("stat", STAT("dead", "Z", "0", "1"));
    require(!process_open(77, &in_folder, &problem));
    require_says("zombie");
    write_file("stat", STAT("alive", "S", "0", "1"));
    write_file("maps", "");
    require(!process_open(77, &in_folder, &problem));
    require_says("has no memory just now");
    write_file("stat", "77 no name");
    require(!process_open(77, &in_folder, &problem));
    require_says("there is no process 77");
}
END_TEST

#define PUBLISHED " 00:01 7 /memfd:steppe (deleted)\n"

START_TEST(the_file_in_which_steppe_publishes_is_one_region)
{
    write_file("maps", "00400000-00410000 rw-s 00000000" PUBLISHED
                       "00410000-00800000 ---s 00010000" PUBLISHED
                       "00800000-00810000 rw-s 00400000" PUBLISHED
                       "00810000-40800000 ---s 00410000" PUBLISHED
                       "40800000-40801000 rw-s 00000000" PUBLISHED /* not what comes next in it */
                       "40801000-40802000 ---s 00001000 00:01 7 /memfd:other (deleted)\n"
                       "50000000-50001000 rw-s 00001000" PUBLISHED);
    struct process *process = open_process(77, &in_folder);
    const struct capture *seen = process_capture(process);
    require_equal(seen->region_count, 4);
    require_equal(seen->mapping_count, 7);
    require_equal(seen->regions[0].end, 0x40800000);
    require_equal(seen->regions[0].kind, REGION_SHARED);
    require(strcmp(seen->regions[0].protection, "rw-s") == 0);
    require(!figure_is_known(seen->regions[0].figures.committed_bytes)); /* pages are not known */
    require_equal(seen->regions[1].start, 0x40800000);
    require_equal(seen->regions[2].kind, REGION_RESERVED);
    require_equal(seen->regions[3].start, 0x50000000);
    process_close(process);
}
END_TEST

START_TEST(a_failed_refresh_keeps_what_was_seen)
{
    struct process *process = open_process(77, &in_folder);
    write_file("maps", LINE "no line of maps\n");
    require(!process_refresh(process, &problem));
    require_says("\"no line of maps\"");
    require(!process_is_ended(process));
    require_equal(process_capture(process)->region_count, 1);
    write_file("maps", LINE "00402000-00403000 ---p 00000000 00:00 0");
    refresh(process);
    require_equal(process_capture(process)->region_count, 2);
    process_close(process);
}
END_TEST

START_TEST(hostile_maps_and_pagemaps)
{
    static const char *const refused[] = {
        "x\n",
        "00400000-00400000 rw-p 0 00:00 0\n",
        "00400001-00402000 rw-p 0 00:00 0\n",
        "00400000-11111111100402000 rw-p 0 00:00 0\n",
        "\n",
    };
    for (size_t i = 0; i < array_count(refused); i++) {
        write_file("maps", refused[i]);
        require(!process_open(77, &in_folder, &problem), "line %zu", i);
        require_says("process 77");
    }
    /* Told again, out of order, overlapping, and at the end of all addresses. */
    write_file("maps", LINE LINE "00401000-00404000 r--p 00000000 00:00 0\n"
                                 "00100000-00200000 r--p 00000000 00:00 0\n"
                                 "fffffffffffff000-ffffffffffffffff r-xp 00000000 00:00 0\n");
    require(!process_open(77, &in_folder, &problem));
    write_file("maps",
               LINE LINE "00401000-00404000 r--p 00000000 00:00 0\n"
                         "00100000-00200000 r--p 00000000 00:00 0\n"
                         "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n");
    write_file("pagemap", "too short");
    struct process *process = open_process(77, &in_folder);
    const struct capture *seen = process_capture(process);
    require_equal(seen->region_count, 3);
    require(seen->regions[1].start == 0x402000 && seen->regions[1].end == 0x404000);
    require_equal(seen->regions[2].kind, REGION_SPECIAL);
    require_equal(seen->holes.count, 1); /* what lies before the kernel's page is none */
    process_close(process);
    /* A line without an end, and names full of it. */
    char *endless = malloc(200000);
    require(endless);
    memset(endless, 'a', 199999);
    endless[199999] = '\0';
    write_file("maps", endless);
    require(!process_open(77, &in_folder, &problem));
    require_says("endless");
    free(endless);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    TCase *known = test_case(suite, "known regions");
    tcase_add_test(known, known_regions_are_as_smaps_has_them);
    tcase_add_test(known, reading_pagemap_tells_the_same);
    tcase_add_test(known, huge_pages_are_told);
    tcase_add_test(known, stacks_of_threads_are_found);
    tcase_add_test(known, committed_is_exact_once_smaps_was_asked);
    tcase_add_test(known, what_comes_later_is_not_known);
    TCase *reservations = test_case(suite, "reservations");
    tcase_add_loop_test(reservations, a_reservation_is_one_region, STEPPE_MECHANISM_GUARD,
                        STEPPE_MECHANISM_UFFD + 1);
    tcase_add_test(reservations, a_hostile_list_of_reservations_harms_nothing);
    TCase *size = test_case(suite, "size");
    tcase_add_test(size, fifty_thousand_regions);
    tcase_add_test(size, a_terabyte_costs_what_is_in_it);
    TCase *time = test_case(suite, "refresh");
    tcase_add_test(time, a_region_stays_the_same_while_it_changes);
    tcase_add_test(time, a_process_that_becomes_another_program_is_followed);
    tcase_add_test(time, a_process_that_ends_leaves_what_was_seen_last);
    tcase_add_test(time, a_process_without_its_first_thread);
    TCase *refusals = test_case(suite, "refusals");
    tcase_add_test(refusals, what_cannot_be_watched_is_refused_with_a_sentence);
    tcase_add_test(refusals, without_permission_it_says_what_to_do);
    TCase *own = test_case(suite, "a /proc of its own");
    tcase_add_checked_fixture(own, make_folder, remove_folder);
    tcase_add_test(own, regions_without_pages_are_shown_all_the_same);
    tcase_add_test(own, a_number_given_to_another_process_is_the_end);
    tcase_add_test(own, kernel_threads_and_zombies);
    tcase_add_test(own, the_file_in_which_steppe_publishes_is_one_region);
    tcase_add_test(own, a_failed_refresh_keeps_what_was_seen);
    tcase_add_test(own, hostile_maps_and_pagemaps);
    return test_main(suite);
}
