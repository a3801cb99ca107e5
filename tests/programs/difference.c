/* SPDX-License-Identifier: MIT */
/* difference.c - two captures compared, against comparing page by page. */
#include "map/difference.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "map/process.h"
#include "support.h"

enum { PAGE = 4096, PAGES_MAX = 2000 };

static struct capture before, after;
static struct difference difference;
static struct problem problem;

static void setup(void)
{
    before.page_bytes = after.page_bytes = PAGE;
}

static void teardown(void)
{
    difference_free(&difference);
    capture_free(&before);
    capture_free(&after);
}

static size_t add_region(struct capture *capture, uint64_t first, uint64_t end, const char *name)
{
    struct region region = {.start = first * PAGE,
                            .end = end * PAGE,
                            .mapping_count = 1,
                            .kind = *name ? REGION_DATA : REGION_ANONYMOUS,
                            .protection = "rw-p"};
    region.figures.reserved_bytes = (end - first) * PAGE;
    region.name = capture_keep_text(capture, name, strlen(name));
    require(region.name && capture_add_region(capture, &region));
    return capture->region_count - 1;
}

static void compare(void)
{
    capture_sum(&before);
    capture_sum(&after);
    require(difference_make(&difference, &before, &after, &problem), "%s", problem.text);
}

START_TEST(regions_that_came_went_and_changed)
{
    add_region(&before, 16, 20, "/a");
    add_region(&before, 30, 40, "/b");
    add_region(&before, 50, 60, "");
    add_region(&before, 70, 80, "");
    add_region(&after, 16, 20, "/a");
    add_region(&after, 30, 40, "/c");
    add_region(&after, 45, 60, "");
    require(capture_add_run(&after, 2, 0, 6, PAGE_RESIDENT));
    add_region(&after, 90, 91, "");
    compare();
    require_equal(difference.regions_went, 2);
    require_equal(difference.regions_came, 2);
    require_equal(difference.regions_changed, 1);
    require_equal(difference.region_count, 5);
    const struct difference_region *changed = &difference.regions[2];
    require(changed->change == DIFFERENCE_CHANGED && changed->before == &before.regions[2]);
    require(difference_shown(changed) == &after.regions[2]);
    require(changed->pages_came == 6 && changed->pages_went == 0 && changed->came_count == 1);
    require_equal(difference.came[changed->first_came].address, 45 * PAGE);
    require_equal(difference.came[changed->first_came].page_count, 6);
    require_equal(difference.regions[3].change, DIFFERENCE_WENT);
    require(strcmp(difference_change_name(DIFFERENCE_WENT), "went") == 0);
}
END_TEST

START_TEST(the_same_twice_is_no_difference)
{
    add_region(&before, 16, 20, "/a");
    require(capture_add_run(&before, 0, 1, 2, PAGE_RESIDENT | PAGE_DIRTY));
    capture_sum(&before);
    require(capture_copy(&after, &before));
    compare();
    require(difference.region_count == 0 && difference.pages_came == 0);
    difference_free(&difference);
    /* Resident all the same, in another way. */
    after.runs[0].flags = PAGE_RESIDENT | PAGE_OF_FILE;
    compare();
    require(difference.region_count == 0);
}
END_TEST

START_TEST(nothing_and_something)
{
    compare();
    require_equal(difference.region_count, 0);
    difference_free(&difference);
    add_region(&after, 16, 20, "/a");
    require(capture_add_run(&after, 0, 1, 2, PAGE_RESIDENT));
    compare();
    require(difference.region_count == 1 && difference.pages_came == 2);
    difference_free(&difference);
    after.page_bytes = 65536;
    require(!difference_make(&difference, &before, &after, &problem));
    require(strstr(problem.text, "65536"));
}
END_TEST

static void set_resident(struct capture *capture, size_t index, uint64_t pages)
{
    capture->regions[index].figures.resident_bytes =
        figure_is_known(pages) ? pages * PAGE : FIGURE_UNKNOWN;
}

static void require_order(const char *wanted)
{
    require_equal(difference.region_count, strlen(wanted));
    for (size_t i = 0; wanted[i]; i++)
        require(difference_shown(&difference.regions[i])->name[1] == wanted[i], "%zu is %s, not %c",
                i, difference_shown(&difference.regions[i])->name, wanted[i]);
}

START_TEST(the_largest_change_first)
{
    static const char *const names[] = {"/a", "/b", "/c", "/d", "/e"};
    static const uint64_t was[] = {1, 9, FIGURE_UNKNOWN, 0, 4}, is[] = {2, 1, 5, 8, 4};
    for (size_t i = 0; i < array_count(names); i++) {
        set_resident(&before, add_region(&before, 16 + i * 20, 20 + i * 20, names[i]), was[i]);
        set_resident(&after, add_region(&after, 16 + i * 20, 20 + i * 20, names[i]), is[i]);
    }
    after.regions[4].figures.committed_bytes = PAGE;
    compare();
    require_order("abcde");
    size_t count = difference.region_count;
    difference_sort(difference.regions, count, DIFFERENCE_BY_RESIDENT, false);
    require_order("dbaec"); /* growth before as much loss; unknown is last */
    difference_sort(difference.regions, count, DIFFERENCE_BY_RESIDENT, true);
    require_order("ceabd");
    difference_sort(difference.regions, count, DIFFERENCE_BY_ADDRESS, false);
    require_order("abcde");
    difference_sort(NULL, 0, DIFFERENCE_BY_RESIDENT, true);
}
END_TEST

