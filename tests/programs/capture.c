/* SPDX-License-Identifier: MIT */
/* capture.c - places, cells, choosing and searching, against counting page by page. */
#include "map/capture.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { PAGE = 4096, PAGES_MAX = 4000 };

static struct capture capture;
static struct problem problem;
static uint32_t flags_of[PAGES_MAX]; /* of every place, page by page */
static uint64_t addresses[PAGES_MAX];
static size_t regions_of[PAGES_MAX];
static size_t page_count;

static void add_region(uint64_t start, size_t pages, enum region_kind kind, const char *name)
{
    struct region region = {.start = start,
                            .end = start + pages * PAGE,
                            .mapping_count = 1,
                            .kind = kind,
                            .protection = "rw-p"};
    region.figures.reserved_bytes = pages * PAGE;
    region.name = capture_keep_text(&capture, name, strlen(name));
    require(region.name && capture_add_region(&capture, &region));
}

/* Regions and runs by chance, and the same noted page by page. */
static void make(uint64_t seed)
{
    static const uint32_t flags[] = {0, PAGE_RESIDENT, PAGE_RESIDENT | PAGE_DIRTY, PAGE_SWAPPED,
                                     PAGE_ZERO};
    uint64_t address = 16 * PAGE;
    capture_clear(&capture);
    capture.page_bytes = PAGE;
    page_count = 0;
    for (size_t r = 0; r < 40; r++) {
        size_t pages = 1 + random_below(&seed, 60);
        address += random_below(&seed, 3) * PAGE;
        add_region(address, pages, (enum region_kind)random_below(&seed, REGION_KIND_COUNT),
                   r % 3 ? "" : "name");
        for (size_t page = 0, run; page < pages; page += run) {
            uint32_t of_run = flags[random_below(&seed, array_count(flags))];
            run = 1 + random_below(&seed, 12);
            run = run < pages - page ? run : pages - page;
            require(of_run == 0 || capture_add_run(&capture, r, page, run, of_run));
            for (size_t i = 0; i < run; i++, page_count++) {
                flags_of[page_count] = of_run;
                addresses[page_count] = address + (page + i) * PAGE;
                regions_of[page_count] = r;
            }
        }
        address += pages * PAGE;
    }
    capture_sum(&capture);
    require(capture_check(&capture, &problem), "%s", problem.text);
    require_equal(capture.place_count, page_count);
}

static void teardown(void)
{
    capture_free(&capture);
}

START_TEST(places)
{
    make((uint64_t)_i);
    for (size_t place = 0; place < page_count; place++) {
        uint64_t back;
        require_equal(capture_address_of_place(&capture, place), addresses[place]);
        require(capture_place_of_address(&capture, addresses[place] + PAGE - 1, &back));
        require_equal(back, place);
        require_equal(capture_region_of_place(&capture, place), regions_of[place]);
        require_equal(capture_page_flags(&capture, place), flags_of[place]);
    }
    uint64_t ignored;
    require_equal(capture_address_of_place(&capture, page_count), 0);
    require_equal(capture_page_flags(&capture, page_count), 0);
    require_equal(capture_region_of_place(&capture, UINT64_MAX), capture.region_count);
    require(!capture_place_of_address(&capture, 0, &ignored));
    require(!capture_place_of_address(&capture, UINT64_MAX, &ignored));
}
END_TEST

static void require_cell(const struct page_cell *cell, uint64_t first, uint64_t each, uint64_t end)
{
    struct page_cell counted = {0};
    size_t in_region[64] = {0}, most = 0;
    for (uint64_t place = first; place < first + each && place < end; place++) {
        counted.page_count++;
        counted.resident += (flags_of[place] & PAGE_RESIDENT) != 0;
        counted.dirty += (flags_of[place] & PAGE_DIRTY) != 0;
        counted.swapped += (flags_of[place] & PAGE_SWAPPED) != 0;
        counted.zero += (flags_of[place] & PAGE_ZERO) != 0;
        counted.region_count += in_region[regions_of[place]]++ == 0;
        most = in_region[regions_of[place]] > most ? in_region[regions_of[place]] : most;
    }
    require_equal(cell->page_count, counted.page_count);
    require_equal(cell->resident, counted.resident);
    require_equal(cell->dirty, counted.dirty);
    require_equal(cell->swapped, counted.swapped);
    require_equal(cell->zero, counted.zero);
    require_equal(cell->region_count, counted.region_count);
    if (counted.page_count)
        require_equal(in_region[cell->region_index], most);
    else
        require_equal(cell->region_index, capture.region_count);
}

