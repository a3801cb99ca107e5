/* SPDX-License-Identifier: MIT */
/* lab_view.c - how the lab looks, and what keys and the mouse do to it, without a terminal. */
#include "map/lab_view.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "map/lab_command.h"
#include "support.h"

static struct lab_session session;
static struct screen_grid grid;
static int cursor_column, cursor_row;

static void open_lab(const struct lab_options *options, int columns, int rows)
{
    session = (struct lab_session){.output = stderr, .has_screen = true};
    require(lab_open(&session.lab, options), "%s", session.lab.said);
    lab_view_open(&session.view, columns, rows);
}

static void setup(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    open_lab(&lab_default_options, 80, 24);
}

static void teardown(void)
{
    screen_grid_free(&grid);
    lab_close(&session.lab);
}

static void reopen(const struct lab_options *options, int columns, int rows)
{
    lab_close(&session.lab);
    open_lab(options, columns, rows);
}

static char *draw(void)
{
    require(screen_grid_resize(&grid, session.view.columns, session.view.rows));
    lab_view_draw(&session.view, &session.lab, &grid, &cursor_column, &cursor_row);
    if (session.is_ascii)
        screen_grid_to_ascii(&grid);
    char *text = screen_grid_text(&grid);
    require(text);
    return text;
}

/* Rows from one on, as many as are expected. */
static void require_rows(int row, const char *expected)
{
    char *text = draw(), *at = text;
    for (; row > 0; row--)
        at = strchr(at, '\n') + 1;
    require(strlen(at) >= strlen(expected));
    at[strlen(expected)] = 0;
    ck_assert_str_eq(at, expected);
    free(text);
}

static void require_shows(const char *words)
{
    char *text = draw();
    require(strstr(text, words), "'%s' is not in:\n%s", words, text);
    free(text);
}

/* However slow the machine is: what takes longer than a step is done before the next key. */
static void finish(void)
{
    (void)lab_task_finish(&session.lab); /* session.lab.said tells */
}

static void press(const char *keys)
{
    for (; *keys; keys++) {
        lab_command_key(&session, (unsigned char)*keys);
        finish();
    }
}

static void click(enum screen_button button, int column, int row)
{
    struct screen_event event = {
        .kind = SCREEN_MOUSE, .button = button, .column = column, .row = row};
    lab_command_mouse(&session, &event);
    finish();
}

/* The first cell in which words begin. */
static void find(const char *words, int *column, int *row)
{
    free(draw());
    for (*row = 0; *row < grid.rows; ++*row)
        for (*column = 0; *column < grid.columns; ++*column) {
            size_t i = 0;
            const struct screen_cell *cell = &grid.cells[*row * grid.columns + *column];
            while (words[i] && *column + (int)i < grid.columns &&
                   cell[i].glyph == (unsigned char)words[i])
                i++;
            if (!words[i])
                return;
        }
    require(false, "'%s' is not there", words);
}

static void click_on(const char *words)
{
    int column, row;
    find(words, &column, &row);
    click(SCREEN_BUTTON_LEFT, column, row);
}

static const char nothing_there[] =
    " lab   50 structures of 2,048 bytes, 2 to a page of 4,096 bytes          ? help\n"
    " [ Reserve ] ( Use ) ( Clear ) ( Collect ) ( Release ) [ Background: off ]\n"
    " Index:[0                     ] nothing is reserved yet\n"
    " s commit: by-fault        v give back: collected    m mechanism: best\n"
    "── pages 0..24 of 25, 2 cells a page ───────────────────────────────────────────\n"
    "  0 free: nothing is reserved yet. Press r, or click Reserve.\n"
    " · reserved  ░ committed  ▒ resident  ! guard  █ in use  × in use, no memory\n"
    " page 0, bytes 0..4095: free\n"
    " slots 0 and 1: none in use\n"
    " reserved 0 B  committed 0 B  resident 0 B  bookkeeping 0 B\n"
    " slots in use 0  faults 0  OS calls 0  VMAs 0  refused 0  given back 0 B\n"
    " budget none, 0 B charged (b sets one)\n"
    "── calls ───────────────────────────────────────────────────────────────────────\n";

START_TEST(nothing_is_reserved)
{
    require_rows(0, nothing_there);
    require_equal(cursor_column, -1);
}
END_TEST

