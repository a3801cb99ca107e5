/* SPDX-License-Identifier: MIT */
/* explorer.c - process mode without a process and without a terminal: keys in, a screen out. */
#include "map/explorer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "map/explorer_command.h"
#include "map/explorer_view.h"
#include "support.h"

enum { COLUMNS = 100, ROWS = 30, PAGE = 4096 };

static struct explorer explorer;
static struct screen_grid grid;
static char *text;

/* ---- a capture made by hand ----------------------------------------------------------------- */

static const struct region regions[] = {
    {.start = 0x10000,
     .end = 0x14000,
     .id = 1,
     .kind = REGION_CODE,
     .protection = "r-xp",
     .name = "/bin/true",
     .mapping_count = 1,
     .figures = {0x4000, 0, 0x4000, 0, 0, 0}},
    {.start = 0x20000,
     .end = 0x30000,
     .id = 2,
     .kind = REGION_HEAP,
     .protection = "rw-p",
     .name = "[heap]",
     .mapping_count = 1,
     .figures = {0x10000, 0x10000, 0x8000, 0x8000, 0x1000, 0}},
    {.start = 0x100000,
     .end = 0x40100000,
     .id = 3,
     .kind = REGION_STEPPE,
     .protection = "rw-p",
     .name = "cells",
     .mapping_count = 3,
     .figures = {0x40000000, 0x3000, 0x1000, 0x1000, 0, 0}},
    {.start = 0x7ff0000000,
     .end = 0x7ff0002000,
     .id = 4,
     .kind = REGION_STACK,
     .protection = "rw-p",
     .name = "[stack]",
     .mapping_count = 1,
     .figures = {0x2000, 0x2000, FIGURE_UNKNOWN, FIGURE_UNKNOWN, FIGURE_UNKNOWN, 0}},
};

static void fill_capture(struct capture *capture, size_t skipped, bool is_grown)
{
    *capture = (struct capture){.pid = 42, .name = "true", .state = 'S', .page_bytes = PAGE};
    for (size_t i = 0; i < array_count(regions); i++) {
        if (i == skipped)
            continue;
        require(capture_add_region(capture, &regions[i]));
        if (i == 0)
            require(capture_add_run(capture, capture->region_count - 1, 0, 4,
                                    PAGE_RESIDENT | PAGE_OF_FILE));
        if (i == 1) {
            require(capture_add_run(capture, capture->region_count - 1, 0, is_grown ? 8 : 4,
                                    PAGE_RESIDENT | PAGE_DIRTY));
            require(capture_add_run(capture, capture->region_count - 1, 15, 1, PAGE_SWAPPED));
        }
        if (i == 2)
            require(capture_add_run(capture, capture->region_count - 1, 7, 1,
                                    PAGE_RESIDENT | PAGE_DIRTY));
    }
    capture_sum(capture);
    struct problem problem;
    ck_assert_msg(capture_check(capture, &problem), "%s", problem.text);
}

static const char published[] =
    "{\"reservations\": [{\"name\": \"cells\", \"start\": \"0x100000\", \"size_bytes\": 1073741824,"
    "\"page_bytes\": 4096, \"mechanism\": \"uffd\", \"policy\": \"commit\", \"fault_count\": 2,"
    "\"refused_count\": 0, \"limit_bytes\": null, \"committed_peak_bytes\": 16384,"
    "\"committed\": [[7, 3]],"
    "\"slots\": {\"start\": \"0x101000\", \"slot_bytes\": 2048, \"slot_max\": 50,"
    "\"slot_count\": 1, \"in_use\": [[12, 1]]}}]}";

static void setup(void)
{
    struct target target = {0};
    fill_capture(&target.loaded, SIZE_MAX, true);
    target.steppe = json_loads(published, 0, NULL);
    require(target.steppe);
    require(explorer_begin(&explorer, &target, 1000));
    require(screen_grid_resize(&grid, COLUMNS, ROWS));
}

