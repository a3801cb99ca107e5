/* SPDX-License-Identifier: MIT */
/* desk.c - the screen of a sheet without a terminal: keys and clicks in, a grid of text out. */
#include "sheet/desk/desk_command.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sheet/desk/desk_action.h"
#include "sheet/desk/desk_clipboard.h"
#include "sheet/desk/desk_file.h"
#include "sheet/desk/desk_layout.h"
#include "sheet/desk/desk_path.h"
#include "sheet/desk/desk_table.h"
#include "sheet/desk/desk_view.h"
#include "sheet/desk/desk_wrap.h"
#include "support.h"

enum { SCREEN_COLUMNS = 80, SCREEN_ROWS = 24, CTRL_ = '@' };

static struct desk *desk;
static struct screen_grid grid;
static char *text;
static int cursor_column, cursor_row;

static void setup(void)
{
    struct problem problem = {0};
    struct book *book = desk_file_new_book(STEPPE_NO_LIMIT, &problem);
    require(book, "%s", problem.text);
    desk = desk_new(book, NULL);
    require(desk && screen_grid_resize(&grid, SCREEN_COLUMNS, SCREEN_ROWS));
    require(setlocale(LC_CTYPE, "C.UTF-8"));
}

static void teardown(void)
{
    desk_free(desk);
    screen_grid_free(&grid);
    free(text);
    text = NULL;
}

static void draw(void)
{
    desk_sums_want(&desk->sums, desk_sheet(desk), desk_selection(desk), desk->version);
    desk_sums_want(&desk->counts, desk_sheet(desk), area_of_all(), desk->version);
    while (desk_sums_step(&desk->sums, 1000))
        continue;
    while (desk_sums_step(&desk->counts, 1000))
        continue;
    desk_table_count_filtered(desk);
    desk_view_draw(desk, &grid, &cursor_column, &cursor_row);
    free(text);
    text = screen_grid_text(&grid);
    require(text);
}

static void send(struct screen_event event)
{
    desk_command_do(desk, &event, grid.columns, grid.rows);
}

static void press(uint32_t key)
{
    send((struct screen_event){.kind = SCREEN_KEY, .key = key});
}

static void control(char letter)
{
    press((uint32_t)letter - CTRL_);
}

static void type(const char *typed)
{
    uint32_t glyph;
    for (size_t length; (length = screen_decode(typed, &glyph)) != 0; typed += length)
        press(glyph);
}

static void enter(const char *typed)
{
    type(typed);
    press(SCREEN_KEY_ENTER);
}

static void go(const char *place)
{
    press(SCREEN_KEY_F1 + 4);
    require_equal(desk->mode, DESK_ASKS);
    enter(place);
    require_equal(desk->mode, DESK_READY);
}

static void mouse(enum screen_button button, int column, int row)
{
    send((struct screen_event){
        .kind = SCREEN_MOUSE, .button = button, .column = column, .row = row});
}

/* By the palette, as somebody would who knows no key. */
static void act(const char *words)
{
    press(SCREEN_KEY_F1 + 9);
    require_equal(desk->mode, DESK_LISTS);
    enter(words);
}

static const char *line_of(int row)
{
    static char line[1024];
    const char *at = text;
    for (int i = 0; i < row; i++)
        at = strchr(at, '\n') + 1;
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

static void require_line(int row, const char *words)
{
    draw();
    require(strstr(line_of(row), words), "row %d is '%s', without '%s'", row, line_of(row), words);
}

static void require_no(int row, const char *words)
{
    draw();
    require(!strstr(line_of(row), words), "row %d is '%s'", row, line_of(row));
}

static void require_at(const char *name)
{
    require(strcmp(position_name(desk_cursor(desk), 0).text, name) == 0, "at %s, not %s",
            position_name(desk_cursor(desk), 0).text, name);
}

static void require_source(const char *place, const char *source)
{
    struct area area;
    require(area_parse(place, &area));
    char *is = cell_source(desk->book, desk_sheet(desk), area.first);
    require(is && strcmp(is, source) == 0, "%s is '%s', not '%s'", place, is, source);
    free(is);
}

static struct screen_cell cell_at(int column, int row)
{
    return grid.cells[row * grid.columns + column];
}

enum { FIRST_ROW = 2, STATUS_ROW = SCREEN_ROWS - 2, TABS_ROW = SCREEN_ROWS - 3 };

/* ---- typing --------------------------------------------------------------------------------- */

START_TEST(what_is_typed_is_shown)
{
    enter("12");
    enter("text");
    enter("=A1*2");
    require_at("A4");
    require_line(FIRST_ROW, "12");
    require_line(FIRST_ROW + 1, "text");
    require_line(FIRST_ROW + 2, "24");
    press(SCREEN_KEY_UP);
    require_line(0, "A3        \u2502=A1*2");
    press(SCREEN_KEY_F1 + 1);
    require_equal(desk->mode, DESK_EDITS);
    draw();
    require_equal(cursor_row, 0);
    require_equal(cursor_column, 12 + 5);
    type("+1");
    press(SCREEN_KEY_ENTER);
    require_line(FIRST_ROW + 2, "25");
    press(SCREEN_KEY_TAB);
    enter("x");
    require_at("A5"); /* back to where Tab was pressed first */
    require_source("B4", "x");
}
END_TEST

START_TEST(escape_changes_nothing)
{
    enter("12");
    press(SCREEN_KEY_UP);
    type("99");
    press(SCREEN_KEY_ESCAPE);
    require_source("A1", "12");
    press(SCREEN_KEY_F1 + 1);
    press(SCREEN_KEY_ENTER); /* the same again is no step to undo */
    require_equal(edit_undo_count(desk->edit), 1);
    press(SCREEN_KEY_UP);
    press(SCREEN_KEY_BACKSPACE);
    require_equal(desk->mode, DESK_ENTERS);
    require_equal(desk->line.length, 0);
    press(SCREEN_KEY_ESCAPE);
    require_source("A1", "12");
}
END_TEST

START_TEST(what_cannot_be_parsed_stays_in_the_line)
{
    type("=1+");
    press(SCREEN_KEY_ENTER);
    require_equal(desk->mode, DESK_ENTERS);
    require(desk->is_bad_news && desk->message[0]);
    type("2");
    press(SCREEN_KEY_ENTER);
    require_equal(desk->mode, DESK_READY);
    require_line(FIRST_ROW, "3");
}
END_TEST

START_TEST(pointing_by_keys)
{
    go("C3");
    type("=");
    press(SCREEN_KEY_UP);
    require(strcmp(desk->line.text, "=C2") == 0, "%s", desk->line.text);
    press(SCREEN_KEY_SHIFT_LEFT);
    require(strcmp(desk->line.text, "=B2:C2") == 0, "%s", desk->line.text);
    draw();
    struct screen_cell pointed = cell_at(5 + 11 + 2, FIRST_ROW + 1);
    struct screen_cell other = cell_at(5 + 2, FIRST_ROW + 1);
    require(pointed.style.paper != other.style.paper);
    type("+");
    press(SCREEN_KEY_LEFT);
    require(strcmp(desk->line.text, "=B2:C2+B3") == 0, "%s", desk->line.text);
    press(SCREEN_KEY_F1 + 3);
    require(strcmp(desk->line.text, "=B2:C2+$B$3") == 0, "%s", desk->line.text);
    press(SCREEN_KEY_ENTER);
    require_source("C3", "=B2:C2+$B$3");
    require_at("C4");
}
END_TEST

START_TEST(pointing_by_mouse)
{
    type("=SUM(");
    mouse(SCREEN_BUTTON_LEFT, 5 + 11 + 2, FIRST_ROW + 2);
    require(strcmp(desk->line.text, "=SUM(B3") == 0, "%s", desk->line.text);
    mouse(SCREEN_DRAG, 5 + 22 + 2, FIRST_ROW + 4);
    mouse(SCREEN_BUTTON_UP, 5 + 22 + 2, FIRST_ROW + 4);
    require(strcmp(desk->line.text, "=SUM(B3:C5") == 0, "%s", desk->line.text);
    type(")");
    mouse(SCREEN_BUTTON_LEFT, 5 + 2, FIRST_ROW + 5); /* nothing to point to: it ends typing */
    require_equal(desk->mode, DESK_READY);
    require_source("A1", "=SUM(B3:C5)");
    require_at("A6");
}
END_TEST

START_TEST(functions_are_offered)
{
    type("=vlo");
    require_line(1, "VLOOKUP(");
    press(SCREEN_KEY_TAB);
    require(strcmp(desk->line.text, "=VLOOKUP(") == 0, "%s", desk->line.text);
    require_line(1, "VLOOKUP(");
    press(SCREEN_KEY_ESCAPE);
}
END_TEST

/* ---- moving and choosing -------------------------------------------------------------------- */

START_TEST(the_ends_of_the_grid)
{
    go("XFD1048576");
    require_line(FIRST_ROW + 18, "1048576");
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_RIGHT);
    press(SCREEN_KEY_PAGE_DOWN);
    require_at("XFD1048576");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_UP);
    press(SCREEN_KEY_CTRL | SCREEN_KEY_LEFT);
    press(SCREEN_KEY_UP);
    press(SCREEN_KEY_LEFT);
    press(SCREEN_KEY_PAGE_UP);
    require_at("A1");
    go("A1048577");
    require(desk->is_bad_news);
    require_at("A1");
    go("XFE1");
    require(desk->is_bad_news);
}
END_TEST