START_TEST(bytes_more_and_less)
{
    struct human_text room;
    require(strcmp(difference_bytes_text(0, 26 << 20, &room), "+26.0 MiB") == 0);
    require(strcmp(difference_bytes_text(8192, 4096, &room), "-4.0 KiB") == 0);
    require(strcmp(difference_bytes_text(7, 7, &room), "0 B") == 0);
    require(strcmp(difference_bytes_text(FIGURE_UNKNOWN, 7, &room), "?") == 0);
    struct difference_region came = {.after = &(struct region){.figures = {.dirty_bytes = 3}}};
    require_equal(difference_figures_before(&came).dirty_bytes, 0);
    require_equal(difference_figures_after(&came).dirty_bytes, 3);
}
END_TEST

/* A capture by chance; which pages are resident is noted. */
static void make(struct capture *capture, uint64_t *seed, bool *resident)
{
    uint64_t page = 16;
    memset(resident, 0, PAGES_MAX);
    for (int r = 0; r < 20; r++) {
        page += random_below(seed, 20);
        uint64_t end = page + 1 + random_below(seed, 40);
        size_t index = add_region(capture, page, end, random_below(seed, 4) ? "" : "/file");
        for (uint64_t at = page, run; at < end; at += run) {
            run = 1 + random_below(seed, 6);
            run = run < end - at ? run : end - at;
            uint32_t flags = (uint32_t)random_below(seed, 4);
            if (flags)
                require(capture_add_run(capture, index, at - page, run, flags));
            for (uint64_t i = at; i < at + run; i++)
                resident[i] = flags & PAGE_RESIDENT;
        }
        page = end;
    }
}

static void mark(bool *pages, const struct difference_run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (uint64_t page = 0; page < runs[i].page_count; page++) {
            uint64_t at = runs[i].address / PAGE + page;
            require(at < PAGES_MAX && !pages[at], "page %" PRIu64 " stands there twice", at);
            pages[at] = true;
        }
    }
}

/* Where memory is the same before and after, a page came exactly if it is resident now and was not;
 * where it is not the same all pages went and came. */
START_TEST(pages_by_chance)
{
    static bool was[PAGES_MAX], is[PAGES_MAX], came[PAGES_MAX], went[PAGES_MAX];
    uint64_t seed = (uint64_t)_i, pages_came = 0, pages_went = 0;
    make(&before, &seed, was);
    make(&after, &seed, is);
    compare();
    memset(came, 0, sizeof came);
    memset(went, 0, sizeof went);
    mark(came, difference.came, difference.came_count);
    mark(went, difference.went, difference.went_count);
    for (size_t page = 0; page < PAGES_MAX; page++) {
        require(!came[page] || is[page]);
        require(!went[page] || was[page]);
        require(!is[page] || was[page] || came[page], "page %zu came", page);
        require(!was[page] || is[page] || went[page], "page %zu went", page);
        require(was[page] != is[page] || came[page] == went[page], "page %zu is in one list only",
                page);
        pages_came += came[page];
        pages_went += went[page];
    }
    require(pages_came == difference.pages_came && pages_went == difference.pages_went);
    uint64_t in_regions = 0;
    for (size_t i = 0; i < difference.region_count; i++) {
        in_regions += difference.regions[i].pages_came;
        require(i == 0 || difference_shown(&difference.regions[i - 1])->start <=
                              difference_shown(&difference.regions[i])->start);
    }
    require_equal(in_regions, pages_came);
}
END_TEST

START_TEST(a_live_process_and_what_it_was)
{
    size_t page = steppe_page_bytes();
    uint8_t *memory =
        mmap(NULL, 32 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(memory != MAP_FAILED);
    (void)madvise(memory, 32 * page, MADV_NOHUGEPAGE);
    store(memory, 1);
    store(memory + page, 1);
    struct process *process = process_open(getpid(), NULL, &problem);
    require(process, "%s", problem.text);
    require(process_take(process, NULL, &before));
    require_equal(before.timeline.point_count, 1);
    require_equal(madvise(memory + page, page, MADV_DONTNEED), 0);
    store(memory + 9 * page, 1);
    require(process_refresh(process, &problem), "%s", problem.text);
    require(difference_make(&difference, &before, process_capture(process), &problem));
    bool came = false, went = false;
    for (size_t i = 0; i < difference.came_count; i++)
        came = came || difference.came[i].address == (uintptr_t)memory + 9 * page;
    for (size_t i = 0; i < difference.went_count; i++)
        went = went || difference.went[i].address == (uintptr_t)memory + page;
    require(came && went);
    process_close(process);
    difference = (struct difference){
        .regions = difference.regions, .came = difference.came, .went = difference.went};
    require_equal(munmap(memory, 32 * page), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("difference");
    TCase *all = test_case(suite, "difference");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, regions_that_came_went_and_changed);
    tcase_add_test(all, the_same_twice_is_no_difference);
    tcase_add_test(all, nothing_and_something);
    tcase_add_test(all, the_largest_change_first);
    tcase_add_test(all, bytes_more_and_less);
    tcase_add_loop_test(all, pages_by_chance, 0, 100);
    tcase_add_test(all, a_live_process_and_what_it_was);
    return test_main(suite);
}
