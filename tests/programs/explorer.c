/* SPDX-License-Identifier: MIT */
/* explorer.c - process mode without a process and without a terminal: keys in, a screen out. */
#include "map/explorer.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "map/explorer_children.h"
#include "map/explorer_command.h"
#include "map/explorer_layout.h"
#include "map/explorer_view.h"
#include "executing.h"
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
    require_equal(unsetenv("NO_COLOR"), 0); /* shades, whatever whoever runs this likes */
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

/* The cell of a page of the map. */
static const struct screen_cell *cell_of_page(uint64_t page)
{
    struct explorer_layout layout = explorer_layout(&explorer, grid.columns, grid.rows);
    int column, row;
    require(tiles_find(&explorer.tiles, page, &column, &row));
    return &grid.cells[(layout.map.row + row) * grid.columns + layout.map.column + column];
}

static void load_capture(size_t skipped, bool is_grown)
{
    capture_free(&explorer.target.loaded);
    fill_capture(&explorer.target.loaded, skipped, is_grown);
}

/* ---- what is seen --------------------------------------------------------------------------- */

START_TEST(everything_is_there)
{
    draw();
    require_shows(" steppe-map  42  true");
    require_shows("snapshot");
    require_shows("4 regions of 6 mappings");
    require_shows("T steppe 1  C code 1  H heap 1  K stack 1");
    require_shows("C 000000010000     r-xp   16.0 KiB   16.0 KiB");
    require_shows("T 000000100000     rw-p    1.0 GiB    4.0 KiB   12.0 KiB");
    require_shows("K 007ff0000000     rw-p    8.0 KiB          ?");
    require_shows("this region: 4 pages, one a cell");
    require_shows("│◆███");
    require_shows("page 0 at 0x10000: resident, of a file or shared");
    require_shows("? help  q quit  Tab list/map");
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
    require_shows("│DDDDDDDD.......S");
    require(cell_of_page(15)->style.flags & SCREEN_REVERSE);
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
    require_shows(" cells  steppe (uffd, commit) rw-p 100000..40100000\n"
                  " committed ?  slots 1 of 50  peak 16.0 KiB  faults 2  refused 0  OS calls ?\n");
    require_shows("262,144 pages");
    press('/');
    type_line("0x107000");
    require_shows("page 7 at 0x107000: resident, dirty (private to the process); slots 12..13, "
                  "2,048 bytes in use");
    press(SCREEN_KEY_TAB);
    press(SCREEN_KEY_RIGHT);
    for (int i = 0; i < 20; i++)
        press('+');
    press('/');
    type_line("0x108000");
    require_shows("page 8 at 0x108000: committed, not touched; slots 14..15, 0 bytes in use");
    press('l');
    require_shows("UCC");
    require_shows("this region: 262,144 pages, one a cell; 0-685 here");
    require(cell_of_page(8)->style.flags & SCREEN_REVERSE);
    require(!(cell_of_page(7)->style.flags & SCREEN_REVERSE));
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
    require_shows("address^");
    press('s');
    require_shows("sorted by size, largest first");
    require_shows("sizev");
    require_hides("address^");
    require(explorer_region(&explorer)->id == 3);
    press('S');
    require_shows("sorted by size, smallest first");
    require_shows("size^");
    require(explorer_region(&explorer)->id != 3);
    require_hides("regions shown");
    press('f');
    require(cursor_row == ROWS - 1 && cursor_column > 0);
    require_shows("C-u Enter: none; Esc: keep");
    type_line("STACK");
    require_shows("1 of 4 regions shown  filter: \"STACK\"\n T steppe 1");
    require(explorer_region(&explorer)->id == 4);
    press('f');
    require_shows("keep): STACK");
    press('X');
    press(SCREEN_KEY_ESCAPE);
    require_shows("filter: \"STACK\"");
    press('f');
    for (int i = 0; i < 5; i++)
        press(SCREEN_KEY_BACKSPACE);
    type_line("no such thing");
    require_shows("no region is so (f: filter, k: kinds, r: resident)");
    press('.');
    require_shows("no region is selected");
    require(!explorer_region(&explorer));
    require_shows(" no region ");
    press(SCREEN_KEY_DOWN); /* nothing to move in is no error */
    press('f');
    press('U' - '@');
    press(SCREEN_KEY_ENTER);
    require_equal(explorer.line_count, 4);
    require_hides("filter:");
    press('k');
    require_equal(explorer.line_count, 1);
    require_shows("1 of 4 regions shown  kind: steppe\n"); /* first, as in the legend */
    press('k');
    require_shows("1 of 4 regions shown  kind: code\n");
    press('K');
    require_shows("1 of 4 regions shown  kind: steppe\n");
    press('K');
    require_equal(explorer.line_count, 4);
    press('K');
    require_shows("1 of 4 regions shown  kind: stack\n");
    press('k');
    require_equal(explorer.line_count, 4);
    press('r');
    require_equal(explorer.line_count, 4); /* the stack's are unknown */
    require_shows("4 of 4 regions shown  only resident\n");
}
END_TEST

START_TEST(sorting_follows_the_columns)
{
    static const char *const orders[] = {"size",    "resident", "committed", "dirty",
                                         "swapped", "name",     "kind",      "address"};
    draw();
    for (size_t i = 0; i < array_count(orders); i++) {
        char said[64];
        press('s');
        snprintf(said, sizeof said, "sorted by %s", orders[i]);
        require_shows(said);
        require(explorer.line == 0);
    }
    require_equal(explorer.choice.order, REGION_BY_ADDRESS);
}
END_TEST

/* Whether colours are wanted is not known here otherwise. */
START_TEST(letters_without_colours)
{
    draw();
    require_shows("│◆███");
    explorer_end(&explorer);
    struct target target = {0};
    fill_capture(&target.loaded, SIZE_MAX, true);
    require_equal(setenv("NO_COLOR", "1", 1), 0);
    require(explorer_begin(&explorer, &target, 1000));
    draw();
    require_shows("│RRRR");
    press('l');
    require_shows("│◆███");
}
END_TEST

/* An empty cell, a full one and a part of one look different under the cursor, too. */
START_TEST(the_cursor_hides_nothing)
{
    draw();
    press(SCREEN_KEY_DOWN);
    require_shows("│◆███████·······█");
    explorer.page = 10;
    draw();
    require_shows("│████████··×····█");
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_TAB);
    require(explorer.tiles.units_per_cell > 8);
    uint32_t glyph = cell_of_page(0)->glyph;
    require(glyph == 0x2591 && (cell_of_page(0)->style.flags & SCREEN_REVERSE));
    press(SCREEN_KEY_RIGHT);
    require(cell_of_page(0)->glyph == glyph);
    require(!(cell_of_page(0)->style.flags & SCREEN_REVERSE));
}
END_TEST