START_TEST(edges_of_data)
{
    for (int i = 0; i < 4; i++)
        enter("1");
    go("A8");
    enter("2");
    go("A1");
    static const char *const stops[] = {"A4", "A8", "A1048576"};
    for (size_t i = 0; i < array_count(stops); i++) {
        press(SCREEN_KEY_CTRL | SCREEN_KEY_DOWN);
        require_at(stops[i]);
    }
    press(SCREEN_KEY_ALT | 'k');
    require_at("A8");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_SHIFT | SCREEN_KEY_UP);
    require_at("A8");
    require_line(0, "A4:A8");
    require_line(STATUS_ROW, "sum 3");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_END);
    require_at("A8");
}
END_TEST

START_TEST(choosing_for_terminals_without_shift)
{
    press(SCREEN_KEY_F1 + 6);
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_RIGHT);
    require_line(0, "A1:B2");
    press(SCREEN_KEY_ESCAPE);
    require_line(0, "A1  ");
    go("B2");
    press(SCREEN_KEY_DOWN);
    require_line(0, "B3  ");
    press(SCREEN_KEY_ALT | 'c');
    require_line(0, "B:B");
    press(SCREEN_KEY_DOWN);
    press(SCREEN_KEY_ALT | ' ');
    require_line(0, "4:4");
    control('A');
    require_line(0, "A:XFD");
}
END_TEST

START_TEST(hidden_lines_are_passed_over)
{
    go("3:5");
    act("hide rows");
    go("A2");
    press(SCREEN_KEY_DOWN);
    require_at("A6");
    press(SCREEN_KEY_UP);
    require_at("A2");
    draw();
    require(strstr(line_of(FIRST_ROW + 2), "  6"), "%s", line_of(FIRST_ROW + 2));
    go("1:10");
    act("show hidden");
    require_line(FIRST_ROW + 2, "  3");
}
END_TEST

START_TEST(merged_cells_are_one)
{
    enter("wide words");
    go("A1:C2");
    act("merge cells");
    go("C2");
    require_at("A1");
    press(SCREEN_KEY_RIGHT);
    require_at("D1");
    press(SCREEN_KEY_LEFT);
    require_at("A1");
    press(SCREEN_KEY_DOWN);
    require_at("A3");
    require_line(FIRST_ROW, "wide words");
    go("A1");
    act("apart");
    go("C2");
    require_at("C2");
}
END_TEST

START_TEST(what_a_merge_hides_is_told)
{
    go("A1");
    type("one");
    press(SCREEN_KEY_TAB);
    enter("two");
    go("A1:B1");
    act("merge cells");
    require_line(STATUS_ROW, "1 cell under it is hidden");
    require(desk->is_bad_news);
    act("apart");
    require_no(STATUS_ROW, "hidden");
    require_source("B1", "two");
    go("C1:D1");
    act("merge cells");
    require_no(STATUS_ROW, "hidden");
}
END_TEST