static void teardown(void)
{
    explorer_end(&explorer);
    screen_grid_free(&grid);
    free(text);
    text = NULL;
}

/* ---- driving -------------------------------------------------------------------------------- */

static int cursor_column, cursor_row;

static void draw(void)
{
    explorer_view_draw(&explorer, &grid, &cursor_column, &cursor_row);
    free(text);
    text = screen_grid_text(&grid);
    require(text);
}

static bool press(uint32_t key)
{
    struct screen_event event = {.kind = SCREEN_KEY, .key = key};
    bool goes_on = explorer_command_do(&explorer, &event, grid.columns, grid.rows);
    draw();
    return goes_on;
}

static void type_line(const char *line)
{
    for (; *line; line++)
        press((unsigned char)*line);
    press(SCREEN_KEY_ENTER);
}

static void mouse(enum screen_button button, int column, int row)
{
    struct screen_event event = {
        .kind = SCREEN_MOUSE, .button = button, .column = column, .row = row};
    require(explorer_command_do(&explorer, &event, grid.columns, grid.rows));
    draw();
}

#define require_shows(part)                                                                        \
    ck_assert_msg(strstr(text, (part)) != NULL, "no '%s' in\n%s", part, text)
#define require_hides(part) ck_assert_msg(strstr(text, (part)) == NULL, "'%s' in\n%s", part, text)

/* ---- what is seen --------------------------------------------------------------------------- */

START_TEST(everything_is_there)
{
    draw();
    require_shows(" steppe-map  42  true");
    require_shows("snapshot");
    require_shows("4 regions of 6 mappings");
    require_shows("T steppe 1  C code 1  H heap 1  K stack 1");
    require_shows("C 000000010000   r-xp    16.0 KiB   16.0 KiB");
    require_shows("T 000000100000   rw-p     1.0 GiB    4.0 KiB   12.0 KiB");
    require_shows("K 007ff0000000   rw-p     8.0 KiB          ?");
    require_shows("this region: 4 pages, one a cell");
    require_shows("│◆███");
    require_shows("page 0 at 0x10000: resident, of a file or shared");
    require_shows("? help  Tab list/map");
}
END_TEST

START_TEST(lines_and_pages)
{
    draw();
    press(SCREEN_KEY_DOWN);
    require_shows("this region: 16 pages");
    require_shows("│◆███████·······█");
    press(SCREEN_KEY_TAB);
    press(SCREEN_KEY_END);
    require_shows("page 15 at 0x2f000: swapped out");
    press('l');
    require_shows("│DDDDDDDD.......◆");
    press(SCREEN_KEY_LEFT);
    require_shows("page 14 at 0x2e000: nothing is there");
    press(SCREEN_KEY_ESCAPE);
    press(SCREEN_KEY_END);
    require_shows("this region: 2 pages");
    press(SCREEN_KEY_HOME);
    press(SCREEN_KEY_UP);
    require_shows("this region: 4 pages");
}
END_TEST

START_TEST(reservations)
{
    draw();
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_DOWN);
    require_shows("cells by uffd, policy commit: committed ?, peak 16.0 KiB, 1 of 50 slots in use, "
                  "2 faults, 0 r");
    require_shows("262,144 pages");
    press('/');
    type_line("0x107000");
    require_shows("page 7 at 0x107000: resident, dirty (private to the process); slots 12..13, "
                  "2048 bytes in use");
    press(SCREEN_KEY_TAB);
    press(SCREEN_KEY_RIGHT);
    for (int i = 0; i < 20; i++)
        press('+');
    press('/');
    type_line("0x108000");
    require_shows("page 8 at 0x108000: committed, not touched; slots 14..15, 0 bytes in use");
    press('l');
    require_shows("U◆C");
    press('0');
    require_shows("a cell");
    require(explorer.tiles.is_fitted);
}
END_TEST