START_TEST(the_story_by_keys)
{
    press("r");
    require_rows(5, "  0>·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· "
                    "·· ·· ··\n");
    press("7u46u");
    require_rows(1, " ( Reserve ) ( Use ) [ Clear ] [ Collect ] [ Release ] [ Background: off ]\n"
                    " Index:[46                    ] 1 structure put to use and written\n");
    static const char after_use[] =
        "  0 ·· ·· ·· ▒█ ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ··>█▒ ··\n"
        " · reserved  ░ committed  ▒ resident  ! guard  █ in use  × in use, no memory\n"
        " page 23, bytes 94208..98303: committed, resident\n"
        " slots 46 and 47: 1 in use: 46 holds [slot 46 use 2]\n"
        " reserved 100.0 KiB  committed 8.0 KiB  resident 8.0 KiB";
    require_rows(5, after_use);
    press("c");
    require_rows(2, " Index:[46                    ] 1 structure cleared; no page has gone yet\n");
    require_rows(5, "  0 ·· ·· ·· ▒█ ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· "
                    "··>▒▒ ··\n");
    press("o");
    require_rows(2, " Index:[46                    ] collected: 1 page given back\n");
    require_rows(5, "  0 ·· ·· ·· ▒█ ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· "
                    "··>·· ··\n");
    require_shows("page 23, bytes 94208..98303: reserved");
    press("l");
    require_rows(1, " [ Reserve ] ( Use ) ( Clear ) ( Collect ) ( Release ) [ Background: off ]\n");
}
END_TEST

START_TEST(the_story_by_mouse)
{
    click_on("[ Reserve ]");
    click_on("0     "); /* the index field */
    require(session.view.focus == LAB_ON_INDEX);
    press("\025"
          "7");
    click_on("[ Use ]");
    click(SCREEN_BUTTON_LEFT, 4 + 23 * 3, 5);
    click(SCREEN_BUTTON_DOUBLE, 4 + 23 * 3, 5);
    require_rows(2, " Index:[46-47                 ] 2 structures put to use and written\n");
    click_on("[ Clear ]");
    require_equal(lab_figures_of(&session.lab).committed_bytes, 8192);
    click_on("[ Collect ]");
    require_equal(lab_figures_of(&session.lab).committed_bytes, 4096);
}
END_TEST

START_TEST(a_double_click_uses_and_clears)
{
    press("r");
    click(SCREEN_BUTTON_DOUBLE, 4, 5);
    require_equal(steppe_slots_count(session.lab.slots), 2);
    click(SCREEN_BUTTON_DOUBLE, 5, 5);
    require_equal(steppe_slots_count(session.lab.slots), 0);
}
END_TEST

START_TEST(settings_by_keys_and_mouse)
{
    press("s");
    require_shows("commit: always");
    press("sss");
    require_shows("commit: by-fault");
    press("v");
    require_shows("give back: batched");
    click_on("v give back");
    require_shows("give back: at-once");
    press("m");
    require(session.lab.options.mechanism != STEPPE_MECHANISM_BEST);
    press("rs");
    require(session.lab.is_error && strstr(session.lab.said, "release first"));
    require_shows("release first");
    require_rows(3, "   commit: by-fault          give back: at-once        mechanism: ");
}
END_TEST

START_TEST(index_field)
{
    press("r");
    press("4-");
    require_rows(2, " Index:[4-                    ] '4-' is no index; write 7, 40-46, 1,5,9");
    require_rows(1, " ( Reserve ) ( Use ) ( Clear )");
    require(cursor_row == 2 && cursor_column == 10);
    press("99");
    require_shows("99 is out of range; the last index is 49");
    press("\r");
    require_equal(steppe_slots_count(session.lab.slots), 0);
    lab_command_key(&session, SCREEN_KEY_HOME);
    lab_command_key(&session, SCREEN_KEY_DELETE);
    lab_command_key(&session, SCREEN_KEY_END);
    lab_command_key(&session, SCREEN_KEY_BACKSPACE);
    press("0");
    lab_command_key(&session, SCREEN_KEY_LEFT);
    lab_command_key(&session, SCREEN_KEY_LEFT);
    lab_command_key(&session, SCREEN_KEY_LEFT);
    press("3");
    ck_assert_str_eq(session.view.index.text, "3-90");
    lab_command_key(&session, SCREEN_KEY_RIGHT);
    lab_command_key(&session, SCREEN_KEY_DELETE);
    ck_assert_str_eq(session.view.index.text, "3-0");
    for (int i = 0; i < 2 * LAB_FIELD_BYTES; i++)
        press("7");
    require_equal(session.view.index.length, LAB_FIELD_BYTES - 1);
    free(draw());
    press("\033*\r");
    require_equal(steppe_slots_count(session.lab.slots), 50);
}
END_TEST