START_TEST(a_format_of_ones_own)
{
    enter("1234.5");
    go("A1");
    press(SCREEN_KEY_F1 + 5);
    type("#,##0.00 \"EUR\"");
    draw();
    require(strstr(text, "Enter takes it"));
    press(SCREEN_KEY_ENTER);
    go("A2");
    enter("7");
    go("A2");
    press(SCREEN_KEY_F1 + 3); /* once more */
    require_line(FIRST_ROW + 1, "7.00 EUR");
    go("A1");
    press(SCREEN_KEY_ALT | 'w');
    require_line(FIRST_ROW, "1,234.50 EUR");
    go("A2");
    press(SCREEN_KEY_F1 + 5);
    enter("0.0.0\"");
    require(desk->is_bad_news);
    press(SCREEN_KEY_F1 + 5);
    enter("dd.mm.yyyy");
    require_line(FIRST_ROW + 1, "07.01.1900");
    press(SCREEN_KEY_F1 + 9);
    enter("no such thing"); /* here there is nothing to take */
    require_equal(desk->mode, DESK_LISTS);
    press(SCREEN_KEY_ESCAPE);
}
END_TEST

START_TEST(one_is_told_as_one)
{
    enter("1");
    enter("2");
    control('Z');
    require_line(STATUS_ROW, "1 step to undo, 1 to do again");
    press(SCREEN_KEY_ALT | '9');
    require_line(STATUS_ROW, "there is 1 sheet");
    require_no(STATUS_ROW, "sheets");
}
END_TEST

START_TEST(words_of_other_programs)
{
    static const char *const words[][2] = {
        {"new sheet", "Add a sheet"},  {"color", "Colour of text"}, {"colour", "Colour of text"},
        {"currency", "Number format"}, {"euro", "Number format"},   {"percent", "Number format"},
        {"total", "Sum of what"},      {"sum", "Sum of what"},      {"title", "Freeze rows above"}};
    for (size_t i = 0; i < array_count(words); i++) {
        press(SCREEN_KEY_F1 + 9);
        type(words[i][0]);
        draw();
        require(strstr(text, words[i][1]), "%s: %s", words[i][0], text);
        press(SCREEN_KEY_ESCAPE);
    }
}
END_TEST

START_TEST(frozen_lines_stay)
{
    enter("title");
    go("B2");
    press(SCREEN_KEY_ALT | 'z');
    go("Z1000");
    require_line(FIRST_ROW, "title");
    require_line(FIRST_ROW + 18, "1000");
    press(SCREEN_KEY_ALT | 'z');
    go("A1");
    go("Z1000");
    require_no(FIRST_ROW, "title");
}
END_TEST

START_TEST(clicks)
{
    mouse(SCREEN_BUTTON_LEFT, 5 + 11 + 2, FIRST_ROW + 2);
    require_at("B3");
    mouse(SCREEN_DRAG, 5 + 22 + 2, FIRST_ROW + 4);
    mouse(SCREEN_BUTTON_UP, 5 + 22 + 2, FIRST_ROW + 4);
    mouse(SCREEN_DRAG, 5 + 2, FIRST_ROW); /* no button is held any more */
    require_line(0, "B3:C5");
    mouse(SCREEN_BUTTON_DOUBLE, 5 + 2, FIRST_ROW);
    require_equal(desk->mode, DESK_EDITS);
    press(SCREEN_KEY_ESCAPE);
    mouse(SCREEN_BUTTON_LEFT, 5 + 11 + 2, 1);
    require_line(0, "B:B");
    mouse(SCREEN_BUTTON_LEFT, 1, FIRST_ROW + 3);
    require_line(0, "4:4");
    mouse(SCREEN_BUTTON_LEFT, 1, 1);
    require_line(0, "A:XFD");
    mouse(SCREEN_WHEEL_DOWN, 20, 10);
    require_line(FIRST_ROW, "  4");
    mouse(SCREEN_WHEEL_UP, 20, 10);
    require_line(FIRST_ROW, "  1");
    draw();
    const char *save = strstr(line_of(SCREEN_ROWS - 1), "F1 ");
    require(save);
    mouse(SCREEN_BUTTON_LEFT, (int)(save - line_of(SCREEN_ROWS - 1)), SCREEN_ROWS - 1);
    require_equal(desk->mode, DESK_HELPS);
    press(SCREEN_KEY_END);
    require_equal(desk->mode, DESK_HELPS);
    press('x');
    require_equal(desk->mode, DESK_READY);
}
END_TEST

/* ---- looks ---------------------------------------------------------------------------------- */

START_TEST(texts_run_on_over_empty_cells)
{
    enter("a text that is much longer than its cell");
    require_line(FIRST_ROW, "a text that is much longer than its cell");
    go("C1");
    enter("x");
    require_line(FIRST_ROW, "a text that is much \u2026 x");
    go("C1");
    press(SCREEN_KEY_DELETE);
    go("A2");
    enter("twenty-two characters!"); /* as wide as A and B are together */
    require_line(FIRST_ROW + 1, "twenty-two characters!");
    go("C2");
    enter("x");
    require_line(FIRST_ROW + 1, "twenty-two character\u2026 x"); /* they do not touch */
    go("H5");
    go("Z1"); /* the text's cell is beyond the left edge */
    desk_look(desk)->top.column = 2;
    require_line(FIRST_ROW, "nger than its cell");
}
END_TEST

START_TEST(numbers_do_not)
{
    enter("123456789012");
    require_line(FIRST_ROW, "1.2346E+11");
    press(SCREEN_KEY_UP);
    press(SCREEN_KEY_F1 + 5);
    enter("thousands, two");
    require_line(FIRST_ROW, "##########");
    press(SCREEN_KEY_ALT | 'w');
    require_line(FIRST_ROW, "123,456,789,012.00");
    press(SCREEN_KEY_ALT | '-');
    require_line(FIRST_ROW, "#################");
    press(SCREEN_KEY_ALT | '+');
    require_line(FIRST_ROW, "123,456,789,012.00");
}
END_TEST

/* The last column is 11 wide, of which 9 are on the screen. */
START_TEST(the_edge_of_the_screen_makes_no_other_numbers)
{
    go("G1");
    desk_look(desk)->top.column = 0;
    enter("1234567890");
    enter("1234.5678"); /* not rounded to what has room */
    enter("123");
    desk_look(desk)->top.column = 0;
    require_line(FIRST_ROW, "1    ");
    require_no(FIRST_ROW, "1234");
    require_no(FIRST_ROW, "#");
    require_line(FIRST_ROW, "\u2026");
    require_no(FIRST_ROW + 1, "1234");
    require_line(FIRST_ROW + 2, "  123");
}
END_TEST

