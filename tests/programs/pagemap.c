/* SPDX-License-Identifier: MIT */
/* pagemap.c - what the kernel tells of pages, from buffers: swapped ones too, where nothing swaps.
 */
#include "map/pagemap.h"

#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

enum { PAGE = 4096, PAGES = 16 };

static const uint64_t start = 0x10000;

static struct capture capture;
static struct problem problem;

/* Two regions that touch, and one behind a hole. */
static void make(void)
{
    static const uint64_t starts[] = {0x10000, 0x14000, 0x1c000};
    static const uint64_t ends[] = {0x14000, 0x18000, 0x20000};
    capture.page_bytes = PAGE;
    for (size_t i = 0; i < array_count(starts); i++) {
        struct region region = {.start = starts[i], .end = ends[i], .name = "", .mapping_count = 1};
        require(capture_add_region(&capture, &region));
    }
}

static void unmake(void)
{
    capture_free(&capture);
}

static uint32_t flags_at(uint64_t address)
{
    uint64_t place;
    require(capture_place_of_address(&capture, address, &place));
    return capture_page_flags(&capture, place);
}

static void require_figures(size_t index, size_t resident, size_t dirty, size_t swapped)
{
    const struct figures *figures = &capture.regions[index].figures;
    require_equal(figures->resident_bytes, resident * PAGE);
    require_equal(figures->dirty_bytes, dirty * PAGE);
    require_equal(figures->swapped_bytes, swapped * PAGE);
}

static void require_whole(void)
{
    capture_sum(&capture);
    require(capture_check(&capture, &problem), "%s", problem.text);
}

/* ---- PAGEMAP_SCAN ---------------------------------------------------------------------------- */

START_TEST(runs_of_a_scan)
{
    static const struct pagemap_run runs[] = {
        {0x11000, 0x12000, PAGEMAP_PRESENT},
        {0x12000, 0x13000, PAGEMAP_SWAPPED},
        {0x13000, 0x15000, PAGEMAP_SWAPPED}, /* in two regions */
        {0x15000, 0x16000, PAGEMAP_SWAPPED | PAGEMAP_FILE},
        {0x16000, 0x17000, PAGEMAP_PRESENT | PAGEMAP_ZERO},
        {0x17000, 0x1d000, PAGEMAP_PRESENT | PAGEMAP_FILE}, /* over the hole */
        {0x1d000, 0x1e000, PAGEMAP_PRESENT | PAGEMAP_HUGE},
        {0x30000, 0x31000, PAGEMAP_SWAPPED}, /* in none */
    };
    size_t region = 0;
    require(pagemap_take_runs(&capture, &region, runs, 4));
    require(pagemap_take_runs(&capture, &region, runs + 4, array_count(runs) - 4));
    require_whole();
    require_figures(0, 1, 1, 2);
    require_figures(1, 1, 0, 2);
    require_figures(2, 2, 1, 0);
    require_equal(capture.regions[2].figures.huge_bytes, PAGE);
    require_equal(flags_at(0x10000), 0);
    require_equal(flags_at(0x11000), PAGE_RESIDENT | PAGE_DIRTY);
    require_equal(flags_at(0x12000), PAGE_SWAPPED);
    require_equal(flags_at(0x14000), PAGE_SWAPPED);
    require_equal(flags_at(0x15000), PAGE_SWAPPED | PAGE_OF_FILE);
    require_equal(flags_at(0x16000), PAGE_ZERO);
    require_equal(flags_at(0x1c000), PAGE_RESIDENT | PAGE_OF_FILE);
    require_equal(flags_at(0x1d000), PAGE_RESIDENT | PAGE_DIRTY | PAGE_HUGE);
    require_equal(capture.totals.swapped_bytes, 4 * PAGE);
}
END_TEST

/* ---- reading page by page -------------------------------------------------------------------- */

#define PRESENT (UINT64_C(1) << 63)
#define SWAPPED (UINT64_C(1) << 62)
#define OF_FILE (UINT64_C(1) << 61)
#define GUARD (UINT64_C(1) << 58)

static void collect(const uint64_t *entries, size_t entry_count, bool has_no_swap)
{
    struct pagemap pagemap = {.no_scan = true};
    struct pagemap_source source = {memfd_create("pagemap", MFD_CLOEXEC), has_no_swap};
    bool is_out_of_memory;
    off_t where = (off_t)(start / PAGE * sizeof *entries);
    require(source.file >= 0);
    require_equal(pwrite(source.file, entries, entry_count * sizeof *entries, where),
                  entry_count * sizeof *entries);
    require(pagemap_collect(&pagemap, &source, &capture, &is_out_of_memory, &problem), "%s",
            problem.text);
    require(!is_out_of_memory);
    pagemap_free(&pagemap);
    require_equal(close(source.file), 0);
    require_whole();
}

/* A frame nobody has, so that none is taken for the page of zeros. */
#define FRAME ((UINT64_C(1) << 54) + 1)

static const uint64_t entries[PAGES] = {
    [0] = PRESENT | FRAME,   [1] = SWAPPED | 0x1234, [2] = SWAPPED | 0x5678,
    [3] = SWAPPED | OF_FILE, [4] = SWAPPED | GUARD,  [5] = PRESENT | OF_FILE | FRAME,
    [7] = SWAPPED,           [9] = PRESENT | FRAME, /* in the hole */
    [15] = SWAPPED,
};

START_TEST(entries_of_pages)
{
    collect(entries, PAGES, false);
    require_figures(0, 1, 1, 3);
    require_figures(1, 1, 0, 1);
    require_figures(2, 0, 0, 1);
    require_equal(flags_at(0x10000), PAGE_RESIDENT | PAGE_DIRTY);
    require_equal(flags_at(0x11000), PAGE_SWAPPED);
    require_equal(flags_at(0x12000), PAGE_SWAPPED);
    require_equal(flags_at(0x13000), PAGE_SWAPPED | PAGE_OF_FILE);
    require_equal(flags_at(0x14000), 0); /* a guard marker is nothing */
    require_equal(flags_at(0x15000), PAGE_RESIDENT | PAGE_OF_FILE);
    require_equal(flags_at(0x1f000), PAGE_SWAPPED);
    require_equal(capture.totals.swapped_bytes, 5 * PAGE);
    require(!figure_is_known(capture.totals.huge_bytes));
}
END_TEST

/* Then what looks swapped are markers of userfaultfd. */
START_TEST(nothing_is_swapped_where_the_process_has_none)
{
    collect(entries, PAGES, true);
    require_figures(0, 1, 1, 0);
    require_figures(1, 1, 0, 0);
    require_figures(2, 0, 0, 0);
    require_equal(flags_at(0x11000), 0);
}
END_TEST

START_TEST(a_file_that_ends_early)
{
    collect(entries, 2, false);
    require_figures(0, 1, 1, 1);
    require_figures(1, 0, 0, 0);
    require_figures(2, 0, 0, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pagemap");
    TCase *bits = test_case(suite, "bits");
    tcase_add_checked_fixture(bits, make, unmake);
    tcase_add_test(bits, runs_of_a_scan);
    tcase_add_test(bits, entries_of_pages);
    tcase_add_test(bits, nothing_is_swapped_where_the_process_has_none);
    tcase_add_test(bits, a_file_that_ends_early);
    return test_main(suite);
}