START_TEST(a_budget_is_set_and_refuses)
{
    press("rbnone\r");
    require(!session.lab.is_error);
    press("b16k\r");
    require_shows("budget [");
    require_shows("of 16.0 KiB charged");
    press("*\r");
    require(session.lab.is_error);
    require_shows("in use without memory");
    require_shows(" faulted (STEPPE_E_BUDGET)\n"); /* at the index: why */
    require_shows("FULL");
    require_shows("STEPPE_E_BUDGET");
    require_shows("×");
    press("bnonsense\r");
    require(session.lab.is_error && strstr(session.lab.said, "'nonsense' is no size"));
    press("b1\033");
    require(session.view.focus == LAB_ON_MAP);
    press("bnone\ru");
    require_equal(lab_figures_of(&session.lab).committed_bytes, 25 * 4096);
}
END_TEST

/* The key, the command: one answer. */
START_TEST(using_what_is_in_use)
{
    press("r3u");
    require(!session.lab.is_error, "%s", session.lab.said);
    press("u");
    require_shows("] 3 was in use already: it is as it was\n");
    require(!session.lab.is_error);
    press(":use 3\r");
    require_shows("] 3 was in use already: it is as it was\n");
}
END_TEST

/* At the index field stands why, below it also what to do. */
START_TEST(reasons_fit)
{
    (void)lab_say(&session.lab, true, "the use of 1234567 is refused: %s (STEPPE_E_BUDGET); %s",
                  "a budget is used up", "set a larger budget, or clear and collect");
    require_shows("] refused: a budget is used up (STEPPE_E_BUDGET)\n");
    (void)lab_say(&session.lab, true, "the use of 1234567 is refused: %s (STEPPE_E_BUDGET); %s",
                  "a budget is used up, or another one", "set a larger budget");
    require_shows("] refused: a budget is used up, or another one\n");
    (void)lab_say(&session.lab, true, "nothing is reserved; reserve first");
    require_shows("] nothing is reserved\n");
    require_shows(" nothing is reserved; reserve first ");
}
END_TEST

START_TEST(commands_behind_a_colon)
{
    press(":reserve\r");
    require(session.lab.slots && session.view.focus == LAB_ON_MAP);
    press(":use 3,4\r");
    require_equal(steppe_slots_count(session.lab.slots), 2);
    press(":map\r");
    require(session.lab.is_error && strstr(session.lab.said, "over the screen"));
    press(":nonsense\r");
    require_shows("unknown command 'nonsense'");
    press(":quit\r");
    require(session.wants_quit);
}
END_TEST

START_TEST(guard_and_touch_at_the_cursor)
{
    if (is_valgrind())
        skip_test("under Memcheck no fault of RAISE comes back to a probe");
    press("r8ug");
    require_shows("page 4, bytes 16384..20479: committed, a guard");
    require_shows(">G!");
    press("t");
    require_shows("page 4, bytes 16384..20479: committed, resident");
}
END_TEST