START_TEST(all_regions_on_one_map)
{
    draw();
    press(SCREEN_KEY_DOWN);
    press('a');
    require_shows("all regions: 262,166 pages");
    require_shows("page 4 at 0x20000");
    press('a');
    require_shows("this region: 16 pages");
}
END_TEST

START_TEST(sorting_and_choosing)
{
    draw();
    press('s');
    require_shows("4 by reserved");
    require(explorer_region(&explorer)->id == 3);
    press('S');
    require_shows("4 by -reserved");
    require(explorer_region(&explorer)->id != 3);
    press('f');
    require(cursor_row == ROWS - 1 && cursor_column > 0);
    type_line("STACK");
    require_shows("1 by");
    require(explorer_region(&explorer)->id == 4);
    press('f');
    for (int i = 0; i < 5; i++)
        press(SCREEN_KEY_BACKSPACE);
    type_line("no such thing");
    require_shows("no region is so");
    require(!explorer_region(&explorer));
    press(SCREEN_KEY_DOWN); /* nothing to move in is no error */
    press('f');
    press('U' - '@');
    press(SCREEN_KEY_ENTER);
    require_equal(explorer.line_count, 4);
    press('k');
    require_equal(explorer.line_count, 1);
    for (int i = 0; i < 4; i++)
        press('k');
    require_equal(explorer.line_count, 4);
    press('r');
    require_equal(explorer.line_count, 4); /* the stack's are unknown */
}
END_TEST

START_TEST(finding)
{
    draw();
    press('/');
    type_line("heap");
    require(explorer_region(&explorer)->id == 2);
    press('f');
    type_line("code");
    press('/');
    type_line("0x7ff0001000"); /* left out by the filter, which goes */
    require(explorer_region(&explorer)->id == 4);
    require_shows("page 1 at 0x7ff0001000");
    press('/');
    type_line("nowhere");
    require(explorer.is_bad_news && explorer.message[0]);
    press('/');
    press('x');
    press(SCREEN_KEY_ESCAPE);
    require_equal(explorer.prompt, EXPLORER_NO_PROMPT);
    require(explorer_region(&explorer)->id == 4);
}
END_TEST

START_TEST(the_mouse)
{
    draw();
    struct explorer_layout layout = explorer_layout(COLUMNS, ROWS);
    mouse(SCREEN_BUTTON_LEFT, 5, layout.list.row + 2);
    require(explorer_region(&explorer)->id == 2);
    mouse(SCREEN_BUTTON_LEFT, layout.map.column + 3, layout.map.row);
    require(explorer.page == 3 && explorer.focus == EXPLORER_MAP);
    mouse(SCREEN_BUTTON_LEFT, layout.map.column + 60, layout.map.row + 1); /* no page there */
    require_equal(explorer.page, 3);
    mouse(SCREEN_WHEEL_DOWN, 5, layout.list.row + 1);
    require(explorer_region(&explorer)->id == 4);
    mouse(SCREEN_WHEEL_UP, 5, layout.list.row + 1);
    mouse(SCREEN_BUTTON_LEFT, 5, layout.list.row + 3);
    require(explorer_region(&explorer)->id == 3);
    uint64_t before = explorer.tiles.units_per_cell;
    mouse(SCREEN_WHEEL_UP, layout.map.column, layout.map.row);
    require_equal(explorer.tiles.units_per_cell, before / 2);
    mouse(SCREEN_WHEEL_DOWN, layout.map.column, layout.map.row);
    require_equal(explorer.tiles.units_per_cell, before);
    mouse(SCREEN_BUTTON_LEFT, 5, layout.list.row);
    mouse(SCREEN_BUTTON_LEFT, 5, layout.list.row + 50);
    mouse(SCREEN_BUTTON_RIGHT, 5, 0);
    require(explorer_region(&explorer)->id == 3);
}
END_TEST