START_TEST(pages_with_something)
{
    draw();
    press(SCREEN_KEY_DOWN);
    press('.');
    require_shows("page 15 at 0x2f000: swapped out");
    press('.');
    require_shows("no page behind this one has something in it");
    press(',');
    require_equal(explorer.page, 0);
    press(',');
    require_shows("no page before this one has something in it");
    press(SCREEN_KEY_DOWN); /* the reservation: page 7 resident and committed, 8 and 9 committed */
    require(explorer.tiles.units_per_cell > 1);
    press('.');
    require_shows("page 7 at 0x107000: resident");
    require_equal(explorer.tiles.units_per_cell, 1);
    require_equal(cell_of_page(7)->glyph, 0x25C6);
    press('.');
    require_shows("page 8 at 0x108000: committed, not touched");
    press('.');
    require_shows("no page behind");
    explorer.page = 262143;
    press(',');
    require_equal(explorer.page, 8);
    press(',');
    require_equal(explorer.page, 7);
    press('a');
    press(SCREEN_KEY_TAB);
    press(SCREEN_KEY_END);
    require_shows("page 262,165 at 0x7ff0001000");
    press(SCREEN_KEY_TAB);
    explorer.page = 20;
    press(',');
    require_shows("page 19 at 0x2f000: swapped out"); /* in all regions: another one */
}
END_TEST

START_TEST(a_small_screen)
{
    static const char long_name[] = "/usr/lib/x86_64-linux-gnu/of/a/library/libsomething.so.6";
    require(screen_grid_resize(&grid, 80, 24));
    explorer.target.loaded.regions[1].name = long_name;
    draw();
    require_shows("? help  q quit");
    press(SCREEN_KEY_DOWN);
    require_shows("libsomething.so.6  heap rw-p 20000..30000");
    require_shows("swapped 4.0 KiB dirty 32.0 KiB resident 32.0 KiB committed \u2264 64.0 KiB\n");
    require_shows("page 0 at 0x20000");
    for (int columns = 80; columns >= EXPLORER_COLUMNS_MIN; columns -= 16) {
        require(screen_grid_resize(&grid, columns, 24));
        press('?');
        require_shows("any key: back");
        require_shows(". ,   ");
        const char *help = strstr(text, "┌─ keys");
        require(help);
        for (const char *line = help; (line = strchr(line, '\n')) != NULL; line++) {
            const char *cut = strstr(line, "… │"), *end = strchr(line + 1, '\n');
            require(!cut || (end && cut > end), "cut: %.90s", line);
        }
        press('x');
    }
    explorer.target.loaded.regions[1].name = "";
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
    require_hides("nothing is mapped");
    press('/');
    type_line("0x50000");
    require_shows("nothing is mapped at 0x50000: this is the next region");
    require(explorer_region(&explorer)->id == 3);
    press('/');
    type_line("0x8000000000");
    require_shows("nothing is mapped at 0x8000000000: this is the last region");
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
    struct explorer_layout layout = explorer_layout(&explorer, COLUMNS, ROWS);
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
    mouse(SCREEN_BUTTON_LEFT, 5, layout.list.row + 50);
    mouse(SCREEN_BUTTON_RIGHT, 5, 0);
    require(explorer_region(&explorer)->id == 3);
}
END_TEST

/* The middle of a title, by what is written there. */
static int column_of(const struct explorer_layout *layout, const char *title)
{
    for (size_t i = 0; i < layout->column_count; i++)
        if (strcmp(layout->columns[i].title, title) == 0)
            return layout->columns[i].area.column + layout->columns[i].area.columns / 2;
    ck_abort_msg("no column %s", title);
}

/* Whatever the size: each cell of each thing finds it, and nothing lies on something else. */
START_TEST(what_is_under_the_mouse)
{
    static const int sizes[][2] = {{64, 13}, {80, 15}, {80, 24}, {80, 30}, {100, 30}, {150, 50}};
    for (size_t i = 0; i < array_count(sizes); i++) {
        int columns = sizes[i][0], rows = sizes[i][1];
        size_t counts[EXPLORER_HIT_KEY + 1] = {0}, titles = 0, kinds = 0;
        struct explorer_layout layout = explorer_layout(&explorer, columns, rows);
        require(!layout.is_too_small);
        for (int row = -1; row <= rows; row++)
            for (int column = -1; column <= columns; column++)
                counts[explorer_layout_hit(&layout, column, row).what]++;
        for (size_t j = 0; j < layout.column_count; j++)
            titles += (size_t)layout.columns[j].area.columns;
        for (size_t j = 0; j < layout.entry_count; j++)
            kinds += (size_t)layout.entries[j].area.columns;
        require_equal(counts[EXPLORER_HIT_TITLE], titles);
        require_equal(counts[EXPLORER_HIT_KIND], kinds);
        require_equal(counts[EXPLORER_HIT_CELL], (size_t)(layout.map.columns * layout.map.rows));
        require_equal(counts[EXPLORER_HIT_LINE],
                      (size_t)(layout.list.columns * (layout.list.rows - 1)));
        struct explorer_column *last = &layout.columns[layout.column_count - 1];
        require_equal(last->area.column + last->area.columns,
                      layout.list.column + layout.list.columns);
        require(last->area.columns >= 14);
    }
    struct explorer_layout layout = explorer_layout(&explorer, 80, 24);
    struct explorer_hit hit =
        explorer_layout_hit(&layout, column_of(&layout, "dirty"), layout.list.row);
    require(hit.what == EXPLORER_HIT_TITLE && hit.order == REGION_BY_DIRTY);
    hit = explorer_layout_hit(&layout, column_of(&layout, "may"), layout.list.row);
    require(hit.what == EXPLORER_HIT_TITLE && hit.order == -1);
    hit = explorer_layout_hit(&layout, 1, layout.kinds.row);
    require(hit.what == EXPLORER_HIT_KIND && hit.kind == REGION_STEPPE);
    hit = explorer_layout_hit(&layout, 0, layout.kinds.row);
    require(hit.what == EXPLORER_HIT_NOTHING);
    hit = explorer_layout_hit(&layout, 0, layout.list.row);
    require(hit.what == EXPLORER_HIT_NOTHING); /* above the letters of kinds */
    hit = explorer_layout_hit(&layout, 1, 23);
    require(hit.what == EXPLORER_HIT_KEY && hit.key == '?');
    hit = explorer_layout_hit(&layout, layout.map.column + 7, layout.map.row + 1);
    require(hit.what == EXPLORER_HIT_CELL && hit.column == 7 && hit.row == 1);
    hit = explorer_layout_hit(&layout, layout.map.column + 7, layout.map.row - 1);
    require(hit.what == EXPLORER_HIT_NOTHING); /* the frame */
    explorer_say(&explorer, false, "where the keys were");
    layout = explorer_layout(&explorer, 80, 24);
    require(explorer_layout_hit(&layout, 1, 23).what == EXPLORER_HIT_NOTHING);
}
END_TEST

