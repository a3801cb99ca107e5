/* SPDX-License-Identifier: MIT */
/* page_map.c - states and attributes of pages against a plain array, with small chunks so that
 * mixed and uniform ones come and go. */
#include "region/page_map.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { FIRST = 77, PAGES = 20000, CHUNK_SHIFT = 9, OPERATIONS = 20000, NOT_COMMITTED = 0xee };

static void naive_set(uint8_t *naive, size_t first, size_t end, uint8_t value)
{
    memset(naive + first, value, end - first);
}

static size_t naive_run_end(const uint8_t *naive, size_t page, size_t limit)
{
    uint8_t value = naive[page];
    while (page < limit && naive[page] == value)
        page++;
    return page;
}

static void pick_range(uint64_t *random, size_t *first, size_t *end)
{
    size_t border = (size_t)1 << random_below(random, 11);
    *first = FIRST + random_below(random, PAGES - FIRST) / border * border;
    *end = *first + 1 + random_below(random, 2 * border);
    if (*end > PAGES)
        *end = PAGES;
}

static void compare(const struct stp_page_map *map, const uint8_t *naive, size_t page)
{
    bool committed = naive[page] != NOT_COMMITTED;
    require_equal(stp_page_map_is_committed(map, page), committed);
    if (committed)
        require_equal(stp_page_map_attribute(map, page), naive[page]);
    require_equal(stp_page_map_run_end(map, page, PAGES), naive_run_end(naive, page, PAGES));
}

START_TEST(agrees_with_an_array)
{
    struct stp_page_map map;
    uint32_t os_calls = 0;
    uint64_t random = 11 + (uint64_t)_i;
    uint8_t *naive = malloc(PAGES);
    naive_set(naive, 0, PAGES, NOT_COMMITTED);
    require_equal(stp_page_map_create(&map, FIRST, PAGES, CHUNK_SHIFT, &os_calls), 0);
    for (int operation = 0; operation < (is_slow() ? OPERATIONS / 20 : OPERATIONS); operation++) {
        size_t first, end;
        uint8_t attribute = (uint8_t)random_below(&random, 3);
        pick_range(&random, &first, &end);
        if (random_below(&random, 3)) {
            require_equal(stp_page_map_prepare(&map, first, end, attribute, &os_calls), 0);
            stp_page_map_set(&map, first, end, attribute);
            naive_set(naive, first, end, attribute);
        } else {
            stp_page_map_clear(&map, first, end);
            naive_set(naive, first, end, NOT_COMMITTED);
        }
        compare(&map, naive, first);
        compare(&map, naive, end - 1);
        compare(&map, naive, FIRST + random_below(&random, PAGES - FIRST));
        if (operation % 256 == 0)
            require(stp_page_map_is_valid(&map));
    }
    stp_page_map_destroy(&map, &os_calls);
    free(naive);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page_map");
    TCase *all = test_case(suite, "all");
    tcase_add_loop_test(all, agrees_with_an_array, 0, 4);
    return test_main(suite);
}