START_TEST(what_is_proposed_is_typed_over)
{
    enter("pear");
    enter("plum");
    control('F');
    enter("PLU");
    require_at("A2");
    control('F');
    require(strcmp(desk->line.text, "PLU") == 0);
    enter("ear");
    require_at("A1");
    control('F');
    press(SCREEN_KEY_END);
    type("x");
    require(strcmp(desk->line.text, "earx") == 0, "%s", desk->line.text);
    press(SCREEN_KEY_ENTER);
    require_line(STATUS_ROW, "nowhere: earx");
}
END_TEST

START_TEST(wide_characters_take_two_columns)
{
    enter("\u4E2D\u6587");
    go("B1");
    enter("x");
    draw();
    require_equal(cell_at(5, FIRST_ROW).glyph, 0x4E2D);
    require_equal(cell_at(6, FIRST_ROW).glyph, SCREEN_NO_GLYPH);
    require_equal(cell_at(7, FIRST_ROW).glyph, 0x6587);
    require_equal(cell_at(16, FIRST_ROW).glyph, 'x');
}
END_TEST

START_TEST(styles_are_shown)
{
    enter("5");
    press(SCREEN_KEY_UP);
    control('B');
    go("A1");
    act("colour behind");
    enter("FFFF00");
    go("B2");
    draw();
    struct screen_style style = cell_at(5 + 9, FIRST_ROW).style;
    require(style.flags & SCREEN_BOLD);
    require_equal(screen_color_rgb(style.paper), 0xFFFF00);
    require_equal(style.ink, SCREEN_BLACK); /* what can be read on it */
    go("A1");
    press(SCREEN_KEY_F1 + 5);
    enter("negative in red");
    enter("-5");
    draw();
    uint32_t ink = screen_color_rgb(cell_at(5 + 9, FIRST_ROW).style.ink);
    require_equal(ink, 0xFF0000);
}
END_TEST

START_TEST(any_size)
{
    enter("=SUM(B1:B9)");
    static const int sizes[][2] = {{1, 1},  {23, 8},  {24, 7},    {24, 8}, {25, 9},
                                   {80, 8}, {24, 60}, {300, 100}, {40, 12}};
    static const uint32_t ways[] = {0,   SCREEN_KEY_F1,    SCREEN_KEY_F1 + 7, SCREEN_KEY_F1 + 9,
                                    '=', SCREEN_KEY_F1 + 4};
    for (size_t i = 0; i < array_count(sizes); i++)
        for (size_t j = 0; j < array_count(ways); j++) {
            require(screen_grid_resize(&grid, sizes[i][0], sizes[i][1]));
            send((struct screen_event){.kind = SCREEN_RESIZE});
            if (ways[j])
                press(ways[j]);
            draw();
            bool is_small = sizes[i][0] < 24 || sizes[i][1] < 8;
            require(!is_small || strncmp(text, "too", (size_t)(sizes[i][0] < 3 ? 0 : 3)) == 0);
            press(SCREEN_KEY_ESCAPE);
            require_equal(desk->mode, DESK_READY);
        }
}
END_TEST

/* ---- changing ------------------------------------------------------------------------------- */

START_TEST(copying_and_moving)
{
    enter("1");
    enter("=A1+1");
    go("A1:A2");
    control('C');
    go("C1");
    control('V');
    require_source("C2", "=C1+1");
    require_line(0, "C1:C2");
    go("A1:A2");
    press(SCREEN_KEY_ALT | 'x');
    go("B5");
    press(SCREEN_KEY_ALT | 'p');
    require_source("B6", "=B5+1");
    require_source("A1", "");
    control('V');
    require(desk->is_bad_news); /* it was moved, and is not there any more */
    control('Z');
    require_source("A2", "=A1+1");
    control('Y');
    require_source("A2", "");
    go("C2");
    control('C');
    go("D1");
    press(SCREEN_KEY_ALT | 'v');
    enter("values");
    require_source("D1", "2");
}
END_TEST

START_TEST(filling)
{
    enter("1");
    enter("3");
    go("A1:A5");
    control('E');
    require_source("A5", "9");
    go("B1");
    enter("=A1*10");
    go("B1:B5");
    control('D');
    require_source("B5", "=A5*10");
    go("C1");
    control('R'); /* one column: from the one before */
    require_source("C1", "=B1*10");
    go("A1");
    control('D');
    require(desk->is_bad_news);
}
END_TEST

START_TEST(lines_come_and_go)
{
    enter("1");
    enter("2");
    enter("=A2");
    go("A2");
    press(SCREEN_KEY_INSERT);
    enter("insert rows");
    require_source("A4", "=A3");
    go("A2");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_DELETE);
    require_source("A3", "=A2");
    act("insert columns");
    require_source("B3", "=B2");
    act("delete columns");
    require_source("A3", "=A2");
}
END_TEST

static void enter_table(void)
{
    static const char *const cells[][2] = {
        {"name", "amount"}, {"pear", "7"}, {"fig", "3"}, {"plum", "7"}, {"a*b", "1"}};
    for (size_t i = 0; i < array_count(cells); i++) {
        type(cells[i][0]);
        press(SCREEN_KEY_TAB);
        enter(cells[i][1]);
    }
}

START_TEST(sorting_a_table)
{
    enter_table();
    go("B3");
    press(SCREEN_KEY_ALT | 's');
    require_source("A1", "name");
    require_source("A2", "a*b");
    require_source("A5", "plum");
    press(SCREEN_KEY_ALT | 'd');
    require_source("A2", "pear");
    control('T');
    press('U' - CTRL_);
    enter("+A header");
    require_source("A2", "a*b");
    require_source("A3", "fig");
    control('T');
    require_line(STATUS_ROW, "+B header");
    press(SCREEN_KEY_ENTER);
    require_source("A1", "name");
    go("A2:B5");
    control('T');
    require_no(STATUS_ROW, "+A header");
}
END_TEST