START_TEST(cells_are_counted)
{
    uint64_t seed = (uint64_t)_i;
    make(seed);
    for (int i = 0; i < 200; i++) {
        struct page_cell cells[50];
        uint64_t first = random_below(&seed, page_count + 5);
        uint64_t each = 1 + random_below(&seed, 70);
        uint64_t end = random_below(&seed, 2) ? UINT64_MAX : random_below(&seed, page_count + 1);
        capture_fill_cells(&capture, first, each, end, cells, array_count(cells));
        end = end < page_count ? end : page_count;
        for (size_t cell = 0; cell < array_count(cells); cell++)
            require_cell(&cells[cell], first + cell * each, each, end);
    }
}
END_TEST

START_TEST(a_copy_stands_alone)
{
    struct capture copy = {0};
    make(3);
    require(capture_copy(&copy, &capture));
    struct capture before = capture;
    capture = (struct capture){0};
    capture_free(&before);
    require(capture_check(&copy, &problem), "%s", problem.text);
    require(strcmp(copy.regions[0].name, "name") == 0);
    require_equal(copy.place_count, page_count);
    capture_free(&copy);
}
END_TEST

START_TEST(holes)
{
    capture.page_bytes = PAGE;
    add_region(0x20000, 1, REGION_ANONYMOUS, "");
    add_region(0x21000, 1, REGION_ANONYMOUS, "");
    add_region(0x25000, 1, REGION_ANONYMOUS, "");
    add_region(UINT64_C(0xffffffffff600000), 1, REGION_SPECIAL, "[vsyscall]");
    capture_sum(&capture);
    require_equal(capture.holes.count, 2);
    require_equal(capture.holes.largest_start, 0x10000);
    require_equal(capture.holes.largest_bytes, 0x10000);
    require_equal(capture.holes.total_bytes, 0x13000);
    require(capture.holes.fragmentation > 0.157 && capture.holes.fragmentation < 0.158);
    require_equal(capture.kind_counts[REGION_ANONYMOUS], 3);
    require_equal(capture.totals.reserved_bytes, 4 * PAGE);
}
END_TEST

START_TEST(unknown_figures_stay_unknown)
{
    require_equal(figure_add(1, 2), 3);
    require_equal(figure_add(1, FIGURE_UNKNOWN), FIGURE_UNKNOWN);
    require_equal(figure_add(UINT64_MAX - 1, 5), UINT64_MAX - 1);
    capture.page_bytes = PAGE;
    add_region(0x20000, 1, REGION_HEAP, "");
    capture.regions[0].figures.resident_bytes = FIGURE_UNKNOWN;
    add_region(0x21000, 1, REGION_CODE, "");
    capture_sum(&capture);
    require(!figure_is_known(capture.totals.resident_bytes));
    require(!figure_is_known(capture.kinds[REGION_HEAP].resident_bytes));
    require_equal(capture.kinds[REGION_CODE].resident_bytes, 0);
}
END_TEST

START_TEST(choosing)
{
    uint32_t indices[4];
    capture.page_bytes = PAGE;
    add_region(0x20000, 2, REGION_HEAP, "[heap]");
    add_region(0x30000, 1, REGION_CODE, "/lib/B");
    add_region(0x40000, 3, REGION_CODE, "/lib/a");
    add_region(0x50000, 2, REGION_ANONYMOUS, "");
    capture.regions[1].figures.resident_bytes = FIGURE_UNKNOWN;
    capture.regions[2].figures.resident_bytes = 5;
    struct region_choice choice = {.order = REGION_BY_RESERVED};
    require_equal(region_choose(capture.regions, 4, &choice, indices), 4);
    require(indices[0] == 2 && indices[1] == 0 && indices[2] == 3 && indices[3] == 1);
    choice.order = REGION_BY_RESIDENT;
    require_equal(region_choose(capture.regions, 4, &choice, indices), 4);
    require(indices[0] == 2 && indices[1] == 0 && indices[2] == 3 && indices[3] == 1);
    choice.only_resident = true;
    require_equal(region_choose(capture.regions, 4, &choice, indices), 2);
    choice = (struct region_choice){.order = REGION_BY_NAME, .is_reversed = true};
    require_equal(region_choose(capture.regions, 4, &choice, indices), 4);
    require(indices[0] == 3 && indices[1] == 0 && indices[2] == 2 && indices[3] == 1);
    choice = (struct region_choice){.text = "LIB", .kinds = 1U << REGION_CODE};
    require_equal(region_choose(capture.regions, 4, &choice, indices), 2);
    choice = (struct region_choice){.kinds = 1U << REGION_STACK};
    require_equal(region_choose(capture.regions, 4, &choice, indices), 0);
    choice = (struct region_choice){.least_bytes = 3 * PAGE};
    require(region_choose(capture.regions, 4, &choice, indices) == 1 && indices[0] == 2);
    for (unsigned i = 0; i < REGION_ORDER_COUNT; i++) {
        enum region_order order;
        require(region_order_find(region_order_name((enum region_order)i), &order) && order == i);
    }
    for (unsigned i = 0; i < REGION_KIND_COUNT; i++) {
        enum region_kind kind;
        require(region_kind_find(region_kind_name((enum region_kind)i), &kind) && kind == i);
    }
}
END_TEST