START_TEST(clicks_on_titles)
{
    draw();
    struct explorer_layout layout = explorer_layout(&explorer, COLUMNS, ROWS);
    int row = layout.list.row;
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "size"), row);
    require_shows("sorted by size, largest first");
    require_shows("sizev");
    require(explorer_region(&explorer)->id == 3);
    mouse(SCREEN_BUTTON_UP, column_of(&layout, "size"), row); /* says nothing, unsays nothing */
    require_shows("sorted by size, largest first");
    mouse(SCREEN_BUTTON_DOUBLE, column_of(&layout, "size"), row);
    require_shows("sorted by size, smallest first");
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "swapped"), row);
    require_shows("sorted by swapped, largest first");
    require(explorer_region(&explorer)->id == 2);
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "name"), row);
    require_shows("sorted by name");
    require_shows("name^");
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "may"), row);
    require_equal(explorer.choice.order, REGION_BY_NAME);
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "address"), row);
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "address"), row);
    require_shows("sorted by address, last first");
    require_shows("addressv");
    require(explorer_region(&explorer)->id == 4);

    fill_capture(&explorer.baseline, 0, true);
    press('d');
    layout = explorer_layout(&explorer, COLUMNS, ROWS);
    require_equal(explorer.difference_order, DIFFERENCE_BY_RESIDENT);
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "address"), row);
    require_shows("sorted by address");
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "address"), row);
    require_shows("sorted by address, last first");
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "committed"), row);
    require_equal(explorer.difference_order, DIFFERENCE_BY_ADDRESS);
    mouse(SCREEN_BUTTON_LEFT, column_of(&layout, "resident"), row);
    require_shows("sorted by change of resident bytes, largest first");
    require_equal(explorer.choice.order, REGION_BY_ADDRESS);
}
END_TEST

START_TEST(clicks_on_kinds)
{
    draw();
    struct explorer_layout layout = explorer_layout(&explorer, COLUMNS, ROWS);
    int row = layout.kinds.row;
    require_equal(layout.entry_count, 4);
    int code = layout.entries[1].area.column, heap = layout.entries[2].area.column;
    mouse(SCREEN_BUTTON_LEFT, code, row);
    require_shows("1 of 4 regions shown  kind: code\n");
    require(explorer_region(&explorer)->id == 1);
    require(grid.cells[row * COLUMNS + code].style.flags & SCREEN_REVERSE);
    require(!(grid.cells[row * COLUMNS + heap].style.flags & SCREEN_REVERSE));
    mouse(SCREEN_BUTTON_LEFT, heap, row); /* it is still where it was */
    require_shows("2 of 4 regions shown  kind: code heap\n");
    mouse(SCREEN_BUTTON_LEFT, code, row);
    require_shows("1 of 4 regions shown  kind: heap\n");
    require(explorer_region(&explorer)->id == 2);
    mouse(SCREEN_BUTTON_LEFT, heap, row);
    require_hides("regions shown");
    require_equal(explorer.line_count, 4);
    mouse(SCREEN_BUTTON_LEFT, layout.entries[3].area.column + layout.entries[3].area.columns, row);
    require_equal(explorer.line_count, 4);
}
END_TEST

/* However many kinds and however narrow the screen, all of them can be seen and clicked on. */
START_TEST(a_legend_of_all_kinds)
{
    for (int kind = 0; kind < REGION_KIND_COUNT; kind++)
        explorer.target.loaded.kind_counts[kind] = 12;
    for (int columns = EXPLORER_COLUMNS_MIN; columns <= 160; columns++) {
        struct explorer_layout layout = explorer_layout(&explorer, columns, 24);
        require(layout.entry_count >= 8 && layout.is_legend_cut == (columns < 71));
        require(layout.is_legend_cut || layout.entry_count == REGION_KIND_COUNT);
    }
    require(screen_grid_resize(&grid, 80, 24));
    draw();
    require_shows(" T steppe  C code  D data  H heap  K stack  F file  S shm  A anon  R res  X "
                  "spec\n");
    require(screen_grid_resize(&grid, EXPLORER_COLUMNS_MIN, 24));
    draw();
    require_shows(" T steppe C code D data H heap K stack F file S shm A anon\u2026\n");
    require(screen_grid_resize(&grid, 160, 24));
    draw();
    require_shows(" T steppe 12  C code 12  D data 12");
    require_shows("A anonymous 12  R reserved 12  X special 12\n");
}
END_TEST

START_TEST(clicks_on_keys)
{
    require(screen_grid_resize(&grid, 80, 24));
    draw();
    struct explorer_layout layout = explorer_layout(&explorer, 80, 24);
    for (size_t i = 0; i < layout.named_count; i++) {
        const struct explorer_key *key = &layout.named[i];
        struct screen_event event = {
            .kind = SCREEN_MOUSE, .column = key->area.column, .row = key->area.row};
        if (key->key == 'q')
            require(!explorer_command_do(&explorer, &event, 80, 24));
        if (key->key != 'f')
            continue;
        mouse(SCREEN_BUTTON_LEFT, event.column, event.row);
        require_equal(explorer.prompt, EXPLORER_ASKS_FILTER);
        mouse(SCREEN_BUTTON_LEFT, 5, layout.list.row); /* an answer is waited for */
        require_equal(explorer.prompt, EXPLORER_ASKS_FILTER);
        require(!explorer.choice.is_reversed);
        press(SCREEN_KEY_ESCAPE);
    }
    mouse(SCREEN_BUTTON_LEFT, 1, 23);
    require(explorer.shows_help);
}
END_TEST

