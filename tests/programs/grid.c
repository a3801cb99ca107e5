/* SPDX-License-Identifier: MIT */
/* grid.c - drawing into cells, read as text. */
#include "screen/grid.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

static struct screen_grid grid;
static const struct screen_style plain_style;

static void setup(void)
{
    require(screen_grid_resize(&grid, 12, 3));
}

static void teardown(void)
{
    screen_grid_free(&grid);
}

static void require_shows(const char *expected)
{
    char *text = screen_grid_text(&grid);
    require(text);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(text_is_cut_with_an_ellipsis)
{
    require_equal(screen_text(&grid, 0, 0, 5, plain_style, "steppe"), 5);
    require_equal(screen_text(&grid, 6, 0, 6, plain_style, "steppe"), 6);
    require_equal(screen_text(&grid, 0, 1, 0, plain_style, "steppe"), 0);
    require_equal(screen_format(&grid, 0, 2, 12, plain_style, "%d pages", 3), 7);
    require_shows("step… steppe\n\n3 pages\n");
    screen_grid_to_ascii(&grid);
    require_shows("step~ steppe\n\n3 pages\n");
}
END_TEST

START_TEST(outside_nothing_is_drawn)
{
    screen_text(&grid, -3, 0, 10, plain_style, "reserve");
    screen_text(&grid, 9, 1, 10, plain_style, "commit");
    screen_text(&grid, 0, 3, 10, plain_style, "below");
    screen_text(&grid, 0, -1, 10, plain_style, "above");
    screen_text_right(&grid, 11, 2, plain_style, "fault");
    screen_fill(&grid, (struct screen_area){-5, 2, 7, 9}, '#', plain_style);
    require_shows("erve\n         com\n##     fault\n");
}
END_TEST

START_TEST(frames_have_titles)
{
    screen_frame(&grid, (struct screen_area){0, 0, 12, 3}, plain_style, "pages");
    require_shows("┌─ pages ──┐\n│          │\n└──────────┘\n");
    screen_grid_to_ascii(&grid);
    require_shows("+- pages --+\n|          |\n+----------+\n");
}
END_TEST

START_TEST(what_is_no_text_is_replaced)
{
    uint32_t glyph;
    screen_text(&grid, 0, 0, 12, plain_style, "a\033[31mb\nc");
    screen_text(&grid, 0, 1, 12, plain_style, "x\xff\xc0\x80\xed\xa0\x80y");
    require_shows("a�[31mb�c\nx������y\n\n");
    require_equal(screen_decode("", &glyph), 0);
    require_equal(screen_decode("\xe2\x82", &glyph), 1);
    require_equal(glyph, 0xFFFD);
    require_equal(screen_decode("\xe2\x82\xac", &glyph), 3);
    require_equal(glyph, 0x20AC);
}
END_TEST

START_TEST(areas)
{
    struct screen_area area = {2, 3, 4, 5};
    require(screen_area_has(area, 2, 3) && screen_area_has(area, 5, 7));
    require(!screen_area_has(area, 6, 3) && !screen_area_has(area, 2, 8));
    require(!screen_area_has(area, 1, 3) && !screen_area_has(area, 2, 2));
    require(screen_grid_resize(&grid, 0, 0));
    screen_text(&grid, 0, 0, 9, plain_style, "nowhere");
    require_shows("");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("grid");
    TCase *plain = test_case(suite, "plain");
    tcase_add_checked_fixture(plain, setup, teardown);
    tcase_add_test(plain, text_is_cut_with_an_ellipsis);
    tcase_add_test(plain, outside_nothing_is_drawn);
    tcase_add_test(plain, frames_have_titles);
    tcase_add_test(plain, what_is_no_text_is_replaced);
    tcase_add_test(plain, areas);
    return test_main(suite);
}