START_TEST(filtering_a_table)
{
    enter_table();
    go("B2");
    press(SCREEN_KEY_ALT | 'f');
    require_equal(desk->mode, DESK_LISTS);
    draw();
    require(strstr(text, "7") && strstr(text, "whatever it is"));
    enter("7");
    require_line(FIRST_ROW + 1, "pear");
    require_line(FIRST_ROW + 2, "plum");
    require_no(FIRST_ROW + 3, "a*b");
    press(SCREEN_KEY_ALT | 'f');
    enter("3"); /* in place of the 7 */
    require_line(STATUS_ROW, "1 row is shown");
    require_line(FIRST_ROW + 1, "fig");
    press(SCREEN_KEY_DOWN);
    require_line(STATUS_ROW, "filtered: 1 of 4 rows");
    go("A3");
    press(SCREEN_KEY_ALT | 'f');
    enter("pear"); /* and this as well: there is none */
    require_no(FIRST_ROW + 1, "p");
    require_no(FIRST_ROW + 1, "fig");
    go("B1");
    press(SCREEN_KEY_ALT | 'f');
    enter("whatever");
    require_line(FIRST_ROW + 2, "fig");
    go("A2");
    press(SCREEN_KEY_ALT | 'f');
    enter("a*b"); /* no wildcard here */
    require_line(FIRST_ROW + 1, "a*b");
    require_no(FIRST_ROW + 2, "p");
    act("filter, or no filter");
    require_line(FIRST_ROW + 1, "pear");
    require_no(STATUS_ROW, "filtered");
    go("B2");
    act("filter by a condition");
    enter(">=7");
    require_line(FIRST_ROW + 2, "plum");
}
END_TEST

START_TEST(several_values_are_shown)
{
    enter_table();
    go("B2");
    press(SCREEN_KEY_ALT | 'f');
    press(SCREEN_KEY_DOWN);   /* 1 */
    press(SCREEN_KEY_INSERT); /* and 3 */
    require_line(5, "* 1");
    press(SCREEN_KEY_INSERT);
    press(SCREEN_KEY_ENTER);
    require_line(FIRST_ROW + 1, "fig");
    require_line(FIRST_ROW + 2, "a*b");
    require_no(FIRST_ROW + 3, "p");
    go("A3");
    enter("two");
    go("A3");
    press(SCREEN_KEY_F1 + 1);
    press(SCREEN_KEY_ALT | SCREEN_KEY_ENTER);
    enter("lines");
    go("A3");
    press(SCREEN_KEY_ALT | SCREEN_KEY_DOWN);
    enter("lines");
    require_line(FIRST_ROW + 1, "two");
    require_no(FIRST_ROW + 3, "a*b");
    require(desk_do_line(desk, "show A1:B5 A \"plum\\nf*\\npe?r\""));
    require(!desk_do_line(desk, "show A1:B5 C \"1\\n2\""));
}
END_TEST

START_TEST(finding_and_replacing)
{
    enter_table();
    go("A1");
    control('F');
    enter("P");
    require_at("A2");
    press(SCREEN_KEY_F1 + 2);
    require_at("A4");
    press(SCREEN_KEY_F1 + 2);
    require_at("A2");
    press(SCREEN_KEY_ALT | 'b');
    require_at("A4");
    control('F');
    press('U' - CTRL_);
    enter("nowhere");
    require(desk->is_bad_news);
    control('H');
    press('U' - CTRL_);
    enter("7");
    press('U' - CTRL_);
    enter("8");
    enter("texts");
    require_source("B2", "8");
    require_source("B4", "8");
}
END_TEST

START_TEST(sheets_and_names)
{
    act("add a sheet");
    press('U' - CTRL_);
    enter("My data");
    require_equal(desk->book->sheet_count, 2);
    require_line(TABS_ROW, " Sheet1  My data ");
    go("Sheet1!B7");
    require_equal(desk->book->active, 0);
    require_at("B7");
    press(SCREEN_KEY_ALT | '2');
    require_at("A1");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_PAGE_UP);
    require_at("B7");
    press(SCREEN_KEY_ALT | 'a');
    enter("Total");
    press(SCREEN_KEY_ALT | '2');
    go("total");
    require_equal(desk->book->active, 0);
    go("'My data'!A1:C3");
    require_line(0, "A1:C3");
    type("=");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_PAGE_UP);
    press(SCREEN_KEY_DOWN);
    require(strcmp(desk->line.text, "=Sheet1!B8") == 0, "%s", desk->line.text);
    press(SCREEN_KEY_ENTER);
    require_equal(desk->book->active, 1);
    act("rename this sheet");
    press('U' - CTRL_);
    enter("it's");
    require_line(TABS_ROW, "it's");
    act("move this sheet");
    press('U' - CTRL_);
    enter("1");
    require_equal(desk->book->active, 0);
    require_line(TABS_ROW, " it's  Sheet1");
    act("remove this sheet");
    enter("remove it");
    require_equal(desk->book->sheet_count, 1);
    control('Z');
    require_equal(desk->book->sheet_count, 2);
    go("nobody!A1");
    require(desk->is_bad_news);
}
END_TEST

/* Every action there is, from every mode that is not one of its own: nothing breaks, and Escape
 * leads back. */
START_TEST(every_action)
{
    enter_table();
    for (int i = 0; i < desk_action_count(); i++) {
        const struct desk_action *action = desk_action_of(i);
        require(*action->name && *action->group);
        require(desk_action_for(action->key[0]) == action || !action->key[0], "%s", action->name);
        go("B2:B3");
        action->run(desk);
        draw();
        while (desk->mode != DESK_READY)
            press(SCREEN_KEY_ESCAPE);
        require(!desk->ends || strcmp(action->name, "Quit") == 0);
        desk->ends = desk->extends = false;
    }
}
END_TEST

/* ---- chance --------------------------------------------------------------------------------- */

START_TEST(random_events)
{
    uint64_t seed = 20, random = seed;
    static const char *const typed[] = {"=A1+", "12",     "text", "=SUM(",
                                        ")",    "Sheet2", "B7",   "\u4E2D"};
    for (int i = 0; i < (is_slow() ? 500 : 3000); i++) {
        switch (random_below(&random, 11)) {
        case 8:
            press((uint32_t)(SCREEN_KEY_CTRL | (' ' + random_below(&random, 96)) |
                             (random_below(&random, 2) ? SCREEN_KEY_SHIFT : 0)));
            break;
        case 9:
            press((random_below(&random, 2) ? SCREEN_KEY_SHIFT : SCREEN_KEY_CTRL) |
                  (random_below(&random, 2) ? SCREEN_KEY_ENTER : SCREEN_KEY_F1 + 2));
            break;
        case 10:
            desk_clipboard_paste(desk, "1\tx\n=A1\t\"a\nb\"\n");
            break;
        case 0:
            type(typed[random_below(&random, array_count(typed))]);
            break;
        case 1:
            press((uint32_t)random_below(&random, 32));
            break;
        case 2:
            press(SCREEN_KEY_UP + (uint32_t)random_below(&random, 32));
            break;
        case 3:
            press((uint32_t)(SCREEN_KEY_CTRL | (SCREEN_KEY_UP + random_below(&random, 10))));
            break;
        case 4:
            press((uint32_t)(SCREEN_KEY_ALT | (' ' + random_below(&random, 95))));
            break;
        case 5:
            press(random_below(&random, 2) ? SCREEN_KEY_ENTER : SCREEN_KEY_ESCAPE);
            break;
        default:
            mouse((enum screen_button)random_below(&random, 7), (int)random_below(&random, 90) - 5,
                  (int)random_below(&random, 30) - 3);
        }
        desk->ends = false;
        if (desk->mode == DESK_ASKS &&
            (desk->question == DESK_ASKS_SAVE_AS || desk->question == DESK_ASKS_OPEN))
            press(SCREEN_KEY_ESCAPE); /* no files here */
        if (i % 16 == 0)
            draw();
        require(desk->book->sheet_count > 0 && desk->book->active < desk->book->sheet_count,
                "seed %llu, step %d", (unsigned long long)seed, i);
        require(area_has(desk_selection(desk), desk_cursor(desk)) ||
                    sheet_merge_at(desk_sheet(desk), desk_cursor(desk)),
                "seed %llu, step %d", (unsigned long long)seed, i);
    }
}
END_TEST