/* No line of help is out of reach on any screen. */
START_TEST(help_on_small_screens)
{
    require(screen_grid_resize(&grid, 80, 15));
    press('?');
    require_shows("up down PgUp PgDn");
    require_hides("resident: in memory");
    require_shows("down: more; any other key: back");
    press(SCREEN_KEY_DOWN);
    require_hides("up down PgUp PgDn");
    mouse(SCREEN_WHEEL_UP, 40, 7);
    require_shows("up down PgUp PgDn");
    press(SCREEN_KEY_PAGE_DOWN);
    require_shows("m                            smaps");
    press(SCREEN_KEY_END);
    require_shows("up: more; any other key: back");
    require_shows("resident: in memory. dirty: private copies.");
    require_shows("mouse: a title");
    press(SCREEN_KEY_PAGE_DOWN);
    require_shows("resident: in memory");
    require(screen_grid_resize(&grid, 80, 24)); /* all of it fits again */
    draw();
    require_shows("up down PgUp PgDn");
    require_shows("any key: back");
    require(press(SCREEN_KEY_DOWN));
    require(!explorer.shows_help);
    require(screen_grid_resize(&grid, 80, 15));
    press('?');
    require_shows("up down PgUp PgDn"); /* it begins at the beginning */
    mouse(SCREEN_BUTTON_LEFT, 40, 7);
    require(!explorer.shows_help);
    for (int rows = EXPLORER_ROWS_MIN; rows < 30; rows++) {
        require(screen_grid_resize(&grid, 80, rows));
        press('?');
        for (int i = 0; i < 30 && !strstr(text, "resident: in memory"); i++)
            press(SCREEN_KEY_DOWN);
        require_shows("resident: in memory");
        require_shows("any");
        press('x');
    }
}
END_TEST

/* The name of the process is the last that has to give way. */
START_TEST(titles_on_narrow_screens)
{
    struct capture *capture = &explorer.target.loaded;
    snprintf(capture->name, sizeof capture->name, "fifteen-letters");
    capture->cost.refresh_ns = 12345678;
    capture->region_count = 4;
    capture->mapping_count = 123456;
    for (int columns = EXPLORER_COLUMNS_MIN; columns <= 150; columns++) {
        require(screen_grid_resize(&grid, columns, 24));
        draw();
        require_shows(" steppe-map  42  fifteen-letters ");
        require_shows("12.3 ms");
        require_shows(" 4 regions of 123,456 mappings; 3 holes, largest 510.7 GiB");
        require_shows("0 %\n");
    }
}
END_TEST

/* Curves at the common size as well. */
START_TEST(a_timeline_on_small_screens)
{
    struct timeline *timeline = &explorer.target.loaded.timeline;
    for (uint64_t i = 0; i < 8; i++) {
        struct timeline_point point = {
            .unix_ns = i * 1000000000,
            .totals = {.committed_bytes = (i + 1) * STEPPE_MIB,
                       .resident_bytes = (8 - i) * STEPPE_MIB,
                       .dirty_bytes = i == 3 ? FIGURE_UNKNOWN : i % 2 * STEPPE_MIB}};
        require(timeline_add(timeline, &point));
    }
    require(screen_grid_resize(&grid, 80, 24));
    draw();
    require_shows("\n committed \u2582\u2583\u2584\u2585\u2585\u2586\u2587\u2588        "
                  "resident \u2588\u2587\u2586\u2585\u2585\u2584\u2583\u2582         "
                  "dirty \u2581\u2588\u2581 \u2581\u2588\u2581\u2588\n");
    for (uint64_t i = 8; i < 1000; i++) {
        struct timeline_point point = {.unix_ns = i * 1000000000,
                                       .totals = {.committed_bytes = STEPPE_MIB,
                                                  .resident_bytes = STEPPE_MIB,
                                                  .dirty_bytes = STEPPE_MIB}};
        require(timeline_add(timeline, &point));
    }
    for (int columns = EXPLORER_COLUMNS_MIN; columns <= 150; columns++) {
        require(screen_grid_resize(&grid, columns, 24)); /* curves do not touch their neighbours */
        draw();
        require_shows("\u2582  resident \u2588");
        require_shows(" dirty \u2588");
    }
    require(screen_grid_resize(&grid, 80, 30));
    draw();
    require_shows("committed    1.0 MiB  peak 8.0 MiB");
    require_shows("dirty        1.0 MiB  peak 1.0 MiB");
    require(screen_grid_resize(&grid, 80, 23));
    draw();
    require_hides("\u2582");
}
END_TEST

/* What the library says of the whole process. */
START_TEST(the_library)
{
    static const char some[] =
        "{\"committed_bytes\": 40960, \"committed_peak_bytes\": 65536, \"limit_bytes\": 1048576,"
        "\"fault_count\": 12, \"commit_count\": 3, \"decommit_count\": 4, \"refused_count\": 5,"
        "\"os_call_count\": 67, \"reservation_count\": 3, \"torn_count\": 2, \"reservations\":"
        "[{\"name\": \"cells\", \"start\": \"0x100000\", \"size_bytes\": 1073741824,"
        "\"page_bytes\": 4096}]}";
    draw();
    require_shows("Steppe: reservations 1  reserved 1.0 GiB  committed ?");
    require_shows("process limit none");
    json_decref(explorer.target.steppe);
    explorer.target.steppe = json_loads(some, 0, NULL);
    require(explorer.target.steppe);
    explorer_refresh(&explorer);
    require(screen_grid_resize(&grid, 80, 24));
    draw();
    require_shows(" Steppe: not shown 2 reservations 3 reserved 1.0 GiB\n"
                  " committed 40.0 KiB of 1.0 MiB peak 64.0 KiB faults 12 refused 5 OS calls 67\n");
    require(screen_grid_resize(&grid, 140, 30));
    draw();
    require_shows("faults 12  refused 5  OS calls 67\n commits 3  decommits 4\n");
    static const char odd[] =
        "{\"committed_bytes\": \"much\", \"fault_count\": -3, \"refused_count\":"
        "1.5, \"limit_bytes\": [], \"torn_count\": {}, \"is_cut\": true,"
        "\"reservation_count\": 9223372036854775807, \"reservations\": 7}";
    json_decref(explorer.target.steppe);
    explorer.target.steppe = json_loads(odd, 0, NULL);
    require(explorer.target.steppe);
    explorer_refresh(&explorer);
    draw();
    require_shows(
        " Steppe: pages not all known  reservations 9,223,372,036,854,775,807  reserved 0 B  "
        "committed ?  peak ?  process limit none  faults ?");
    json_decref(explorer.target.steppe);
    explorer.target.steppe = NULL;
    explorer_refresh(&explorer);
    require(screen_grid_resize(&grid, 80, 24));
    draw();
    require_hides("Steppe"); /* and its rows are the list's and the map's */
    struct explorer_layout layout = explorer_layout(&explorer, 80, 24);
    require_equal(layout.list.row, layout.kinds.row + 1);
    /* Mapped, and silent: one row says what to do; but not over another problem. */
    explorer.target.loaded.regions[0].name = "/opt/lib/libsteppe.so.0.1";
    explorer_refresh(&explorer);
    draw();
    require_shows("\n it uses Steppe, publishes nothing: start it with STEPPE_PUBLISH=1\n");
    layout = explorer_layout(&explorer, 80, 24);
    require_equal(layout.list.row, layout.kinds.row + 2);
    (void)problem_say(&explorer.target.steppe_problem, "damaged");
    explorer_refresh(&explorer);
    draw();
    require_hides("publishes nothing");
}
END_TEST