START_TEST(cursor_and_zoom)
{
    struct lab_options options = lab_default_options;
    options.slot_max = 1000000;
    reopen(&options, 80, 24);
    press("r");
    require_rows(4, "── pages 0..499,999 of 500,000, 1,024 pages a cell ──");
    require_shows(" pages 0..1,023: 0 committed, 0 resident, 0 guards");
    lab_command_key(&session, SCREEN_KEY_END);
    require_equal(session.view.cursor, 499999);
    for (int i = 0; i < 10; i++)
        press("+");
    require_shows("1 page a cell");
    require_shows(" page 499,999, bytes 2047995904..2047999999: reserved");
    press("+");
    require_shows("2 cells a page");
    press(" ");
    ck_assert_str_eq(session.view.index.text, "999998-999999");
    press("u");
    require_shows(">██");
    press("-");
    require_shows("1 page a cell");
    press("0");
    require_rows(4, "── pages 0..499,999 of 500,000, 1,024 pages a cell ──");
    lab_command_key(&session, SCREEN_KEY_UP);
    require(session.view.cursor < 499999);
    lab_command_key(&session, SCREEN_KEY_PAGE_UP);
    lab_command_key(&session, SCREEN_KEY_PAGE_UP);
    require_equal(session.view.cursor, 0);
    lab_command_key(&session, SCREEN_KEY_RIGHT);
    require_equal(session.view.cursor, 1024);
    lab_command_key(&session, SCREEN_KEY_LEFT);
    lab_command_key(&session, SCREEN_KEY_DOWN);
    lab_command_key(&session, SCREEN_KEY_PAGE_DOWN);
    lab_command_key(&session, SCREEN_KEY_HOME);
    require_equal(session.view.cursor, 0);
    /* The wheel looks nearer at what is under it. */
    click(SCREEN_WHEEL_UP, 20, 6);
    require_shows("512 pages a cell");
    click(SCREEN_WHEEL_DOWN, 20, 6);
    require_shows("1,024 pages a cell");
    click(SCREEN_BUTTON_DOUBLE, 20, 6);
    require_shows("512 pages a cell");
}
END_TEST

START_TEST(bars_for_shares)
{
    struct lab_options options = lab_default_options;
    options.slot_max = 1 << 16;
    options.slot_bytes = 64;
    options.is_strict = true;
    reopen(&options, 80, 24);
    press("r");
    press(":use 0-511\r:use 640-703\r:use 1024\r:zoom 2\r");
    require_shows("2 pages a cell");
    require_rows(5, "    0 ████·▄··▂···");
    session.is_ascii = true;
    require_rows(5, "    0 ####._.._...");
}
END_TEST

START_TEST(ascii_looks_differ)
{
    session.is_ascii = true;
    press("r7u9u8ug\033");
    lab_command_key(&session, SCREEN_KEY_HOME);
    require_rows(5, "  0>.. .. .. :# GG .. ");
    require_rows(6,
                 " . reserved  , committed  : resident  ! guard  # in use  x in use, no memory\n");
}
END_TEST

START_TEST(help_lies_over_all)
{
    press("?");
    require_shows("┌─ help ─");
    require_shows("any key closes this");
    press("r");
    require(!session.lab.slots);
    require_rows(0, nothing_there);
    press("?");
    click(SCREEN_BUTTON_LEFT, 3, 1);
    require(!session.lab.slots && !session.view.shows_help);
}
END_TEST

START_TEST(help_is_scrolled_where_it_is_longer)
{
    reopen(&lab_default_options, 80, LAB_ROWS_MIN);
    press("?");
    require_shows("r  Reserve the array");
    require_shows(" 1 to 13 of 14: ");
    lab_command_key(&session, SCREEN_KEY_DOWN);
    require_shows("stop what takes long");
    require_shows(" 2 to 14 of 14: ");
    lab_command_key(&session, SCREEN_KEY_PAGE_DOWN);
    require_shows(" 2 to 14 of 14: ");
    click(SCREEN_WHEEL_UP, 40, 7);
    require_shows(" 1 to 13 of 14: ");
    lab_command_key(&session, SCREEN_KEY_HOME);
    lab_command_key(&session, SCREEN_KEY_END);
    require_shows(" 2 to 14 of 14: ");
    lab_command_key(&session, SCREEN_KEY_PAGE_UP);
    require_shows(" 1 to 13 of 14: ");
    press(" "); /* as in the other helps */
    require_shows(" 2 to 14 of 14: ");
    session.view.rows = 30; /* larger meanwhile */
    require_shows(" any key closes this ");
    require_shows("r  Reserve the array");
    lab_command_key(&session, SCREEN_KEY_DOWN);
    require(!session.view.shows_help);
}
END_TEST

START_TEST(no_figure_is_cut)
{
    struct lab_options options = lab_default_options;
    options.slot_max = 60000;
    options.slot_bytes = 64;
    for (int rows = LAB_ROWS_MIN; rows < 40; rows += 3) {
        reopen(&options, LAB_COLUMNS_MIN, rows);
        press("r*u");
        require_shows(" reserved 3.7 MiB  committed 3.7 MiB  resident 3.7 MiB");
        require_shows("slots in use 60,000  faults ");
        require_shows("  OS calls ");
        require_shows("  VMAs ");
        if (rows < 28)
            continue;
        require_shows(" bookkeeping ");
        require_shows("  given back 0 B  process charged ");
    }
}
END_TEST