/* Scrolling looks at what is on the screen, and at nothing else: not one page comes by it. */
START_TEST(looking_commits_nothing)
{
    enter("1");
    go("XFD1048576");
    enter("2");
    draw();
    struct grid_statistics before = grid_statistics_of(desk_sheet(desk)->grid);
    static const char *const places[] = {"A500000", "XFD1", "ABC12345", "ZZ1048576"};
    for (size_t i = 0; i < array_count(places); i++) {
        go(places[i]);
        draw();
        press(SCREEN_KEY_F1 + 7);
        draw();
        require(strstr(text, "the whole sheet"), "%s", text);
        press(SCREEN_KEY_ESCAPE);
    }
    struct grid_statistics after = grid_statistics_of(desk_sheet(desk)->grid);
    require_equal(before.cell_bytes, after.cell_bytes);
    require_equal(before.fault_count, after.fault_count);
}
END_TEST

/* ---- what people do by habit ----------------------------------------------------------------- */

/* What is chosen keeps its first cell as the one to type into; Enter and Tab go round in it. */
START_TEST(a_choice_is_gone_through)
{
    press(SCREEN_KEY_SHIFT_DOWN);
    press(SCREEN_KEY_SHIFT_RIGHT);
    require_line(0, "A1:B2");
    require_at("A1");
    static const char *const down[] = {"A2", "B1", "B2", "A1"};
    for (size_t i = 0; i < array_count(down); i++) {
        enter(down[i]);
        require_at(down[i]);
    }
    require_source("A1", "A2");
    require_source("B2", "A1");
    static const char *const across[] = {"B1", "A2", "B2", "A1"};
    for (size_t i = 0; i < array_count(across); i++) {
        press(SCREEN_KEY_TAB);
        require_at(across[i]);
    }
    press(SCREEN_KEY_BACK_TAB);
    require_at("B2");
    press(SCREEN_KEY_SHIFT | SCREEN_KEY_ENTER);
    require_at("B1");
    require_line(0, "A1:B2");
    press(SCREEN_KEY_DOWN);
    require_at("B2");
    require_line(0, "B2  ");
}
END_TEST

START_TEST(into_all_that_is_chosen)
{
    go("B1:B3");
    type("=ROW()*10");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_ENTER);
    require_at("B1");
    require_line(FIRST_ROW + 2, "30");
    require_source("B3", "=ROW()*10");
    control('Z');
    require_source("B1", "");
    require_source("B3", "");
    enter("=sum(1,max(2,3"); /* closed by itself */
    require_source("B1", "=SUM(1,MAX(2,3))");
    go("C1");
    type("=\"(\"+");
    press(SCREEN_KEY_ENTER);
    require_equal(desk->mode, DESK_ENTERS);
    require(strcmp(desk->line.text, "=\"(\"+") == 0, "%s", desk->line.text);
}
END_TEST

START_TEST(sums_are_proposed)
{
    for (int i = 1; i <= 3; i++)
        enter("5");
    press(SCREEN_KEY_ALT | '=');
    require(strcmp(desk->line.text, "=SUM(A1:A3)") == 0, "%s", desk->line.text);
    press(SCREEN_KEY_ENTER);
    require_line(FIRST_ROW + 3, "15");
    go("B1:B3");
    type("2");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_ENTER);
    go("A1:B4"); /* its last row is not empty: below it */
    press(SCREEN_KEY_ALT | '=');
    require_source("A5", "=SUM(A1:A4)");
    require_source("B5", "=SUM(B1:B4)");
    go("D9");
    press(SCREEN_KEY_ALT | '=');
    require(strcmp(desk->line.text, "=SUM()") == 0 && desk->line.cursor == 5, "%s",
            desk->line.text);
}
END_TEST

START_TEST(once_more)
{
    enter("1");
    enter("2");
    go("A1");
    control('B');
    go("A2");
    press(SCREEN_KEY_F1 + 3);
    require(style_of(desk->book->styles, grid_at(desk_sheet(desk)->grid, desk_cursor(desk))->style)
                ->flags &
            STYLE_BOLD);
    go("C:C");
    control('W');
    control('U');
    enter("20");
    go("E:E");
    press(SCREEN_KEY_F1 + 3);
    const struct line_span *span = line_span_at(&desk_sheet(desk)->columns, 4);
    require(span && span->size > 19.9 && span->size < 20.1);
    go("A1");
    press(SCREEN_KEY_F1 + 5);
    enter("percent, two");
    control('Z');
    press(SCREEN_KEY_F1 + 3);
    require_line(FIRST_ROW, "100.00%");
    size_t steps = edit_undo_count(desk->edit);
    act("remove this sheet");
    enter("keep");
    press(SCREEN_KEY_F1 + 3); /* not that */
    require_equal(edit_undo_count(desk->edit), steps);
}
END_TEST

START_TEST(dates_and_what_is_above)
{
    press(SCREEN_KEY_CTRL | ';');
    require(strlen(desk->line.text) == 10 && desk->line.text[4] == '-', "%s", desk->line.text);
    press(SCREEN_KEY_ENTER);
    type("at ");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_SHIFT | ':');
    require(strlen(desk->line.text) == 8 && desk->line.text[5] == ':', "%s", desk->line.text);
    press(SCREEN_KEY_ESCAPE);
    go("B1");
    enter("=A1");
    press(SCREEN_KEY_CTRL | '\'');
    press(SCREEN_KEY_ENTER);
    require_source("B2", "=A1");
    press(SCREEN_KEY_SHIFT | ' ');
    require_line(0, "3:3");
    type("a");
    press(SCREEN_KEY_SHIFT | ' ');
    require(strcmp(desk->line.text, "a ") == 0);
}
END_TEST