/* smaps are asked for of one region: they never stand beside another one's name. */
START_TEST(smaps_of_the_region_in_line)
{
    explorer.smaps = (struct smaps){.start = 0x10000, .rss_bytes = 0x4000};
    explorer.shows_smaps = true;
    draw();
    require_shows("smaps rss 16.0 KiB");
    press('s');
    require_hides("smaps rss");
    press(SCREEN_KEY_END);
    require_hides("smaps rss");
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
    require_shows("difference from the baseline, 0 s ago: 1 came, 0 went, 1 changed");
    require_shows("H 000000020000     changed");
    require_shows("│◆███++++");
    require_shows("changed: resident 32.0 KiB -> 32.0 KiB, pages +4 -0, swapped 4.0 KiB");
    press(SCREEN_KEY_DOWN);
    require(explorer_change(&explorer)->change == DIFFERENCE_CAME);
    press('f');
    require_shows("d goes back to the regions");
    require_equal(explorer.prompt, EXPLORER_NO_PROMPT);
    /* And without the code, which has gone since. */
    press('d');
    capture_free(&explorer.baseline);
    fill_capture(&explorer.baseline, SIZE_MAX, true);
    capture_free(&explorer.target.loaded);
    fill_capture(&explorer.target.loaded, 0, true);
    press('d');
    require_equal(explorer.line_count, 1);
    require_shows("C 000000010000     went      -16.0 KiB         0 B   16.0 KiB");
    require(explorer_change(&explorer)->change == DIFFERENCE_WENT);
    require_shows("│----");
    require_shows("page 0 at 0x10000");
    press('b');
    require(!explorer.shows_difference);
}
END_TEST

START_TEST(differences_in_order)
{
    draw();
    /* The code comes with 16 KiB, the reservation with 4 KiB and 12 KiB committed. */
    fill_capture(&explorer.baseline, 0, true);
    explorer.baseline.regions[1].figures.resident_bytes = 0x800000;
    explorer.baseline.regions[0].figures.resident_bytes = 0x1000;
    explorer.baseline.taken_unix_ns = 1000000000;
    explorer.target.loaded.taken_unix_ns = 13500000000;
    press('d');
    require_shows("difference from the baseline, 12 s ago: 1 came, 0 went, 2 changed");
    require_shows("residentv");
    require_shows("T 000000100000     changed    -8.0 MiB         0 B");
    require_shows("H 000000020000     changed   +28.0 KiB         0 B");
    require_shows("C 000000010000     came      +16.0 KiB         0 B");
    require_equal(explorer_region(&explorer)->id, 3);
    enum region_order order = explorer.choice.order;
    press('s');
    require_shows("sorted by address");
    require_shows("address^");
    require_equal(explorer_region(&explorer)->id, 1);
    press('S');
    require_equal(explorer_region(&explorer)->id, 3);
    press('S');
    press('s');
    require_shows("sorted by change of resident bytes, largest first");
    require_equal(explorer_region(&explorer)->id, 3);
    require_equal(explorer.choice.order, order); /* the list of regions is as it was */
}
END_TEST

/* A cell finds its runs by bisection: it must count the same as one after the other. */
START_TEST(a_difference_of_many_runs)
{
    load_capture(SIZE_MAX, true);
    fill_capture(&explorer.baseline, SIZE_MAX, true);
    struct region *after = &explorer.target.loaded.regions[3];
    require_equal(after->id, 4);
    after->end = after->start + (uint64_t)4096 * PAGE;
    explorer.target.loaded.place_count += 4094;
    for (uint64_t page = 0; page < 4096; page += 3)
        require(capture_add_run(&explorer.target.loaded, 3, page, 1, PAGE_RESIDENT));
    capture_sum(&explorer.target.loaded);
    press('d');
    require_equal(explorer.line_count, 1);
    require_equal(explorer_change(&explorer)->came_count, 1366);
    press(SCREEN_KEY_TAB);
    press('+');
    for (int i = 0; i < 12; i++)
        press('+');
    require_equal(explorer.tiles.units_per_cell, 1);
    require_shows("+··+··+··+");
    press(SCREEN_KEY_END);
    struct explorer_layout layout = explorer_layout(&explorer, grid.columns, grid.rows);
    for (int row = 0; row < layout.map.rows; row++)
        for (int column = 0; column < layout.map.columns; column++) {
            struct tiles_span span = tiles_span_at(&explorer.tiles, column, row);
            if (span.count && span.first != explorer.page)
                require_equal(cell_of_page(span.first)->glyph, span.first % 3 ? 0xB7 : '+');
        }
}
END_TEST

/* Enter alone never overwrites what is there. */
START_TEST(names_of_new_files)
{
    char folder[] = "/tmp/steppe-map-test-XXXXXX", *before = getcwd(NULL, 0);
    require(before && mkdtemp(folder) && chdir(folder) == 0);
    draw();
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"steppe-map-42.json", "steppe-map-42-2.json",
                                            "steppe-map-42-3.json"};
        press('w');
        require(strcmp(explorer.input, names[i]) == 0, "%s", explorer.input);
        press(SCREEN_KEY_ENTER);
        require(!explorer.is_bad_news, "%s", explorer.message);
    }
    press('h');
    require(strcmp(explorer.input, "steppe-map-42.html") == 0, "%s", explorer.input);
    press(SCREEN_KEY_ENTER);
    require(!explorer.is_bad_news, "%s", explorer.message);
    require_equal(symlink("nowhere", "steppe-map-42-2.html"), 0); /* a link is a name in use too */
    press('h');
    require(strcmp(explorer.input, "steppe-map-42-3.html") == 0, "%s", explorer.input);
    press(SCREEN_KEY_ESCAPE);
    require(!unlink("steppe-map-42.json") && !unlink("steppe-map-42-2.json") &&
            !unlink("steppe-map-42-3.json") && !unlink("steppe-map-42.html") &&
            !unlink("steppe-map-42-2.html"));
    require(chdir(before) == 0 && rmdir(folder) == 0);
    free(before);
}
END_TEST

