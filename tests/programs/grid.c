/* SPDX-License-Identifier: MIT */
/* grid.c - drawing into cells, read as text. */
#include "screen/grid.h"

#include <locale.h>
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

/* Every one of them alone, in a text and as a cell: nothing of it comes to the terminal. */
START_TEST(what_only_formats_is_replaced)
{
    static const uint32_t formats[] = {0x7F,   0x80,   0x9F,   0xAD,    0x61C,   0x180E, 0x200B,
                                       0x200F, 0x2028, 0x202A, 0x202E,  0x2060,  0x2066, 0x2069,
                                       0x206F, 0xFEFF, 0xFFF9, 0x1D173, 0xE0001, 0xE007F};
    static const uint32_t visible[] = {' ',    '~',    0xA0,   0xAE,   0x301,  0x2010,
                                       0x2027, 0x202F, 0x2070, 0x2588, 0xFFFD, 0x1F600};
    screen_text(&grid, 0, 0, 12, plain_style, "a\u202Eb\u2066c\u00ADd");
    screen_text_right(&grid, 11, 1, plain_style, "x\u200Fy");
    require_shows("a\uFFFDb\uFFFDc\uFFFDd\n         x\uFFFDy\n\n");
    for (size_t i = 0; i < array_count(formats); i++) {
        char text[SCREEN_UTF8_BYTES_MAX + 1] = "";
        require(!screen_is_visible(formats[i]));
        screen_encode(formats[i], text);
        require_equal(screen_columns_of(text), 1);
        screen_text(&grid, 0, 2, 12, plain_style, text);
        require_equal(grid.cells[24].glyph, 0xFFFD);
        screen_put(&grid, 1, 2, formats[i], plain_style);
        require_equal(grid.cells[25].glyph, 0xFFFD);
    }
    for (size_t i = 0; i < array_count(visible); i++)
        require(screen_is_visible(visible[i]));
    screen_put(&grid, 0, 2, SCREEN_NO_GLYPH, plain_style); /* the second half of a wide one stays */
    require_equal(grid.cells[24].glyph, SCREEN_NO_GLYPH);
}
END_TEST

START_TEST(marks_go_on_what_they_stand_behind)
{
    uint32_t glyph = 0x301;
    require(setlocale(LC_CTYPE, "C.UTF-8"));
    require_equal(screen_width_of(&glyph), 0);
    screen_text(&grid, 0, 0, 12, plain_style, "\u0301e\u0301\u4E2D\u0302x");
    require_shows("e\u0301\u4E2D\u0302x\n\n\n");
    require_equal(grid.cells[0].marks[0], 0x301);
    for (int i = 0; i < 9; i++)
        screen_put_mark(&grid, 3, 0, 0x300 + (uint32_t)i); /* more than have room */
    require_equal(grid.cells[3].marks[SCREEN_MARKS_MAX - 1], 0x303);
    screen_put_mark(&grid, 2, 0, 0x316); /* the second half */
    require_equal(grid.cells[1].marks[1], 0x316);
    screen_put_mark(&grid, 99, 99, 0x316);
    screen_put(&grid, 0, 0, 'a', plain_style);
    require_equal(grid.cells[0].marks[0], 0);
    screen_text(&grid, 0, 1, 12, plain_style, "\U0001F468\u200D\U0001F469\u2764\uFE0F");
    require_shows("a\u4E2D\u0302\u0316x\u0300\u0301\u0302\u0303\n"
                  "\U0001F468\U0001F469\u2764\n\n");
    screen_grid_to_ascii(&grid);
    require_equal(grid.cells[1].marks[0], 0);
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
    tcase_add_test(plain, what_only_formats_is_replaced);
    tcase_add_test(plain, marks_go_on_what_they_stand_behind);
    tcase_add_test(plain, areas);
    return test_main(suite);
}