START_TEST(help_and_leaving_while_typing)
{
    type("12");
    press(SCREEN_KEY_F1);
    require_equal(desk->mode, DESK_HELPS);
    require_line(2, "Ctrl+Q");
    press(SCREEN_KEY_ESCAPE);
    require_equal(desk->mode, DESK_ENTERS);
    type("3");
    control('Q');
    require_equal(desk->mode, DESK_LISTS);
    press(SCREEN_KEY_ESCAPE);
    require_source("A1", "123");
    type("=1+");
    control('Q'); /* that cannot be taken along */
    require_equal(desk->mode, DESK_ENTERS);
    require(!desk->ends);
    press(SCREEN_KEY_ESCAPE);
    desk_say(desk, true, "%s",
             "a message that is longer than the screen is wide goes on in the row below it, where "
             "nothing is missed until the next key");
    require_line(STATUS_ROW, "a message");
    require_line(STATUS_ROW + 1, "until the next key");
}
END_TEST

START_TEST(lines_that_are_chosen)
{
    enter("1");
    enter("2");
    go("2:2");
    press(SCREEN_KEY_INSERT); /* no question: it is plain what is meant */
    require_source("A3", "2");
    press(SCREEN_KEY_CTRL | '-');
    require_source("A2", "2");
    go("A:A");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_DELETE);
    require_line(STATUS_ROW, "whole columns are chosen");
    require_source("A2", "2");
    go("A1");
    press(SCREEN_KEY_ALT | 'z');
    require_equal(desk_sheet(desk)->frozen.row, 1);
    require_equal(desk_sheet(desk)->frozen.column, 0);
}
END_TEST

START_TEST(tables_are_pasted)
{
    desk_clipboard_paste(desk, "a\tb\n1\t\"x\ty \"\"q\"\"\"\n");
    require_source("A1", "a");
    require_source("B1", "b");
    require_source("A2", "1");
    require_source("B2", "x\ty \"q\"");
    require_line(0, "A1:B2");
    char *copy = desk_clipboard_text(desk, desk_selection(desk), 1000);
    require(copy && strcmp(copy, "a\tb\n1\t\"x\ty \"\"q\"\"\"\n") == 0, "%s", copy);
    free(copy);
    require(!desk_clipboard_text(desk, desk_selection(desk), 5));
    control('Z');
    require_source("B2", "");
    type("=1+");
    desk_clipboard_paste(desk, "2\n");
    press(SCREEN_KEY_ENTER);
    require_source("B2", "=1+2");
    go("XFD1048576");
    desk_clipboard_paste(desk, "1\t2\n");
    require_line(STATUS_ROW, "nothing is pasted");
    require_source("XFD1048576", "");
}
END_TEST

START_TEST(wrapped_texts_have_lines)
{
    type("first words");
    press(SCREEN_KEY_ALT | SCREEN_KEY_ENTER);
    enter("second");
    enter("below");
    require_line(FIRST_ROW, "1 first");
    require_line(FIRST_ROW + 1, " words");
    require_line(FIRST_ROW + 2, " second");
    require_line(FIRST_ROW + 3, "2 below");
    mouse(SCREEN_BUTTON_LEFT, 8, FIRST_ROW + 2);
    require_at("A1");
    control('Z');
    control('Z');
    require_source("A1", ""); /* text and wrapping are one step */
    enter("=\"a\"&B1");
    require_line(FIRST_ROW + 1, "   2");
    go("B7");
    enter("a word-that-is-longer-than-its-cell");
    go("B7");
    act("wrapped");
    require_line(FIRST_ROW + 7, "word-that");
    go("7:7");
    act("height");
    control('U');
    enter("15");
    require_line(FIRST_ROW + 7, "   8");
}
END_TEST

START_TEST(edges_of_columns_are_dragged)
{
    enter("words that are long");
    mouse(SCREEN_BUTTON_LEFT, 15, 1);
    mouse(SCREEN_DRAG, 25, 1);
    mouse(SCREEN_BUTTON_UP, 25, 1);
    require_equal(desk_layout_width(desk_sheet(desk), 0), 21);
    size_t steps = edit_undo_count(desk->edit);
    mouse(SCREEN_BUTTON_LEFT, 25, 1);
    mouse(SCREEN_BUTTON_UP, 25, 1);
    require_equal(edit_undo_count(desk->edit), steps); /* a click alone changes nothing */
    mouse(SCREEN_BUTTON_DOUBLE, 25, 1);
    require_equal(desk_layout_width(desk_sheet(desk), 0), 20);
    mouse(SCREEN_BUTTON_RIGHT, 6, FIRST_ROW);
    require_equal(desk->mode, DESK_LISTS);
    enter("clear");
    require_source("A1", "");
    mouse(SCREEN_BUTTON_LEFT, 6, FIRST_ROW);
    mouse(SCREEN_DRAG, 30, FIRST_ROW + 2);
    mouse(SCREEN_BUTTON_UP, 30, FIRST_ROW + 2);
    require_line(0, "A1:B3");
    require_at("A1");
}
END_TEST

START_TEST(marks_stay_on_their_letters)
{
    enter("e\u0301\u0323x \u0E20\u0E32\u0E29\u0E35");
    require_line(FIRST_ROW, "e\u0301\u0323x \u0E20\u0E32\u0E29\u0E35");
    require_equal(cell_at(5, FIRST_ROW).marks[1], 0x323);
    require_equal(cell_at(6, FIRST_ROW).glyph, 'x');
    enter("\U0001F468\u200D\U0001F469 \u2764\uFE0F \u0645\u06CC\u200C\u062E");
    require_line(FIRST_ROW + 1, "\U0001F468\U0001F469 \u2764 \u0645\u06CC\u062E");
}
END_TEST

static void require_lines(const char *words, int columns, const char *expected)
{
    char lines[200] = "";
    size_t used = 0;
    for (size_t next; *words; words += next) {
        size_t length = desk_wrap_line(words, columns, &next);
        used += (size_t)snprintf(lines + used, sizeof lines - used, "%.*s|", (int)length, words);
    }
    require(strcmp(lines, expected) == 0, "'%s', not '%s'", lines, expected);
}