/* Whose page was missing, the slots' or their bookkeeping's, is not what the user asks first. */
START_TEST(refusals_of_the_bookkeeping)
{
    static const char refused[] =
        "{\"reservations\": [{\"name\": \"cells\", \"kind\": \"slots\", \"start\": \"0x100000\","
        "\"size_bytes\": 1073741824, \"page_bytes\": 4096, \"refused_count\": 0},"
        "{\"name\": \"cells\", \"kind\": \"slots-bits\", \"start\": \"0x50000000\","
        "\"size_bytes\": 4096, \"page_bytes\": 4096, \"refused_count\": 3}]}";
    json_decref(explorer.target.steppe);
    explorer.target.steppe = json_loads(refused, 0, NULL);
    require(explorer.target.steppe);
    explorer_refresh(&explorer);
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_DOWN);
    require_shows("refused 0 + 3 of its bits");
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

/* However long it was looked at, all of it is in the width there is. */
START_TEST(a_long_timeline)
{
    struct timeline *timeline = &explorer.target.loaded.timeline;
    for (uint64_t i = 0; i < 1000; i++) {
        struct timeline_point point = {.unix_ns = i * 2000000000,
                                       .totals = {.committed_bytes = (i + 1) * STEPPE_MIB,
                                                  .resident_bytes = i == 500 ? STEPPE_GIB : 0,
                                                  .dirty_bytes = FIGURE_UNKNOWN}};
        require(timeline_add(timeline, &point));
    }
    draw();
    require_shows("snapshot, watched 1998 s");
    require_shows("committed 1000.0 MiB  peak 1000.0 MiB");
    require_shows("\u2581\u2581\u2581\u2582"); /* it begins low, and ends high */
    require_shows("\u2587\u2588\u2588\u2588");
    require_shows("resident         0 B  peak 1.0 GiB");
    require_shows("\u2581\u2588\u2581"); /* one peak among a thousand is not lost */
    require_shows("dirty              ?  peak ?");
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
    require_hides("\xe2\x80\xae"); /* turns the rest of a line round */
    require_shows("b\uFFFD\uFFFDc");
    explorer.target.loaded.regions[1].name = "";
}
END_TEST

/* ---- children ------------------------------------------------------------------------------- */

static void give_children(size_t count)
{
    struct children *children = calloc(1, sizeof *children);
    require(children);
    free(explorer.target.loaded.children);
    explorer.target.loaded.children = children;
    for (size_t i = 0; i < count; i++)
        children->list[i] = (struct child_process){.pid = (pid_t)(100 + i),
                                                   .parent = i < 2 ? 42 : 100,
                                                   .state = i % 2 ? 'R' : 'S',
                                                   .depth = i < 2 ? 1 : 2,
                                                   .resident_bytes = (i + 1) * STEPPE_MIB,
                                                   .name = "make"};
    children->count = count;
    explorer_refresh(&explorer);
    draw();
}

START_TEST(children_of_a_snapshot)
{
    draw();
    require_hides("children");
    press('c');
    require_shows("nobody looked for children when this was saved");
    give_children(0);
    require_hides("no children");
    press('c');
    require_shows("it has no children");
    give_children(3);
    press(SCREEN_KEY_LEFT); /* the message goes */
    require_shows(
        "\n not counted here: 3 children: 100 make (1.0 MiB), 101 make (2.0 MiB), 102 make");
    require_shows("c children");
    press('c');
    require_shows("children of 42 true: 3");
    require_shows("  process     parent  depth state        resident name");
    require_shows("      100         42      1 sleeping      1.0 MiB make");
    require_shows("      102        100      2 sleeping      3.0 MiB make");
    require_shows("none can be looked at; Esc: close");
    require_equal(explorer_children_chosen(&explorer), 0);
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_DOWN);
    require_equal(explorer_children_chosen(&explorer), 2);
    press(SCREEN_KEY_ENTER);
    require_shows("a snapshot has the memory of process 42 only");
    require_equal(explorer.trail_count, 0);
    press(SCREEN_KEY_BACKSPACE);
    require_shows("this is the process you began with");
    require(explorer.shows_children);
    press('z');
    require_shows("Enter looks at a child, Esc closes the list");
    explorer.target.loaded.children->list[2].pid = 99; /* it ended; another one came */
    require_equal(explorer_children_chosen(&explorer), 2);
    explorer.target.loaded.children->count = 2;
    require_equal(explorer_children_chosen(&explorer), 1);
    give_children(0);
    require_shows("all have ended");
    press(SCREEN_KEY_ENTER);
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_UP);
    require(press('q'));
    require(!explorer.shows_children);
    require_shows("\n no children\n"); /* nothing below has moved */
}
END_TEST

/* What somebody chooses is a process: it stays chosen when one before it ends. */
START_TEST(the_child_chosen_stays)
{
    give_children(5);
    press('c');
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_DOWN);
    require_equal(explorer_children_entry(&explorer, explorer_children_chosen(&explorer))->pid,
                  102);
    struct children *children = explorer.target.loaded.children;
    memmove(children->list, children->list + 1, 4 * sizeof *children->list);
    children->count = 4;
    require_equal(explorer_children_chosen(&explorer), 1);
    press(SCREEN_KEY_DOWN);
    require_equal(explorer_children_entry(&explorer, explorer_children_chosen(&explorer))->pid,
                  103);
}
END_TEST