static bool search(const char *typed, size_t from, size_t *index, uint64_t *address)
{
    return region_search(capture.regions, capture.region_count, typed, from, index, address,
                         &problem);
}

START_TEST(searching)
{
    size_t index;
    uint64_t address;
    require(!search("0x1", 0, &index, &address));
    capture.page_bytes = PAGE;
    add_region(0x20000, 2, REGION_HEAP, "[heap]");
    add_region(0x30000, 1, REGION_CODE, "/lib/one");
    add_region(0x40000, 3, REGION_CODE, "/lib/two");
    require(search("0x20800", 2, &index, &address) && index == 0 && address == 0x20800);
    require(search("20800", 2, &index, &address) && index == 0);
    require(search("0x25000", 0, &index, &address) && index == 1);
    require(search("0xffffffffffffffff", 0, &index, &address) && index == 2);
    require(search("lib", 0, &index, &address) && index == 1 && address == 0x30000);
    require(search("lib", 1, &index, &address) && index == 2);
    require(search("lib", 2, &index, &address) && index == 1);
    require(search("heap", 7, &index, &address) && index == 0);
    add_region(0x50000, 1, REGION_STEPPE, "bits of rows");
    add_region(0x60000, 1, REGION_STEPPE, "rows: old ones");
    add_region(0x70000, 1, REGION_STEPPE, "rows");
    /* Just that name, then what begins with it, then the others; and round. */
    require(search("ROWS", SIZE_MAX, &index, &address) && index == 5);
    require(search("rows", 5, &index, &address) && index == 4);
    require(search("rows", 4, &index, &address) && index == 3);
    require(search("rows", 3, &index, &address) && index == 5);
    require(search("rows", 0, &index, &address) && index == 5); /* this one does not fit */
    require(search("code", SIZE_MAX, &index, &address) && index == 1);
    require(search("code", 2, &index, &address) && index == 1);
    require(!search("three", 0, &index, &address) && strstr(problem.text, "\"three\""));
    require(!search("0x12g", 0, &index, &address) && strstr(problem.text, "not an address"));
    require(!search("0x11111111111111111", 0, &index, &address));
    require(!search("0x", 0, &index, &address));
    require(!search("", 0, &index, &address));
}
END_TEST

START_TEST(letters)
{
    char text[7];
    uint32_t flags;
    for (uint32_t all = 0; all <= PAGE_FLAGS_ALL; all++) {
        page_flags_to_letters(all, text);
        require(page_flags_from_letters(text, &flags) && flags == all);
    }
    require(!page_flags_from_letters("rr", &flags));
    require(!page_flags_from_letters("x", &flags));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capture");
    TCase *all = test_case(suite, "capture");
    tcase_add_checked_fixture(all, NULL, teardown);
    tcase_add_loop_test(all, places, 0, 20);
    tcase_add_loop_test(all, cells_are_counted, 0, 20);
    tcase_add_test(all, a_copy_stands_alone);
    tcase_add_test(all, holes);
    tcase_add_test(all, unknown_figures_stay_unknown);
    tcase_add_test(all, choosing);
    tcase_add_test(all, searching);
    tcase_add_test(all, letters);
    return test_main(suite);
}