/* Every size can be drawn, and keys do no harm. */
START_TEST(all_sizes)
{
    static const char keys[] = "r7u+-0?q*u b9\r:fit\rc";
    for (int columns = 0; columns < 200; columns += 7)
        for (int rows = 0; rows < 60; rows += 3) {
            session.view.columns = columns;
            session.view.rows = rows;
            if (columns < LAB_COLUMNS_MIN || rows < LAB_ROWS_MIN) {
                require(lab_view_is_too_small(&session.view));
                if (columns >= 25 && rows >= 3)
                    require_shows("is too small");
            } else {
                require_shows("Reserve");
            }
            press((char[]){keys[(size_t)(columns * 31 + rows) % (sizeof keys - 1)], 0});
            click(SCREEN_BUTTON_LEFT, columns / 2, rows / 2);
            free(draw());
        }
}
END_TEST

START_TEST(more_room_more_log)
{
    reopen(&lab_default_options, 120, 40);
    press("r");
    for (int i = 0; i < 30; i++)
        press("7u7c");
    char *text = draw();
    int lines = 0;
    for (const char *at = text; (at = strstr(at, "= STEPPE_OK  1 cleared")); at++)
        lines++;
    require(lines >= 8, "%d", lines);
    free(text);
}
END_TEST

/* Any keys and clicks, in any order: it stays whole. */
START_TEST(whatever_is_pressed)
{
    static const char letters[] = "rucola0123456789,-*+ =fbsvmgt:i\r\t\033?h^.xkK\177\025";
    uint64_t random = (uint64_t)_i + 1;
    struct lab_options options = lab_default_options;
    options.slot_max = 1 + random_below(&random, 3000);
    options.slot_bytes = 1 + random_below(&random, 9000);
    options.interval_ms = 1;
    reopen(&options, 80, 24);
    for (int i = 0; i < 400; i++) {
        uint32_t key = SCREEN_KEY_UP + (uint32_t)random_below(&random, 16);
        if (random_below(&random, 4))
            key = (unsigned char)letters[random_below(&random, sizeof letters - 1)];
        if (is_valgrind() && (key == 'g' || key == 't'))
            key = 'o'; /* see guard_and_touch_at_the_cursor */
        if (random_below(&random, 5)) {
            lab_command_key(&session, key);
            if (random_below(&random, 2)) /* else the next key comes meanwhile */
                finish();
        } else
            click((enum screen_button)random_below(&random, 7), (int)random_below(&random, 90),
                  (int)random_below(&random, 30));
        if (!random_below(&random, 20)) {
            session.view.columns = (int)random_below(&random, 150);
            session.view.rows = (int)random_below(&random, 60);
        }
        if (i % 4 == 0)
            free(draw());
        require(session.view.cursor < session.lab.page_count);
        require(session.view.index.cursor <= session.view.index.length);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lab_view");
    TCase *plain = test_case(suite, "plain");
    tcase_add_checked_fixture(plain, setup, teardown);
    tcase_add_test(plain, nothing_is_reserved);
    tcase_add_test(plain, the_story_by_keys);
    tcase_add_test(plain, the_story_by_mouse);
    tcase_add_test(plain, a_double_click_uses_and_clears);
    tcase_add_test(plain, settings_by_keys_and_mouse);
    tcase_add_test(plain, index_field);
    tcase_add_test(plain, a_budget_is_set_and_refuses);
    tcase_add_test(plain, using_what_is_in_use);
    tcase_add_test(plain, reasons_fit);
    tcase_add_test(plain, commands_behind_a_colon);
    tcase_add_test(plain, guard_and_touch_at_the_cursor);
    tcase_add_test(plain, cursor_and_zoom);
    tcase_add_test(plain, bars_for_shares);
    tcase_add_test(plain, ascii_looks_differ);
    tcase_add_test(plain, help_lies_over_all);
    tcase_add_test(plain, help_is_scrolled_where_it_is_longer);
    tcase_add_test(plain, no_figure_is_cut);
    tcase_add_test(plain, all_sizes);
    tcase_add_test(plain, more_room_more_log);
    tcase_add_loop_test(plain, whatever_is_pressed, 0, 12);
    return test_main(suite);
}