START_TEST(many_children_on_any_screen)
{
    give_children(CHILDREN_MAX);
    explorer.target.loaded.children->is_cut = true;
    snprintf(explorer.target.loaded.children->list[63].name, 64, "\033[2J\u202Eend");
    explorer.target.loaded.children->list[63].state = '\033';
    for (int columns = EXPLORER_COLUMNS_MIN; columns < 160; columns += 16)
        for (int rows = EXPLORER_ROWS_MIN; rows < 80; rows += 5) {
            require(screen_grid_resize(&grid, columns, rows));
            press('c');
            require_shows("64 or more");
            require_shows(" 100 ");
            press(SCREEN_KEY_END);
            require_shows(" 163 ");
            require_hides("\033");
            struct explorer_children_layout layout =
                explorer_children_layout(&explorer, columns, rows);
            require(layout.frame.row >= 0 && layout.frame.row + layout.frame.rows <= rows);
            require(layout.frame.column >= 0 &&
                    layout.frame.column + layout.frame.columns <= columns);
            size_t chosen = explorer_children_chosen(&explorer);
            require(chosen >= layout.top && chosen < layout.top + (size_t)layout.entries.rows);
            mouse(SCREEN_WHEEL_UP, layout.entries.column, layout.entries.row);
            require_equal(explorer_children_chosen(&explorer), 62);
            mouse(SCREEN_WHEEL_DOWN, layout.entries.column, layout.entries.row);
            press(SCREEN_KEY_PAGE_UP);
            require_equal(explorer_children_chosen(&explorer),
                          63 - (size_t)(layout.entries.rows < 63 ? layout.entries.rows : 63));
            press(SCREEN_KEY_HOME);
            layout = explorer_children_layout(&explorer, columns, rows);
            require_equal(layout.top, 0);
            mouse(SCREEN_BUTTON_RIGHT, layout.entries.column, layout.entries.row);
            mouse(SCREEN_BUTTON_LEFT, layout.titles.column, layout.titles.row);
            require_equal(explorer_children_chosen(&explorer), 0);
            mouse(SCREEN_BUTTON_LEFT, layout.entries.column, layout.entries.row + 2);
            require_equal(explorer_children_chosen(&explorer), 2);
            require(explorer.is_bad_news && explorer.shows_children);
            mouse(SCREEN_BUTTON_LEFT, 0, 0); /* beside it */
            require(!explorer.shows_children);
        }
    require(screen_grid_resize(&grid, 10, 5)); /* too small: keys mean the same all the same */
    press('c');
    press(SCREEN_KEY_END);
    press(SCREEN_KEY_ESCAPE);
    require(!explorer.shows_children);
}
END_TEST

START_TEST(the_row_of_children)
{
    give_children(2);
    require(screen_grid_resize(&grid, 80, 24));
    draw();
    struct explorer_layout layout = explorer_layout(&explorer, 80, 24);
    require_equal(layout.children.rows, 1);
    require_equal(layout.list.row, layout.children.row + 1);
    mouse(SCREEN_BUTTON_LEFT, 30, layout.children.row);
    require(explorer.shows_children);
    press('c');
    require(!explorer.shows_children);
    layout = explorer_layout(&explorer, 80, EXPLORER_ROWS_MIN);
    require_equal(layout.children.rows, 0);
    for (int columns = EXPLORER_COLUMNS_MIN; columns < 100; columns++) {
        require(screen_grid_resize(&grid, columns, 24));
        draw();
        require_shows(" not counted here: 2 children: 100 make (1.0 MiB)");
    }
}
END_TEST

static void tell_number(int told)
{
    pid_t self = getpid();
    child_require(write(told, &self, sizeof self) == sizeof self);
}

/* The first of a chain of processes, each the only child of the one before, becomes all of them. */
static void be_chain(int length, int told)
{
    for (int link = 1;; link++) {
        child_require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        if (link == 2)
            tell_number(told);
        if (link == length)
            tell_number(told);
        pid_t next = link < length ? fork() : getpid();
        child_require(next >= 0);
        if (next != 0)
            break;
    }
    for (;;)
        (void)pause();
}

/* All of them are there; they end with the first, and with us. The numbers of the first two. */
static pid_t start_chain(int length, pid_t *second)
{
    int told[2];
    pid_t last;
    require_equal(pipe(told), 0);
    pid_t first = fork();
    require(first >= 0);
    if (first == 0)
        be_chain(length, told[1]);
    require_equal(read(told[0], second, sizeof *second), sizeof *second);
    require_equal(read(told[0], &last, sizeof last), sizeof last);
    (void)close(told[0]);
    (void)close(told[1]);
    return first;
}

static void look_at_process(pid_t pid)
{
    struct target target = {0};
    struct problem problem;
    explorer_end(&explorer);
    ck_assert_msg(target_open_process(&target, pid, &problem), "%s", problem.text);
    require(explorer_begin(&explorer, &target, 1000));
    draw();
}

static void end_process(pid_t pid)
{
    require_equal(kill(pid, SIGKILL), 0);
    require_equal(waitpid(pid, NULL, 0), pid);
}

static pid_t shown_pid(void)
{
    return target_capture(&explorer.target)->pid;
}

START_TEST(to_children_and_back)
{
    pid_t second, first = start_chain(EXPLORER_TRAIL_MAX + 2, &second);
    look_at_process(getpid());
    press('b');
    require(explorer.baseline.page_bytes != 0);
    press('f');
    type_line("stack");
    press('c');
    press(SCREEN_KEY_ENTER);
    require_equal(shown_pid(), first);
    require_shows("Backspace goes back to");
    require_shows("filter: \"stack\"");
    press('d');
    require_shows("there is no baseline yet"); /* it is the other one's */
    press(SCREEN_KEY_LEFT);
    require_shows("Backspace: to ");
    press('c');
    require_shows("\u2502 .. ");
    require_equal(explorer_children_chosen(&explorer), 1); /* the child, not the way back */
    press(SCREEN_KEY_UP);
    press(SCREEN_KEY_ENTER);
    require_equal(shown_pid(), getpid());
    require_shows("back at ");
    press('d');
    require(explorer.shows_difference);
    press('c');
    press(SCREEN_KEY_DOWN); /* the second of the chain at once */
    press(SCREEN_KEY_ENTER);
    require_equal(shown_pid(), second);
    require(!explorer.shows_difference);
    press(SCREEN_KEY_BACKSPACE);
    require_equal(shown_pid(), getpid());
    for (int i = 0; i < EXPLORER_TRAIL_MAX; i++) {
        press('c');
        press(SCREEN_KEY_ENTER);
        require_equal(explorer.trail_count, i + 1);
    }
    pid_t deep = shown_pid();
    press('c');
    press(SCREEN_KEY_ENTER);
    require_shows("this is too deep: steppe-map ");
    require_equal(shown_pid(), deep);
    press(SCREEN_KEY_ESCAPE);
    for (int i = 0; i < EXPLORER_TRAIL_MAX - 1; i++)
        press(SCREEN_KEY_BACKSPACE);
    require_equal(shown_pid(), first);

    /* All of the chain ends. */
    end_process(first);
    explorer_refresh(&explorer);
    draw();
    require(explorer.is_bad_news && !target_is_live(&explorer.target));
    require_shows("Backspace goes back");
    press(SCREEN_KEY_BACKSPACE);
    require_equal(shown_pid(), getpid());
    require(target_is_live(&explorer.target));
    press('c');
    require_shows("it has no children");
}
END_TEST