START_TEST(lines_end_at_spaces)
{
    require_lines("one two three", 7, "one two|three|");
    require_lines("one two three", 6, "one|two|three|");
    require_lines("one  two", 3, "one|two|");
    require_lines("abcdefgh ij", 3, "abc|def|gh|ij|");
    require_lines("a\n\nb", 9, "a||b|");
    require_lines("\u4E2D\u6587\u4E2D", 5, "\u4E2D\u6587|\u4E2D|");
    require_lines("\u4E2D", 1, "\u4E2D|"); /* one at least, or it would never end */
    require_lines("ae\u0301b", 2, "ae\u0301|b|");
    require_lines("end ", 3, "end |");
    require_equal(desk_wrap_count("a b c d", 1, 3), 3);
    require_equal(desk_wrap_count("", 1, 3), 0);
}
END_TEST

START_TEST(paths_are_completed)
{
    char folder[] = "/tmp/steppe-desk-XXXXXX", path[200], expected[200];
    static const char *const names[] = {"/first-a.csv", "/first-b.csv", "/.hidden", "/below/"};
    require(mkdtemp(folder));
    for (size_t i = 0; i < array_count(names); i++) {
        snprintf(path, sizeof path, "%s%s", folder, names[i]);
        FILE *file = i == 3 ? NULL : fopen(path, "w");
        require(i == 3 ? mkdir(path, 0700) == 0 : file && fclose(file) == 0);
    }
    static const struct {
        const char *written, *completed;
        size_t count;
    } cases[] = {{"/f", "/first-", 2}, {"/first-b", "/first-b.csv", 1}, {"/b", "/below/", 1},
                 {"/", "/", 3},        {"/.h", "/.hidden", 1},          {"/x", "/x", 0},
                 {"/no/x", "/no/x", 0}};
    for (size_t i = 0; i < array_count(cases); i++) {
        snprintf(path, sizeof path, "%s%s", folder, cases[i].written);
        snprintf(expected, sizeof expected, "%s%s", folder, cases[i].completed);
        require_equal(desk_path_complete(path, sizeof path), cases[i].count);
        require(strcmp(path, expected) == 0, "%s, not %s", path, expected);
    }
    snprintf(path, sizeof path, "%s/fi", folder);
    require_equal(desk_path_complete(path, strlen(path) + 2), 2); /* no room: as it was */
    require(strcmp(path + strlen(folder), "/fi") == 0);
    require(setenv("HOME", folder, 1) == 0);
    control('O');
    type("~/first-b");
    press(SCREEN_KEY_TAB);
    require(strcmp(desk->line.text, "~/first-b.csv") == 0, "%s", desk->line.text);
    press(SCREEN_KEY_ESCAPE);
    enter("1");
    press(SCREEN_KEY_F12);
    enter("~/below/book"); /* gets an ending */
    require_line(STATUS_ROW, "below/book.xlsx");
    require(strstr(desk->path, "/below/book.xlsx") && unlink(desk->path) == 0);
    for (size_t i = 0; i < array_count(names); i++) {
        snprintf(path, sizeof path, "%s%s", folder, names[i]);
        require(remove(path) == 0);
    }
    require(rmdir(folder) == 0);
}
END_TEST

/* At 80 columns nothing of it is cut off, and it says first how to leave. */
START_TEST(help_can_be_read)
{
    press(SCREEN_KEY_F1);
    require_line(2, "Ctrl+Q");
    for (int page = 0; page < 8; page++) {
        draw();
        require(!strstr(text, "\u2026"), "%s", text);
        press(SCREEN_KEY_PAGE_DOWN);
    }
    require(strstr(text, "A command in words"), "%s", text);
}
END_TEST

/* ---- what takes long ------------------------------------------------------------------------- */

static bool stop_at(void *context, const char *doing, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return strcmp(doing, context) != 0;
}

START_TEST(undoing_can_be_stopped)
{
    enter("7");
    go("A1:A9000");
    control('D');
    go("B1");
    enter("=SUM(A:A)");
    control('Z');
    desk->progress = (struct progress){.step = stop_at, .context = "undoing"};
    control('Z');
    require_line(STATUS_ROW, "stopped");
    require_source("A9000", "7");
    desk->progress.context = "redoing";
    control('Z');
    require_source("A9000", "");
    control('Y');
    require_line(STATUS_ROW, "stopped");
    require_source("A9000", "");
    desk->progress.step = NULL;
    control('Y');
    require_source("A9000", "7");
    control('Y');
    require_line(FIRST_ROW, "63000");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("desk");
    const struct {
        const char *name;
        const TTest *tests[14];
    } cases[] = {
        {"typing",
         {what_is_typed_is_shown, escape_changes_nothing, what_cannot_be_parsed_stays_in_the_line,
          pointing_by_keys, pointing_by_mouse, functions_are_offered, NULL}},
        {"moving",
         {the_ends_of_the_grid, edges_of_data, choosing_for_terminals_without_shift,
          hidden_lines_are_passed_over, merged_cells_are_one, frozen_lines_stay, clicks,
          looking_commits_nothing, NULL}},
        {"looks",
         {texts_run_on_over_empty_cells, numbers_do_not,
          the_edge_of_the_screen_makes_no_other_numbers, what_is_proposed_is_typed_over,
          wide_characters_take_two_columns, styles_are_shown, any_size, NULL}},
        {"changing",
         {copying_and_moving, filling, lines_come_and_go, sorting_a_table, filtering_a_table,
          finding_and_replacing, sheets_and_names, every_action, random_events,
          several_values_are_shown, NULL}},
        {"habits",
         {a_choice_is_gone_through, into_all_that_is_chosen, sums_are_proposed, once_more,
          dates_and_what_is_above, lines_that_are_chosen, tables_are_pasted,
          wrapped_texts_have_lines, edges_of_columns_are_dragged, marks_stay_on_their_letters,
          undoing_can_be_stopped, lines_end_at_spaces, help_and_leaving_while_typing, NULL}},
        {"words",
         {paths_are_completed, help_can_be_read, what_a_merge_hides_is_told, a_format_of_ones_own,
          words_of_other_programs, one_is_told_as_one, NULL}},
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        TCase *group = test_case(suite, cases[i].name);
        tcase_add_checked_fixture(group, setup, teardown);
        for (size_t j = 0; cases[i].tests[j]; j++)
            tcase_add_test(group, cases[i].tests[j]);
    }
    return test_main(suite);
}