START_TEST(differences)
{
    draw();
    press('d');
    require_shows("there is no baseline yet: b takes one");
    press('b');
    require_shows("baseline taken");
    press('d');
    require_shows("nothing came, went or changed");
    press('d');
    /* Another past: without the stack, with a smaller heap. */
    capture_free(&explorer.baseline);
    fill_capture(&explorer.baseline, 3, false);
    press('d');
    require_equal(explorer.line_count, 2);
    require_shows("changed +4 -0");
    require_shows("│◆███++++");
    press(SCREEN_KEY_DOWN);
    require(explorer_change(&explorer)->change == DIFFERENCE_CAME);
    /* And without the code, which has gone since. */
    press('d');
    capture_free(&explorer.baseline);
    fill_capture(&explorer.baseline, SIZE_MAX, true);
    capture_free(&explorer.target.loaded);
    fill_capture(&explorer.target.loaded, 0, true);
    press('d');
    require_equal(explorer.line_count, 1);
    require(explorer_change(&explorer)->change == DIFFERENCE_WENT);
    require_shows("│◆---");
    require_shows("page 0 at 0x10000");
    press('b');
    require(!explorer.shows_difference);
}
END_TEST

START_TEST(bad_places_for_files)
{
    draw();
    press('w');
    require_shows("save a snapshot to the file: steppe-map-42.json");
    press('U' - '@');
    type_line("/nowhere/at/all");
    require(explorer.is_bad_news);
    require_shows("/nowhere/at/all");
    press('h');
    press('U' - '@');
    type_line("/nowhere/at/all");
    require_shows("/nowhere/at/all cannot be written: No such file");
    press('m');
    require_shows("of a living process only");
    press('n');
    require_shows("/ does");
    press('x');
    require_shows("means nothing here");
}
END_TEST

START_TEST(any_size_of_screen)
{
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_DOWN);
    for (int columns = 0; columns < 200; columns += 7)
        for (int rows = 0; rows < 60; rows += 3) {
            require(screen_grid_resize(&grid, columns, rows));
            draw();
            if (columns < EXPLORER_COLUMNS_MIN || rows < EXPLORER_ROWS_MIN)
                require_hides("steppe-map");
            else
                require_shows("steppe-map");
            mouse(SCREEN_BUTTON_LEFT, columns / 2, rows / 2);
            press(SCREEN_KEY_PAGE_DOWN);
            press(SCREEN_KEY_TAB);
        }
    require(screen_grid_resize(&grid, COLUMNS, ROWS));
    press('?');
    require_shows("any key: back");
    require(press('q')); /* only help is closed */
    require_hides("any key: back");
    require(!press('q'));
}
END_TEST

/* Names come from the process looked at. */
START_TEST(hostile_names)
{
    explorer.target.loaded.regions[1].name = "\033[2J\xff\xfe"
                                             "a\tb\n\xe2\x80\xae"
                                             "c";
    snprintf(explorer.target.loaded.name, sizeof explorer.target.loaded.name, "\033]0;x\007");
    draw();
    press(SCREEN_KEY_DOWN);
    require_hides("\033");
    require_hides("\t");
    require_hides("\007");
    explorer.target.loaded.regions[1].name = "";
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explorer");
    TCase *plain = test_case(suite, "plain");
    tcase_add_checked_fixture(plain, setup, teardown);
    tcase_add_test(plain, everything_is_there);
    tcase_add_test(plain, lines_and_pages);
    tcase_add_test(plain, reservations);
    tcase_add_test(plain, all_regions_on_one_map);
    tcase_add_test(plain, sorting_and_choosing);
    tcase_add_test(plain, finding);
    tcase_add_test(plain, the_mouse);
    tcase_add_test(plain, differences);
    tcase_add_test(plain, bad_places_for_files);
    tcase_add_test(plain, any_size_of_screen);
    tcase_add_test(plain, hostile_names);
    return test_main(suite);
}