START_TEST(a_child_that_is_gone)
{
    pid_t second, first = start_chain(2, &second);
    look_at_process(getpid());
    press('c');
    end_process(first);
    press(SCREEN_KEY_ENTER);
    char said[64];
    snprintf(said, sizeof said, "there is no process %d", (int)first);
    require_shows(said);
    require_equal(shown_pid(), getpid());
    require(explorer.shows_children);
    require_equal(explorer.trail_count, 0);
}
END_TEST

START_TEST(a_process_that_becomes_another_program)
{
    int go;
    pid_t pid = start_executing(&go);
    char name[64] = "";
    look_at_process(pid);
    for (int i = 0; i < 1000 && strcmp(target_capture(&explorer.target)->name, "first") != 0; i++) {
        (void)usleep(10000);
        explorer_refresh(&explorer);
    }
    press('b');
    press('d');
    require_shows("difference from the baseline, "); /* another name is no other program */
    require_equal(write(go, "", 1), 1);
    for (int i = 0; i < 1000 && strcmp(name, "sleep") != 0; i++) {
        (void)usleep(10000);
        explorer_refresh(&explorer);
        memcpy(name, target_capture(&explorer.target)->name, sizeof name);
    }
    draw();
    require(explorer.is_bad_news);
    require_shows(" is sleep now, was first; b: a new baseline");
    require_shows("difference from another program, first, ");
    press('b');
    press('d');
    require_shows("difference from the baseline, ");
    require_hides("exec");
    end_process(pid);
    require_equal(close(go), 0);
}
END_TEST

/* ---- committed, threads, variables ------------------------------------------------------------
 */

START_TEST(committed_is_a_bound)
{
    draw();
    require_shows("committed \u2264 84.0 KiB  resident");
    require_hides("m: exact"); /* nobody can ask a snapshot */
    require_hides("m exact");
    explorer.is_ascii = true;
    draw();
    require_shows("committed <= 84.0 KiB  resident");
    for (size_t i = 0; i < array_count(regions); i++)
        explorer.target.loaded.regions[i].is_committed_exact = true;
    capture_sum(&explorer.target.loaded);
    draw();
    require_shows("committed 84.0 KiB  resident");
    require_hides("<=");
    look_at_process(getpid());
    require(!target_capture(&explorer.target)->is_committed_exact);
    require_shows("(m: exact)");
    require_shows("m exact");
    press('m');
    if (target_capture(&explorer.target)->is_committed_exact) {
        require_shows("committed is exact now; smaps took ");
        press('f');
        type_line("no such region");
        require_hides("m: exact");
        require_hides("m exact");
    } else
        require_shows(
            "committed is still an upper bound; smaps took "); /* a kernel without flags */
    press('f');
    press('U' - '@');
    type_line("no such region");
    press('m'); /* the sum needs no region */
    require_shows(" ms of processor so far");
    require(!explorer.shows_smaps);
}
END_TEST

START_TEST(another_thread_shows)
{
    explorer.target.loaded.thread = 4711;
    for (int columns = EXPLORER_COLUMNS_MIN; columns < 140; columns++) {
        require(screen_grid_resize(&grid, columns, 24));
        draw();
        require_shows(" steppe-map  42  true  thread 4711 shows  ");
        require_shows("snapshot");
    }
}
END_TEST

START_TEST(variables_without_a_file)
{
    static const struct region variables = {.start = 0x14000,
                                            .end = 0x16000,
                                            .id = 9,
                                            .kind = REGION_DATA,
                                            .protection = "rw-p",
                                            .name = "",
                                            .mapping_count = 1};
    struct capture *capture = &explorer.target.loaded;
    capture_free(capture);
    *capture = (struct capture){.pid = 42, .name = "true", .state = 'S', .page_bytes = PAGE};
    require(capture_add_region(capture, &regions[0]));
    require(capture_add_region(capture, &variables));
    struct region far_away = variables;
    far_away.start = 0x50000;
    far_away.end = 0x51000;
    far_away.id = 10;
    require(capture_add_region(capture, &far_away));
    capture_sum(capture);
    explorer_refresh(&explorer);
    draw();
    require_shows("true (variables)\n");
    press(SCREEN_KEY_DOWN);
    require_shows("\n true (variables)  data rw-p 14000..16000");
    press(SCREEN_KEY_DOWN);
    require_shows("\n data  data rw-p 50000..51000");
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
    tcase_add_test(plain, what_is_under_the_mouse);
    tcase_add_test(plain, clicks_on_titles);
    tcase_add_test(plain, clicks_on_kinds);
    tcase_add_test(plain, a_legend_of_all_kinds);
    tcase_add_test(plain, clicks_on_keys);
    tcase_add_test(plain, help_on_small_screens);
    tcase_add_test(plain, titles_on_narrow_screens);
    tcase_add_test(plain, a_timeline_on_small_screens);
    tcase_add_test(plain, the_library);
    tcase_add_test(plain, smaps_of_the_region_in_line);
    tcase_add_test(plain, differences);
    tcase_add_test(plain, sorting_follows_the_columns);
    tcase_add_test(plain, letters_without_colours);
    tcase_add_test(plain, the_cursor_hides_nothing);
    tcase_add_test(plain, pages_with_something);
    tcase_add_test(plain, a_small_screen);
    tcase_add_test(plain, differences_in_order);
    tcase_add_test(plain, a_difference_of_many_runs);
    tcase_add_test(plain, names_of_new_files);
    tcase_add_test(plain, refusals_of_the_bookkeeping);
    tcase_add_test(plain, bad_places_for_files);
    tcase_add_test(plain, any_size_of_screen);
    tcase_add_test(plain, a_long_timeline);
    tcase_add_test(plain, hostile_names);
    tcase_add_test(plain, children_of_a_snapshot);
    tcase_add_test(plain, the_child_chosen_stays);
    tcase_add_test(plain, many_children_on_any_screen);
    tcase_add_test(plain, the_row_of_children);
    tcase_add_test(plain, to_children_and_back);
    tcase_add_test(plain, a_process_that_becomes_another_program);
    tcase_add_test(plain, a_child_that_is_gone);
    tcase_add_test(plain, committed_is_a_bound);
    tcase_add_test(plain, another_thread_shows);
    tcase_add_test(plain, variables_without_a_file);
    return test_main(suite);
}
